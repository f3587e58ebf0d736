"""TorchVision's tensor types for frames, so that `transforms.v2` knows them.

    a tensor of frames --> `tv_tensors.Video` or `Image` in the trainer, a noted tensor in a worker

TorchVision is imported with the first frame: it takes 4 s of processor time and 88 MB (0.30 with
PyTorch 2.15). Records, audio and planes do without it. So does the worker process: it makes plain
tensors and notes what the trainer has to make of them.
"""

import sys
from typing import TYPE_CHECKING, Literal

from torch import Tensor

if TYPE_CHECKING:
    from torchvision import tv_tensors

Kind = Literal["Video", "Image"]

_notes_only = False


def only_note_kinds() -> None:
    """Makes frames of this process plain tensors from now on; `kind_of` knows their type."""
    global _notes_only
    _notes_only = True


def as_video(frames: Tensor) -> "tv_tensors.Video":
    """(..., C, H, W) as a video."""
    return wrapped(frames, "Video")


def as_image(frame: Tensor) -> "tv_tensors.Image":
    """(..., C, H, W) as an image."""
    return wrapped(frame, "Image")


def wrapped(tensor: Tensor, kind: Kind) -> Tensor:
    """A tensor as one of TorchVision's; its memory is the same."""
    if _notes_only:
        tensor.speakervid5m_kind = kind  # type: ignore[attr-defined]
        return tensor
    from torchvision import tv_tensors

    made: Tensor = {"Video": tv_tensors.Video, "Image": tv_tensors.Image}[kind](tensor)
    return made


def kind_of(tensor: Tensor) -> Kind | None:
    """Which of TorchVision's it is; None for a plain tensor."""
    module = sys.modules.get("torchvision.tv_tensors")
    if module is not None and isinstance(tensor, module.TVTensor):
        return "Video" if isinstance(tensor, module.Video) else "Image"
    return getattr(tensor, "speakervid5m_kind", None)


def plain(tensor: Tensor) -> Tensor:
    """The same tensor without TorchVision's type."""
    return tensor.as_subclass(Tensor)

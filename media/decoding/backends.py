"""Pictures of a clip by index, through one of several decoders that must agree.

    clip bytes --> open_video(data, backend="pyav") --> reader.frames([0, 12, 24]) --> FrameBatch

Whether one works here is tried, once a process, on a clip of one frame: torchcodec imports well
without FFmpeg's libraries, and fails at its first decoder. So that is never an error of a clip.

The conformance test holds them to the same number of frames, the same times, and pixels within
a stated tolerance. Which of them is fastest is a matter for the benchmarks.
"""

import functools
import importlib
import io
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Literal, Protocol, Self, get_args, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from ...records import first_line, trouble_of
from ..clip_bounds import check_mp4, check_pixels
from ..errors import MediaError
from .trial_clip import trial_clip

logger = logging.getLogger(__name__)

Backend = Literal["torchcodec", "pyav", "decord", "torchcodec-cuda"]
BACKENDS: tuple[Backend, ...] = get_args(Backend)


@dataclass(frozen=True, slots=True)
class FrameBatch:
    """Decoded pictures."""

    pixels: NDArray[np.uint8]
    """(N, H, W, 3) RGB."""
    times_seconds: NDArray[np.float64]
    """(N,) when each is shown, from the beginning of the clip."""

    def __repr__(self) -> str:
        return f"FrameBatch(pixels=uint8{self.pixels.shape})"


class VideoReader(Protocol):
    """One open clip."""

    num_frames: int
    """Frames of the clip."""
    width: int
    """Pixels."""
    height: int
    """Pixels."""

    def frames(self, indices: Sequence[int]) -> FrameBatch:
        """Decodes frames by index, in the order asked; an index may come twice.

        Raises:
            IndexError: an index is not in [0, num_frames).
            MediaError: the clip is damaged.
        """

    def close(self) -> None:
        """Lets go of the decoder."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


@runtime_checkable
class DeviceReader(VideoReader, Protocol):
    """One open clip whose pictures are decoded in the memory of a GPU."""

    def tensor(self, indices: Sequence[int]) -> Any:
        """As `frames`, but (N, H, W, 3) uint8 as a tensor where they were decoded."""


def open_video(data: bytes, *, backend: Backend | None = None) -> VideoReader:
    """Opens the bytes of an mp4.

    Args:
        data: the whole file.
        backend: which library decodes; `default_backend()` if left out.

    Raises:
        ValueError: no such backend.
        ImportError: it is not installed, or does not decode here; says what to do.
        MediaError: the bytes are no mp4, or one that asks for more than a clip does.
    """
    name = backend or default_backend()
    if name not in BACKENDS:
        raise ValueError(f"no decoding backend {name!r}; there are {', '.join(BACKENDS)}")
    require_backend(name)
    # Not every decoder can be told its bounds, or which formats it may take the bytes for.
    check_mp4(io.BytesIO(data))
    reader: VideoReader = _load(name).Reader(data)
    try:
        check_pixels(reader.width, reader.height)
    except MediaError:
        reader.close()
        raise
    return reader


@functools.cache
def default_backend() -> Backend:
    """Gives torchcodec where it decodes, else PyAV, which brings its own FFmpeg."""
    if trouble := trouble_of(_TRIALS["torchcodec"]):
        logger.info("decoding with pyav, since torchcodec does not decode here: %s", trouble)
        return "pyav"
    return "torchcodec"


def available_backends() -> dict[Backend, str | None]:
    """Every backend, with None if it decodes here and otherwise the reason why not."""
    return {name: trouble_of(_TRIALS[name]) for name in BACKENDS}


def require_backend(name: Backend) -> None:
    """Sees that a backend decodes here.

    Raises:
        ImportError: it does not; says what to do.
    """
    if trouble := trouble_of(_TRIALS[name]):
        raise ImportError(trouble)


def check_indices(indices: Sequence[int], num_frames: int) -> None:
    """Refuses what is outside the clip: no backend wraps around or clamps.

    Raises:
        IndexError: an index is not in [0, num_frames).
    """
    for index in indices:
        if not 0 <= index < num_frames:
            raise IndexError(f"frame {index} of a clip of {num_frames}; the first is 0")


class _BackendModule(Protocol):
    Reader: type


@functools.cache
def _load(name: Backend) -> _BackendModule:
    return importlib.import_module(f".{name.replace('-', '_')}", __package__)


_FFMPEG = (
    "torchcodec loads FFmpeg's shared libraries from the system: apt-get install ffmpeg (or conda "
    "install ffmpeg); backend='pyav' needs nothing"
)
_REMEDIES: dict[Backend, str] = {
    "torchcodec": _FFMPEG,
    "torchcodec-cuda": f"{_FFMPEG}, and backend='torchcodec' no GPU",
    "pyav": "install the wheel of av, which brings FFmpeg",
    "decord": "backend='pyav' runs everywhere",
}
"""What helps where a backend is installed and does not decode."""


def _try(name: Backend) -> None:
    try:
        with _load(name).Reader(trial_clip()) as reader:
            reader.frames([0])
    except ImportError:
        raise
    except Exception as error:
        raise ImportError(
            f"{name} is installed and does not decode ({first_line(error.__cause__ or error)}): "
            f"{_REMEDIES[name]}"
        ) from error


_TRIALS = {name: functools.partial(_try, name) for name in BACKENDS}

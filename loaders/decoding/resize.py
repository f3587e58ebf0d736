"""Frames to a size: `pad`, `crop` or `stretch`, bilinear with antialiasing.

(T, C, h, w) or planes, uint8 --> the same of height H and width W
"""

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from ..batches.yuv import planes_of
from ..specs.clip_specs import Fit

_GREY = 128


def fit_planes(frames: Tensor, height: int, width: int, fit: Fit, black: int) -> Tensor:
    """Resizes planes, each on its own.

    Args:
        frames: (T, h * 3 / 2, w) uint8, as `VideoBatch.frames` has them.
        height: H, even.
        width: W, even.
        fit: see `VideoSpec.fit`.
        black: luma of black, for `pad`.

    Returns:
        (T, H * 3 / 2, W) uint8.
    """
    luma, *chroma = (plane[:, None] for plane in planes_of(frames))
    fitted = [fit_frames(luma, height, width, fit, black)]
    fitted += [fit_frames(plane, height // 2, width // 2, fit, _GREY) for plane in chroma]
    return torch.cat([part.reshape(len(frames), -1) for part in fitted], 1).reshape(
        len(frames), height * 3 // 2, width
    )


def fit_frames(frames: Tensor, height: int, width: int, fit: Fit, fill: int = 0) -> Tensor:
    """Resizes frames.

    Args:
        frames: (T, C, h, w) uint8.
        height: H.
        width: W.
        fit: see `VideoSpec.fit`.
        fill: the value that `pad` adds.

    Returns:
        (T, C, H, W) uint8.
    """
    old_height, old_width = frames.shape[-2:]
    if fit == "crop":
        scale = min(old_height / height, old_width / width)
        kept_height = min(old_height, max(1, round(height * scale)))
        kept_width = min(old_width, max(1, round(width * scale)))
        top, left = (old_height - kept_height) // 2, (old_width - kept_width) // 2
        frames = frames[..., top : top + kept_height, left : left + kept_width]
        return _resized(frames, height, width)
    if fit == "stretch":
        return _resized(frames, height, width)
    scale = min(height / old_height, width / old_width)
    new_height = min(height, max(1, round(old_height * scale)))
    new_width = min(width, max(1, round(old_width * scale)))
    top, left = (height - new_height) // 2, (width - new_width) // 2
    if (new_height, new_width) == (height, width):
        return _resized(frames, height, width)
    padded = frames.new_full((len(frames), height, width, frames.shape[1]), fill)
    padded = padded.permute(0, 3, 1, 2)
    padded[..., top : top + new_height, left : left + new_width] = _resized(
        frames, new_height, new_width
    )
    return padded


def _resized(frames: Tensor, height: int, width: int) -> Tensor:
    if frames.shape[-2:] == (height, width):
        return frames
    return interpolate(frames, (height, width), mode="bilinear", antialias=True)

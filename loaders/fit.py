"""Pictures to a size: `pad`, `crop` or `stretch`, bilinear with antialiasing."""

from torch import Tensor
from torch.nn.functional import interpolate

from .specs import Fit


def fit_frames(frames: Tensor, height: int, width: int, fit: Fit) -> Tensor:
    """Brings pictures to a size.

    Args:
        frames: (T, C, h, w) uint8.
        height: H.
        width: W.
        fit: see `VideoSpec.fit`.

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
    padded = frames.new_zeros((*frames.shape[:2], height, width))
    padded[..., top : top + new_height, left : left + new_width] = _resized(
        frames, new_height, new_width
    )
    return padded


def _resized(frames: Tensor, height: int, width: int) -> Tensor:
    if frames.shape[-2:] == (height, width):
        return frames
    return interpolate(frames, (height, width), mode="bilinear", antialias=True)

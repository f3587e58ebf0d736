"""Frames scaled down by area: each new pixel is the mean of what it covers, rounded.

planes of any size --> planes of another size

Whole factors equal OpenCV's `INTER_AREA` to the bit, with its rounding: half up for two by two,
else the product with 1 / area in float32, half to even. For other factors sums are exact and
halves go to even, while OpenCV sums in float32: where a mean lies on a half, both differ by one.
"""

import torch
from torch import Tensor

from .frames import Frames
from .opencv_rules import area_weights


def shrink_planes(frames: Frames, height: int, width: int) -> Tensor:
    """(N, height * 3 / 2, width) uint8: luma, below it blue and then red.

    Args:
        frames: any size.
        height: even.
        width: even.
    """
    parts = [
        shrink(frames.luma, height, width),
        shrink(frames.blue, height // 2, width // 2),
        shrink(frames.red, height // 2, width // 2),
    ]
    flat = torch.cat([part.reshape(len(frames), -1) for part in parts], 1)
    return flat.reshape(len(frames), height * 3 // 2, width)


def shrink(plane: Tensor, height: int, width: int) -> Tensor:
    """A plane (N, h, w) uint8 at another size, uint8."""
    old_height, old_width = plane.shape[-2:]
    if (old_height, old_width) == (height, width):
        return plane
    if old_height % height == 0 and old_width % width == 0:
        return _by_whole_factors(plane, old_height // height, old_width // width)
    # Whole numbers below 2^53, so float64 is exact.
    down, across = (
        area_weights(*sizes).to(plane.device, torch.float64)
        for sizes in ((old_height, height), (old_width, width))
    )
    sums = down @ plane.double() @ across.T
    return torch.round(sums / (old_height * old_width)).to(torch.uint8)


def _by_whole_factors(plane: Tensor, down: int, across: int) -> Tensor:
    height, width = plane.shape[-2] // down, plane.shape[-1] // across
    blocks = plane.reshape(len(plane), height, down, width, across)
    sums = blocks.sum((2, 4), dtype=torch.int32)
    if (down, across) == (2, 2):
        return ((sums + 2) >> 2).to(torch.uint8)
    scale = torch.tensor(1.0 / (down * across), dtype=torch.float32)
    return torch.round(sums.float() * scale.to(plane.device)).to(torch.uint8)

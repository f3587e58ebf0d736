"""OpenCV's integer arithmetic for colours and sizes, in torch: equal to the bit.

planes, sizes --> colours, hue, weights of resampling

Constants are those of OpenCV 4 (`color_yuv.simd.hpp`, `color_hsv.simd.hpp`, `resize.cpp`); a test
compares every colour. Everything is int32, so every device gives the same.
"""

from dataclasses import dataclass, fields
from functools import cache

import torch
from torch import Tensor

YUV_SHIFT = 20
FROM_LUMA = 1220542
BLUE_FROM_BLUE = 2116026
GREEN_FROM_BLUE, GREEN_FROM_RED = -409993, -852492
RED_FROM_RED = 1673527
"""BT.601, limited range, times 2^20."""
HSV_SHIFT = 12
"""Bits behind the point of the tables that divide by value and by difference."""
RESIZE_BITS = 11
"""Bits of a bilinear weight."""


def yuv_to_bgr(luma: Tensor, blue: Tensor, red: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Colours, 0 to 255, of planes of one shape, all int32 (`COLOR_YUV2BGR_I420`)."""
    light = (luma - 16).clamp(min=0) * FROM_LUMA + (1 << (YUV_SHIFT - 1))
    blue, red = blue - 128, red - 128
    return (
        ((light + BLUE_FROM_BLUE * blue) >> YUV_SHIFT).clamp(0, 255),
        ((light + GREEN_FROM_BLUE * blue + GREEN_FROM_RED * red) >> YUV_SHIFT).clamp(0, 255),
        ((light + RED_FROM_RED * red) >> YUV_SHIFT).clamp(0, 255),
    )


def bgr_to_hsv(blue: Tensor, green: Tensor, red: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Hue 0 to 179, saturation and value 0 to 255, of int32 colours (`COLOR_BGR2HSV`)."""
    by_value, by_range = (table.to(blue.device) for table in division_tables())
    value = torch.maximum(torch.maximum(blue, green), red)
    spread = value - torch.minimum(torch.minimum(blue, green), red)
    half = 1 << (HSV_SHIFT - 1)
    saturation = (spread * by_value[value] + half) >> HSV_SHIFT
    side = torch.where(
        value == red,
        green - blue,
        torch.where(value == green, blue - red + 2 * spread, red - green + 4 * spread),
    )
    hue = (side * by_range[spread] + half) >> HSV_SHIFT
    return torch.where(hue < 0, hue + 180, hue), saturation, value


@cache
def division_tables() -> tuple[Tensor, Tensor]:
    """(256,) int32 twice: 255 / v and 180 / (6 d), in 12 bits behind the point; 0 for 0."""
    numbers = torch.arange(1, 256, dtype=torch.float64)
    zero = torch.zeros(1, dtype=torch.float64)
    by_value = torch.cat([zero, torch.round((255 << HSV_SHIFT) / numbers)])
    by_range = torch.cat([zero, torch.round((180 << HSV_SHIFT) / (6 * numbers))])
    return by_value.to(torch.int32), by_range.to(torch.int32)


@dataclass(frozen=True, slots=True, eq=False)
class Taps:
    """The two pixels of a line that make each pixel of the shorter line, and their weights."""

    first: Tensor
    """(m,) int32 index."""
    second: Tensor
    """(m,) int32 index."""
    first_weight: Tensor
    """(m,) int32, of 2048."""
    second_weight: Tensor
    """(m,) int32, of 2048."""

    def to(self, device: torch.device) -> "Taps":
        """The same on a device."""
        return Taps(*(getattr(self, field.name).to(device) for field in fields(self)))


def linear_taps(old: int, new: int) -> Taps:
    """Taps of `INTER_LINEAR` along one axis; the identity for equal sizes."""
    centres = ((torch.arange(new, dtype=torch.float64) + 0.5) * (old / new) - 0.5).float()
    first = torch.floor(centres)
    share = centres - first
    share[(first < 0) | (first >= old - 1)] = 0.0
    first = first.clamp(0, old - 1).int()
    scale = float(1 << RESIZE_BITS)
    return Taps(
        first=first,
        second=(first + 1).clamp(max=old - 1),
        first_weight=torch.round((1.0 - share) * scale).int(),
        second_weight=torch.round(share * scale).int(),
    )


def blend(upper: Tensor, lower: Tensor, down: Taps) -> Tensor:
    """Rows from pairs of rows (..., m, w) that are already blended across, int32."""
    shift = 4
    first = ((upper >> shift) * down.first_weight[:, None]) >> 16
    second = ((lower >> shift) * down.second_weight[:, None]) >> 16
    return ((first + second + 2) >> 2).clamp(0, 255)


def area_weights(old: int, new: int) -> Tensor:
    """(new, old) int64: how much of each pixel each part takes, in units of 1 / new pixel."""
    pixels, parts = torch.arange(old)[None], torch.arange(new)[:, None]
    stop = torch.minimum((pixels + 1) * new, (parts + 1) * old)
    return (stop - torch.maximum(pixels * new, parts * old)).clamp(min=0)

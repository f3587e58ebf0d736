"""The sums of `frame_sums` in one kernel: each program reads one cell of one frame.

planes, previous frame --> one program a cell --> partial sums --> the tensors of `FrameSums`

A cell's pixels, and those of the previous frame, come from memory once; neighbours and the taps of
the scored frame are then in the cache. Every frame is read twice: as itself, and as the previous
one of the next.
"""

# Triton interprets annotations of a kernel, so kernels have none.
# mypy: disable-error-code="no-untyped-def, no-untyped-call, untyped-decorator"

from contextlib import nullcontext

import torch
from torch import Tensor

from ....records import package_command

try:
    import triton
    import triton.language as tl
except ImportError as error:
    raise ImportError(
        "the kernel needs Triton, which comes with PyTorch for CUDA: "
        f"{package_command('triton')}, or implementation='torch'"
    ) from error

from .frames import Frames
from .opencv_rules import (
    BLUE_FROM_BLUE,
    FROM_LUMA,
    GREEN_FROM_BLUE,
    GREEN_FROM_RED,
    HSV_SHIFT,
    RED_FROM_RED,
    YUV_SHIFT,
    division_tables,
    linear_taps,
)

_ROWS_AT_A_TIME = 16
"""Of pixels, in one step of a program (ours: 16 x 32 pixels stay in registers)."""

_FROM_LUMA = tl.constexpr(FROM_LUMA)
_BLUE_FROM_BLUE = tl.constexpr(BLUE_FROM_BLUE)
_GREEN_FROM_BLUE = tl.constexpr(GREEN_FROM_BLUE)
_GREEN_FROM_RED = tl.constexpr(GREEN_FROM_RED)
_RED_FROM_RED = tl.constexpr(RED_FROM_RED)
_YUV_SHIFT = tl.constexpr(YUV_SHIFT)
_YUV_HALF = tl.constexpr(1 << (YUV_SHIFT - 1))
_HSV_SHIFT = tl.constexpr(HSV_SHIFT)
_HSV_HALF = tl.constexpr(1 << (HSV_SHIFT - 1))


@triton.jit
def _clamped(value):
    return tl.minimum(tl.maximum(value, 0), 255)


@triton.jit
def _bgr(
    luma, blue, red, luma_row, luma_step, chroma_row,
    chroma_step, y, x, mask,
):  # fmt: skip
    """Colours of the pixels (y, x) of a frame."""
    light = tl.load(luma + y * luma_row + x * luma_step, mask, 16).to(tl.int32)
    offset = (y // 2) * chroma_row + (x // 2) * chroma_step
    cb = tl.load(blue + offset, mask, 128).to(tl.int32) - 128
    cr = tl.load(red + offset, mask, 128).to(tl.int32) - 128
    light = tl.maximum(light - 16, 0) * _FROM_LUMA + _YUV_HALF
    b = _clamped((light + _BLUE_FROM_BLUE * cb) >> _YUV_SHIFT)
    g = _clamped((light + _GREEN_FROM_BLUE * cb + _GREEN_FROM_RED * cr) >> _YUV_SHIFT)
    r = _clamped((light + _RED_FROM_RED * cr) >> _YUV_SHIFT)
    return b, g, r


@triton.jit
def _blended(upper, lower, above, below):
    return _clamped(((((upper >> 4) * above) >> 16) + (((lower >> 4) * below) >> 16) + 2) >> 2)


@triton.jit
def _hsv(
    luma, blue, red, luma_row, luma_step, chroma_row,
    chroma_step, y0, y1, above, below, x0, x1, left,
    right, by_value, by_range, mask,
):  # fmt: skip
    """Hue, saturation and value of the scored pixels, each from four pixels of a frame."""
    b0, g0, r0 = _bgr(
        luma, blue, red, luma_row, luma_step, chroma_row, chroma_step, y0, x0, mask
    )  # fmt: skip
    b1, g1, r1 = _bgr(
        luma, blue, red, luma_row, luma_step, chroma_row, chroma_step, y0, x1, mask
    )  # fmt: skip
    ub, ug, ur = b0 * left + b1 * right, g0 * left + g1 * right, r0 * left + r1 * right
    b0, g0, r0 = _bgr(
        luma, blue, red, luma_row, luma_step, chroma_row, chroma_step, y1, x0, mask
    )  # fmt: skip
    b1, g1, r1 = _bgr(
        luma, blue, red, luma_row, luma_step, chroma_row, chroma_step, y1, x1, mask
    )  # fmt: skip
    b = _blended(ub, b0 * left + b1 * right, above, below)
    g = _blended(ug, g0 * left + g1 * right, above, below)
    r = _blended(ur, r0 * left + r1 * right, above, below)
    value = tl.maximum(tl.maximum(b, g), r)
    spread = value - tl.minimum(tl.minimum(b, g), r)
    saturation = (spread * tl.load(by_value + value) + _HSV_HALF) >> _HSV_SHIFT
    side = tl.where(
        value == r, g - b, tl.where(value == g, b - r + 2 * spread, r - g + 4 * spread)
    )  # fmt: skip
    hue = (side * tl.load(by_range + spread) + _HSV_HALF) >> _HSV_SHIFT
    hue = tl.where(hue < 0, hue + 180, hue)
    zero = tl.zeros_like(hue)
    return tl.where(mask, hue, zero), tl.where(mask, saturation, zero), tl.where(mask, value, zero)


@triton.jit
def _shared(pixel, first, parts, size):
    """How much of a pixel lies in a part of a line, in units of 1 / parts pixel."""
    stop = tl.minimum((pixel + 1) * parts, (first + 1) * size)
    return tl.maximum(stop - tl.maximum(pixel * parts, first * size), 0)


@triton.jit
def _sums_kernel(
    luma, blue, red, luma_frame, chroma_frame,
    old_luma, old_blue, old_red,
    luma_row, luma_step, chroma_row, chroma_step,
    across, down, by_value, by_range, histogram, partial,
    height, width, scored_height, scored_width,
    rows: tl.constexpr, columns: tl.constexpr, block_rows: tl.constexpr,
    block_columns: tl.constexpr, scored_rows: tl.constexpr, scored_columns: tl.constexpr,
):  # fmt: skip
    frame, cell = tl.program_id(0).to(tl.int64), tl.program_id(1)
    row, column = cell // columns, cell % columns
    luma += frame * luma_frame
    blue += frame * chroma_frame
    red += frame * chroma_frame
    if frame > 0:
        old_luma, old_blue, old_red = luma - luma_frame, blue - chroma_frame, red - chroma_frame

    y_stop = tl.cdiv((row + 1) * height, rows)
    x = column * width // columns + tl.arange(0, block_columns)
    x_here = _shared(x, column, columns, width)[None, :]
    x_left = tl.abs(x - 1)[None, :]
    x_right = (width - 1 - tl.abs(width - 2 - x))[None, :]
    owns_x = ((x * columns >= column * width) & (x < tl.cdiv((column + 1) * width, columns)))[
        None, :
    ]
    x = x[None, :]

    light = tl.zeros((), tl.int64)
    change = tl.zeros((), tl.int64)
    edge = tl.zeros((), tl.int64)
    edge_square = tl.zeros((), tl.int64)
    levels = tl.zeros((256,), tl.int32)
    for first_row in range(row * height // rows, y_stop, block_rows):
        y = first_row + tl.arange(0, block_rows)
        share = _shared(y, row, rows, height)[:, None] * x_here
        owned = ((y * rows >= row * height) & (y < y_stop))[:, None] & owns_x
        inside = (share > 0) | owned
        up = tl.abs(y - 1)[:, None] * luma_row
        down_row = (height - 1 - tl.abs(height - 2 - y))[:, None] * luma_row
        here = y[:, None] * luma_row
        pixel = tl.load(luma + here + x * luma_step, inside, 0).to(tl.int32)
        old = tl.load(old_luma + here + x * luma_step, inside, 0)
        light += tl.sum((pixel * share).to(tl.int64))
        change += tl.sum((tl.abs(pixel - old.to(tl.int32)) * share).to(tl.int64))
        around = tl.load(luma + up + x * luma_step, owned, 0).to(tl.int32)
        around += tl.load(luma + down_row + x * luma_step, owned, 0).to(tl.int32)
        around += tl.load(luma + here + x_left * luma_step, owned, 0).to(tl.int32)
        around += tl.load(luma + here + x_right * luma_step, owned, 0).to(tl.int32)
        laplacian = tl.where(owned, around - 4 * pixel, 0)
        edge += tl.sum(laplacian.to(tl.int64))
        edge_square += tl.sum((laplacian * laplacian).to(tl.int64))
        flat = tl.reshape(pixel, (block_rows * block_columns,))
        levels += tl.histogram(flat, 256, tl.reshape(owned, (block_rows * block_columns,)))
    tl.atomic_add(histogram + frame * 256 + tl.arange(0, 256), levels)

    y = tl.cdiv(row * scored_height, rows) + tl.arange(0, scored_rows)
    x = tl.cdiv(column * scored_width, columns) + tl.arange(0, scored_columns)
    y_in = y < tl.cdiv((row + 1) * scored_height, rows)
    x_in = x < tl.cdiv((column + 1) * scored_width, columns)
    y0 = tl.load(down + y, y_in, 0)[:, None]
    y1 = tl.load(down + scored_height + y, y_in, 0)[:, None]
    above = tl.load(down + 2 * scored_height + y, y_in, 0)[:, None]
    under = tl.load(down + 3 * scored_height + y, y_in, 0)[:, None]
    x0 = tl.load(across + x, x_in, 0)[None, :]
    x1 = tl.load(across + scored_width + x, x_in, 0)[None, :]
    left = tl.load(across + 2 * scored_width + x, x_in, 0)[None, :]
    right = tl.load(across + 3 * scored_width + x, x_in, 0)[None, :]
    mask = y_in[:, None] & x_in[None, :]
    hue, saturation, value = _hsv(
        luma, blue, red, luma_row, luma_step, chroma_row, chroma_step,
        y0, y1, above, under, x0, x1, left, right, by_value, by_range, mask,
    )  # fmt: skip
    old_hue, old_saturation, old_value = _hsv(
        old_luma, old_blue, old_red, luma_row, luma_step, chroma_row, chroma_step,
        y0, y1, above, under, x0, x1, left, right, by_value, by_range, mask,
    )  # fmt: skip

    out = partial + (frame * rows * columns + cell) * 10
    tl.store(out, light)
    tl.store(out + 1, change)
    tl.store(out + 2, edge)
    tl.store(out + 3, edge_square)
    tl.store(out + 4, tl.sum(hue).to(tl.int64))
    tl.store(out + 5, tl.sum(saturation).to(tl.int64))
    tl.store(out + 6, tl.sum(value).to(tl.int64))
    tl.store(out + 7, tl.sum(tl.abs(hue - old_hue)).to(tl.int64))
    tl.store(out + 8, tl.sum(tl.abs(saturation - old_saturation)).to(tl.int64))
    tl.store(out + 9, tl.sum(tl.abs(value - old_value)).to(tl.int64))


def sums_by_triton(
    frames: Frames, previous: Frames, rows: int, columns: int, scored: tuple[int, int]
) -> dict[str, Tensor]:
    """The tensors of `FrameSums`; see `frame_sums`, which checks the sizes."""
    device = frames.luma.device
    number, height, width = frames.luma.shape
    histogram = torch.zeros((number, 256), dtype=torch.int32, device=device)
    partial = torch.empty((number, rows, columns, 10), dtype=torch.int64, device=device)
    by_value, by_range = (table.to(device) for table in division_tables())
    strides = frames.blue.stride()
    assert frames.red.stride() == strides, "blue and red lie in memory the same way"
    block_columns = triton.next_power_of_2(triton.cdiv(width, columns) + 1)
    # Triton launches on the current GPU, wherever its tensors are.
    with torch.cuda.device(device) if device.type == "cuda" else nullcontext():
        _sums_kernel[(number, rows * columns)](
            frames.luma, frames.blue, frames.red,
            frames.luma.stride(0), strides[0],
            _laid_out_as(frames.luma, previous.luma), _laid_out_as(frames.blue, previous.blue),
            _laid_out_as(frames.red, previous.red), *frames.luma.stride()[1:], *strides[1:],
            _taps(width, scored[1], device), _taps(height, scored[0], device), by_value, by_range,
            histogram, partial, height, width, *scored,
            rows=rows, columns=columns,
            block_rows=_ROWS_AT_A_TIME, block_columns=block_columns,
            scored_rows=triton.next_power_of_2(triton.cdiv(scored[0], rows)),
            scored_columns=triton.next_power_of_2(triton.cdiv(scored[1], columns)),
            enable_fp_fusion=False,
        )  # fmt: skip
    colours = partial[..., 4:].sum((1, 2))
    return {
        "histogram": histogram.long(),
        "cells": partial[..., 0].contiguous(),
        "change": partial[..., 1].contiguous(),
        "laplacian": partial[..., 2:4].sum((1, 2)),
        "colour": colours[:, :3],
        "colour_change": colours[:, 3:],
    }


def _laid_out_as(planes: Tensor, previous: Tensor) -> Tensor:
    """The previous frame with the strides of the others."""
    if previous.stride()[1:] == planes.stride()[1:]:
        return previous
    copied = previous.new_empty_strided(previous.shape, planes[:1].stride())
    return copied.copy_(previous)


def _taps(old: int, new: int, device: torch.device) -> Tensor:
    """(4, new) int32: the two pixels and their weights."""
    taps = linear_taps(old, new)
    rows = [taps.first, taps.second, taps.first_weight, taps.second_weight]
    return torch.stack(rows).to(device)

"""Sums over every frame, from which stages take their measures: light, change, cuts, sharpness.

    planes (N, H, W) --> one read --> FrameSums: whole numbers, N rows each

Sums are whole numbers, so a CPU, a GPU and the Triton kernel agree to the bit. Colour sums are of
the frame that PySceneDetect scores: scaled to 256 pixels, with OpenCV's hue, saturation and value.
"""

import logging
from dataclasses import dataclass
from functools import cache
from subprocess import CalledProcessError
from typing import Literal, get_args

import torch
from torch import Tensor

from .frames import Frames
from .opencv_rules import area_weights, bgr_to_hsv, blend, linear_taps, yuv_to_bgr

logger = logging.getLogger(__name__)

Implementation = Literal["auto", "torch", "triton"]
"""`auto`: on a GPU the Triton kernel, if it runs there; else plain torch."""

SCORED_WIDTH = 256
"""Pixels; wider frames are scored at this width (PySceneDetect)."""
COLUMNS, ROWS = 32, 18
"""Cells of a frame, the same as in `curation/vision/light.py`."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class FrameSums:
    """Whole numbers of N frames; int64, on the device of the frames."""

    histogram: Tensor
    """(N, 256) number of pixels of each luma."""
    cells: Tensor
    """(N, R, C) luma over each cell, in units of 1 / (R * C) pixel."""
    change: Tensor
    """(N, R, C) the same for the absolute difference of luma to the previous frame."""
    laplacian: Tensor
    """(N, 2) of luma's 3 x 3 Laplacian (`cv2.Laplacian`, `ksize=1`): sum, and sum of squares."""
    colour: Tensor
    """(N, 3) hue, saturation, value over the scored pixels."""
    colour_change: Tensor
    """(N, 3) their absolute differences to the previous frame."""
    height: int
    """H."""
    width: int
    """W."""
    num_scored: int
    """Pixels of the scored frame."""

    def __len__(self) -> int:
        return len(self.cells)

    def luma_means(self) -> Tensor:
        """(N,) float64, 16 to 235."""
        levels = torch.arange(256, device=self.histogram.device)
        return (self.histogram * levels).sum(1).double() / self.num_pixels

    def changes(self) -> Tensor:
        """(N,) float64 mean absolute difference of luma to the previous frame."""
        return self.change.sum((1, 2)).double() / (self.num_pixels * self._units)

    def content_scores(self) -> Tensor:
        """(N,) float64 of PySceneDetect's `ContentDetector`, 0 to 255."""
        hue, saturation, value = (self.colour_change.double() / self.num_scored).unbind(1)
        return (hue + saturation + value) / 3.0

    def laplacian_variances(self) -> Tensor:
        """(N,) float64 variance of the Laplacian."""
        mean, square = (self.laplacian.double() / self.num_pixels).unbind(1)
        return square - mean * mean

    def cell_means(self) -> Tensor:
        """(N, R, C) float32 mean luma of each cell, by OpenCV's arithmetic (see `area`)."""
        return self._means(self.cells)

    def cell_changes(self) -> Tensor:
        """(N, R, C) float32 mean absolute difference of each cell, likewise."""
        return self._means(self.change)

    def thumbnails(self) -> Tensor:
        """(N, R, C) uint8: the frames scaled down to their cells (`INTER_AREA`)."""
        if (self.height, self.width) == (2 * self.cells.shape[1], 2 * self.cells.shape[2]):
            return ((self.cells // self._units + 2) >> 2).to(torch.uint8)
        return torch.round(self.cell_means()).to(torch.uint8)

    def _means(self, sums: Tensor) -> Tensor:
        rows, columns = sums.shape[1:]
        if self.height % rows or self.width % columns:
            return (sums.double() / self.num_pixels).float()
        scale = torch.tensor(self._units / self.num_pixels, dtype=torch.float32)
        return (sums // self._units).float() * scale.to(sums.device)

    @property
    def num_pixels(self) -> int:
        """Of a frame."""
        return self.height * self.width

    @property
    def _units(self) -> int:
        """Of area in a pixel."""
        return self.cells.shape[1] * self.cells.shape[2]


def frame_sums(
    frames: Frames,
    previous: Frames | None = None,
    *,
    rows: int = ROWS,
    columns: int = COLUMNS,
    implementation: Implementation = "auto",
) -> FrameSums:
    """Sums over every frame, and its change from the previous one.

    Args:
        frames: consecutive frames.
        previous: the single frame before the first; None: the first has no change.
        rows: of cells, at most H.
        columns: of cells, at most W.
        implementation: see `Implementation`.

    Raises:
        ValueError: sizes do not fit; no such implementation.
    """
    if implementation not in get_args(Implementation):
        raise ValueError(f"{implementation=}; there are {', '.join(get_args(Implementation))}")
    height, width = frames.luma.shape[1:]
    if not len(frames) or not (1 <= rows <= height and 1 <= columns <= width):
        raise ValueError(f"{frames!r} in {rows} x {columns} cells: a cell has a pixel at least")
    previous = frames[:1] if previous is None else previous
    if previous.luma.shape != (1, height, width):
        raise ValueError(f"{previous!r} is not the single frame before {frames!r}")
    if implementation == "auto":
        chosen = frames.luma.is_cuda and _triton_runs(frames.luma.device)
        implementation = "triton" if chosen else "torch"
    if implementation == "triton":
        from .frame_sums_triton import sums_by_triton

        return FrameSums(
            **sums_by_triton(frames, previous, rows, columns, scored_size(height, width)),
            height=height,
            width=width,
            num_scored=_area(scored_size(height, width)),
        )
    return _sums_by_torch(frames, previous, rows, columns)


@cache
def _triton_runs(device: torch.device) -> bool:
    """Whether the kernel can be compiled and run; it needs Triton and a C compiler."""
    tiny = Frames.planar(torch.zeros((1, 3, 2), dtype=torch.uint8, device=device))
    try:
        frame_sums(tiny, rows=1, columns=1, implementation="triton")
    except (ImportError, RuntimeError, OSError, CalledProcessError) as error:
        logger.warning("plain torch sums frames on %s, which is slower: %s", device, error)
        return False
    return True


def scored_size(height: int, width: int) -> tuple[int, int]:
    """Height and width at which PySceneDetect's `SceneManager` scores a frame."""
    if width < SCORED_WIDTH:
        return height, width
    factor = width / SCORED_WIDTH
    return max(1, round(height / factor)), max(1, round(width / factor))


def _sums_by_torch(frames: Frames, previous: Frames, rows: int, columns: int) -> FrameSums:
    number, height, width = frames.luma.shape
    luma = torch.cat([previous.luma, frames.luma]).int()
    colour = _hsv(
        luma, torch.cat([previous.blue, frames.blue]), torch.cat([previous.red, frames.red])
    )
    now, levels = luma[1:], torch.arange(number, device=luma.device)[:, None]
    histogram = torch.bincount((levels * 256 + now.flatten(1)).flatten(), minlength=number * 256)
    edges = _laplacian(now).long().flatten(1)
    return FrameSums(
        histogram=histogram.reshape(number, 256),
        cells=_in_cells(now, rows, columns),
        change=_in_cells((now - luma[:-1]).abs(), rows, columns),
        laplacian=torch.stack([edges.sum(1), (edges * edges).sum(1)], 1),
        colour=colour[1:].flatten(2).sum(2),
        colour_change=(colour[1:] - colour[:-1]).abs().flatten(2).sum(2),
        height=height,
        width=width,
        num_scored=colour.shape[-2] * colour.shape[-1],
    )


def _in_cells(plane: Tensor, rows: int, columns: int) -> Tensor:
    """(N, R, C) int64 sums; exact in float64, whose products are fast on every device."""
    height, width = plane.shape[1:]
    down = area_weights(height, rows).to(plane.device, torch.float64)
    across = area_weights(width, columns).to(plane.device, torch.float64)
    return (down @ (plane.double() @ across.T)).long()


def _laplacian(plane: Tensor) -> Tensor:
    """Of (N, H, W) int32; the frame is mirrored at its edge, which is not repeated."""
    up, down = (torch.cat([plane[:, 1:2], plane], 1), torch.cat([plane, plane[:, -2:-1]], 1))
    left, right = (torch.cat([plane[..., 1:2], plane], 2), torch.cat([plane, plane[..., -2:-1]], 2))
    return up[:, :-1] + down[:, 1:] + left[..., :-1] + right[..., 1:] - 4 * plane


def _hsv(luma: Tensor, blue: Tensor, red: Tensor) -> Tensor:
    """(N, 3, h, w) int32 of the scored frame, from int32 luma and uint8 chroma."""
    height, width = luma.shape[1:]
    new_height, new_width = scored_size(height, width)
    down = linear_taps(height, new_height).to(luma.device)
    across = linear_taps(width, new_width).to(luma.device)
    rows: list[list[Tensor]] = []
    for y in (down.first[:, None], down.second[:, None]):
        left, right = (
            yuv_to_bgr(luma[:, y, x], blue[:, y // 2, x // 2].int(), red[:, y // 2, x // 2].int())
            for x in (across.first, across.second)
        )
        rows.append(
            [
                left_tap * across.first_weight + right_tap * across.second_weight
                for left_tap, right_tap in zip(left, right, strict=True)
            ]
        )
    colours = [blend(upper, lower, down) for upper, lower in zip(*rows, strict=True)]
    return torch.stack(bgr_to_hsv(*colours), 1)


def _area(size: tuple[int, int]) -> int:
    return size[0] * size[1]

"""Light, motion and clarity of a clip.

frames --> tap `Cells` --> light and change of 18 x 32 cells; a clip's box --> means over its cells

Boxes of persons are known only after the frame pass, so the tap stores light and motion of a grid
of cells, and a clip's values are means over the cells inside its box.
"""

from itertools import groupby
from math import sqrt
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ...models.opencv import cv2
from ...models.vision.frame import Frame, Image

COLUMNS, ROWS = 32, 18
"""Cells of a frame (ours)."""
TOO_DARK, TOO_BRIGHT = 10.0, 210.0
"""Luminance that is abnormal (paper, official code)."""
MAX_ABNORMAL_FRAMES = 15
"""A longer run of abnormal frames makes a clip abnormal (official code)."""
_BLACK, _WHITE = 16.0, 235.0
"""Y of black and white in limited range."""

_ROWS_PER_BATCH = 1024

SCHEMA = pa.schema(
    {
        "index": pa.int32(),
        "luma": pa.list_(pa.uint8(), COLUMNS * ROWS),
        "change": pa.list_(pa.float16(), COLUMNS * ROWS),
    }
)


class Cells:
    """Tap: light of every fifth frame, and its change from the previous frame, by cell.

    Args:
        every: frames from one row to the next.
    """

    def __init__(self, *, every: int = 5) -> None:
        self._every = every
        self._before: Frame | None = None
        self._index: list[int] = []
        self._luma: list[NDArray[np.uint8]] = []
        self._change: list[NDArray[np.float16]] = []
        self._batches: list[pa.RecordBatch] = []

    def add_frame(self, frame: Frame) -> None:
        """See `Tap.add_frame`."""
        phase = frame.index % self._every
        if phase == 0:
            previous = frame if self._before is None else self._before
            measures = frame.measures
            if measures is None:
                light = cell_means(frame.luma)
                change = cell_means(np.asarray(cv2.absdiff(frame.luma, previous.luma), np.uint8))
            else:
                light = measures.cells.ravel()
                # A repeated frame does not change.
                change = measures.changes.ravel() * np.float32(previous.planes is not frame.planes)
            self._index.append(frame.index)
            self._luma.append(np.rint(light).astype(np.uint8))
            self._change.append(change.astype(np.float16))
            if len(self._index) == _ROWS_PER_BATCH:
                self._pack()
        if phase == self._every - 1:
            self._before = frame

    def finish(self) -> pa.Table:
        """A row for every fifth frame.

        `index` int32; `luma` (576,) uint8, mean Y of each of 18 rows of 32 cells; `change` (576,)
        float16, mean absolute difference of Y to the previous frame, 0 for the first.
        """
        self._pack()
        return pa.Table.from_batches(self._batches, schema=SCHEMA)

    def _pack(self) -> None:
        if not self._index:
            return
        arrays = [pa.array(self._index, pa.int32())]
        for name, rows in (("luma", self._luma), ("change", self._change)):
            values = pa.array(np.concatenate(rows), SCHEMA.field(name).type.value_type)
            arrays.append(pa.FixedSizeListArray.from_arrays(values, COLUMNS * ROWS))
        self._batches.append(pa.RecordBatch.from_arrays(arrays, schema=SCHEMA))
        self._index, self._luma, self._change = [], [], []


def cell_means(plane: Image) -> NDArray[np.float32]:
    """(576,) mean of each cell of a plane (h, w), row by row; cells share pixels by area."""
    means = cv2.resize(plane.astype(np.float32), (COLUMNS, ROWS), interpolation=cv2.INTER_AREA)
    return np.asarray(means, np.float32).ravel()


def box_means(cells: NDArray[Any], box: tuple[float, ...]) -> NDArray[np.float64]:
    """Mean within a box of every row of cells; cells at its edge count by the share inside.

    Args:
        cells: (n, 576).
        box: x1, y1, x2, y2, normalised.

    Returns:
        (n,).
    """
    across = _shares(box[0], box[2], COLUMNS)
    down = _shares(box[1], box[3], ROWS)
    grid = np.asarray(cells, np.float64).reshape(-1, ROWS, COLUMNS)
    return np.asarray(np.einsum("nyx,y,x->n", grid, down, across))


def _shares(low: float, high: float, count: int) -> NDArray[np.float64]:
    """(count,) share of [low, high] that lies in each of `count` equal parts of [0, 1]."""
    edges = np.clip(np.arange(count + 1) / count, low, high)
    return np.diff(edges) / (high - low)


def luminance(luma: NDArray[Any]) -> NDArray[np.float64]:
    """Luminance from Y: (Y - 16) * 255 / 219, 0 to 255.

    The official code takes the mean of 0.2126 R + 0.7152 G + 0.0722 B. BT.709's Y is that sum, so
    for BT.709 sources both are equal except for clipping and rounding. BT.601 has the weights
    0.299, 0.587, 0.114, which differ by up to 0.13 of the difference of green and red, plus 0.04
    of that of green and blue.
    """
    return (np.asarray(luma, np.float64) - _BLACK) * (255.0 / (_WHITE - _BLACK))


def official_luminance(bgr: Image) -> float:
    """Mean of 0.2126 R + 0.7152 G + 0.0722 B of a frame (h, w, 3), 0 to 255 (official code)."""
    blue, green, red, _ = cv2.mean(bgr)
    return float(0.2126 * red + 0.7152 * green + 0.0722 * blue)


def longest_abnormal_run(values: NDArray[Any]) -> int:
    """Longest run of luminances below 10 or above 210.

    Args:
        values: (n,) of consecutive frames.
    """
    abnormal = (np.asarray(values) < TOO_DARK) | (np.asarray(values) > TOO_BRIGHT)
    return max((len(list(run)) for bad, run in groupby(abnormal.tolist()) if bad), default=0)


def luminance_in(
    cells: pa.Table, box: tuple[float, ...], first: int, stop: int
) -> NDArray[np.float64]:
    """(m,) luminance within a box of every fifth frame of [first, stop).

    Args:
        cells: of the tap `Cells`.
        box: x1, y1, x2, y2, normalised.
        first: frame.
        stop: frame.
    """
    return luminance(box_means(_column(cells, "luma", first, stop), box))


def motion_in(cells: pa.Table, box: tuple[float, ...], first: int, stop: int) -> float | None:
    """Mean absolute difference of Y from frame to frame within a box, 0 to 219.

    None for a clip with a single frame. The change into the first frame does not count, since it
    may be a cut. This is not the motion degree of 1 to 5, which a model gives (paper).
    """
    change = box_means(_column(cells, "change", first + 1, stop), box)
    return float(change.mean()) if len(change) else None


def clarity(bit_rate: float, width: int, height: int) -> float:
    """Bits per second over the root of the area in pixels (official code; paper)."""
    return bit_rate / sqrt(width * height)


def _column(cells: pa.Table, name: str, first: int, stop: int) -> NDArray[Any]:
    start, end = np.searchsorted(cells["index"].to_numpy(), [first, stop])
    rows = cells[name].slice(int(start), int(end - start)).combine_chunks()
    return np.asarray(rows.flatten().to_numpy()).reshape(-1, COLUMNS * ROWS)


LIGHT_EVERY = 5
"""Frames from one measure of light to the next (ours: abnormal runs are longer than 15)."""

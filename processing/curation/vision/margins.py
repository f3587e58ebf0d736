"""What stands still around the frame proper: letterbox, pillarbox, the surroundings of a window.

light of all cells over the source --> the box outside which nothing ever changes --> `Margins`

A source is seen through one box from end to end: where the borders come and go, there are none.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from .light import COLUMNS, ROWS

_STILL = 3
"""Levels of Y by which a cell of a margin may be off its median (ours: grain of 18 levels moves a
mean over 400 pixels by less than 1, and an encoder by as much)."""
_MOST_CHANGED = 0.02
"""Share of frames in which it may be off by more (ours: a title, a fade of all)."""
_LEAST_SHARE = 0.1
"""Share of the frame that is left within margins, at least (ours: a window of a tenth shows a
face of 40 pixels in 1080p); a source that stands still has none."""
_MOST_ROWS = 4096
"""Rows of the table that are looked at (ours: of eight hours one in 35)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Margins:
    """What to take off the sums over a thumbnail, and what is left."""

    box: tuple[int, int, int, int] = (0, 0, COLUMNS, ROWS)
    """x1, y1, x2, y2 in cells: what lies within."""
    light: int = 0
    """Sum of Y over the cells outside."""
    light_square: int = 0
    """Sum of their squares."""

    @property
    def num_cells(self) -> int:
        """Cells within."""
        x1, y1, x2, y2 = self.box
        return (x2 - x1) * (y2 - y1)

    @property
    def share(self) -> float:
        """Of the frame's area that lies within."""
        return self.num_cells / (COLUMNS * ROWS)


NO_MARGINS = Margins()


def find_margins(cells: pa.Table) -> Margins:
    """The margins of a source.

    Args:
        cells: of the tap `Cells`, whole.
    """
    if not cells.num_rows:
        return NO_MARGINS
    step = -(-cells.num_rows // _MOST_ROWS)
    column = cells["luma"].take(np.arange(0, cells.num_rows, step)).combine_chunks()
    luma = np.asarray(column.flatten().to_numpy()).reshape(-1, ROWS, COLUMNS)
    median = np.median(luma, axis=0)
    still = (np.abs(luma - median) > _STILL).mean(axis=0) <= _MOST_CHANGED
    down, across = np.flatnonzero(~still.all(axis=1)), np.flatnonzero(~still.all(axis=0))
    if not len(down):
        return NO_MARGINS
    x1, y1, x2, y2 = int(across[0]), int(down[0]), int(across[-1]) + 1, int(down[-1]) + 1
    outside = np.ones((ROWS, COLUMNS), np.bool_)
    outside[y1:y2, x1:x2] = False
    values = np.rint(median[outside]).astype(np.int64)
    margins = Margins(
        box=(x1, y1, x2, y2), light=int(values.sum()), light_square=int((values**2).sum())
    )
    return margins if margins.share >= _LEAST_SHARE else NO_MARGINS

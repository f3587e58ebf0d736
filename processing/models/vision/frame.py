"""A frame of a video as models get it: small, 4:2:0, converted to colours once on demand.

decoded planes, index --> `Frame` --> luma, colours

Frames lie on a grid of 25 a second: frame k is shown at k / 25 s.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ..opencv import cv2

Image = NDArray[np.uint8]


FPS = 25
"""Frames per second of the grid (official code: clips have 25)."""
THUMBNAIL = (32, 18)
"""Pixels of a thumbnail: the cells of `kernels.frame_sums`, so that a GPU sums it in its one read
(ours: shapes of the stage and not of faces)."""


@dataclass(frozen=True, slots=True)
class FrameMeasures:
    """Measures of a frame, summed on the device that decoded it, by `kernels.frame_sums`."""

    content_score: float
    """`shots.content_score` from the previous frame."""
    luma_mean: float
    """Of the Y plane."""
    cells: NDArray[np.float32]
    """(18, 32) mean Y of cells, the same as `light.cell_means`."""
    changes: NDArray[np.float32]
    """(18, 32) mean absolute difference of Y from the previous frame."""
    thumbnail: Image
    """(18, 32) the frame scaled down to its cells."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame of the grid, at the size that models get."""

    index: int
    """Position on the grid: shown at index / 25 s."""
    planes: Image
    """(h * 3/2, w) planar 4:2:0, h and w even: the luma, below it blue and red."""
    measures: FrameMeasures | None = field(default=None, repr=False, compare=False)
    """Its measures, if a GPU decoded it; None: taps compute what they need."""
    _colors: list[Image] = field(default_factory=list, repr=False, compare=False)
    _thumbnails: list[Image] = field(default_factory=list, repr=False, compare=False)

    @property
    def luma(self) -> Image:
        """(h, w) Y plane, 16 black to 235 white; full-range sources are converted."""
        return self.planes[: len(self.planes) * 2 // 3]

    def bgr(self) -> Image:
        """(h, w, 3) colours, by BT.601 for every source; computed once, then cached."""
        if not self._colors:
            image = cv2.cvtColor(self.planes, cv2.COLOR_YUV2BGR_I420)
            self._colors.append(np.asarray(image, np.uint8))
        return self._colors[0]

    def thumbnail(self) -> Image:
        """(18, 32) luma, each pixel the mean of what it covers; computed once, then cached."""
        if self.measures is not None:
            return self.measures.thumbnail
        if not self._thumbnails:
            small = cv2.resize(self.luma, THUMBNAIL, interpolation=cv2.INTER_AREA)
            self._thumbnails.append(np.asarray(small, np.uint8))
        return self._thumbnails[0]

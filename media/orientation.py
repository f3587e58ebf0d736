"""How a stored frame is turned upright: its display matrix, read as FFmpeg's own programs do.

av.VideoFrame --display matrix--> Orientation --upright--> a view of each plane as shown
"""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray

from .errors import MediaError

if TYPE_CHECKING:
    import av

_NEAR_DEGREES = 1.0
"""An angle this close to a quarter turn is one (FFmpeg's `ffmpeg` and `ffplay`)."""


@dataclass(frozen=True, slots=True)
class Orientation:
    """One of the eight orientations in which a frame may be stored."""

    rotation: int
    """Degrees clockwise by which the stored frame is turned: 0, 90, 180 or 270."""
    mirrored: bool
    """Whether left and right are swapped after that."""

    @property
    def is_sideways(self) -> bool:
        """Whether width and height are swapped."""
        return self.rotation in (90, 270)

    def upright(self, plane: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """A view of a plane as it is shown."""
        turned = np.rot90(plane, -self.rotation // 90 % 4) if self.rotation else plane
        return turned[:, ::-1] if self.mirrored else turned


def orientation_of(frame: "av.VideoFrame") -> Orientation:
    """Reads the display matrix of a decoded frame; upright if there is none.

    Raises:
        MediaError: its angle is not a multiple of a quarter turn.
    """
    display_matrix = frame.side_data.get("DISPLAYMATRIX")
    if display_matrix is None:
        return Orientation(0, mirrored=False)
    matrix = np.frombuffer(cast(bytes, display_matrix), np.int32)[:9].astype(float)
    a, b, c, d = (float(matrix[place]) for place in (0, 1, 3, 4))
    if not (math.hypot(a, c) and math.hypot(b, d)):
        # The matrix is singular; FFmpeg ignores it.
        return Orientation(0, mirrored=False)
    degrees = round(math.degrees(math.atan2(b / math.hypot(b, d), a / math.hypot(a, c)))) % 360
    for rotation in (0, 90, 180, 270):
        if abs(degrees - rotation) <= _NEAR_DEGREES:
            return _oriented(rotation, a, c, d)
    raise MediaError(
        "unsupported_video",
        f"its frames are to be turned by {degrees} degrees; 0, 90, 180 and 270 are read",
    )


def _oriented(rotation: int, a: float, c: float, d: float) -> Orientation:
    # FFmpeg takes the angle from the first row alone; the other numbers show a mirror.
    if rotation == 0:
        return Orientation(180, mirrored=True) if d < 0 else Orientation(0, mirrored=False)
    if rotation == 180:
        if a < 0 and d < 0:
            return Orientation(180, mirrored=False)
        return Orientation(0, mirrored=True) if a < 0 else Orientation(180, mirrored=True)
    if rotation == 90:
        return Orientation(90, mirrored=c > 0)
    return Orientation(270, mirrored=c < 0)

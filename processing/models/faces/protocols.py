"""Protocols of face detectors, face describers and measures of mouths.

frames --> FaceDetector --> DetectedFaces, each a FaceInFrame --> FaceDescriber --> vectors
                                          `-> MouthMeasure --> how far its mouth is open
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ..vision.frame import Frame, Image


@dataclass(frozen=True, slots=True)
class DetectedFaces:
    """The faces of one frame."""

    boxes: NDArray[np.float32]
    """(n, 4) x1, y1, x2, y2, normalised by the frame, in any order. Like Haar's: square in
    pixels, from the brows to just above the chin (`haar.square_of_points`)."""
    points: NDArray[np.float32] | None = None
    """(n, 5, 2) x, y, normalised: eye, eye, nose, corner, corner of the mouth, the one on the
    frame's left first; None if unknown."""


class FaceDetector(Protocol):
    """Finds faces in frames."""

    def detect(self, frames: Sequence[Frame]) -> list[DetectedFaces]:
        """The faces of each frame; all frames have one size."""


@dataclass(frozen=True, slots=True)
class FaceInFrame:
    """A face to be described, within its frame."""

    bgr: Image
    """(h, w, 3) the whole frame."""
    box: NDArray[np.float32]
    """(4,) x1, y1, x2, y2 in pixels, like Haar's."""
    points: NDArray[np.float32] | None
    """(5, 2) in pixels, as in `DetectedFaces`; None if unknown."""


class FaceDescriber(Protocol):
    """Turns faces into vectors that are near each other for one person."""

    @property
    def length(self) -> int:
        """Numbers of a vector."""

    def describe(self, faces: Sequence[FaceInFrame]) -> NDArray[np.float32]:
        """(n, length) of n faces."""


class MouthMeasure(Protocol):
    """Measures how far mouths are open."""

    def opening(self, face: FaceInFrame) -> float | None:
        """Opening of one face's mouth, in the measure's own unit; None if it cannot be seen."""

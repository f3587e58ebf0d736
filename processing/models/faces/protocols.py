"""What a face detector and a face describer take and give.

frames --> FaceDetector --> FoundFaces, each a SeenFace --> FaceDescriber --> vectors
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ..vision.frame import Frame, Image


@dataclass(frozen=True, slots=True)
class DetectedFaces:
    """The faces of one picture."""

    boxes: NDArray[np.float32]
    """(n, 4) x1, y1, x2, y2, normalised by the picture, in any order. As Haar's: square in
    pixels, from the brows to just above the chin (`haar.square_of_points`)."""
    points: NDArray[np.float32] | None = None
    """(n, 5, 2) x, y, normalised: the eye and the corner of the mouth on the picture's left, the
    nose, and those on its right, in the order eye, eye, nose, corner, corner; None if unknown."""


class FaceDetector(Protocol):
    """Finds faces in pictures."""

    def detect(self, frames: Sequence[Frame]) -> list[DetectedFaces]:
        """The faces of each of some pictures of one size."""


@dataclass(frozen=True, slots=True)
class FaceInFrame:
    """A face to be described."""

    bgr: Image
    """(h, w, 3) the picture that it is in."""
    box: NDArray[np.float32]
    """(4,) x1, y1, x2, y2 in pixels, as Haar's."""
    points: NDArray[np.float32] | None
    """(5, 2) in pixels, as in `DetectedFaces`; None if unknown."""


class FaceDescriber(Protocol):
    """Turns faces into vectors that lie near each other for one person."""

    @property
    def length(self) -> int:
        """Numbers of a vector."""

    def describe(self, faces: Sequence[FaceInFrame]) -> NDArray[np.float32]:
        """(n, length) of n faces."""

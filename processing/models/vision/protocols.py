"""What models that look at whole frames and clips take and give.

frames --> PersonDetector, PoseModel, QualityModel, Captioner --> boxes, points, scores, words
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from .frame import Image


@dataclass(frozen=True, slots=True)
class DetectedPersons:
    """The people of one picture."""

    boxes: NDArray[np.float32]
    """(n, 4) x1, y1, x2, y2, normalised by the picture."""
    scores: NDArray[np.float32]
    """(n,) 0 to 1."""


class PersonDetector(Protocol):
    """Finds people in pictures."""

    def detect(self, images: Sequence[Image]) -> list[DetectedPersons]:
        """The people of each of some pictures (h, w, 3), blue, green, red, of one size."""


class PoseModel(Protocol):
    """Finds the points of the person in a picture."""

    def points(self, images: Sequence[Image]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """COCO-WholeBody's 133 points of one person in each picture.

        Args:
            images: (h, w, 3) blue, green, red, of one size, around the person.

        Returns:
            (n, 133, 2) x and y in pixels, (n, 133) scores.
        """

    def sharpness(
        self, planes: NDArray[np.uint8], boxes: NDArray[np.float32], pictures: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """(k,) 0 blurred to 1 sharp, of boxes (k, 4) in pixels of pictures (n, h, w)."""


QualityColumn = Literal["dover", "uvq"]


class ClipQuality(Protocol):
    """Looks at one clip and judges it."""

    def add_frame(self, image: Image) -> None:
        """Takes the next frame (h, w, 3), blue, green, red."""

    def score(self) -> float | None:
        """The clip's score, after its last frame; None if there was none."""


class QualityModel(Protocol):
    """Judges clips."""

    @property
    def column(self) -> QualityColumn:
        """Column of `Clip` in which the score stands."""

    def begin(self, num_frames: int) -> ClipQuality:
        """What looks at a clip of so many frames."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """What a captioner is asked."""

    frames: NDArray[np.uint8]
    """(n, h, w, 3) RGB."""
    fps: float
    """Frames a second."""
    prompt: str
    """Words."""


class Captioner(Protocol):
    """Answers questions about short videos; its words are checked by the stage."""

    def answer(self, questions: Sequence[Question]) -> Sequence[str]:
        """One answer for each question, whatever else is in the batch."""


class ShotModel(Protocol):
    """Tells where shots end, of the frames of one video."""

    def add(self, bgr: Image) -> None:
        """Takes the next frame (h, w, 3), blue, green, red."""

    def finish(self) -> NDArray[np.float32]:
        """(n,) probability that a shot ends at each frame; called once, after the last one."""

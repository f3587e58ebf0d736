"""Protocols of models of whole frames and clips.

frames --> PersonDetector, PoseModel, QualityModel, Captioner --> boxes, points, scores, text
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from .frame import Image


@dataclass(frozen=True, slots=True)
class DetectedPersons:
    """The people of one frame."""

    boxes: NDArray[np.float32]
    """(n, 4) x1, y1, x2, y2, normalised by the frame."""
    scores: NDArray[np.float32]
    """(n,) 0 to 1."""


class PersonDetector(Protocol):
    """Finds people in frames."""

    def detect(self, frames: Sequence[Image]) -> list[DetectedPersons]:
        """The people of each frame (h, w, 3), blue, green, red; all frames have one size."""


class PoseModel(Protocol):
    """Finds the points of the person in a frame."""

    def points(self, frames: Sequence[Image]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """COCO-WholeBody's 133 points of one person in each frame.

        Args:
            frames: (h, w, 3) blue, green, red, of one size, cropped around the person.

        Returns:
            (n, 133, 2) x and y in pixels, (n, 133) scores.
        """

    def sharpness(
        self, planes: NDArray[np.uint8], boxes: NDArray[np.float32], frame_index: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """(k,) 0 blurred to 1 sharp, of boxes (k, 4) in pixels of planes (n, h, w).

        Args:
            planes: (n, h, w) luma of frames.
            boxes: (k, 4) x1, y1, x2, y2.
            frame_index: (k,) plane of each box.
        """


QualityColumn = Literal["dover", "uvq"]


class ClipQuality(Protocol):
    """Scores one clip."""

    def add_frame(self, frame: Image) -> None:
        """Takes the next frame (h, w, 3), blue, green, red."""

    def score(self) -> float | None:
        """The clip's score, after its last frame; None without a frame."""


class QualityModel(Protocol):
    """Scores clips."""

    @property
    def column(self) -> QualityColumn:
        """Column of `Clip` that holds the score."""

    def begin(self, num_frames: int) -> ClipQuality:
        """A fresh `ClipQuality` for a clip of this many frames."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """A question to a captioner about frames."""

    frames: NDArray[np.uint8]
    """(n, h, w, 3) RGB."""
    fps: float
    """Frames a second."""
    prompt: str
    """Text of the question."""


class Captioner(Protocol):
    """Answers questions about short videos; the stage checks its text."""

    def answer(self, questions: Sequence[Question]) -> Sequence[str]:
        """One answer for each question, independent of the rest of the batch."""


class ShotModel(Protocol):
    """Finds where shots end, over the frames of one video."""

    def add(self, bgr: Image) -> None:
        """Takes the next frame (h, w, 3), blue, green, red."""

    def finish(self) -> NDArray[np.float32]:
        """(n,) probability that a shot ends at each frame; called once, after the last one."""

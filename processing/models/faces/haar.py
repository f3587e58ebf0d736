"""Upright frontal faces by OpenCV's cascade of Haar features, and its square around a face.

frame --> brightened if dark --> cascade --> squares from the brows to just above the chin
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ....records import install_command
from ..opencv import cv2
from ..vision.frame import Frame, Image
from .protocols import DetectedFaces

_MIN_FACE_PIXELS = 24
"""Least size of a face for the cascade (ours: it was trained on 20, and mouths need more)."""
_BLACK = 16.0
"""Y of black in limited range."""
_DARK_LIGHT, _MEANT_LIGHT, _MAX_GAIN = 40.0, 80.0, 6.0
"""Mean Y above black below which a frame is brightened, its mean afterwards, and the greatest gain
(ours: without it the cascade never finds dark skin in the dark, with it always)."""


class HaarFaceDetector:
    """OpenCV's cascade of Haar features from its wheel: upright frontal faces.

    Args:
        scale: from one size of face to the next (ours: 1.15 finds the faces of 1.1 in two thirds
            of the time).
        min_neighbors: hits that make a face (ours).
        min_height: least face, in heights of the frame (ours: 30 pixels of 360).

    Raises:
        ImportError: OpenCV 5, which has no cascades.
    """

    def __init__(
        self, *, scale: float = 1.15, min_neighbors: int = 4, min_height: float = 1 / 12
    ) -> None:
        if not hasattr(cv2, "CascadeClassifier"):
            raise ImportError(
                f"OpenCV {cv2.__version__} has no cascades: {install_command('curate')}"
            )
        folder: str = vars(cv2)["data"].haarcascades
        self._cascade = cv2.CascadeClassifier(f"{folder}haarcascade_frontalface_alt2.xml")
        self._scale, self._min_neighbors, self._min_height = scale, min_neighbors, min_height

    def detect(self, frames: Sequence[Frame]) -> list[DetectedFaces]:
        """See `FaceDetector.detect`."""
        return [DetectedFaces(self._boxes(frame)) for frame in frames]

    def _boxes(self, frame: Frame) -> NDArray[np.float32]:
        high, wide = frame.luma.shape
        least = max(_MIN_FACE_PIXELS, round(high * self._min_height))
        squares = self._cascade.detectMultiScale(
            _brightened(frame.luma), self._scale, self._min_neighbors, minSize=(least, least)
        )
        if not len(squares):
            return np.zeros((0, 4), np.float32)
        # From left to right: OpenCV's own order depends on its threads.
        rows = np.array(sorted(map(tuple, squares)), np.float32)
        corner, size = rows[:, :2], rows[:, 2:]
        boxes = np.hstack([corner, corner + size]) / np.array([wide, high] * 2, np.float32)
        return np.asarray(boxes, np.float32)


def _brightened(luma: Image) -> Image:
    """A dark frame with gain: the cascade takes little contrast for none."""
    light = float(cv2.mean(luma)[0]) - _BLACK
    if light > _DARK_LIGHT:
        return luma
    gain = min(_MAX_GAIN, _MEANT_LIGHT / max(light, 1.0))
    levels = np.clip((np.arange(256) - _BLACK) * gain, 0, 255)
    return np.asarray(cv2.LUT(luma, levels.astype(np.uint8)), np.uint8)


_EYES_IN_SQUARE, _MOUTH_IN_SQUARE = 0.39, 0.82
"""Height of eyes and mouth in Haar's square (ours; `appearance` has the same mouth)."""


def square_of_points(points: NDArray[np.float32]) -> NDArray[np.float32]:
    """Boxes like those of Haar's cascade, from eyes and corners of the mouth.

    Args:
        points: (n, 5, 2) in pixels: eye, eye, nose, corner, corner.

    Returns:
        (n, 4) x1, y1, x2, y2 in pixels; squares, from the brows to just above the chin.
    """
    eyes, mouth = points[:, :2].mean(1), points[:, 3:].mean(1)
    apart = np.linalg.norm(mouth - eyes, axis=1)
    # In profile the eyes are close together, but as far from the mouth as before.
    side = apart[:, None] / (_MOUTH_IN_SQUARE - _EYES_IN_SQUARE)
    down = (mouth - eyes) * ((0.5 - _EYES_IN_SQUARE) / (_MOUTH_IN_SQUARE - _EYES_IN_SQUARE))
    middle = eyes + down
    return np.asarray(np.hstack([middle - side / 2, middle + side / 2]), np.float32)

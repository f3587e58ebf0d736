"""Upright frontal faces by OpenCV's cascade of Haar features, and its square around a face.

frame --> brightened where it is dark --> cascade --> squares from the brows to above the chin
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ....records import install_command
from ..opencv import cv2
from ..vision.frame import Frame, Image
from .protocols import DetectedFaces

_MIN_FACE_PIXELS = 24
"""Haar's cascade looks for no smaller faces (ours: it was trained on 20, and mouths need more)."""
_BLACK = 16.0
"""Y of black in limited range."""
_DARK_LIGHT, _MEANT_LIGHT, _MAX_GAIN = 40.0, 80.0, 6.0
"""Mean Y above black under which a picture is brightened, to what, and by how much at most
(ours: without it dark skin in the dark is never found, with it always)."""


class HaarFaceDetector:
    """OpenCV's cascade of Haar features, which ships inside its wheel: upright frontal faces.

    Args:
        scale: from one size of face to the next (ours: 1.15 finds what 1.1 does, in two thirds
            of the time; studio.md).
        min_neighbors: hits that make a face (ours).
        min_height: least face, in heights of the picture (ours: 30 pixels of 360).

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
        found = self._cascade.detectMultiScale(
            _brightened(frame.luma), self._scale, self._min_neighbors, minSize=(least, least)
        )
        if not len(found):
            return np.zeros((0, 4), np.float32)
        # From left to right: OpenCV's own order is that in which its threads end.
        rows = np.array(sorted(map(tuple, found)), np.float32)
        corner, size = rows[:, :2], rows[:, 2:]
        boxes = np.hstack([corner, corner + size]) / np.array([wide, high] * 2, np.float32)
        return np.asarray(boxes, np.float32)


def _brightened(luma: Image) -> Image:
    """A dark picture with gain: the cascade takes little contrast for none at all."""
    light = float(cv2.mean(luma)[0]) - _BLACK
    if light > _DARK_LIGHT:
        return luma
    gain = min(_MAX_GAIN, _MEANT_LIGHT / max(light, 1.0))
    levels = np.clip((np.arange(256) - _BLACK) * gain, 0, 255)
    return np.asarray(cv2.LUT(luma, levels.astype(np.uint8)), np.uint8)


_EYES_IN_SQUARE, _MOUTH_IN_SQUARE = 0.39, 0.82
"""Height of eyes and mouth in Haar's square (ours, as `appearance` has the mouth)."""


def square_of_points(points: NDArray[np.float32]) -> NDArray[np.float32]:
    """Boxes as Haar's cascade gives them, from eyes and corners of mouths.

    Args:
        points: (n, 5, 2) in pixels: eye, eye, nose, corner, corner.

    Returns:
        (n, 4) x1, y1, x2, y2 in pixels; squares, from the brows to just above the chin.
    """
    eyes, mouth = points[:, :2].mean(1), points[:, 3:].mean(1)
    apart = np.linalg.norm(mouth - eyes, axis=1)
    # In profile the eyes are near each other, the mouth is not nearer to them.
    side = apart[:, None] / (_MOUTH_IN_SQUARE - _EYES_IN_SQUARE)
    down = (mouth - eyes) * ((0.5 - _EYES_IN_SQUARE) / (_MOUTH_IN_SQUARE - _EYES_IN_SQUARE))
    middle = eyes + down
    return np.asarray(np.hstack([middle - side / 2, middle + side / 2]), np.float32)

"""How far a mouth is open, by MediaPipe's mesh of 468 points on a face (Apache-2.0).

frame, five points of a face --> rolled upright, 192 x 192 --> network --> points of the inner lips
--> their gap over the height of the face

OpenCV reads the TFLite file, on the CPU whatever the device: its wheel has no CUDA.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..onnx_graph import WrongWeights
from ..opencv import cv2
from ..vision.frame import Image
from ..vision.preprocessing import similarity, warped
from .haar import square_of_points
from .protocols import FaceInFrame

_SIDE = 192
"""Pixels of the network's input (MediaPipe's face_landmark)."""
_WIDER = 1.5
"""Side of the input, in sides of Haar's square (MediaPipe's `scale_x` of a face's box)."""
_NUM_POINTS = 468
_INNER_LIPS = ((82, 87), (13, 14), (312, 317))
"""Upper and lower points of the inner lips: the middle and both sides of it (MediaPipe's mesh)."""
_FOREHEAD, _CHIN = 10, 152
"""Topmost and lowest point of the mesh (MediaPipe's)."""
MIN_FACE_PROBABILITY = 0.5
"""Least probability that the input shows a face whose points can be believed (MediaPipe's
`min_tracking_confidence`)."""


class FaceMesh:
    """MediaPipe's face_landmark.tflite, as a measure of mouths.

    Args:
        path: the TFLite file.

    Raises:
        WrongWeights: another network, or none.
    """

    def __init__(self, path: Path) -> None:
        expected = "MediaPipe's face_landmark: a face of 192 x 192 in, 468 points and a score out"
        try:
            self._net = cv2.dnn.readNetFromTFLite(str(path))
            self._names = self._net.getUnconnectedOutLayersNames()
            sizes = sorted(output.size for output in self._run(np.zeros((_SIDE,) * 2 + (3,), "u1")))
        except cv2.error as error:
            raise WrongWeights(f"{str(path)!r} does not load as {expected}: {error}") from error
        if sizes != [1, _NUM_POINTS * 3]:
            raise WrongWeights(f"{str(path)!r} gives {sizes} numbers; expected {expected}")

    def opening(self, face: FaceInFrame) -> float | None:
        """See `MouthMeasure.opening`. The gap of the inner lips over the height of the face.

        0 is closed, 0.02 ajar, 0.1 and more wide; None where the network sees no face, or the
        detector gives no points.
        """
        if face.points is None:
            return None
        outputs = self._run(warped(face.bgr, _upright(face.points), (_SIDE, _SIDE)))
        mesh = next(output for output in outputs if output.size > 1).reshape(-1, 3)[:, :2]
        score = float(next(output for output in outputs if output.size == 1).ravel()[0])
        if 1 / (1 + np.exp(-score)) < MIN_FACE_PROBABILITY:
            return None
        upper, lower = (mesh[[pair[part] for pair in _INNER_LIPS]] for part in (0, 1))
        gap = float(np.linalg.norm(lower - upper, axis=1).mean())
        return gap / max(float(np.linalg.norm(mesh[_CHIN] - mesh[_FOREHEAD])), 1.0)

    def _run(self, face: Image) -> list[NDArray[np.float32]]:
        self._net.setInput(cv2.dnn.blobFromImage(face, 1 / 255, swapRB=True))
        return [np.asarray(output, np.float32) for output in self._net.forward(self._names)]


def _upright(points: NDArray[np.float32]) -> NDArray[np.float64]:
    """(2, 3) map of a frame to the network's input, its eyes level.

    Args:
        points: (5, 2) in pixels, as in `FaceInFrame`.
    """
    x1, y1, x2, y2 = (float(side) for side in square_of_points(points[None])[0])
    middle, half = np.array([x1 + x2, y1 + y2]) / 2, (x2 - x1) / 2 * _WIDER
    across = np.asarray(points[1] - points[0], np.float64)
    right = across / max(float(np.linalg.norm(across)), 1e-6) * half
    down = np.array([-right[1], right[0]])
    corners = [middle + x * right + y * down for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
    goal = np.array([[0, 0], [1, 0], [1, 1], [0, 1]]) * _SIDE
    return similarity(np.array(corners), goal)

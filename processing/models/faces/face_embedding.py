"""Faces as vectors by networks: SFace, AuraFace and ArcFace, all as ONNX files.

face and its five points --> rotated and scaled to 112 x 112 --> network --> vector of length 1
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..onnx_graph import Graph, WrongWeights
from ..vision.preprocessing import Image, planar, similarity, warped
from .protocols import FaceInFrame

FACE_SIZE = 112
"""Pixels of a side of an aligned face (ArcFace, SFace)."""
TEMPLATE = np.array(
    [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655],
     [70.7299, 92.2041]]
)  # fmt: skip
"""Positions of eye, eye, nose, corner, corner in an aligned face (ArcFace; OpenCV's SFace too)."""
_POINTS_OF_SQUARE = (TEMPLATE - [56.0, 72.0]) / 94.0 + [0.5, 0.6]
"""The template in a Haar square, eyes at .38 and mouth at .82 (ours), for faces without points."""


@dataclass(frozen=True, slots=True)
class _Kind:
    """Scaling of a network's input, and the length of its vectors."""

    length: int
    mean: float
    scale: float


_KINDS = {
    "sface": _Kind(128, 0.0, 1.0),
    # insightface's 127.5 for files that do not subtract it themselves: w600k_r50 and glintr100.
    "arcface": _Kind(512, 127.5, 127.5),
}


class FaceEmbedding:
    """A recognition network; its vectors are compared by Euclidean distance.

    For vectors of length 1 that distance is sqrt(2 - 2 cosine): DeepFace's cosine distance of 0.68
    for ArcFace is 1.17, OpenCV's cosine of 0.363 for SFace is 1.13.

    Args:
        path: the ONNX file.
        device: `cpu` or `cuda:0`.
        kind: `sface`, or `arcface` for AuraFace's glintr100 and buffalo_l's w600k_r50.

    Raises:
        WrongWeights: its vectors have another length.
    """

    def __init__(self, path: Path, device: str, *, kind: str) -> None:
        self._kind = _KINDS[kind]
        expected = f"a recognition network, faces of 112 x 112 in, {self._kind.length} numbers out"
        self._graph = Graph(path, device, expected=expected)
        vectors = self._embed([np.zeros((FACE_SIZE, FACE_SIZE, 3), np.uint8)])
        if vectors.shape != (1, self._kind.length):
            raise WrongWeights(f"{str(path)!r} gives {vectors.shape[1:]}; expected {expected}")

    @property
    def length(self) -> int:
        """See `FaceDescriber.length`."""
        return self._kind.length

    def describe(self, faces: Sequence[FaceInFrame]) -> NDArray[np.float32]:
        """See `FaceDescriber.describe`."""
        vectors = self._embed([aligned(face) for face in faces]).astype(np.float32)
        length = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.asarray(vectors / np.maximum(length, 1e-9), np.float32)

    def _embed(self, faces: Sequence[Image]) -> NDArray[np.float32]:
        values = (planar(faces, rgb=True) - self._kind.mean) / np.float32(self._kind.scale)
        return np.asarray(self._graph(values.astype(np.float32))[0], np.float32)


def aligned(face: FaceInFrame) -> Image:
    """(112, 112, 3) the face, its eyes and mouth at the positions of `TEMPLATE`."""
    points = face.points
    if points is None:
        side = face.box[2] - face.box[0]
        points = (face.box[:2] + _POINTS_OF_SQUARE * side).astype(np.float32)
    return warped(face.bgr, similarity(points, TEMPLATE), (FACE_SIZE, FACE_SIZE))

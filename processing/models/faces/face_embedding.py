"""Faces as vectors by networks: dlib's, SFace, AuraFace and ArcFace, all as ONNX files.

face and its five points --> rotated and scaled to 112 x 112 (dlib: 150 x 150) --> network
--> vector of length 1
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
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
DLIB_SIZE = 150
"""Pixels of a side of an aligned face (dlib)."""
_DLIB_EYES = np.array([[0.3182, 0.3141], [0.6685, 0.3141]]) * DLIB_SIZE
"""Middles of the eyes in an aligned face (dlib: the corners of its mean face of five points, with a
quarter of the face added around)."""
_POINTS_OF_SQUARE = (TEMPLATE - [56.0, 72.0]) / 94.0 + [0.5, 0.6]
"""The template in a Haar square, eyes at .38 and mouth at .82 (ours), for faces without points."""


def _dlib_template() -> NDArray[np.float64]:
    """The mean face of dlib gives the eyes; nose and mouth are where ArcFace's face has them."""
    matrix = similarity(TEMPLATE[:2], _DLIB_EYES)
    return np.asarray(TEMPLATE @ matrix[:, :2].T + matrix[:, 2])


@dataclass(frozen=True, slots=True)
class _Kind:
    """Scaling and alignment of a network's input, and the length of its vectors."""

    length: int
    mean: float
    scale: float
    size: int = FACE_SIZE
    template: NDArray[np.float64] = field(default_factory=lambda: TEMPLATE)


_KINDS = {
    # The converted file itself subtracts the mean.
    "dlib": _Kind(128, 0.0, 1.0, DLIB_SIZE, _dlib_template()),
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
        kind: `dlib`, `sface`, or `arcface` for AuraFace's glintr100 and buffalo_l's w600k_r50.

    Raises:
        WrongWeights: its vectors have another length.
    """

    def __init__(self, path: Path, device: str, *, kind: str) -> None:
        self._kind = _KINDS[kind]
        size, length = self._kind.size, self._kind.length
        expected = f"a recognition network, faces of {size} x {size} in, {length} numbers out"
        self._graph = Graph(path, device, expected=expected)
        vectors = self._embed([np.zeros((size, size, 3), np.uint8)])
        if vectors.shape != (1, length):
            raise WrongWeights(f"{str(path)!r} gives {vectors.shape[1:]}; expected {expected}")

    @property
    def length(self) -> int:
        """See `FaceDescriber.length`."""
        return self._kind.length

    def describe(self, faces: Sequence[FaceInFrame]) -> NDArray[np.float32]:
        """See `FaceDescriber.describe`."""
        template, size = self._kind.template, self._kind.size
        vectors = self._embed([aligned(face, template, size) for face in faces])
        length = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.asarray(vectors / np.maximum(length, 1e-9), np.float32)

    def _embed(self, faces: Sequence[Image]) -> NDArray[np.float32]:
        values = (planar(faces, rgb=True) - self._kind.mean) / np.float32(self._kind.scale)
        return np.asarray(self._graph(values.astype(np.float32))[0], np.float32)


def aligned(
    face: FaceInFrame, template: NDArray[np.float64] = TEMPLATE, size: int = FACE_SIZE
) -> Image:
    """(size, size, 3) the face, its eyes and mouth at the positions of a template."""
    return warped(face.bgr, similarity(_points_of(face), template), (size, size))


def _points_of(face: FaceInFrame) -> NDArray[np.float32]:
    """(5, 2) a face's points in pixels; those of an upright face in its box where unknown."""
    if face.points is not None:
        return face.points
    side = face.box[2] - face.box[0]
    return np.asarray(face.box[:2] + _POINTS_OF_SQUARE * side, np.float32)

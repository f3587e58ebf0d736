"""Models of faces: publishers, licences, and how to load each model.

folder of weights, device --> a model behind its protocol. Imports nothing heavy before that.
"""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ...weights import Weights
from ...weights.table import (
    ARCFACE_FILE,
    AURAFACE_FILE,
    DLIB_FACE_FILE,
    FACE_MESH_FILE,
    SFACE_FILE,
    YUNET_FILE,
)

if TYPE_CHECKING:
    from .protocols import FaceDescriber, FaceDetector, MouthMeasure


def load_yunet(weights: Path, device: str) -> "FaceDetector":
    """YuNet from the folder of weights."""
    from .yunet import YuNet

    return YuNet(YUNET_FILE.path(weights), device)


def load_face_mesh(weights: Path) -> "MouthMeasure":
    """MediaPipe's mesh from the folder of weights; on the CPU whatever the device."""
    from .face_mesh import FaceMesh

    return FaceMesh(FACE_MESH_FILE.path(weights))


def _embedding(file: Weights, kind: str, weights: Path, device: str) -> "FaceDescriber":
    from .face_embedding import FaceEmbedding

    return FaceEmbedding(file.path(weights), device, kind=kind)


load_dlib = partial(_embedding, DLIB_FACE_FILE, "dlib")
load_sface = partial(_embedding, SFACE_FILE, "sface")
load_auraface = partial(_embedding, AURAFACE_FILE, "arcface")
load_arcface = partial(_embedding, ARCFACE_FILE, "arcface")
DLIB_DISTANCE = 0.42
"""Euclidean distance of dlib's vectors, scaled to length 1, up to which two faces are one person's:
dlib's .6 over their mean length of 1.42. Of real people, pairs over recordings are at .21 to .37,
strangers at .56, of the same group's faces at .30 and more."""
ARCFACE_DISTANCE = 1.17
"""Euclidean distance of ArcFace's vectors up to which two faces are one person's: a cosine distance
of 0.68 (DeepFace). Also used for AuraFace (ours: no threshold is published)."""
SFACE_DISTANCE = 1.128
"""The same for SFace's vectors (OpenCV)."""

"""Models of faces: publishers, licences, and how to load each model.

folder of weights, device --> a model behind its protocol. Imports nothing heavy before that.
"""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ...weights import Weights

if TYPE_CHECKING:
    from .protocols import FaceDescriber, FaceDetector

HAAR_CASCADE = Weights(
    file="haarcascade_frontalface_alt2.xml",
    source="inside the wheel of opencv-python-headless",
    licence="BSD-3-Clause",
    num_bytes=540_616,
)
"""Its own header has Intel's wording of that licence; OpenCV itself is Apache-2.0."""
_NON_COMMERCIAL = "non-commercial research only"
YUNET = Weights(
    file="face_detection_yunet_2023mar.onnx",
    source="OpenCV's model zoo, face_detection_yunet",
    licence="MIT",
    num_bytes=232_589,
)
SFACE_FILE = Weights(
    file="face_recognition_sface_2021dec.onnx",
    source="OpenCV's model zoo, face_recognition_sface",
    licence="Apache-2.0",
    num_bytes=38_696_353,
)
AURAFACE_FILE = Weights(
    file="glintr100.onnx",
    source="fal, AuraFace-v1: this file alone, its others are InsightFace's",
    licence="Apache-2.0",
    num_bytes=261_000_000,
)
ARCFACE_FILE = Weights(
    file="w600k_r50.onnx",
    source="InsightFace, buffalo_l",
    licence=_NON_COMMERCIAL,
    num_bytes=174_000_000,
)


def load_yunet(weights: Path, device: str) -> "FaceDetector":
    """YuNet from the folder of weights."""
    from .yunet import YuNet

    return YuNet(YUNET.path(weights), device)


def _embedding(file: Weights, kind: str, weights: Path, device: str) -> "FaceDescriber":
    from .face_embedding import FaceEmbedding

    return FaceEmbedding(file.path(weights), device, kind=kind)


load_sface = partial(_embedding, SFACE_FILE, "sface")
load_auraface = partial(_embedding, AURAFACE_FILE, "arcface")
load_arcface = partial(_embedding, ARCFACE_FILE, "arcface")
ARCFACE_DISTANCE = 1.17
"""Euclidean distance of ArcFace's vectors up to which two faces are one person's: a cosine distance
of 0.68 (DeepFace). Also used for AuraFace (ours: no threshold is published)."""
SFACE_DISTANCE = 1.128
"""The same for SFace's vectors (OpenCV)."""

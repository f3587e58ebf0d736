"""Models of frames and clips: publishers, licences, and how to load each model.

folder of weights, device --> a model behind its protocol. Imports nothing heavy before that.
"""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ...engines import Resources
from ...weights import Weights
from ...weights.table import (
    DOVER_FILE,
    DWPOSE_FILE,
    RF_DETR_FILE,
    RTMW_FILE,
    UVQ_FILE,
    YOLO11X_FILE,
)
from ..model_spec import ModelSpec
from ..packages import ONNXRUNTIME, OPENCV, TORCH, TORCHVISION, required

if TYPE_CHECKING:
    from .protocols import PersonDetector, PoseModel, QualityModel


def load_rf_detr(weights: Path, device: str) -> "PersonDetector":
    """RF-DETR from the folder of weights."""
    from .person_detectors import RfDetrPersons

    return RfDetrPersons(RF_DETR_FILE.path(weights), device)


def load_yolo(weights: Path, device: str) -> "PersonDetector":
    """YOLO11x from the folder of weights."""
    from .person_detectors import YoloPersons

    return YoloPersons(YOLO11X_FILE.path(weights), device)


def _pose(file: Weights, weights: Path, device: str) -> "PoseModel":
    for package in (OPENCV, ONNXRUNTIME, TORCH, TORCHVISION):
        required(package)
    from .simcc_pose import SimccPose

    return SimccPose(file.path(weights), device)


def _pose_spec(name: str, file: Weights) -> ModelSpec["PoseModel"]:
    return ModelSpec(
        name=name,
        licence="Apache-2.0",
        make=partial(_pose, file),
        packages=(OPENCV, ONNXRUNTIME, TORCH, TORCHVISION),
        files=(file,),
        resources=Resources(gpu_bytes=3 << 30, memory_bytes=2 << 30, limit_times_real_time=100),
    )


DWPOSE = _pose_spec("dwpose-l-384", DWPOSE_FILE)
"""The paper's."""
RTMW = _pose_spec("rtmw-l-384", RTMW_FILE)
"""The same points by a later network."""


def _dover(weights: Path, device: str) -> "QualityModel":
    required(OPENCV)
    required(ONNXRUNTIME)
    from .dover import Dover

    return Dover(DOVER_FILE.path(weights), device)


def _uvq(weights: Path, device: str) -> "QualityModel":
    required(OPENCV)
    required(ONNXRUNTIME)
    from .uvq import Uvq

    return Uvq(UVQ_FILE.path(weights), device)


DOVER: ModelSpec["QualityModel"] = ModelSpec(
    name="dover",
    licence="S-Lab License 1.0, non-commercial: its user's own export",
    make=_dover,
    packages=(OPENCV, ONNXRUNTIME),
    files=(DOVER_FILE,),
    resources=Resources(gpu_bytes=4 << 30, memory_bytes=3 << 30, limit_times_real_time=100),
)
"""The paper's."""
UVQ: ModelSpec["QualityModel"] = ModelSpec(
    name="uvq-1.5",
    licence="Apache-2.0",
    make=_uvq,
    packages=(OPENCV, ONNXRUNTIME),
    files=(UVQ_FILE,),
    resources=Resources(gpu_bytes=3 << 30, memory_bytes=3 << 30, limit_times_real_time=100),
)
"""Free to use; it has a scale of its own."""

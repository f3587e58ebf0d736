"""Models of frames and clips: publishers, licences, and how to load each model.

folder of weights, device --> a model behind its protocol. Imports nothing heavy before that.
"""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ...engines import Resources
from ...weights import Weights
from ..model_spec import ModelSpec
from ..packages import ONNXRUNTIME, OPENCV, TORCH, TORCHVISION, required

if TYPE_CHECKING:
    from .protocols import PersonDetector, PoseModel, QualityModel


RF_DETR = Weights(
    file="rf-detr-small.onnx",
    source="Roboflow, RF-DETR small, written by its own `RFDETRSmall().export()`",
    licence="Apache-2.0",
    num_bytes=115_000_000,
)
YOLO11X = Weights(
    file="yolo11x.onnx",
    source="Ultralytics, YOLO11x, exported by its user: `yolo export model=yolo11x.pt format=onnx`",
    licence="AGPL-3.0",
    num_bytes=228_000_000,
)
DWPOSE_FILE = Weights(
    file="dw-ll_ucoco_384.onnx",
    source="IDEA-Research, DWPose",
    licence="Apache-2.0",
    num_bytes=134_000_000,
)
RTMW_FILE = Weights(
    file="rtmw-l-384x288.onnx",
    source="OpenMMLab, RTMW-l of 384 x 288, the ONNX file of its SDK (end2end.onnx)",
    licence="Apache-2.0",
    num_bytes=230_000_000,
)
DOVER_FILE = Weights(
    file="onnx_dover.onnx",
    source="DOVER, exported by its user with the publisher's convert_to_onnx.py",
    licence="S-Lab License 1.0, non-commercial",
    num_bytes=230_000_000,
)
UVQ_FILE = Weights(
    file="uvq1p5.onnx",
    source="Google, UVQ 1.5, exported by its user as docs/models.md shows",
    licence="Apache-2.0",
    num_bytes=60_000_000,
)
TRANSNET_FILE = Weights(
    file="transnetv2.onnx",
    source="TransNetV2 (Soucek and Lokoc), exported by its user or PySceneDetect's file",
    licence="MIT",
    num_bytes=31_000_000,
)


def load_rf_detr(weights: Path, device: str) -> "PersonDetector":
    """RF-DETR from the folder of weights."""
    from .person_detectors import RfDetrPersons

    return RfDetrPersons(RF_DETR.path(weights), device)


def load_yolo(weights: Path, device: str) -> "PersonDetector":
    """YOLO11x from the folder of weights."""
    from .person_detectors import YoloPersons

    return YoloPersons(YOLO11X.path(weights), device)


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

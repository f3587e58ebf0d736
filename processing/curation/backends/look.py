"""Tools that look at pictures: who publishes them, on which terms, and how they are made.

Nothing heavy is imported here; what a tool needs is imported when it is made.
"""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...engines import Resources
from ...models.descriptor import Package, Tool, required
from ...weights import Weights
from ..vision.frame_pass import gpu_bytes_of_look
from .embedded import ONNXRUNTIME, OPENCV

if TYPE_CHECKING:
    from ..people.model_binding import Binder
    from ..stages.pose import PoseModel
    from ..stages.quality import QualityModel
    from ..vision.faces import FaceDescriber, FaceDetector
    from ..vision.frame_pass import Onlookers, Tap
    from ..vision.persons import PersonDetector

TORCH = Package(module="torch", distribution="torch", extra="models")
TORCHVISION = Package(module="torchvision", distribution="torchvision", extra="models")
_GB = 1 << 30
_NON_COMMERCIAL = "non-commercial research only"

YUNET = Weights(
    file="face_detection_yunet_2023mar.onnx",
    source="OpenCV's model zoo, face_detection_yunet",
    licence="MIT",
    num_bytes=232_589,
)
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
SYNCNET_FILE = Weights(
    file="syncnet_v2.model",
    source="Chung and Zisserman, syncnet_python's download_model.sh",
    licence="not stated; the code is MIT",
    num_bytes=54_600_000,
)
LR_ASD_FILE = Weights(
    file="finetuning_TalkSet.model",
    source="Liao and others, LR-ASD, in its repository's folder weight",
    licence="MIT",
    num_bytes=3_426_337,
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


def _yunet(weights: Path, device: str) -> "FaceDetector":
    from ...models.faces.yunet import YuNet

    return YuNet(YUNET.path(weights), device)


def _rf_detr(weights: Path, device: str) -> "PersonDetector":
    from ...models.vision.person_detectors import RfDetrPersons

    return RfDetrPersons(RF_DETR.path(weights), device)


def _yolo(weights: Path, device: str) -> "PersonDetector":
    from ...models.vision.person_detectors import YoloPersons

    return YoloPersons(YOLO11X.path(weights), device)


def _embedding(file: Weights, kind: str, weights: Path, device: str) -> "FaceDescriber":
    from ...models.faces.face_embedding import FaceEmbedding

    return FaceEmbedding(file.path(weights), device, kind=kind)


_sface = partial(_embedding, SFACE_FILE, "sface")
_auraface = partial(_embedding, AURAFACE_FILE, "arcface")
_arcface = partial(_embedding, ARCFACE_FILE, "arcface")

_LOOK_WIDTH = 1280
"""Pixels of a picture's long side for models: a face of a twentieth of it has 64 (ours)."""
_PERSONS_EVERY, _PAPER_PERSONS_EVERY = 5, 1
"""Frames from one look for people to the next: ours, five a second; and the official code's."""
ARCFACE_DISTANCE = 1.17
"""Euclidean distance of ArcFace's vectors up to which two faces are one person's: a cosine distance
of 0.68 (DeepFace). For AuraFace the same (ours: no threshold is published)."""
SFACE_DISTANCE = 1.128
"""The same of SFace's vectors (OpenCV)."""


def _onlookers(
    persons: Callable[[Path, str], "PersonDetector"],
    describer: Callable[[Path, str], "FaceDescriber"],
    persons_every: int,
    transitions: bool,
    weights: Path,
    device: str,
) -> "Onlookers":
    required(OPENCV)
    required(ONNXRUNTIME)
    from ...models.vision.transnet import TransNet, load_transnet
    from ..vision.face_crops import FaceCrops
    from ..vision.faces import Faces
    from ..vision.frame_pass import Onlookers
    from ..vision.persons import Persons

    faces, people = _yunet(weights, device), persons(weights, device)
    faces_as = describer(weights, device)
    shots = load_transnet(TRANSNET_FILE.path(weights), device) if transitions else None

    def begin() -> Mapping[str, "Tap"]:
        crops = FaceCrops()
        taps: dict[str, Tap] = {
            "faces": Faces(faces, faces_as, batch=16, crops=crops),
            "crops": crops,
            "persons": Persons(people, every=persons_every),
        }
        return taps | ({"transitions": TransNet(shots)} if shots else {})

    return Onlookers(max_width=_LOOK_WIDTH, begin=begin)


def _look(
    name: str,
    make: tuple[Callable[[Path, str], "PersonDetector"], Callable[[Path, str], "FaceDescriber"]],
    files: tuple[Weights, ...],
    *,
    licence: str,
    persons_every: int,
    models_gpu_bytes: int,
    brings: tuple[tuple[str, Tool[Any]], ...] = (),
) -> Tool["Onlookers"]:
    transitions = TRANSNET_FILE in files
    return Tool(
        name=name,
        licence=licence,
        make=partial(_onlookers, *make, persons_every, transitions),
        packages=(OPENCV, ONNXRUNTIME),
        files=files,
        brings=brings,
        build=f"{_LOOK_WIDTH} wide, faces every 5, people every {persons_every}",
        # 96 pictures of 1280 x 720 wait for their batch; crops lie on the disk.
        resources=Resources(
            gpu_bytes=models_gpu_bytes + gpu_bytes_of_look(_LOOK_WIDTH),
            memory_bytes=3 * _GB,
            limit_times_real_time=100,
        ),
    )


def _distance(value: float, _: Path, __: str) -> float:
    return value


ARCFACE_MATCHES: Tool[float | None] = Tool(
    name="arcface distance 1.17",
    licence="Apache-2.0",
    make=partial(_distance, ARCFACE_DISTANCE),
)
"""The official rule with DeepFace's threshold for ArcFace."""
SFACE_MATCHES: Tool[float | None] = Tool(
    name="sface distance 1.13",
    licence="Apache-2.0",
    make=partial(_distance, SFACE_DISTANCE),
)
"""The official rule with OpenCV's threshold for SFace."""


PERMISSIVE_LOOK = _look(
    "yunet, rf-detr, auraface",
    (_rf_detr, _auraface),
    (YUNET, RF_DETR, AURAFACE_FILE),
    licence="MIT, Apache-2.0",
    persons_every=_PERSONS_EVERY,
    models_gpu_bytes=3 * _GB,
)
"""Faces, people and faces as vectors, all free to use."""
SFACE_LOOK = _look(
    "yunet, rf-detr, sface",
    (_rf_detr, _sface),
    (YUNET, RF_DETR, SFACE_FILE),
    licence="MIT, Apache-2.0",
    persons_every=_PERSONS_EVERY,
    models_gpu_bytes=3 * _GB,
    brings=(("identity", SFACE_MATCHES),),
)
"""A smaller network for faces, for those without a GPU; its distances are others."""
TRANSNET_LOOK = _look(
    "yunet, rf-detr, auraface, transnetv2",
    (_rf_detr, _auraface),
    (YUNET, RF_DETR, AURAFACE_FILE, TRANSNET_FILE),
    licence="MIT, Apache-2.0",
    persons_every=_PERSONS_EVERY,
    models_gpu_bytes=4 * _GB,
)
"""Shots by a network as well: the stage `scenes` follows it where it is there."""
PAPER_LOOK = _look(
    "yunet, yolo11x, arcface",
    (_yolo, _arcface),
    (YUNET, YOLO11X, ARCFACE_FILE),
    licence="MIT; YOLO11x is its user's own AGPL-3.0 export",
    persons_every=_PAPER_PERSONS_EVERY,
    models_gpu_bytes=4 * _GB,
)
"""The paper's people and identities. Faces by YuNet where the paper has S3FD."""


def _syncnet(weights: Path, device: str) -> "Binder":
    required(TORCH)
    from ...models.audio_visual.syncnet import SyncNet
    from ..people.model_binding import SyncBinder

    return SyncBinder(SyncNet(SYNCNET_FILE.path(weights), device))


def _lr_asd(weights: Path, device: str) -> "Binder":
    required(TORCH)
    from ...models.audio_visual.lr_asd import LrAsd
    from ..people.model_binding import SpeakingBinder

    return SpeakingBinder(LrAsd(LR_ASD_FILE.path(weights), device))


SYNCNET: Tool["Binder"] = Tool(
    name="syncnet-v2",
    licence="MIT",
    make=_syncnet,
    packages=(TORCH, OPENCV),
    files=(SYNCNET_FILE,),
    resources=Resources(gpu_bytes=2 * _GB, memory_bytes=4 * _GB, limit_times_real_time=100),
)
"""Who speaks by confidence, and by how much the sound is late (paper)."""
LR_ASD: Tool["Binder"] = Tool(
    name="lr-asd",
    licence="MIT",
    make=_lr_asd,
    packages=(TORCH, OPENCV),
    files=(LR_ASD_FILE,),
    resources=Resources(gpu_bytes=1 * _GB, memory_bytes=4 * _GB, limit_times_real_time=100),
)
"""Who speaks, frame by frame."""


def _pose(file: Weights, weights: Path, device: str) -> "PoseModel":
    for package in (OPENCV, ONNXRUNTIME, TORCH, TORCHVISION):
        required(package)
    from ...models.vision.simcc_pose import SimccPose

    return SimccPose(file.path(weights), device)


def _pose_tool(name: str, file: Weights) -> Tool["PoseModel"]:
    return Tool(
        name=name,
        licence="Apache-2.0",
        make=partial(_pose, file),
        packages=(OPENCV, ONNXRUNTIME, TORCH, TORCHVISION),
        files=(file,),
        resources=Resources(gpu_bytes=3 * _GB, memory_bytes=2 * _GB, limit_times_real_time=100),
    )


DWPOSE = _pose_tool("dwpose-l-384", DWPOSE_FILE)
"""The paper's."""
RTMW = _pose_tool("rtmw-l-384", RTMW_FILE)
"""The same points by a later network."""


def _dover(weights: Path, device: str) -> "QualityModel":
    required(OPENCV)
    required(ONNXRUNTIME)
    from ...models.vision.dover import Dover

    return Dover(DOVER_FILE.path(weights), device)


def _uvq(weights: Path, device: str) -> "QualityModel":
    required(OPENCV)
    required(ONNXRUNTIME)
    from ...models.vision.uvq import Uvq

    return Uvq(UVQ_FILE.path(weights), device)


DOVER: Tool["QualityModel"] = Tool(
    name="dover",
    licence="S-Lab License 1.0, non-commercial: its user's own export",
    make=_dover,
    packages=(OPENCV, ONNXRUNTIME),
    files=(DOVER_FILE,),
    resources=Resources(gpu_bytes=4 * _GB, memory_bytes=3 * _GB, limit_times_real_time=100),
)
"""The paper's."""
UVQ: Tool["QualityModel"] = Tool(
    name="uvq-1.5",
    licence="Apache-2.0",
    make=_uvq,
    packages=(OPENCV, ONNXRUNTIME),
    files=(UVQ_FILE,),
    resources=Resources(gpu_bytes=3 * _GB, memory_bytes=3 * _GB, limit_times_real_time=100),
)
"""Free to use, on a scale of its own."""

"""Backends of the stage `look` with networks: faces, people, face embeddings, shots.

folder of weights, device --> taps of the frame pass. Imports nothing heavy before that.
"""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...engines import Resources
from ...models.faces.loading import (
    ARCFACE_DISTANCE,
    SFACE_DISTANCE,
    load_arcface,
    load_auraface,
    load_sface,
    load_yunet,
)
from ...models.model_spec import ModelSpec
from ...models.packages import ONNXRUNTIME, OPENCV, required
from ...models.vision.loading import load_rf_detr, load_yolo
from ...weights import Weights
from ...weights.table import (
    ARCFACE_FILE,
    AURAFACE_FILE,
    RF_DETR_FILE,
    SFACE_FILE,
    TRANSNET_FILE,
    YOLO11X_FILE,
    YUNET_FILE,
)
from ..vision.frame_pass import frame_pass_gpu_bytes

if TYPE_CHECKING:
    from ...models.faces.protocols import FaceDescriber
    from ...models.vision.protocols import PersonDetector
    from ..vision.frame_pass import FrameTaps, Tap


_LOOK_WIDTH = 1280
"""Pixels of a frame's long side for models: a face of a twentieth of it has 64 (ours)."""
_PERSONS_EVERY, _PAPER_PERSONS_EVERY = 5, 1
"""Frames from one detection of people to the next: ours, five a second; and the official code's."""


def _load_taps(
    persons: Callable[[Path, str], "PersonDetector"],
    describer: Callable[[Path, str], "FaceDescriber"],
    persons_every: int,
    transitions: bool,
    weights: Path,
    device: str,
) -> "FrameTaps":
    required(OPENCV)
    required(ONNXRUNTIME)
    from ...models.vision.transnet import TransNet, load_transnet
    from ..vision.face_crops import FaceCrops
    from ..vision.faces import Faces
    from ..vision.frame_pass import FrameTaps
    from ..vision.persons import Persons
    from ..vision.shots_by_model import ShotProbabilities

    detector, person_detector = load_yunet(weights, device), persons(weights, device)
    face_describer = describer(weights, device)
    shots = load_transnet(TRANSNET_FILE.path(weights), device) if transitions else None

    def new_taps() -> Mapping[str, "Tap"]:
        crops = FaceCrops()
        taps: dict[str, Tap] = {
            "faces": Faces(detector, face_describer, batch=16, crops=crops),
            "crops": crops,
            "persons": Persons(person_detector, every=persons_every),
        }
        return taps | ({"transitions": ShotProbabilities(TransNet(shots))} if shots else {})

    return FrameTaps(max_width=_LOOK_WIDTH, new_taps=new_taps)


def _frame_pass_spec(
    name: str,
    make: tuple[Callable[[Path, str], "PersonDetector"], Callable[[Path, str], "FaceDescriber"]],
    files: tuple[Weights, ...],
    *,
    licence: str,
    persons_every: int,
    models_gpu_bytes: int,
    brings: tuple[tuple[str, ModelSpec[Any]], ...] = (),
) -> ModelSpec["FrameTaps"]:
    transitions = TRANSNET_FILE in files
    return ModelSpec(
        name=name,
        licence=licence,
        make=partial(_load_taps, *make, persons_every, transitions),
        packages=(OPENCV, ONNXRUNTIME),
        files=files,
        brings=brings,
        build=f"{_LOOK_WIDTH} wide, faces every 5, people every {persons_every}",
        # 96 frames of 1280 x 720 wait for their batch; crops are on disk.
        resources=Resources(
            gpu_bytes=models_gpu_bytes + frame_pass_gpu_bytes(_LOOK_WIDTH),
            memory_bytes=3 << 30,
            limit_times_real_time=100,
        ),
    )


def _distance(value: float, _: Path, __: str) -> float:
    return value


ARCFACE_MATCHES: ModelSpec[float | None] = ModelSpec(
    name="arcface distance 1.17",
    licence="Apache-2.0",
    make=partial(_distance, ARCFACE_DISTANCE),
)
"""The official rule with DeepFace's threshold for ArcFace."""
SFACE_MATCHES: ModelSpec[float | None] = ModelSpec(
    name="sface distance 1.13",
    licence="Apache-2.0",
    make=partial(_distance, SFACE_DISTANCE),
)
"""The official rule with OpenCV's threshold for SFace."""


PERMISSIVE_LOOK = _frame_pass_spec(
    "yunet, rf-detr, auraface",
    (load_rf_detr, load_auraface),
    (YUNET_FILE, RF_DETR_FILE, AURAFACE_FILE),
    licence="MIT, Apache-2.0",
    persons_every=_PERSONS_EVERY,
    models_gpu_bytes=3 << 30,
)
"""Faces, people and face embeddings, all free to use."""
SFACE_LOOK = _frame_pass_spec(
    "yunet, rf-detr, sface",
    (load_rf_detr, load_sface),
    (YUNET_FILE, RF_DETR_FILE, SFACE_FILE),
    licence="MIT, Apache-2.0",
    persons_every=_PERSONS_EVERY,
    models_gpu_bytes=3 << 30,
    brings=(("identity", SFACE_MATCHES),),
)
"""A smaller face embedding for machines without a GPU; its distances are on another scale."""
TRANSNET_LOOK = _frame_pass_spec(
    "yunet, rf-detr, auraface, transnetv2",
    (load_rf_detr, load_auraface),
    (YUNET_FILE, RF_DETR_FILE, AURAFACE_FILE, TRANSNET_FILE),
    licence="MIT, Apache-2.0",
    persons_every=_PERSONS_EVERY,
    models_gpu_bytes=4 << 30,
)
"""Shots by a network as well: the stage `scenes` uses them if present."""
PAPER_LOOK = _frame_pass_spec(
    "yunet, yolo11x, arcface",
    (load_yolo, load_arcface),
    (YUNET_FILE, YOLO11X_FILE, ARCFACE_FILE),
    licence="MIT; YOLO11x is its user's own AGPL-3.0 export",
    persons_every=_PAPER_PERSONS_EVERY,
    models_gpu_bytes=4 << 30,
)
"""The paper's people and identities; faces by YuNet instead of the paper's S3FD."""

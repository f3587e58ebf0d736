"""Backends of the profile `compact`: small networks out of ordinary packages, 24 MB together.

folder of weights, device --> taps of the frame pass, limits of mouths, a distance of faces
"""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ...engines import Resources
from ...models.faces.loading import DLIB_DISTANCE, load_dlib, load_face_mesh, load_yunet
from ...models.model_spec import ModelSpec
from ...models.packages import ONNXRUNTIME, OPENCV, required
from ...weights.table import DLIB_FACE_FILE, FACE_MESH_FILE, YUNET_FILE
from ..people.mouths import MESH, MouthLimits
from ..vision.frame_pass import frame_pass_gpu_bytes
from .embedded import OURS

if TYPE_CHECKING:
    from ...models.faces.protocols import FaceDescriber
    from ..vision.frame_pass import FrameTaps, Tap

_LOOK_WIDTH = 640
"""Pixels of a frame's long side (ours: as `embedded`)."""
_DESCRIBE_EVERY = 6
"""Detections from one vector of a face to the next (ours: 1.2 s, three and more a track; a vector
takes 4 ms)."""


def _load_taps(identity: bool, weights: Path, device: str) -> "FrameTaps":
    required(OPENCV)
    required(ONNXRUNTIME)
    from ..vision.faces import Faces
    from ..vision.frame_pass import FrameTaps

    detector, mesh = load_yunet(weights, device), load_face_mesh(weights)
    describer: FaceDescriber | None = load_dlib(weights, device) if identity else None

    def new_taps() -> dict[str, "Tap"]:
        return {"faces": Faces(detector, describer, mesh, describe_every=_DESCRIBE_EVERY)}

    return FrameTaps(max_width=_LOOK_WIDTH, new_taps=new_taps)


def _distance(_: Path, __: str) -> float:
    return DLIB_DISTANCE


def _mesh_limits(_: Path, __: str) -> MouthLimits:
    return MESH


DLIB_MATCHES: ModelSpec[float | None] = ModelSpec(
    name="dlib distance 0.42", licence="Apache-2.0", make=_distance
)
"""The official rule with dlib's threshold."""

MESH_MOUTHS: ModelSpec[MouthLimits] = ModelSpec(
    name="face mesh and loudness", licence="Apache-2.0", make=_mesh_limits
)
"""Mouths by the gap of the inner lips."""

_RESOURCES = Resources(gpu_bytes=(1 << 30) + frame_pass_gpu_bytes(_LOOK_WIDTH))
_BUILD = f"{_LOOK_WIDTH} wide, faces every 5"

COMPACT_LOOK_HOG: "ModelSpec[FrameTaps]" = ModelSpec(
    name="yunet, face mesh, hog",
    licence="MIT, Apache-2.0",
    make=partial(_load_taps, False),
    packages=(OPENCV, ONNXRUNTIME),
    files=(YUNET_FILE, FACE_MESH_FILE),
    build=_BUILD,
    brings=(("identity", OURS),),
    resources=_RESOURCES,
)
"""Faces and lips by networks; people are told apart by shape and colour, which does not know
somebody again in another picture."""
COMPACT_LOOK: "ModelSpec[FrameTaps]" = ModelSpec(
    name="yunet, face mesh, dlib",
    licence="MIT, Apache-2.0",
    make=partial(_load_taps, True),
    packages=(OPENCV, ONNXRUNTIME),
    files=(YUNET_FILE, FACE_MESH_FILE, DLIB_FACE_FILE),
    build=_BUILD,
    brings=(("identity", DLIB_MATCHES),),
    instead=COMPACT_LOOK_HOG,
    resources=_RESOURCES,
)
"""Faces, lips and identities by networks."""

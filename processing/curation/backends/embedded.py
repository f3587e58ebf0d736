"""Backends without a download: detectors inside well-kept libraries, and rules of our own.

folder of weights (unused), device --> taps of the frame pass, or nothing
"""

from pathlib import Path

from ....media import encoder_builds
from ...engines import Resources
from ...models.model_spec import ModelSpec
from ...models.packages import OPENCV
from ...weights.table import HAAR_CASCADE_FILE
from ..people.mouths import PIXELS, MouthLimits
from ..vision.frame_pass import FrameTaps, frame_pass_gpu_bytes

_APACHE = "Apache-2.0"
_LOOK_WIDTH = 640
"""Pixels of a frame's long side (ours: faces of a twelfth of the height have 30 of 360)."""


def _haar_faces(_: Path, __: str) -> FrameTaps:
    # Here and not above: planning a run must not import OpenCV.
    from ..vision.faces import Faces

    return FrameTaps(max_width=_LOOK_WIDTH, new_taps=lambda: {"faces": Faces()})


def _nothing(_: Path, __: str) -> None:
    return None


def _pixel_limits(_: Path, __: str) -> MouthLimits:
    return PIXELS


OURS: ModelSpec[None] = ModelSpec(name="speakervid5m", licence=_APACHE, make=_nothing)
"""A rule of this project's own, without a model."""

PIXEL_MOUTHS: ModelSpec[MouthLimits] = ModelSpec(
    name="speakervid5m", licence=_APACHE, make=_pixel_limits
)
"""Mouths by the contrast of pixels."""

PYAV: ModelSpec[None] = ModelSpec(
    name="pyav", licence="LGPL-2.1", make=_nothing, build=encoder_builds()["libavcodec"]
)
"""FFmpeg's header of a file."""

HAAR: ModelSpec[FrameTaps] = ModelSpec(
    name="opencv-haar",
    licence=_APACHE,
    make=_haar_faces,
    packages=(OPENCV,),
    build=f"{_LOOK_WIDTH} wide, faces every 5",
    bundled=(HAAR_CASCADE_FILE,),
    # Faces are detected on the CPU; a GPU decodes, scales and sums.
    resources=Resources(gpu_bytes=frame_pass_gpu_bytes(_LOOK_WIDTH)),
)
"""Upright frontal faces; descriptors and mouths from pixels alone, without a network."""

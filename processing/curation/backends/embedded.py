"""Tools that need no download: what well-kept libraries bring, and measures of our own."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ....media import encoder_builds
from ...engines import Resources
from ...models.descriptor import Package, Tool
from ...models.speech.cepstral_voices import Diarizer, Turn, find_turns
from ...models.speech.voice_activity import SileroVoiceActivity, speech_in
from ...weights import Weights
from ..vision.frame_pass import Onlookers, gpu_bytes_of_look

_APACHE = "Apache-2.0"
_LOOK_WIDTH = 640
"""Pixels of a picture's long side (ours: faces of a twelfth of the height have 30 of 360)."""
OPENCV = Package(module="cv2", distribution="opencv-python-headless", extra="curate")
SILERO = Package(module="silero_vad", distribution="silero-vad", extra="curate")
ONNXRUNTIME = Package(module="onnxruntime", distribution="onnxruntime", extra="curate")

HAAR_CASCADE = Weights(
    file="haarcascade_frontalface_alt2.xml",
    source="inside the wheel of opencv-python-headless",
    licence="BSD-3-Clause",
    num_bytes=540_616,
)
"""Its own header has Intel's wording of that licence; OpenCV's is Apache-2.0."""
SILERO_VAD = Weights(
    file="silero_vad.onnx",
    source="inside the wheel of silero-vad",
    licence="MIT",
    num_bytes=2_327_524,
)


class CepstralVoices:
    """Voices told apart by cepstra and pitch, in the speech that silero-vad finds."""

    def turns(self, samples: NDArray[np.float32], seconds: float) -> Sequence[Turn]:
        """See `Diarizer.turns`."""
        speech = speech_in(SileroVoiceActivity(), samples, seconds)
        return find_turns(samples, speech)


def _cepstral_voices(_: Path, __: str) -> CepstralVoices:
    return CepstralVoices()


def _haar_faces(_: Path, __: str) -> Onlookers:
    # Here and not above: OpenCV is imported by whoever looks, not by whoever plans.
    from ..vision.faces import Faces

    return Onlookers(max_width=_LOOK_WIDTH, begin=lambda: {"faces": Faces()})


def _nothing(_: Path, __: str) -> None:
    return None


OURS: Tool[None] = Tool(name="speakervid5m", licence=_APACHE, make=_nothing)
"""A rule of this project's own, without a model."""

PYAV: Tool[None] = Tool(
    name="pyav", licence="LGPL-2.1", make=_nothing, build=encoder_builds()["libavcodec"]
)
"""FFmpeg's header of a file."""

HAAR: Tool[Onlookers] = Tool(
    name="opencv-haar",
    licence=_APACHE,
    make=_haar_faces,
    packages=(OPENCV,),
    build=f"{_LOOK_WIDTH} wide, faces every 5",
    bundled=(HAAR_CASCADE,),
    # Faces are found on the CPU; what a GPU does is decode, scale and sum.
    resources=Resources(gpu_bytes=gpu_bytes_of_look(_LOOK_WIDTH)),
)
"""Upright frontal faces; descriptors and mouths from pixels alone."""

CEPSTRA: Tool[Diarizer] = Tool(
    name="silero-vad, mfcc",
    licence="MIT",
    make=_cepstral_voices,
    packages=(SILERO, ONNXRUNTIME),
    bundled=(SILERO_VAD,),
)
"""Voices without a network for them."""

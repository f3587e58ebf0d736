"""Speaker diarization by pyannote.audio's community-1 pipeline.

samples at 16 kHz --> turns

It is no dependency of ours, since it pins torch and torchcodec. Its weights are behind a form on
the Hugging Face Hub, may be redistributed with attribution, and are read here from a folder.
"""

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...engines import Resources
from ...weights.table import PYANNOTE_COMMUNITY_FILE
from ..model_spec import ModelSpec
from ..packages import TORCH, Package, required
from .protocols import SAMPLE_RATE, Diarizer, Turn

PYANNOTE = Package(module="pyannote.audio", distribution="pyannote.audio")


class Pyannote:
    """A pipeline in a folder: config.yaml and the files that it names.

    Raises:
        ImportError: pyannote.audio is not installed.
        ValueError: the folder holds no pipeline.
    """

    def __init__(self, folder: Path, device: str) -> None:
        # Without this it reports every use to its makers.
        os.environ["PYANNOTE_METRICS_ENABLED"] = "0"
        audio = required(PYANNOTE)
        self._torch = required(TORCH)
        self._pipeline = audio.Pipeline.from_pretrained(folder)
        if self._pipeline is None:
            raise ValueError(f"{str(folder)!r} holds no pipeline of pyannote.audio")
        self._pipeline.to(self._torch.device(device))

    def turns(self, samples: NDArray[np.float32], seconds: float) -> Sequence[Turn]:
        """See `Diarizer.turns`; the pipeline's exclusive diarization resolves overlapped speech."""
        del seconds
        # Samples and not a path: given a path, it decodes every chunk again (its issue 1652).
        waveform = self._torch.from_numpy(np.ascontiguousarray(samples))[None]
        diarization = self._pipeline({"waveform": waveform, "sample_rate": SAMPLE_RATE})
        tracks = diarization.exclusive_speaker_diarization.itertracks(yield_label=True)
        numbers: dict[str, int] = {}
        return sorted(
            Turn(float(segment.start), float(segment.end), numbers.setdefault(name, len(numbers)))
            for segment, _, name in tracks
        )


def _community(weights: Path, device: str) -> Pyannote:
    return Pyannote(PYANNOTE_COMMUNITY_FILE.path(weights), device)


PYANNOTE_COMMUNITY: ModelSpec[Diarizer] = ModelSpec(
    name="pyannote-community-1",
    licence="MIT",
    make=_community,
    packages=(PYANNOTE,),
    files=(PYANNOTE_COMMUNITY_FILE,),
    # 31 to 37 s an hour of audio on an H100 (its makers' figure), with about 1.6 GB of GPU memory.
    resources=Resources(num_cpus=2, gpu_bytes=4 << 30, memory_bytes=4 << 30),
)
"""Better where several speak at once: it models overlap."""

"""Clean speech: a clip's audio with other voices muted, exactly as in the release.

source, clips --> the code that cuts the release, audio only --> samples at 16 kHz

Nothing is stored: decoding audio again costs less than reading it twice from a disk.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ....media import read_audio
from ....records import Clip
from ...assembly.catalogue import request_of
from ...assembly.cut_clips import CutClip, CutSettings, cut_source
from ...engines import Source
from ...models.speech.protocols import SAMPLE_RATE


@dataclass(frozen=True, kw_only=True, slots=True)
class CleanSpeech:
    """The speech of one person in a clip."""

    clip: Clip
    """The clip."""
    samples: NDArray[np.float32]
    """(S,) mono at 16 kHz; silent where others speak."""


def clean_speech(source: Source, clips: Sequence[Clip]) -> Iterator[CleanSpeech]:
    """The speech of the clips whose person speaks, by start.

    A clip that cannot be cut is left out; cutting the release reports it with the reason.
    """
    speaking = {clip.clip_id: clip for clip in clips if clip.role == "speaking"}
    requests = [replace(request_of(clip), bbox=None) for clip in speaking.values()]
    for cut in cut_source(source.path, requests, CutSettings()):
        if isinstance(cut, CutClip) and cut.audio is not None:
            samples = read_audio(cut.audio, sample_rate=SAMPLE_RATE)
            yield CleanSpeech(clip=speaking[cut.clip_id], samples=samples)

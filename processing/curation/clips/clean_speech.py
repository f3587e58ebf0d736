"""Clean speech: a clip's sound with other voices muted, as the release will hold it.

It is cut by what cuts the release, sound alone, so a recogniser hears exactly what a user gets.
Nothing is stored: decoding sound again costs less than reading it twice from a disk.
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
    """What one person says in a clip."""

    clip: Clip
    """The clip."""
    samples: NDArray[np.float32]
    """(S,) mono at 16 kHz; silent where others speak."""


def clean_speech(source: Source, clips: Sequence[Clip]) -> Iterator[CleanSpeech]:
    """The speech of those clips in which somebody speaks, in the order of their start.

    A clip that cannot be cut is left out here; it is named with its reason when the release is
    cut.
    """
    speaking = {clip.clip_id: clip for clip in clips if clip.role == "speaking"}
    requests = [replace(request_of(clip), bbox=None) for clip in speaking.values()]
    for cut in cut_source(source.path, requests, CutSettings()):
        if isinstance(cut, CutClip) and cut.audio is not None:
            samples = read_audio(cut.audio, sample_rate=SAMPLE_RATE)
            yield CleanSpeech(clip=speaking[cut.clip_id], samples=samples)

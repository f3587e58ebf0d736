"""One person's speech of a clip: the source's audio, silent where others speak, and all there."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ...media import AudioReader, MediaError
from ...records import Interval

_MAX_MISSING_SECONDS = 0.1
"""So much of what a clip needs the audio track may lack (ours: half a syllable; tracks end a frame
or two before the last picture)."""


def clean_speech(
    audio: AudioReader,
    start_seconds: float,
    seconds: float,
    muted: Sequence[Interval],
    *,
    sample_rate: int,
) -> NDArray[np.float32]:
    """Reads [start, start + seconds), silent where others speak.

    Args:
        audio: the source's.
        start_seconds: source time.
        seconds: how long.
        muted: source times at which others speak; there nothing is needed.
        sample_rate: Hz of the samples.

    Raises:
        MediaError: `truncated`, where something does not decode; `audio_missing`, where the track
            has nothing for longer than 0.1 s of what is needed.
    """
    span = audio.read(start_seconds, seconds, sample_rate=sample_rate)
    if span.damage:
        raise MediaError("truncated", span.damage)
    first = round(start_seconds * sample_rate)
    lacks = ~span.present
    for interval in muted:
        begin = max(0, round(interval.start_seconds * sample_rate) - first)
        end = max(0, round(interval.stop_seconds * sample_rate) - first)
        span.samples[begin:end] = 0.0
        lacks[begin:end] = False
    if lacks.sum() > _MAX_MISSING_SECONDS * sample_rate:
        where = start_seconds + int(lacks.argmax()) / sample_rate
        raise MediaError(
            "audio_missing",
            f"the audio track has nothing for {lacks.sum() / sample_rate:.2f} s of what is needed, "
            f"first at {where:.2f} s",
        )
    return span.samples

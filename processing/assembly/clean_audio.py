"""One person's speech in a clip: the source's audio in, samples out, silent where others speak."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ...media import AudioReader, MediaError
from ...records import Interval

_MAX_MISSING_SECONDS = 0.1
"""How much of a clip's audio may be missing from the track (ours: half a syllable; tracks end a
frame or two before the last video frame)."""


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
        audio: the source's audio track.
        start_seconds: source time.
        seconds: how long.
        muted: source times at which others speak; no audio is needed there.
        sample_rate: Hz of the samples.

    Raises:
        MediaError: `truncated` if a packet does not decode; `audio_missing` if the track lacks
            more than 0.1 s of the audio that the clip needs.
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
            f"the audio track lacks {lacks.sum() / sample_rate:.2f} s that the clip needs, "
            f"first at {where:.2f} s",
        )
    return span.samples

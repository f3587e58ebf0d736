"""How much of a person's speech overlaps with another voice: muting removes that from both.

speech, scene_voices, own voice of many clips -> seconds of speech, seconds of it under others
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray


def overlapped_speech(speech: pa.Array, voices: pa.Array, own: pa.Array) -> tuple[float, float]:
    """Sums over clips.

    Args:
        speech: a list for each clip of {start_seconds, stop_seconds}, the person's own.
        voices: a list for each clip of {start_seconds, stop_seconds, voice}: who speaks when.
        own: each clip's own voice.

    Returns:
        Seconds of speech, and seconds that overlap with another voice. Two other voices at once
        count twice, but never more than the interval itself.
    """
    own_intervals, voice_intervals = speech.flatten(), voices.flatten()
    clip = pc.list_parent_indices(speech).to_numpy(zero_copy_only=False).astype(np.int64)
    counts = pc.fill_null(pc.list_value_length(voices), 0).to_numpy(zero_copy_only=False)
    first = np.cumsum(counts) - counts
    start, stop = _edges(own_intervals)
    other_start, other_stop = _edges(voice_intervals)
    # Pairs every interval of speech with every voice interval of its clip.
    interval_of = np.repeat(np.arange(len(clip)), counts[clip])
    ends = np.cumsum(counts[clip])
    within = np.arange(len(interval_of)) - np.repeat(ends - counts[clip], counts[clip])
    other = first[clip[interval_of]] + within
    shared = np.minimum(stop[interval_of], other_stop[other]) - np.maximum(
        start[interval_of], other_start[other]
    )
    voice_codes = pc.index_in(
        voice_intervals.field("voice"), pc.unique(voice_intervals.field("voice"))
    )
    own_codes = pc.index_in(own, pc.unique(voice_intervals.field("voice")))
    codes = pc.fill_null(voice_codes, -1).to_numpy(zero_copy_only=False)
    owners = pc.fill_null(own_codes, -2).to_numpy(zero_copy_only=False)
    shared = np.where(codes[other] == owners[clip[interval_of]], 0.0, np.maximum(shared, 0.0))
    durations = stop - start
    overlapped = np.minimum(np.bincount(interval_of, shared, minlength=len(clip)), durations)
    return float(durations.sum()), float(overlapped.sum())


def _edges(intervals: pa.Array) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    start, stop = (
        intervals.field(name).to_numpy(zero_copy_only=False).astype(np.float64)
        for name in ("start_seconds", "stop_seconds")
    )
    return start, stop

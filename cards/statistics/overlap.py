"""How much of what a person says is under somebody else's voice: muting took that from both.

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
        voices: a list for each clip of {start_seconds, stop_seconds, voice}: who sounds when.
        own: each clip's own voice.

    Returns:
        Seconds of speech, and those in which another voice sounds too; of three at once the time
        counts once for each of the others, and never more than there is.
    """
    said, heard = speech.flatten(), voices.flatten()
    clip = pc.list_parent_indices(speech).to_numpy(zero_copy_only=False).astype(np.int64)
    counts = pc.fill_null(pc.list_value_length(voices), 0).to_numpy(zero_copy_only=False)
    first = np.cumsum(counts) - counts
    start, stop = _edges(said)
    other_start, other_stop = _edges(heard)
    # Every piece of speech beside every voice of its clip.
    pieces = np.repeat(np.arange(len(clip)), counts[clip])
    ends = np.cumsum(counts[clip])
    within = np.arange(len(pieces)) - np.repeat(ends - counts[clip], counts[clip])
    beside = first[clip[pieces]] + within
    shared = np.minimum(stop[pieces], other_stop[beside]) - np.maximum(
        start[pieces], other_start[beside]
    )
    names = pc.index_in(heard.field("voice"), pc.unique(heard.field("voice")))
    mine = pc.index_in(own, pc.unique(heard.field("voice")))
    codes = pc.fill_null(names, -1).to_numpy(zero_copy_only=False)
    owners = pc.fill_null(mine, -2).to_numpy(zero_copy_only=False)
    shared = np.where(codes[beside] == owners[clip[pieces]], 0.0, np.maximum(shared, 0.0))
    lasting = stop - start
    under = np.minimum(np.bincount(pieces, shared, minlength=len(clip)), lasting)
    return float(lasting.sum()), float(under.sum())


def _edges(intervals: pa.Array) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    start, stop = (
        intervals.field(name).to_numpy(zero_copy_only=False).astype(np.float64)
        for name in ("start_seconds", "stop_seconds")
    )
    return start, stop

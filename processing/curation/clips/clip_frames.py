"""A few small frames of each clip, for models that describe clips.

source, clips --> `ClipFrames`: RGB frames of the clip's box, evenly spaced
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ....media import MediaError, SourceReader, frames_at
from ....records import Clip
from ...engines import Source


@dataclass(frozen=True, kw_only=True, slots=True)
class ClipFrames:
    """A few frames of a clip."""

    clip: Clip
    """The clip."""
    frames: NDArray[np.uint8]
    """(n, h, w, 3) RGB of the clip's box; evenly spaced, the first at its start."""
    fps: float
    """Frames a second of the clip's time."""


def clip_frames(
    source: Source, clips: Sequence[Clip], *, fps: float, max_frames: int, long_side: int
) -> Iterator[ClipFrames]:
    """Frames of these clips, by start, one clip in memory at a time.

    A clip whose frames do not decode is left out; cutting the release reports it with the reason.

    Args:
        source: the video.
        clips: of it.
        fps: frames a second; fewer where that would be more than `max_frames`.
        max_frames: of a clip.
        long_side: pixels at most.
    """
    with SourceReader(source.path) as reader:
        for clip in sorted(clips, key=lambda clip: (clip.start_seconds, clip.clip_id)):
            count = max(1, min(max_frames, int(clip.duration_seconds * fps)))
            rate = count / clip.duration_seconds
            times = [clip.start_seconds + number / rate for number in range(count)]
            try:
                frames = frames_at(reader, times, clip.bbox, long_side)
            except MediaError:
                continue
            if len(frames) == count:
                yield ClipFrames(clip=clip, frames=np.stack(frames), fps=rate)

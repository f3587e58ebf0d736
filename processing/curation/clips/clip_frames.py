"""A few frames of each clip as the release shows them, small, for models that describe them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ....media import (
    MAX_MISSING_SECONDS,
    FrameGrid,
    MediaError,
    Planes,
    SourceReader,
    crop_rectangle,
    shrunk,
)
from ....records import Clip
from ...engines import Source


@dataclass(frozen=True, kw_only=True, slots=True)
class ClipFrames:
    """What is seen of a clip."""

    clip: Clip
    """The clip."""
    frames: NDArray[np.uint8]
    """(n, h, w, 3) RGB of the clip's box; evenly spaced, the first at its start."""
    fps: float
    """Frames a second of the clip's time."""


def clip_frames(
    source: Source, clips: Sequence[Clip], *, fps: float, max_frames: int, long_side: int
) -> Iterator[ClipFrames]:
    """Frames of these clips, in the order of their start, one clip in memory at a time.

    A clip whose pictures do not decode is left out here; it is named with its reason when the
    release is cut.

    Args:
        source: the video.
        clips: of it.
        fps: frames a second; fewer where that would be more than `max_frames`.
        max_frames: of a clip.
        long_side: pixels at most.
    """
    with SourceReader(source.path) as reader:
        for clip in sorted(clips, key=lambda one: (one.start_seconds, one.clip_id)):
            num = max(1, min(max_frames, int(clip.duration_seconds * fps)))
            rate = num / clip.duration_seconds
            try:
                frames = _shown_at(
                    reader, clip, FrameGrid(clip.start_seconds, rate, num), long_side
                )
            except MediaError:
                continue
            if len(frames) == num:
                yield ClipFrames(clip=clip, frames=np.stack(frames), fps=rate)


def _shown_at(
    reader: SourceReader, clip: Clip, grid: FrameGrid, long_side: int
) -> list[NDArray[np.uint8]]:
    where = crop_rectangle(clip.bbox, reader.info.width, reader.info.height)
    size = shrunk(where.width, where.height, long_side)
    frames: list[NDArray[np.uint8]] = []
    for picture in reader.frames(clip.start_seconds, clip.end_seconds):
        missing, shown = grid.take(picture.start_seconds, picture.stop_seconds)
        if missing and picture.start_seconds > clip.start_seconds + MAX_MISSING_SECONDS:
            break
        if missing + shown:
            planes = Planes.of(picture.frame, reader.info)
            rgb = planes.crop(where, *size).to_ndarray(format="rgb24")
            frames += [np.asarray(rgb, np.uint8)] * (missing + shown)
    return frames

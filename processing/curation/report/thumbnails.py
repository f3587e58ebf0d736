"""A few pictures of a clip or a source, for those who want to see what was dropped."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ....media import Planes, SourceReader, crop_rectangle, shrunk
from ....records import Clip

NUM_FRAMES = 4
"""Pictures of a strip (ours: what fits a line)."""
LONG_SIDE = 480
"""Pixels of a picture's long side (ours: they are shown smaller)."""


def clip_thumbnails(path: Path, clip: Clip) -> list[NDArray[np.uint8]]:
    """Frames (H, W, 3) RGB of the clip's box, evenly over its time.

    Raises:
        MediaError: the source does not open, or the box lies outside.
    """
    with SourceReader(path) as reader:
        times = _evenly(clip.start_seconds, clip.duration_seconds)
        return _pictures(reader, times, clip.bbox)


def source_thumbnails(path: Path) -> list[NDArray[np.uint8]]:
    """Whole frames (H, W, 3) RGB of a source, evenly over its length; of a broken one what is left.

    Raises:
        MediaError: the source does not open.
    """
    with SourceReader(path) as reader:
        times = _evenly(0.0, reader.info.duration_seconds or 0.0)
        return _pictures(reader, times, (0.0, 0.0, 1.0, 1.0))


def _evenly(start_seconds: float, seconds: float) -> list[float]:
    return [start_seconds + (number + 0.5) / NUM_FRAMES * seconds for number in range(NUM_FRAMES)]


def _pictures(
    reader: SourceReader, times: Sequence[float], box: tuple[float, ...]
) -> list[NDArray[np.uint8]]:
    where = crop_rectangle(box, reader.info.width, reader.info.height)
    size = shrunk(where.width, where.height, LONG_SIDE)
    frames: list[NDArray[np.uint8]] = []
    for time in times:
        picture = next(reader.pictures(time, time + 0.02), None)
        if picture is not None and picture.start_seconds <= time:
            frame = Planes.of(picture.frame, reader.info).crop(where, *size)
            frames.append(np.asarray(frame.to_ndarray(format="rgb24"), np.uint8))
    return frames

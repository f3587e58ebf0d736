"""A few frames of a clip or a source, so that a user can see what was dropped.

file, clip --> RGB frames, small
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ....media import SourceReader, frames_at
from ....records import Clip

NUM_FRAMES = 4
"""Frames of a clip or source (ours: as many as fit a line)."""
LONG_SIDE = 480
"""Pixels of a frame's long side (ours: pages show them smaller)."""


def clip_thumbnails(path: Path, clip: Clip) -> list[NDArray[np.uint8]]:
    """Frames (H, W, 3) RGB of the clip's box, evenly over its time.

    Raises:
        MediaError: the source does not open, or the box lies outside.
    """
    with SourceReader(path) as reader:
        times = _evenly(clip.start_seconds, clip.duration_seconds)
        return frames_at(reader, times, clip.bbox, LONG_SIDE)


def source_thumbnails(path: Path) -> list[NDArray[np.uint8]]:
    """Whole frames (H, W, 3) RGB of a source, evenly over its length; those that decode.

    Raises:
        MediaError: the source does not open.
    """
    with SourceReader(path) as reader:
        times = _evenly(0.0, reader.info.duration_seconds or 0.0)
        return frames_at(reader, times, (0.0, 0.0, 1.0, 1.0), LONG_SIDE)


def _evenly(start_seconds: float, seconds: float) -> list[float]:
    return [start_seconds + (number + 0.5) / NUM_FRAMES * seconds for number in range(NUM_FRAMES)]

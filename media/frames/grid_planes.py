"""The frames of a whole file on a grid of constant rate, as 8-bit 4:2:0 of limited range.

path of a video of any rate and codec --> (h * 3/2, w) planes, one for each 1 / fps seconds
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from ..colours import planes_420
from ..errors import MediaError
from ..source_info import SourceInfo
from .grid import FrameGrid
from .planes import Planes, Rectangle
from .source_reader import SourceReader

_LIMITED_RANGE = 1
"""FFmpeg's AVCOL_RANGE_MPEG."""


def grid_planes(path: Path, *, fps: int, max_frames: int) -> Iterator[NDArray[np.uint8]]:
    """Planes of each frame of the grid; frame k is what is shown at k / fps, upright.

    Where the file shows nothing yet, it is the file's first frame. An odd last row or column is
    dropped.

    Args:
        path: the file.
        fps: of the grid.
        max_frames: more are an error.

    Raises:
        MediaError: empty, unreadable, without video, damaged, or longer than `max_frames`.
    """
    grid = FrameGrid(0.0, fps)
    with SourceReader(path) as reader:
        for shown_frame in reader.frames(0.0, float("inf")):
            if shown_frame.stop_seconds * fps > max_frames + 1:
                raise MediaError(
                    "too_large",
                    f"it lasts {shown_frame.stop_seconds:.1f} s or more; {max_frames / fps:g} s "
                    "are allowed",
                )
            missing, shown = grid.take(shown_frame.start_seconds, shown_frame.stop_seconds)
            if missing + shown:
                planes = _planes(shown_frame.frame, reader.info)
                for _ in range(missing + shown):
                    yield planes
        if reader.damage is not None:
            raise reader.damage


def _planes(frame: av.VideoFrame, info: SourceInfo) -> NDArray[np.uint8]:
    frame = planes_420(frame)
    if int(frame.color_range) != _LIMITED_RANGE or frame.format.name != "yuv420p":
        frame = frame.reformat(format="yuv420p", dst_color_range=_LIMITED_RANGE)
    planes = Planes.of(frame, info)
    high, wide = planes.luma.shape
    upright = replace(planes, color_range=_LIMITED_RANGE).crop(
        Rectangle(0, 0, wide, high), wide, high
    )
    return np.asarray(upright.to_ndarray(), np.uint8)

"""The frames of a clip: a source's frames on the clip's grid, cropped by its box and scaled.

frames of a source, in order --CroppedClip--> every frame of the clip
times --frames_at--> RGB of the frames that are shown then
"""

from collections.abc import Sequence

import av
import numpy as np
from numpy.typing import NDArray

from ..source_info import SourceInfo
from .grid import JOIN_SECONDS, MAX_MISSING_SECONDS, SLACK_SECONDS, FrameGrid, overlapping
from .planes import Planes, crop_rectangle, shrunk
from .source_reader import ShownFrame, SourceReader


class CroppedClip:
    """One clip while its source is decoded. A frame that the source lacks is the one before it.

    Args:
        info: the source.
        bbox: x1, y1, x2, y2, 0 to 1.
        grid: the times of the clip's frames.
        long_side: pixels at most; a larger crop is scaled down.

    Raises:
        MediaError: the box lies outside the frame, or is too small.
    """

    def __init__(
        self, info: SourceInfo, bbox: tuple[float, ...], grid: FrameGrid, long_side: int
    ) -> None:
        self._info, self._grid = info, grid
        self._where = crop_rectangle(bbox, info.width, info.height)
        self._size = shrunk(self._where.width, self._where.height, long_side)
        self.last: av.VideoFrame | None = None
        """The last frame so far."""

    @property
    def is_full(self) -> bool:
        """Whether it has all its frames."""
        return self._grid.is_full

    @property
    def lacks_too_much(self) -> bool:
        """Whether the source shows nothing for longer than `MAX_MISSING_SECONDS`."""
        return self._grid.lacks_too_much

    def take(self, source_frame: ShownFrame) -> list[av.VideoFrame]:
        """The next frames, up to the end of a source's frame; equal ones are one object."""
        missing, shown = self._grid.take(source_frame.start_seconds, source_frame.stop_seconds)
        if self.lacks_too_much or not missing + shown:
            return []
        frame = Planes.of(source_frame.frame, self._info).crop(self._where, *self._size)
        frames = [self.last or frame] * missing + [frame] * shown
        self.last = frame
        return frames

    def finish(self) -> list[av.VideoFrame] | None:
        """The frames after the end of the source; None if the clip lacks too much."""
        missing = self._grid.finish()
        return None if self.last is None or self.lacks_too_much else [self.last] * missing


def frames_at(
    reader: SourceReader, times: Sequence[float], bbox: tuple[float, ...], long_side: int
) -> list[NDArray[np.uint8]]:
    """(H, W, 3) RGB of a box at some times; a time at which nothing is shown gives no frame.

    The first frame of times that lie near each other may come `MAX_MISSING_SECONDS` late.

    Args:
        reader: of the source.
        times: seconds, ascending.
        bbox: x1, y1, x2, y2, 0 to 1.
        long_side: pixels at most; a larger crop is scaled down.

    Raises:
        MediaError: the box lies outside the frame, or is too small.
    """
    where = crop_rectangle(bbox, reader.info.width, reader.info.height)
    size = shrunk(where.width, where.height, long_side)
    frames: list[NDArray[np.uint8]] = []
    for group in overlapping(times, lambda time: (time, time), JOIN_SECONDS):
        left, latest = list(group), group[0] + MAX_MISSING_SECONDS
        for decoded in reader.frames(group[0], group[-1] + MAX_MISSING_SECONDS):
            ended = [time for time in left if time + SLACK_SECONDS < decoded.stop_seconds]
            del left[: len(ended)]
            shown = [
                time for time in ended if decoded.start_seconds <= max(time + SLACK_SECONDS, latest)
            ]
            if shown:
                frame = Planes.of(decoded.frame, reader.info).crop(where, *size)
                frames += [np.asarray(frame.to_ndarray(format="rgb24"), np.uint8)] * len(shown)
            if not left:
                break
    return frames

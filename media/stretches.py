"""A source's pictures, stretch by stretch, each with the time for which it is shown.

Time is the source's own: 0 is the earliest start of its streams, as players show it. A picture
comes with the time for which it is shown, so frame rates of any kind, constant or not, need no
special case: whoever wants the picture at a time takes the one that is shown then.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import av
import av.error

from .opening import open_container
from .probe import SourceInfo, probe
from .seeking import SoughtContainer


@dataclass(frozen=True, slots=True)
class Picture:
    """A decoded frame and when it is shown."""

    frame: av.VideoFrame
    """As stored: not rotated."""
    start_seconds: float
    """Source time from which it is shown."""
    stop_seconds: float
    """Source time at which the next one takes over."""


class SourceReader:
    """Reads stretches of one source.

    Raises:
        MediaError: empty, unreadable, or without video.
    """

    def __init__(self, path: Path) -> None:
        self.info: SourceInfo = probe(path)
        self._container = open_container(path)
        self._sought = SoughtContainer(self._container, self.info)
        self._sought.video.thread_type = "AUTO"
        self.num_pictures_decoded = 0
        """Frames that came out of the decoder so far."""
        self.damage: str | None = None
        """What made the last stretch end early, if anything did."""
        self.reached_seconds = 0.0
        """Source time up to which the last stretch had pictures."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._container.close()

    def pictures(self, start_seconds: float, stop_seconds: float) -> Iterator[Picture]:
        """Gives every picture that is shown in [start, stop), in order.

        If the file is damaged the iteration ends early and `damage` says how.
        """
        self.damage, self.reached_seconds = None, 0.0
        held: tuple[av.VideoFrame, float] | None = None
        try:
            key = self._sought.seek(start_seconds)
            for packet in self._container.demux(self._sought.video):
                if key is not None:
                    if packet.pts != key and packet.size:
                        continue
                    key = None
                for frame in packet.decode():
                    self.num_pictures_decoded += 1
                    time = self._time(frame, held)
                    if held is not None and time > start_seconds and held[1] < stop_seconds:
                        yield Picture(held[0], held[1], time)
                    held, self.reached_seconds = (frame, time), max(0.0, time)
                if held is not None and held[1] >= stop_seconds:
                    return
        except av.error.FFmpegError as error:
            self.damage = f"decoding ends at {self.reached_seconds:.2f} s: {error.strerror}"
        if held is not None and held[1] < stop_seconds:
            self.reached_seconds = held[1] + self._shown_for(held[0])
            yield Picture(held[0], held[1], self.reached_seconds)

    def _time(self, frame: av.VideoFrame, held: tuple[av.VideoFrame, float] | None) -> float:
        if frame.pts is None:
            return held[1] + self._shown_for(held[0]) if held else 0.0
        return float(frame.pts * (frame.time_base or 1)) - self.info.start_seconds

    def _shown_for(self, frame: av.VideoFrame) -> float:
        if frame.duration:
            return float(frame.duration * (frame.time_base or 1))
        return 1.0 / (self.info.fps or 25.0)

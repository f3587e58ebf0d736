"""A source's frames, span by span, each with the time for which it is shown.

    span --last key frame before it--> decoder --first right frame too late? an earlier key frame-->
    frames with ascending times --> ShownFrame: from its own time to the next one's

Time is the source's own: 0 is the earliest start of its streams, as in players. Each frame comes
with the time for which it is shown, so constant and variable frame rates need no special case: the
frame at a time is the one that is shown then, and where none is shown, there is none.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import av
import av.error

from ..errors import MediaError
from ..opening import open_container
from ..source_info import SourceInfo, probe
from .grid import SLACK_SECONDS
from .seek import SoughtContainer
from .times import FrameTimes, frame_times


@dataclass(frozen=True, slots=True)
class ShownFrame:
    """A decoded frame and when it is shown."""

    frame: av.VideoFrame
    """As stored: not rotated."""
    start_seconds: float
    """Source time from which it is shown."""
    stop_seconds: float
    """Source time up to which it is shown: the next frame's start, if nothing is missing."""


class SourceReader:
    """Reads spans of one source.

    Raises:
        MediaError: empty, unreadable, without video, or it does not say when frames are shown.
    """

    def __init__(self, path: Path) -> None:
        self.info: SourceInfo = probe(path)
        self._times: FrameTimes = frame_times(path, self.info)
        self._container = open_container(path, as_stored=not self._times.stored)
        self._sought = SoughtContainer(self._container, self.info)
        self._sought.video.thread_type = "AUTO"
        self._run: _Run | None = None
        self.num_pictures_decoded = 0
        """Frames that came out of the decoder so far."""
        self.damage: MediaError | None = None
        """Why the last span ended early; None if it did not."""
        self.reached_seconds = 0.0
        """Source time up to which the last span had frames."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._container.close()

    def frames(self, start_seconds: float, stop_seconds: float) -> Iterator[ShownFrame]:
        """Gives every frame that is shown in [start, stop), in order.

        Where nothing is shown at `start_seconds`, the first is the next frame of the source. If the
        file is damaged, the iteration ends early and `damage` says why.
        """
        self.damage, self.reached_seconds = None, 0.0
        held: _Timed | None = None
        started = False
        try:
            run = self._run_to(start_seconds)
            while run.last is not None:
                held = run.last
                following = run.advance()
                begin = self._times.seconds(held.time)
                self.reached_seconds = self._times.shown_until(
                    held.time, None if following is None else following.time
                )
                if self.reached_seconds > start_seconds:
                    started = True
                    yield ShownFrame(held.frame, begin, self.reached_seconds)
                if started and following and self._times.seconds(following.time) >= stop_seconds:
                    return
            self.damage = self._times.end_trouble(None if held is None else held.time)
        except av.error.FFmpegError as error:
            said = f"decoding ends at {self.reached_seconds:.2f} s: {error.strerror}"
            self.damage = MediaError("truncated", said)
        except MediaError as error:
            self.damage = error
        self._run = None

    def _run_to(self, seconds: float) -> "_Run":
        """Decodes up to the first frame of a run that begins early enough for a source time."""
        if (
            not self._times.is_searchable
            and self._run is not None
            and self._reaches(self._run, seconds)
        ):
            return self._run
        run: _Run | None = None
        for key in self._times.begins(seconds + SLACK_SECONDS):
            run = self._run = _Run(self, self._sought, self._times, key)
            if self._reaches(run, seconds):
                break
        assert run is not None
        return run

    def _reaches(self, run: "_Run", seconds: float) -> bool:
        return run.last is not None and (
            self._times.seconds(run.last.time) <= seconds + SLACK_SECONDS
        )


@dataclass(frozen=True, slots=True)
class _Timed:
    """A frame and its time, in the stream's units."""

    frame: av.VideoFrame
    time: int


class _Run:
    """Frames from a key frame on, without those that depend on earlier packets."""

    def __init__(
        self, reader: SourceReader, sought: SoughtContainer, times: FrameTimes, key: int | None
    ) -> None:
        self._reader, self._sought, self._times, self._key = reader, sought, times, key
        self._frames = self._timed()
        self._step = round(1.0 / (reader.info.fps or 25.0) / times.base)
        self.last: _Timed | None = None
        """The current frame; None after the last one."""
        self.advance()

    def advance(self) -> "_Timed | None":
        """Goes to the next frame.

        Raises:
            MediaError: a frame is damaged, or is shown before the previous one.
            FFmpegError: a packet does not decode.
        """
        previous = self.last
        self.last = next(self._frames, None)
        if previous is not None and self.last is not None:
            self._step = self.last.time - previous.time
        return self.last

    def _timed(self) -> Iterator[_Timed]:
        for frame in self._right_frames():
            time = self._times.time_of(frame)
            previous = None if self.last is None else self.last.time
            if previous is not None:
                if time is None and not self._times.stored:
                    # The last frames of a file leave the decoder after the last packet.
                    time = previous + self._step
                self._times.check_rises(previous, time)
            if time is not None:
                self._times.check_whole(time)
                yield _Timed(frame, time)

    def _right_frames(self) -> Iterator[av.VideoFrame]:
        """Frames from the first right one; some decoders drop those before it, some do not."""
        begun, sure = False, self._key is not None
        for packet in self._sought.packets_from(self._key):
            try:
                frames = packet.decode()
            except av.error.FFmpegError:
                if begun:
                    raise
                sure, frames = False, []
            for frame in frames:
                assert isinstance(frame, av.VideoFrame)
                self._reader.num_pictures_decoded += 1
                if not begun:
                    # Frames before the key frame depend on packets that were not decoded. So does
                    # everything after a packet that is falsely marked as a key frame.
                    time = self._times.time_of(frame)
                    if time is not None and self._key is not None and time < self._key:
                        continue
                    sure = not frame.is_corrupt and (
                        frame.key_frame or (sure and time != self._key)
                    )
                    begun = sure
                elif frame.is_corrupt:
                    reached = self._reader.reached_seconds
                    raise MediaError("truncated", f"a frame after {reached:.2f} s is damaged")
                if begun:
                    yield frame

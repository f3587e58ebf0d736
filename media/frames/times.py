"""When a source's frames are shown, as its file says: read once, packet by packet, none decoded.

    file --every packet, as stored--> FrameTimes: times, key frames, how long the last is shown

Only the whole file shows whether its times can be trusted: two recordings in one file repeat the
same times, and each looks right by itself. Reading without FFmpeg's guesses tells a container that
stores no presentation times (AVI, ASF) from one that does.
"""

import bisect
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import av.container
import av.error
import numpy as np
from numpy.typing import NDArray

from ..errors import MediaError
from ..opening import open_container
from ..source_info import SourceInfo, chosen_video

_END_SLACK_SECONDS = 1.0
"""How much earlier than declared a file may end: lengths are often rounded to seconds (ours)."""
_HOLE_SECONDS = 0.1
"""How long a frame stays on over packets that gave no frame (ours: codecs have packets without a
frame, for references that are never shown and for frames that repeat the previous one)."""
_UNTOLD, _NEVER = np.iinfo(np.int64).min, np.iinfo(np.int64).max

Stamps = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class FrameTimes:
    """Times and marks of the packets of a source's video."""

    stored: bool
    """Whether each packet says when its frame is shown. Else it says when it is decoded, and a
    frame is shown at the time of the packet after which it left the decoder: FFmpeg's best
    effort."""
    is_searchable: bool
    """Whether a frame has the time of its own packet, so that decoding may begin at a key frame."""
    times: Stamps
    """Times of the packets with visible frames, ascending; in units of `base`."""
    keys: Stamps
    """Times of the packets at which decoding may begin, ascending; empty where none is marked."""
    last_seconds: float
    """How long the last frame is shown."""
    cut_off: str | None
    """How the file ends early; None if it does not."""
    damaged: tuple[tuple[int, int], ...]
    """Half-open intervals, ascending, from packets that are marked as damaged to the next key
    frame's time: the frames between depend on lost data."""
    is_plain: bool
    """Whether it begins with a key frame, and no packet is marked as damaged or not to be shown: a
    decoder that ignores such marks then gives the right frames."""
    base: float
    """Seconds of one unit of the times."""
    begin_seconds: float
    """Container time of the source's second 0."""

    def time_of(self, frame: av.VideoFrame) -> int | None:
        """The time of a frame out of the decoder; the last ones of a file may have none."""
        return frame.pts if self.stored else frame.dts

    def nearest(self, container_seconds: float) -> int:
        """The time of a frame that is known by its seconds alone."""
        return round(container_seconds / self.base)

    def check_whole(self, time: int) -> None:
        """Rejects a frame that depends on lost data.

        Raises:
            MediaError: `truncated`.
        """
        place = bisect.bisect_right(self.damaged, (time, int(_NEVER))) - 1
        if place >= 0 and time < self.damaged[place][1]:
            at = self.seconds(self.damaged[place][0])
            raise MediaError("truncated", f"data of its frames is missing from {at:.2f} s on")

    def check_rises(self, previous: int, time: int | None) -> None:
        """Rejects a frame whose time does not follow that of the previous frame.

        Raises:
            MediaError: `frame_times`: it has none, or it is not later.
        """
        if time is None or time <= previous:
            said = "at no time" if time is None else f"at {self.seconds(time):.3f} s"
            raise MediaError(
                "frame_times", f"after the frame at {self.seconds(previous):.3f} s is one {said}"
            )

    def seconds(self, time: int) -> float:
        """Source time of a time."""
        return time * self.base - self.begin_seconds

    def begins(self, seconds: float) -> list[int | None]:
        """Where to begin decoding for the frame at a source time: at ever earlier key frames.

        Returns:
            Times of key frames, each twice as far back as the one before. The file's first key
            frame comes last, and alone where `seconds` lies before it. None means the first packet:
            where no packet is marked as a key frame, or frames cannot be found by their times.
        """
        if not self.is_searchable or not len(self.keys):
            return [None]
        time = (seconds + self.begin_seconds) / self.base
        place, back = int(np.searchsorted(self.keys, time, side="right")) - 1, 1
        keys: list[int | None] = []
        while place > 0:
            keys.append(int(self.keys[place]))
            place, back = place - back, back * 2
        return [*keys, int(self.keys[0])]

    def shown_until(self, time: int, following: int | None) -> float:
        """Source time up to which a frame is shown.

        Args:
            time: its own time.
            following: the time of the next frame that left the decoder; None after the last one.
        """
        place = int(np.searchsorted(self.times, time, side="right"))
        if self.is_searchable and place < len(self.times):
            without_frame = int(self.times[place])
            end = int(self.times[-1]) + 1 if following is None else following
            if without_frame < end and (end - without_frame) * self.base > _HOLE_SECONDS:
                return self.seconds(without_frame)
        return (
            self.seconds(time) + self.last_seconds if following is None else self.seconds(following)
        )

    def end_trouble(self, time: int | None) -> MediaError | None:
        """The error of a source whose frames end early; None if they do not.

        Args:
            time: of the last frame that left the decoder; None if there was none.
        """
        if self.cut_off is not None:
            return MediaError("truncated", self.cut_off)
        if time is None:
            return MediaError("truncated", "no frame of its video decodes")
        missing = (int(self.times[-1]) - time) * self.base
        if self.is_searchable and missing > self.last_seconds + _HOLE_SECONDS:
            reached = self.shown_until(time, None)
            return MediaError("truncated", f"no frame decodes from {reached:.2f} s on")
        return None


def frame_times(path: Path, info: SourceInfo) -> FrameTimes:
    """Reads all packets of a file.

    Args:
        path: the file.
        info: what `probe` says of it.

    Raises:
        MediaError: `frame_times`: the file does not say when its frames are shown, or says times
            that go back.
    """
    packets = _Packets(path, info, as_stored=True)
    stored = bool((packets.shown != _UNTOLD).any())
    if stored and (packets.shown == _UNTOLD).any():
        # Program streams give some frames a time; FFmpeg knows the others by their kind.
        packets = _Packets(path, info, as_stored=False)
    stamps = packets.shown if stored else packets.decoded
    told = stamps != _UNTOLD
    keys = stamps[told & packets.is_key]
    shown = np.flatnonzero(told & ~packets.is_discard)
    if not len(shown):
        raise MediaError("frame_times", "the file does not say when its frames are shown")
    if (np.diff(keys) <= 0).any():
        raise MediaError(
            "frame_times", "the times of its key frames go back, as in two recordings joined"
        )
    shown = shown[np.argsort(stamps[shown], kind="stable")]
    times = stamps[shown]
    last_seconds = packets.last_seconds(times, packets.durations[shown])
    return FrameTimes(
        stored=stored,
        is_searchable=stored or not packets.reorders,
        times=times,
        keys=keys,
        last_seconds=last_seconds,
        damaged=tuple(packets.damaged_intervals(stamps)),
        cut_off=packets.cut_off(float(times[-1]) * packets.base + last_seconds),
        is_plain=packets.is_plain,
        base=packets.base,
        begin_seconds=info.start_seconds,
    )


class _Packets:
    """All packets of a file, read once."""

    def __init__(self, path: Path, info: SourceInfo, *, as_stored: bool) -> None:
        self._info = info
        self._error: str | None = None
        self._end_seconds = 0.0
        columns = tuple(array("q") for _ in range(6))
        with open_container(path, as_stored=as_stored) as container:
            video = chosen_video(container, info)
            try:
                self._read(container, video, columns)
            except av.error.FFmpegError as error:
                self._error = error.strerror
            self.base = float(video.time_base or 1)
            """Seconds of a unit of the times."""
            self.reorders = bool(video.codec_context.has_b_frames)
            """Whether frames leave the decoder in another order than they are stored in."""
        self.shown, self.decoded, self.durations, keys, discarded, damaged = (
            np.frombuffer(column, np.int64) for column in columns
        )
        self.is_key, self.is_discard = keys.astype(bool), discarded.astype(bool)
        self._is_damaged = damaged.astype(bool)
        self.is_plain = bool(self.is_key[:1].any()) and not (discarded | damaged).any()

    def _read(
        self,
        container: av.container.InputContainer,
        video: av.VideoStream,
        columns: tuple["array[int]", ...],
    ) -> None:
        shown, decoded, durations, keys, discarded, damaged = columns
        for packet in container.demux():
            if not packet.size:
                continue
            stamp, length = packet.dts if packet.pts is None else packet.pts, packet.duration or 0
            if stamp is not None and packet.time_base is not None:
                end = float((stamp + length) * packet.time_base) - self._info.start_seconds
                self._end_seconds = max(self._end_seconds, end)
            if packet.stream is video:
                shown.append(_UNTOLD if packet.pts is None else packet.pts)
                decoded.append(_UNTOLD if packet.dts is None else packet.dts)
                durations.append(length)
                keys.append(packet.is_keyframe)
                discarded.append(packet.is_discard)
                damaged.append(packet.is_corrupt)

    def damaged_intervals(self, stamps: Stamps) -> Iterator[tuple[int, int]]:
        """Intervals from the first frame that a damaged packet may spoil to the next key frame."""
        keys = np.append(np.flatnonzero(self.is_key), len(stamps))
        end = 0
        for number in np.flatnonzero(self._is_damaged).tolist():
            if number < end:
                continue
            end = int(keys[np.searchsorted(keys, number, side="right")])
            spoilt = stamps[number:end]
            spoilt = spoilt[spoilt != _UNTOLD]
            if len(spoilt):
                known = end < len(stamps) and stamps[end] != _UNTOLD
                yield int(spoilt.min()), int(stamps[end] if known else _NEVER)

    def last_seconds(self, times: Stamps, durations: Stamps) -> float:
        """How long the last frame is shown.

        The stored duration counts, if the previous frame's was right. Else (transport streams store
        none, Matroska one for all) it is the previous frame's, as far as the file goes on.
        """
        last = float(durations[-1]) * self.base or 1.0 / (self._info.fps or 25.0)
        if len(times) < 2 or durations[-2] >= times[-1] - times[-2]:
            return last
        goes_on = self._end_seconds + self._info.start_seconds - float(times[-1]) * self.base
        return max(last, min(float(times[-1] - times[-2]) * self.base, goes_on))

    def cut_off(self, end: float) -> str | None:
        """Why the file is not whole; `end`: container time at which its frames end."""
        end_seconds = end - self._info.start_seconds
        if self._error is not None:
            return f"reading ends at {self._end_seconds:.2f} s: {self._error}"
        for declared, reached, name in (
            (self._info.duration_seconds, max(self._end_seconds, end_seconds), "the file"),
            (self._info.video_end_seconds, end_seconds, "its video"),
        ):
            if declared is not None and reached < declared - _END_SLACK_SECONDS:
                return f"{name} ends at {reached:.2f} s of {declared:.2f} s"
        return None

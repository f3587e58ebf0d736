"""The audio of a stretch of a source, as mono samples on the source's clock.

What a lossy codec gives depends, in its last digits, on all that its decoder has seen: noise that
it fills in, what rings on. So every stretch has a decoder of its own, which begins with the packet
that the track has at a fixed time before it, however the container stores the file. A stretch's
samples are so a function of the file and of where it begins.

    AudioReader(path, info) --> hear(start, seconds) --> Heard: samples, and which of them are there
"""

import itertools
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
import av.container
import av.error
import numpy as np
from numpy.typing import NDArray

from ..errors import MediaError
from ..opening import open_container, seek_audio
from ..source_info import SourceInfo
from .gapless import AudioRun

if TYPE_CHECKING:
    Packet = av.Packet[Any]

_LEAD_SECONDS = 0.5
"""How much earlier audio is decoded than it is given: a codec's first samples are not what was
recorded (ours: MP3 of 32 kbit/s refers 0.13 s back, Opus asks for 80 ms, AAC for 21 ms)."""
_FIRST_STEP_SECONDS = 2.0
"""Where a seek does not land early enough it is repeated this much earlier, then four times as
much, and so on to the beginning (ours)."""
_PAST_SECONDS = 0.5
"""A packet this much after a stretch is none of it, whatever its decoder holds back (ours)."""
_END_SLACK_SECONDS = 0.1
"""How much may be missing at the end where something does not decode (ours: the last frame of a
file is often cut off)."""
_TOLERATED_SECONDS = 0.04
"""Time stamps that differ by less from what went before go on: rounding, or pieces that are no
frames. Most of a run's stamps then say where it begins (ours: a frame of 25 a second)."""


@dataclass(frozen=True, slots=True)
class AudioSpan:
    """The audio of a stretch."""

    samples: NDArray[np.float32]
    """(S,) mono, -1 to 1; 0 where the track has nothing."""
    present: NDArray[np.bool_]
    """(S,) whether the track has that sample."""
    damage: str | None
    """What made it end before its time, if anything did."""


class AudioReader:
    """Reads stretches of the audio track that `probe` has chosen.

    Args:
        path: the file.
        info: what `probe` says of it.

    Raises:
        MediaError: it has no track that can be read.
    """

    def __init__(self, path: Path, info: SourceInfo) -> None:
        if info.audio_index is None:
            raise MediaError("no_audio", info.no_audio or "the file has no audio track")
        self._path, self._info, self._index = path, info, info.audio_index
        self._end_seconds = float("inf")

    def read(self, start_seconds: float, seconds: float, *, sample_rate: int) -> AudioSpan:
        """Decodes what the track has in [start, start + seconds).

        Args:
            start_seconds: source time, not negative.
            seconds: how long.
            sample_rate: Hz of the samples.
        """
        stretch = _Stretch(start_seconds, seconds, sample_rate, self._info)
        # That the track has ended is a fact of the file, found once and not by every stretch.
        if start_seconds < self._end_seconds:
            end = stretch.fill(self._packets(start_seconds - _LEAD_SECONDS))
            if end is not None:
                self._end_seconds = end
        return stretch.samples_read()

    def _packets(self, begin_seconds: float) -> "Iterator[tuple[Packet, float | None]]":
        """Packets and their times, from the last one that can be decoded from at a time."""
        with open_container(self._path) as container:
            step = 0.0
            while step < begin_seconds:
                landed = self._landed(container, begin_seconds - step, begin_seconds)
                if landed is not None:
                    yield from landed
                    return
                step = max(_FIRST_STEP_SECONDS, 4 * step)
        with open_container(self._path) as container:
            yield from self._timed(container)

    def _landed(
        self, container: av.container.InputContainer, target: float, begin_seconds: float
    ) -> "Iterator[tuple[Packet, float | None]] | None":
        """Seeks to a time; None if what has to be decoded first is stored before that place."""
        stream = container.streams[self._index]
        assert isinstance(stream, av.AudioStream)
        held: list[tuple[Packet, float | None]] = []
        with suppress(av.error.FFmpegError):
            seek_audio(stream, target + self._info.start_seconds)
            packets = self._timed(container)
            for packet, time in packets:
                if time is not None and time > begin_seconds:
                    return itertools.chain(held, [(packet, time)], packets) if held else None
                if packet.is_keyframe and time is not None:
                    held = [(packet, time)]
                elif held:
                    held.append((packet, time))
            # The track ends before that time.
            return iter(held) if held else None
        return None

    def _timed(
        self, container: av.container.InputContainer
    ) -> "Iterator[tuple[Packet, float | None]]":
        stream = container.streams[self._index]
        for packet in container.demux(stream):
            stamp = packet.dts if packet.pts is None else packet.pts
            yield packet, None if stamp is None else self._info.seconds(stamp, packet.time_base)


class _Stretch:
    """The samples of a stretch, on their way."""

    def __init__(
        self, start_seconds: float, seconds: float, sample_rate: int, info: SourceInfo
    ) -> None:
        self._start_seconds, self._stop_seconds = start_seconds, start_seconds + seconds
        self._rate, self._info = sample_rate, info
        self._first = round(start_seconds * sample_rate)
        self._samples = np.zeros(round(seconds * sample_rate), np.float32)
        self._there = np.zeros(len(self._samples), np.bool_)
        self._damage: str | None = None

    def fill(self, packets: "Iterator[tuple[Packet, float | None]]") -> float | None:
        """Reads to the end of the stretch; gives the end of the track if it was met.

        Packets before the stretch may fail: where a container cuts audio into pieces that are no
        frames, the first after a seek is none.
        """
        frames: list[av.AudioFrame] = []
        failed: av.error.FFmpegError | None = None
        is_at_end = False
        try:
            for packet, time in packets:
                if time is not None and time > self._stop_seconds + _PAST_SECONDS:
                    break
                try:
                    decoded: list[Any] = packet.decode()
                except av.error.InvalidDataError as error:
                    failed = error
                    if self._reached(frames) > self._start_seconds:
                        break
                    continue
                frames += [frame for frame in decoded if isinstance(frame, av.AudioFrame)]
                if self._reached(frames) > self._stop_seconds + _TOLERATED_SECONDS:
                    break
            else:
                is_at_end = failed is None
        except av.error.FFmpegError as error:
            failed = error
        end = self._place(frames)
        slack = round(_END_SLACK_SECONDS * self._rate)
        if failed is not None and not self._there[: max(1, len(self._there) - slack)].all():
            self._damage = f"decoding ends at {end:.2f} s: {failed.strerror}"
        return end if is_at_end else None

    def samples_read(self) -> AudioSpan:
        """What was read."""
        return AudioSpan(self._samples, self._there, self._damage)

    def _reached(self, frames: list[av.AudioFrame]) -> float:
        if not frames:
            return 0.0
        last = frames[-1]
        begin = self._info.seconds(last.pts, last.time_base)
        return 0.0 if begin is None else begin + last.samples / max(1, last.sample_rate)

    def _place(self, frames: list[av.AudioFrame]) -> float:
        """Puts frames where they are heard, run by run; gives the end of the last."""
        end = 0.0
        while frames:
            length, begin = self._run_of(frames, end)
            run = AudioRun(self._info, frames[0], begin, self._rate)
            for frame in frames[:length]:
                self._put(run.add(frame))
            self._put(run.drain())
            frames, end = frames[length:], run.stop_seconds
        return end

    def _run_of(self, frames: list[av.AudioFrame], end: float) -> tuple[int, float]:
        """How many frames are one run, and where it begins by most of their time stamps."""
        stamped = self._info.seconds(frames[0].pts, frames[0].time_base)
        begin = end if stamped is None else stamped
        run = AudioRun(self._info, frames[0], begin, self._rate)
        lates: list[float] = []
        for frame in frames:
            late = run.late_seconds(frame, self._info.seconds(frame.pts, frame.time_base))
            if late is None or abs(late) > _TOLERATED_SECONDS:
                break
            lates.append(late)
            run.stop_seconds += frame.samples / frame.sample_rate
        return len(lates), begin + float(np.median(lates))

    def _put(self, pieces: Iterator[tuple[int, NDArray[np.float32]]]) -> None:
        for at, piece in pieces:
            begin = max(0, at - self._first)
            end = min(len(self._samples), at + len(piece) - self._first)
            if begin < end:
                offset = self._first - at
                self._samples[begin:end] = piece[begin + offset : end + offset]
                self._there[begin:end] = True

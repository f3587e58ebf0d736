"""The audio of a span of a source, as mono samples on the source's clock.

    AudioReader(path, info) --read(start, seconds)--> AudioSpan: samples, and which are present

The last digits of what a lossy codec gives depend on everything that its decoder read before:
noise substitution, ringing. So each span has its own decoder, which begins with the track's packet
at a fixed time before the span, independent of how the container stores the file. The samples of a
span are then a function of the file and of its start.
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
"""How long before a span decoding begins: a codec's first samples are not what was recorded
(ours: MP3 of 32 kbit/s refers 0.13 s back, Opus asks for 80 ms, AAC for 21 ms)."""
_FIRST_STEP_SECONDS = 2.0
"""If a seek does not land early enough, it is repeated this much earlier, then four times as
much, and so on to the beginning (ours)."""
_PAST_SECONDS = 0.5
"""A packet this much after a span adds nothing to it, whatever its decoder delays (ours)."""
_END_SLACK_SECONDS = 0.1
"""How much may be missing at the end where something does not decode (ours: the last frame of a
file is often cut off)."""
_TOLERATED_SECONDS = 0.04
"""A run continues while time stamps differ by less from its end: they are rounded, or belong to
pieces that are not frames. The median of a run's stamps says where it begins (ours: one frame of
25 a second)."""


@dataclass(frozen=True, slots=True)
class AudioSpan:
    """The audio of a span of time."""

    samples: NDArray[np.float32]
    """(S,) mono, -1 to 1; 0 where the track has nothing."""
    present: NDArray[np.bool_]
    """(S,) whether the track has that sample."""
    damage: str | None
    """Why it ends early; None if it does not."""


class AudioReader:
    """Reads spans of the audio track that `probe` has chosen.

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
        span = _AudioSpanReader(start_seconds, seconds, sample_rate, self._info)
        # The end of the track is a fact of the file; it is found once, not by every span.
        if start_seconds < self._end_seconds:
            end = span.fill(self._packets(start_seconds - _LEAD_SECONDS))
            if end is not None:
                self._end_seconds = end
        return span.result()

    def _packets(self, begin_seconds: float) -> "Iterator[tuple[Packet, float | None]]":
        """Packets and their times, from the last one before a time at which decoding may begin."""
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
        """Seeks to a time; None if the first packet to decode is stored before that place."""
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


class _AudioSpanReader:
    """Fills one span from packets."""

    def __init__(
        self, start_seconds: float, seconds: float, sample_rate: int, info: SourceInfo
    ) -> None:
        self._start_seconds, self._stop_seconds = start_seconds, start_seconds + seconds
        self._rate, self._info = sample_rate, info
        self._first = round(start_seconds * sample_rate)
        self._samples = np.zeros(round(seconds * sample_rate), np.float32)
        self._present = np.zeros(len(self._samples), np.bool_)
        self._damage: str | None = None

    def fill(self, packets: "Iterator[tuple[Packet, float | None]]") -> float | None:
        """Reads to the end of the span; gives the end of the track if it comes first.

        Packets before the span may fail: where a container cuts audio into pieces that are not
        frames, the first piece after a seek does not decode.
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
        if failed is not None and not self._present[: max(1, len(self._present) - slack)].all():
            self._damage = f"decoding ends at {end:.2f} s: {failed.strerror}"
        return end if is_at_end else None

    def result(self) -> AudioSpan:
        """The span as it was read."""
        return AudioSpan(self._samples, self._present, self._damage)

    def _reached(self, frames: list[av.AudioFrame]) -> float:
        if not frames:
            return 0.0
        last = frames[-1]
        begin = self._info.seconds(last.pts, last.time_base)
        return 0.0 if begin is None else begin + last.samples / max(1, last.sample_rate)

    def _place(self, frames: list[av.AudioFrame]) -> float:
        """Puts frames at their times, run by run; gives the end of the last run."""
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
        """Number of frames in the first run, and its start by the median of their time stamps."""
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

    def _put(self, runs: Iterator[tuple[int, NDArray[np.float32]]]) -> None:
        for at, samples in runs:
            begin = max(0, at - self._first)
            end = min(len(self._samples), at + len(samples) - self._first)
            if begin < end:
                offset = self._first - at
                self._samples[begin:end] = samples[begin + offset : end + offset]
                self._present[begin:end] = True

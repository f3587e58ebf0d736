"""The sound of a stretch of a source, as mono samples on the source's clock.

What a lossy codec gives depends, in its last digits, on all that its decoder has seen: noise that
it fills in, what rings on. So every stretch has a decoder of its own, and its samples are a
function of the file and of where it begins.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import av.container
import av.error
import numpy as np
from numpy.typing import NDArray

from .probe import SourceInfo, open_container
from .seeking import SoughtContainer

_LEADS_SECONDS = (0.1, 2.0, 16.0)
"""How much earlier sound is decoded than it is given: a codec's first samples after a seek are
not what was recorded (ours: Opus asks for 80 ms, AAC for one frame of 21 ms). A container may
store sound long before its pictures: what then begins after its time is read from further back."""
_LAG_SECONDS = 16.0
"""How far behind the pictures a container may store its sound before it is given up (ours)."""
_END_SLACK_SECONDS = 0.1
"""How much may be missing at the end where something does not decode (ours: the last frame of a
file is often cut off)."""
_JITTER_SECONDS = 0.002
"""Time stamps of sound may be rounded to milliseconds; within this, samples are contiguous."""


@dataclass(frozen=True, slots=True)
class Heard:
    """The sound of a stretch."""

    samples: NDArray[np.float32]
    """(S,) mono, -1 to 1; 0 where the source has nothing."""
    is_empty: bool
    """Whether the source has nothing in all of it."""
    damage: str | None
    """What made it end before its time, if anything did."""


def hear(
    path: Path, info: SourceInfo, start_seconds: float, seconds: float, *, sample_rate: int
) -> Heard:
    """Decodes what the first sound track has in [start, start + seconds).

    Args:
        path: the file.
        info: what `probe` says of it: it has sound.
        start_seconds: source time, not negative.
        seconds: how long.
        sample_rate: Hz of the samples.
    """
    for lead in _LEADS_SECONDS:
        stretch = _Stretch(start_seconds, seconds, sample_rate)
        with open_container(path) as container:
            stretch.fill(container, info.start_seconds, lead)
        if not stretch.begins_late or lead >= start_seconds:
            break
    return Heard(stretch.samples, stretch.is_empty, stretch.damage)


class _Stretch:
    """The samples of a stretch, on their way."""

    def __init__(self, start_seconds: float, seconds: float, sample_rate: int) -> None:
        self._start_seconds, self._rate = start_seconds, sample_rate
        self._stop_seconds = start_seconds + seconds
        self._first = round(start_seconds * sample_rate)
        self.samples = np.zeros(round(seconds * sample_rate), np.float32)
        self.is_empty = True
        self.damage: str | None = None
        self._begin: int | None = None
        self._end = 0

    @property
    def begins_late(self) -> bool:
        """Whether nothing was read of when the stretch begins."""
        return self._begin is None or self._begin > self._first + _JITTER_SECONDS * self._rate

    def fill(
        self, container: av.container.InputContainer, origin_seconds: float, lead: float
    ) -> None:
        """Reads from `lead` seconds before the stretch to its end.

        Packets before it may fail: where a container cuts sound into pieces that are no frames,
        the first after a seek is none.
        """
        samples_of = _Mono(origin_seconds, self._rate)
        before: av.error.FFmpegError | None = None
        try:
            sought = SoughtContainer(container, origin_seconds)
            sought.seek(self._start_seconds, lead=lead)
            # With the pictures, whose time says when there is no sound any more.
            for packet in container.demux(sought.video, container.streams.audio[0]):
                if packet.stream is sought.video:
                    if sought.is_after(packet, self._stop_seconds + _LAG_SECONDS):
                        break
                    continue
                try:
                    frames = packet.decode()
                except av.error.InvalidDataError as error:
                    if self._end > self._first:
                        raise
                    before = error
                    continue
                for frame in frames:
                    assert isinstance(frame, av.AudioFrame)
                    for at, piece in samples_of(frame):
                        self._place(at, piece)
                if self._end >= self._first + len(self.samples):
                    break
        except av.error.FFmpegError as error:
            before = error
        slack = round(_END_SLACK_SECONDS * self._rate)
        ends_early = self._end < self._first + len(self.samples) - slack
        if before is not None and (self.begins_late or ends_early):
            ends = max(0.0, self._end / self._rate)
            self.damage = f"decoding ends at {ends:.2f} s: {before.strerror}"

    def _place(self, at: int, piece: NDArray[np.float32]) -> None:
        self._begin = at if self._begin is None else self._begin
        self._end = at + len(piece)
        begin, end = max(0, at - self._first), min(len(self.samples), self._end - self._first)
        if begin < end:
            offset = self._first - at
            self.samples[begin:end] = piece[begin + offset : end + offset]
            self.is_empty = False


class _Mono:
    """Makes frames mono at one rate, also where the source changes its layout or rate."""

    def __init__(self, start_seconds: float, sample_rate: int) -> None:
        self._begin = start_seconds
        self._rate = sample_rate
        self._given: tuple[str, str, int] | None = None
        self._resampler: av.AudioResampler | None = None
        self._next = 0

    def __call__(self, frame: av.AudioFrame) -> Iterator[tuple[int, NDArray[np.float32]]]:
        """Samples, and the index of the first on the source's timeline."""
        given = (frame.format.name, frame.layout.name, frame.sample_rate)
        if self._resampler is None or given != self._given:
            # Whole numbers: FFmpeg then weighs channels so that their sum cannot overflow.
            self._given = given
            self._resampler = av.AudioResampler(format="s32", layout="mono", rate=self._rate)
        for piece in self._resampler.resample(frame):
            samples = np.asarray(piece.to_ndarray()[0] / 2.0**31, np.float32)
            first = self._next
            if piece.pts is not None:
                time = float(piece.pts * (piece.time_base or 1)) - self._begin
                if abs(round(time * self._rate) - first) > _JITTER_SECONDS * self._rate:
                    first = round(time * self._rate)
            self._next = first + len(samples)
            yield first, samples

"""The sound of a stretch of a source, as mono samples on the source's clock.

What a lossy codec gives depends, in its last digits, on all that its decoder has seen: noise that
it fills in, what rings on. So every stretch has a decoder of its own, and its samples are a
function of the file and of where it begins.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import av.error
import numpy as np
from numpy.typing import NDArray

from .probe import SourceInfo, open_container
from .seeking import SoughtContainer

_LEAD_SECONDS = 0.1
"""How much earlier sound is decoded than it is given: a codec's first samples after a seek are
not what was recorded (ours: Opus asks for 80 ms, AAC for one frame of 21 ms)."""
_JITTER_SECONDS = 0.002
"""Time stamps of sound may be rounded to milliseconds; within this, samples are contiguous."""


@dataclass(frozen=True, slots=True)
class Heard:
    """The sound of a stretch."""

    samples: NDArray[np.float32]
    """(S,) mono, -1 to 1; 0 where the source has nothing."""
    reached_seconds: float
    """Source time of the end of the last sample."""
    damage: str | None
    """What made it end early, if anything did."""


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
    samples = np.zeros(round(seconds * sample_rate), np.float32)
    first, reached, damage = round(start_seconds * sample_rate), 0.0, None
    with open_container(path) as container:
        samples_of = _Mono(info.start_seconds, sample_rate)
        try:
            SoughtContainer(container, info.start_seconds).seek(start_seconds, lead=_LEAD_SECONDS)
            for packet in container.demux(container.streams.audio[0]):
                for frame in packet.decode():
                    for at, piece in samples_of(frame):
                        reached = (at + len(piece)) / sample_rate
                        begin, end = max(0, at - first), min(len(samples), at - first + len(piece))
                        if begin < end:
                            samples[begin:end] = piece[begin + first - at : end + first - at]
                if reached >= start_seconds + seconds:
                    break
        except av.error.FFmpegError as error:
            damage = f"decoding ends at {reached:.2f} s: {error.strerror}"
    return Heard(samples, reached, damage)


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

"""Decoded audio without a gap, as one channel, with its place in the source.

decoded frames of any layout --mix, resampler--> (index of the first sample, mono samples)
"""

from collections.abc import Iterable, Iterator

import av
import numpy as np
from numpy.typing import NDArray

from ..downmix import Mix, channels_of, planar
from ..errors import MediaError
from ..source_info import SourceInfo

_BACK_SECONDS = 0.1
"""Time stamps that go back by more give one time two contents (ours: as much as may be missing)."""
_LEAP_SECONDS = 3600.0
"""A longer leap in the time stamps is a damaged stamp, not a gap (ours)."""
_RATES = (1_000, 1_000_000)
"""Hz of audio that is read (ours: a header outside this range asks for endless memory)."""


class AudioRun:
    """Contiguous audio of one layout and rate, made mono at another rate by one resampler.

    Args:
        info: what `probe` says of the source.
        first: its first frame.
        begin_seconds: source time of that frame.
        sample_rate: Hz of the samples.

    Raises:
        MediaError: an impossible rate.
    """

    def __init__(
        self, info: SourceInfo, first: av.AudioFrame, begin_seconds: float, sample_rate: int
    ) -> None:
        self.stop_seconds = begin_seconds
        """Where the last frame ends."""
        self._kind = _kind_of(first)
        channels, self._rate = self._kind
        if not _RATES[0] <= self._rate <= _RATES[1]:
            raise MediaError("unreadable", f"audio of {self._rate} samples a second")
        known = info.mix
        self._mix = known if known and known.channels == channels else Mix.of(channels)
        self._next = round(begin_seconds * sample_rate)
        self._resampler: av.AudioResampler | None = None
        if sample_rate != self._rate:
            self._resampler = av.AudioResampler(format="flt", layout="mono", rate=sample_rate)

    def late_seconds(self, frame: av.AudioFrame, begin_seconds: float | None) -> float | None:
        """Seconds from the run's end to a frame; None for a frame of another layout or rate.

        Args:
            frame: the next one.
            begin_seconds: its source time by its time stamp; None where it has none.

        Raises:
            MediaError: it begins before the run's end, so one time would have two contents.
        """
        late = 0.0 if begin_seconds is None else begin_seconds - self.stop_seconds
        if abs(late) > _LEAP_SECONDS:
            late = 0.0
        if late < -_BACK_SECONDS:
            raise MediaError(
                "unreadable",
                f"time stamps of the audio go back from {self.stop_seconds:.2f} "
                f"to {self.stop_seconds + late:.2f} s",
            )
        return late if _kind_of(frame) == self._kind else None

    def add(self, frame: av.AudioFrame) -> Iterator[tuple[int, NDArray[np.float32]]]:
        """Gives runs of samples, each with its first index, counted from the source's second 0."""
        self.stop_seconds += frame.samples / self._rate
        mono = self._mix(planar(frame))
        if self._resampler is None:
            yield from self._placed([mono])
            return
        mono_frame = av.AudioFrame.from_ndarray(mono[None], format="flt", layout="mono")
        mono_frame.sample_rate = self._rate
        yield from self._placed(p.to_ndarray()[0] for p in self._resampler.resample(mono_frame))

    def drain(self) -> Iterator[tuple[int, NDArray[np.float32]]]:
        """Gives the samples that the resampler still holds; nothing may be added after it."""
        if self._resampler is not None:
            yield from self._placed(p.to_ndarray()[0] for p in self._resampler.resample(None))

    def _placed(
        self, runs: Iterable[NDArray[np.float32]]
    ) -> Iterator[tuple[int, NDArray[np.float32]]]:
        for samples in runs:
            yield self._next, samples
            self._next += len(samples)


def _kind_of(frame: av.AudioFrame) -> tuple[tuple[str, ...], int]:
    return channels_of(frame), frame.sample_rate

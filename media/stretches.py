"""A source read stretch by stretch: pictures and sound on one clock, each decoded once.

Time is the source's own: 0 is the earliest start of its streams, as players show it. A picture
comes with the time for which it is shown, so frame rates of any kind, constant or not, need no
special case: whoever wants the picture at a time takes the one that is shown then.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import av
import av.error
import numpy as np
from numpy.typing import NDArray

from .probe import SourceInfo, first_video, open_container, probe
from .sound import MAX_SAMPLE_RATE

_SEEK_BACK_SECONDS = (0.0, 4.0, 16.0, 64.0)
"""Containers without an index land late; then the seek is repeated this much earlier (ours)."""
_SOUND_LEAD_SECONDS = 0.1
"""How much earlier sound is decoded than it is given: a codec's first samples after a seek are
not what was recorded (ours: Opus asks for 80 ms, AAC for one frame of 21 ms)."""
_SLACK_SECONDS = 1e-4
"""A key frame this little after a time is at it (ours: times are decimal numbers)."""
_SOUND_LAG_SECONDS = 2.0
"""How far behind the picture a container may store its sound before it is given up (ours)."""
_JITTER_SECONDS = 0.002
"""Time stamps of sound may be rounded to milliseconds; within this, samples are contiguous."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A decoded frame and when it is shown."""

    frame: av.VideoFrame
    """As stored: not rotated."""
    start_seconds: float
    """Source time from which it is shown."""
    stop_seconds: float
    """Source time at which the next one takes over."""


@dataclass(frozen=True, slots=True)
class Sound:
    """Decoded samples and where they belong."""

    samples: NDArray[np.float32]
    """(S,) mono, -1 to 1."""
    first_sample: int
    """Index of the first on the source's timeline, at the reader's `sample_rate`."""
    stop_seconds: float
    """Source time of the end of the last."""


class SourceReader:
    """Reads stretches of one source.

    Raises:
        MediaError: empty, unreadable, or without video.
    """

    def __init__(self, path: Path) -> None:
        self.info: SourceInfo = probe(path)
        self._container = open_container(path)
        self._video = first_video(self._container)
        self._video.thread_type = "AUTO"
        self._sound = self._container.streams.audio[0] if self._container.streams.audio else None
        rate = self.info.sample_rate
        self.sample_rate = min(rate, MAX_SAMPLE_RATE) if rate else None
        """Hz of the sound that is given; None without sound."""
        self.num_pictures_decoded = 0
        """Frames that came out of the decoder so far."""
        self.damage: str | None = None
        """What made the last stretch end early, if anything did."""
        self.reached_seconds = 0.0
        """Source time up to which the last stretch had pictures or sound."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._container.close()

    def read(
        self,
        start_seconds: float,
        stop_seconds: float,
        *,
        pictures: bool = True,
        sound: bool = True,
    ) -> Iterator[Picture | Sound]:
        """Gives every picture shown and every sample heard in [start, stop), as they come.

        Pictures are in order, samples are in order; the two are interleaved as they are stored.
        What is not wanted is not decoded. If the file is damaged the iteration ends early and
        `damage` says how.
        """
        self.damage, self.reached_seconds = None, 0.0
        sound = sound and self._sound is not None
        wanted = [*([self._video] if pictures else []), *([self._sound] if sound else [])]
        if not wanted:
            return
        resampler = _MonoResampler(self.sample_rate or 1)
        held: tuple[av.VideoFrame, float] | None = None
        seen = heard = -1.0
        next_sample: int | None = None
        try:
            key = self._seek(start_seconds, lead=_SOUND_LEAD_SECONDS if sound else 0.0)
            for packet in self._container.demux(wanted):
                if key is not None and packet.stream is self._video:
                    if packet.pts != key and packet.size:
                        continue
                    key = None
                for frame in packet.decode():
                    if isinstance(frame, av.VideoFrame):
                        self.num_pictures_decoded += 1
                        time = self._time(frame, held)
                        if held is not None and time > start_seconds and held[1] < stop_seconds:
                            yield Picture(held[0], held[1], time)
                        held, seen = (frame, time), time
                        continue
                    assert isinstance(frame, av.AudioFrame)
                    for piece in resampler.resample(frame):
                        given = self._place(piece, next_sample)
                        next_sample = given.first_sample + len(given.samples)
                        heard = given.stop_seconds
                        if heard > start_seconds:
                            yield given
                self.reached_seconds = max(seen, heard)
                shown = not pictures or seen >= stop_seconds
                told = not sound or heard >= stop_seconds
                if shown and (told or (pictures and seen >= stop_seconds + _SOUND_LAG_SECONDS)):
                    return
        except av.error.FFmpegError as error:
            self.damage = f"decoding ends at {max(seen, 0.0):.2f} s: {error.strerror}"
        if held is not None and held[1] < stop_seconds:
            stop = held[1] + self._shown_for(held[0])
            self.reached_seconds = max(self.reached_seconds, stop)
            yield Picture(held[0], held[1], stop)

    def _seek(self, start_seconds: float, *, lead: float) -> int | None:
        """Goes to before the last key frame that is not after a time, and gives its pts.

        What stands before that frame is read for its sound alone. None: decoding begins with
        the file.
        """
        for back in _SEEK_BACK_SECONDS:
            try:
                self._go_to(start_seconds - back)
                found = self._last_key(start_seconds, first_is_best=back == 0.0)
            except av.error.FFmpegError:
                continue
            if found is not None:
                self._go_to(start_seconds - max(back, lead))
                return found
        self._go_to(0.0)
        return None

    def _go_to(self, seconds: float) -> None:
        begin = self.info.start_seconds
        if seconds <= 0:
            # Transport streams search by any stream's time: before all of them is the first
            # frame. Other containers may refuse that.
            with contextlib.suppress(av.error.FFmpegError):
                self._container.seek(round((begin - 1.0) * av.time_base), backward=True)
                return
        self._container.seek(round((begin + max(0.0, seconds)) * av.time_base), backward=True)

    def _last_key(self, start_seconds: float, *, first_is_best: bool) -> int | None:
        """Pts of the last key frame from here on that is not after a time.

        An indexed file lands on that frame; others land on any frame, and are read up to `start`.
        """
        found: int | None = None
        for packet in self._container.demux(self._video):
            if packet.pts is None or packet.dts is None:
                return found
            if packet.is_keyframe and self._seconds(packet.pts) <= start_seconds + _SLACK_SECONDS:
                found = int(packet.pts)
                if first_is_best:
                    return found
            if self._seconds(packet.dts) > start_seconds:
                return found
            first_is_best = False
        return found

    def _seconds(self, pts: int) -> float:
        return float(pts * (self._video.time_base or 1)) - self.info.start_seconds

    def _time(self, frame: av.VideoFrame, held: tuple[av.VideoFrame, float] | None) -> float:
        if frame.pts is None:
            return held[1] + self._shown_for(held[0]) if held else 0.0
        return float(frame.pts * (frame.time_base or 1)) - self.info.start_seconds

    def _shown_for(self, frame: av.VideoFrame) -> float:
        if frame.duration:
            return float(frame.duration * (frame.time_base or 1))
        return 1.0 / (self.info.fps or 25.0)

    def _place(self, piece: av.AudioFrame, next_sample: int | None) -> Sound:
        rate = self.sample_rate or 1
        samples = np.asarray(piece.to_ndarray()[0] / 2.0**31, np.float32)
        first = next_sample or 0
        if piece.pts is not None:
            time = float(piece.pts * (piece.time_base or 1)) - self.info.start_seconds
            if next_sample is None or abs(round(time * rate) - first) > _JITTER_SECONDS * rate:
                first = round(time * rate)
        return Sound(samples, first, (first + len(samples)) / rate)


class _MonoResampler:
    """Makes sound mono at one rate, also where the source changes its layout or rate."""

    def __init__(self, sample_rate: int) -> None:
        self._sample_rate = sample_rate
        self._given: tuple[str, str, int] | None = None
        self._resampler: av.AudioResampler | None = None

    def resample(self, frame: av.AudioFrame) -> list[av.AudioFrame]:
        given = (frame.format.name, frame.layout.name, frame.sample_rate)
        if self._resampler is None or given != self._given:
            # Whole numbers: FFmpeg then weighs channels so that their sum cannot overflow.
            self._given = given
            self._resampler = av.AudioResampler(format="s32", layout="mono", rate=self._sample_rate)
        pieces: list[av.AudioFrame] = self._resampler.resample(frame)
        return pieces

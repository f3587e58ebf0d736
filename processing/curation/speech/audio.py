"""A source's audio as one mono array at 16 kHz, on the source's own timeline.

file --> audio frames --> resampled runs --> `SourceAudio`: samples, length, gaps

Sample `s` plays at `s / SAMPLE_RATE` seconds of the source. Only audio is decoded, no video. Gaps
between time stamps are zeros and are listed, since nobody knows who speaks there.
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, NamedTuple

import av
import av.container
import av.error
import numpy as np
from numpy.typing import NDArray

from ....media import AudioRun, MediaError, SourceInfo, open_container, probe
from ....records import Interval
from ...models.speech.protocols import SAMPLE_RATE

_JITTER_SECONDS = 0.01
"""A smaller difference between a time stamp and the end of the last frame counts as contiguous
(ours: a quarter of a frame; containers round to milliseconds)."""
MISSING_SECONDS = 0.1
"""A longer gap between time stamps is listed (ours: as much as a clip may lack)."""
MAX_SECONDS = 48 * 3600
"""A source with later time stamps is damaged (ours: 11 GB of samples, 4.3 million frames)."""
_GROWTH_SECONDS = 600
"""Step by which the array grows (ours)."""
_MEMORY_SECONDS = 3600
"""Longer audio is mapped from a file, so that the system decides what stays in memory (ours: an
hour is 230 MB, eight are 1.8 GB)."""


class SourceAudio(NamedTuple):
    """The whole audio of a source."""

    samples: NDArray[np.float32]
    """(S,) in -1 to 1 at 16 kHz; 0 in gaps of the track."""
    seconds: float
    """Length of `samples`."""
    missing: tuple[Interval, ...]
    """Gaps of the track of more than 0.1 s, in which speakers are unknown."""


def read_source_audio(path: Path) -> SourceAudio:
    """Decodes the audio track that `probe` chooses.

    Packets that do not decode are missing; a truncated file ends early. Up to an hour the array is
    in memory (230 MB); a longer one is mapped from an unnamed temporary file.

    Args:
        path: a video file.

    Raises:
        MediaError: unreadable, without video, without audio, or with time stamps that go back or
            exceed two days.
    """
    info = probe(path)
    if info.audio_index is None:
        raise MediaError("no_audio", str(info.no_audio))
    length, missing = 0, []
    with _GrowingArray() as audio, open_container(path) as container:
        for first, samples in _blocks(container, info):
            start, stop = max(0, first), first + len(samples)
            if stop > MAX_SECONDS * SAMPLE_RATE:
                raise MediaError("unreadable", f"time stamps of {stop / SAMPLE_RATE:.0f} s")
            if start > length + MISSING_SECONDS * SAMPLE_RATE:
                missing.append(Interval(length / SAMPLE_RATE, start / SAMPLE_RATE))
            audio.reach(stop)
            audio.samples[start : max(start, stop)] = samples[start - first :]
            length = max(length, stop)
    if not length:
        raise MediaError("no_audio", "not one packet of the audio track decodes")
    return SourceAudio(audio.samples[:length], length / SAMPLE_RATE, tuple(missing))


class _GrowingArray:
    """An array of zeros that grows; a long one is mapped from a file."""

    def __init__(self) -> None:
        self.samples: NDArray[np.float32] = np.zeros(0, np.float32)
        self._file: IO[bytes] | None = None

    def __enter__(self) -> "_GrowingArray":
        return self

    def __exit__(self, *_: object) -> None:
        # Its memory map stays valid.
        if self._file is not None:
            self._file.close()

    def reach(self, stop: int) -> None:
        """Grows the array up to a sample."""
        if stop <= len(self.samples):
            return
        grown = stop + _GROWTH_SECONDS * SAMPLE_RATE
        if grown <= _MEMORY_SECONDS * SAMPLE_RATE:
            # In place: the new part is zero, and nothing is held twice.
            self.samples.resize(grown, refcheck=False)
            return
        if self._file is None:
            self._file = tempfile.TemporaryFile(prefix="speakervid5m-")  # noqa: SIM115
            self.samples.tofile(self._file)
        self._file.truncate(grown * self.samples.itemsize)
        self.samples = np.memmap(self._file, np.float32, "r+", shape=(grown,))


def _blocks(
    container: av.container.InputContainer, info: SourceInfo
) -> Iterator[tuple[int, NDArray[np.float32]]]:
    """Index of the first sample at 16 kHz, and samples, one codec frame at a time."""
    run: AudioRun | None = None
    for frame in _frames(container, info):
        start = info.seconds(frame.pts, frame.time_base)
        late = None if run is None else run.late_seconds(frame, start)
        if run is None or late is None or abs(late) > _JITTER_SECONDS:
            if run is not None:
                yield from run.drain()
            end = run.stop_seconds if run is not None else 0.0
            run = AudioRun(info, frame, end if start is None else start, SAMPLE_RATE)
        yield from run.add(frame)
    if run is not None:
        yield from run.drain()


def _frames(container: av.container.InputContainer, info: SourceInfo) -> Iterator[av.AudioFrame]:
    """Every frame of the chosen audio track that decodes."""
    assert info.audio_index is not None
    packets = container.demux(container.streams[info.audio_index])
    while True:
        try:
            packet = next(packets)
        except (StopIteration, av.error.FFmpegError):
            return
        try:
            frames = packet.decode()
        except av.error.FFmpegError:
            continue
        yield from (frame for frame in frames if isinstance(frame, av.AudioFrame))

"""A source's sound as one mono array at 16 kHz, on the source's own timeline.

Sample `s` is what is heard at `s / SAMPLE_RATE` seconds of the source. Sound is decoded alone, no
picture is, and gaps between its time stamps are silence.
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import av
import av.container
import av.error
import numpy as np
from numpy.typing import NDArray

from ...media import MediaError, probe

SAMPLE_RATE = 16_000
"""Hz of everything that listens (paper: clips' wav files have it; silero-vad asks for it)."""
_JITTER_SECONDS = 0.01
"""Time stamps that differ by less from what went before are contiguous (ours: a quarter of a
frame; containers round to milliseconds)."""
_MAX_GAP_SECONDS = 3600.0
"""A longer leap in the time stamps is damage and not silence (ours)."""
_GROWTH_SECONDS = 600
"""By how much the array grows at a time (ours)."""
_MEMORY_SECONDS = 3600
"""What is longer goes to a file, of which the system keeps in memory what there is room for (ours:
an hour is 230 MB, eight are 1.8 GB)."""


def read_sound(path: Path) -> tuple[NDArray[np.float32], float]:
    """Decodes a source's first sound track.

    Packets that do not decode are silence; a file that is cut off ends early. The array is in
    memory up to an hour (230 MB); a longer one is mapped from a temporary file without a name.

    Args:
        path: a video file.

    Returns:
        (S,) float32 in -1 to 1 at 16 kHz, and its length in seconds.

    Raises:
        MediaError: unreadable, without video, or without sound.
    """
    info = probe(path)
    if info.sample_rate is None:
        raise MediaError("no_audio", "the file has no sound track")
    length = 0
    # The protocol prefix keeps names such as `-a.mp4` from meaning more.
    with _Heard() as heard, av.open(f"file:{path}", metadata_errors="replace") as container:
        for first, samples in _blocks(container, info.start_seconds):
            begin, stop = max(0, first), first + len(samples)
            heard.reach(stop)
            heard.samples[begin : max(begin, stop)] = samples[begin - first :]
            length = max(length, stop)
    if not length:
        raise MediaError("no_audio", "not one packet of the sound track decodes")
    return heard.samples[:length], length / SAMPLE_RATE


class _Heard:
    """An array that grows, zero where nothing was written; long ones live in a file."""

    def __init__(self) -> None:
        self.samples: NDArray[np.float32] = np.zeros(0, np.float32)
        self._file: IO[bytes] | None = None

    def __enter__(self) -> "_Heard":
        return self

    def __exit__(self, *_: object) -> None:
        # What is mapped stays mapped.
        if self._file is not None:
            self._file.close()

    def reach(self, stop: int) -> None:
        """Makes room up to a sample."""
        if stop <= len(self.samples):
            return
        grown = stop + _GROWTH_SECONDS * SAMPLE_RATE
        if grown <= _MEMORY_SECONDS * SAMPLE_RATE:
            # In place: what is new is zero, and nothing is held twice.
            self.samples.resize(grown, refcheck=False)
            return
        if self._file is None:
            self._file = tempfile.TemporaryFile(prefix="speakervid5m-")  # noqa: SIM115
            self.samples.tofile(self._file)
        self._file.truncate(grown * self.samples.itemsize)
        self.samples = np.memmap(self._file, np.float32, "r+", shape=(grown,))


def _blocks(
    container: av.container.InputContainer, start_seconds: float
) -> Iterator[tuple[int, NDArray[np.float32]]]:
    """Index of the first sample at 16 kHz, and samples; a codec frame's at a time."""
    run: _Run | None = None
    for frame in _frames(container):
        layout = (frame.format.name, frame.layout.name, frame.sample_rate)
        seconds = run.stop_seconds if run else 0.0
        if frame.pts is not None:
            stamped = float(frame.pts * (frame.time_base or 1)) - start_seconds
            if run is None or _JITTER_SECONDS < abs(stamped - seconds) < _MAX_GAP_SECONDS:
                seconds = stamped
        if run is None or seconds != run.stop_seconds or layout != run.layout:
            if run is not None:
                yield from run.drain()
            run = _Run(seconds, layout)
        yield from run.add(frame)
    if run is not None:
        yield from run.drain()


def _frames(container: av.container.InputContainer) -> Iterator[av.AudioFrame]:
    """Every frame of the first sound track that decodes."""
    packets = container.demux(container.streams.audio[0])
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


class _Run:
    """Contiguous sound of one layout, through one resampler."""

    def __init__(self, start_seconds: float, layout: tuple[str, str, int]) -> None:
        self.layout = layout
        self.stop_seconds = start_seconds
        self._next = round(start_seconds * SAMPLE_RATE)
        # Whole numbers: FFmpeg then weighs channels so that their sum cannot overflow.
        self._resampler = av.AudioResampler(format="s32", layout="mono", rate=SAMPLE_RATE)

    def add(self, frame: av.AudioFrame) -> Iterator[tuple[int, NDArray[np.float32]]]:
        self.stop_seconds += frame.samples / frame.sample_rate
        frame.pts = None
        yield from self._given(frame)

    def drain(self) -> Iterator[tuple[int, NDArray[np.float32]]]:
        yield from self._given(None)

    def _given(self, frame: av.AudioFrame | None) -> Iterator[tuple[int, NDArray[np.float32]]]:
        for piece in self._resampler.resample(frame):
            samples = np.asarray(piece.to_ndarray()[0] / 2.0**31, np.float32)
            yield self._next, samples
            self._next += len(samples)

"""Frames and audio as every measure sees them: 25 frames a second, mono at 16 kHz.

an mp4, and its audio as FLAC where there is one --FileFootage--> planes, samples
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ..media import AudioReader, SourceInfo, grid_planes, probe, read_audio
from ..processing.models import FPS, SAMPLE_RATE

Planes = NDArray[np.uint8]
"""(h * 3/2, w) of a frame, planar 4:2:0 of limited range; h and w even."""

MAX_SECONDS = 14.0
"""Longest reply that is asked for (paper: clips last 3 to 14 seconds)."""
SPARE_SECONDS = 6.0
"""A reply may be longer than what was asked for by this much (ours: none stops to the second)."""


class Footage(Protocol):
    """A clip that is measured."""

    def planes(self) -> Iterator[Planes]:
        """Every frame on the grid of 25 a second, in order.

        Raises:
            MediaError: it cannot be read to its end.
        """

    @property
    def samples(self) -> NDArray[np.float32]:
        """(S,) mono at 16 kHz, -1 to 1; empty without audio."""


@dataclass(frozen=True)
class FileFootage:
    """A clip in files."""

    video: Path
    """Its mp4, of any rate, size and codec that FFmpeg reads."""
    flac: Path | None = None
    """Its audio; the mp4's own track if left out."""
    max_seconds: float = 2 * (MAX_SECONDS + SPARE_SECONDS)
    """A longer clip is an error."""

    @cached_property
    def info(self) -> SourceInfo:
        """What the file says of itself.

        Raises:
            MediaError: it is no video.
        """
        return probe(self.video)

    def planes(self) -> Iterator[Planes]:
        """See `Footage.planes`."""
        return grid_planes(self.video, fps=FPS, max_frames=round(self.max_seconds * FPS))

    @cached_property
    def samples(self) -> NDArray[np.float32]:
        """See `Footage.samples`.

        Raises:
            MediaError: it is damaged or too long.
            LibsndfileError: no audio at all; it is a RuntimeError.
        """
        if self.flac is not None:
            return read_audio(self.flac.read_bytes(), sample_rate=SAMPLE_RATE)
        if self.info.audio_index is None:
            return np.zeros(0, np.float32)
        seconds = min(self.info.duration_seconds or self.max_seconds, self.max_seconds)
        span = AudioReader(self.video, self.info).read(0.0, seconds, sample_rate=SAMPLE_RATE)
        end = int(np.flatnonzero(span.present)[-1]) + 1 if span.present.any() else 0
        return span.samples[:end]


@dataclass(frozen=True)
class HeldFootage:
    """A clip in memory."""

    frames: list[Planes]
    """On the grid; equal frames may be one object."""
    samples: NDArray[np.float32]
    """See `Footage.samples`."""

    def planes(self) -> Iterator[Planes]:
        """See `Footage.planes`."""
        return iter(self.frames)

"""What models that listen take and give.

samples at 16 kHz --> Diarizer --> turns; Transcriber --> transcripts
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from ....records import Segment

SAMPLE_RATE = 16_000
"""Hz of everything that listens (paper: clips' wav files have it; silero-vad asks for it)."""


class Turn(NamedTuple):
    """One voice, without a break."""

    start_seconds: float
    """On the source's timeline."""
    stop_seconds: float
    """Exclusive."""
    voice: int
    """A number for the voice, the same over the source; any."""


class Diarizer(Protocol):
    """Tells who speaks when. Which letters voices get is not its matter: see `name_voices`."""

    def turns(self, samples: NDArray[np.float32], seconds: float) -> Sequence[Turn]:
        """The turns of a whole source, disjoint and by time: where two speak at once, one of them.

        Times are from 0 to the end of the sound; one that lies a little beyond is cut off.

        Args:
            samples: (S,) mono at 16 kHz, -1 to 1.
            seconds: length of the source's sound.
        """


@dataclass(frozen=True, kw_only=True, slots=True)
class Transcript:
    """What a recogniser made of one sound."""

    language: str | None
    """ISO 639-1; None where it does not say."""
    segments: tuple[Segment, ...]
    """Times from the beginning of the sound; empty where nothing is said."""
    avg_logprob: float | None
    """Mean log probability of the tokens, at most 0; over segments by duration if several."""
    no_speech_prob: float | None
    """Probability that nobody speaks, 0 to 1; over segments by duration if several."""
    compression_ratio: float | None
    """Bytes of the text over those of its zlib; the largest of the segments."""


class Transcriber(Protocol):
    """Writes down what is said."""

    def transcribe(self, sounds: Sequence[NDArray[np.float32]]) -> Sequence[Transcript]:
        """One transcript for each sound, whatever else is in the batch.

        Args:
            sounds: each (S,) mono at 16 kHz, -1 to 1, at most 30 s.
        """

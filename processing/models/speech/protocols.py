"""Protocols of models of speech.

samples at 16 kHz --> Diarizer --> turns; Transcriber --> transcripts
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from ....records import Segment

SAMPLE_RATE = 16_000
"""Hz of the samples of all models of speech (paper: of clips' wav files; silero-vad needs it)."""


class Turn(NamedTuple):
    """A span in which one voice speaks without a break."""

    start_seconds: float
    """On the source's timeline."""
    stop_seconds: float
    """Exclusive."""
    voice: int
    """Any number for the voice, the same over the source."""


class Diarizer(Protocol):
    """Says who speaks when; `name_voices` gives the voices their letters."""

    def turns(self, samples: NDArray[np.float32], seconds: float) -> Sequence[Turn]:
        """The turns of a whole source, disjoint and by time: where two speak at once, one of them.

        Times are from 0 to the end of the audio; a turn that ends a little later is cut off.

        Args:
            samples: (S,) mono at 16 kHz, -1 to 1.
            seconds: length of the source's audio.
        """


@runtime_checkable
class TellsNearness(Protocol):
    """A diarizer that says how near two voices were which it took for one."""

    def nearness(self, samples: NDArray[np.float32], seconds: float) -> str | None:
        """How alike the two most different halves of the speech are, beside the limit of one voice.

        Args:
            samples: (S,) mono at 16 kHz, -1 to 1.
            seconds: length of the source's audio.

        Returns:
            Words for a person; None with too little speech for two halves.
        """


@dataclass(frozen=True, kw_only=True, slots=True)
class Transcript:
    """A recogniser's answer for one waveform."""

    language: str | None
    """ISO 639-1; None if the recogniser gives none."""
    segments: tuple[Segment, ...]
    """Times from the start of the waveform; empty if nothing is said."""
    avg_logprob: float | None
    """Mean log probability of the tokens, at most 0; several segments are weighted by duration."""
    no_speech_prob: float | None
    """Probability that nobody speaks, 0 to 1; several segments are weighted by duration."""
    compression_ratio: float | None
    """Bytes of the text over bytes of its zlib compression; the largest of the segments."""


class Transcriber(Protocol):
    """Recognises speech."""

    def transcribe(self, waveforms: Sequence[NDArray[np.float32]]) -> Sequence[Transcript]:
        """One transcript for each waveform, independent of the rest of the batch.

        Args:
            waveforms: each (S,) mono at 16 kHz, -1 to 1, at most 30 s.
        """

"""Voices of real people, one person a recording, and turns that are cut from them.

files of a package --> utterances of one person --> `Voice.turn`: the next seconds of speech
"""

from dataclasses import dataclass, field
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from speakervid5m.processing.models import SAMPLE_RATE

from ...datasets.voxconverse import hear
from .fetching import Material
from .packages import LIBRIVOX, VOICES, Package

Samples = NDArray[np.float32]
"""(S,) mono at 16 kHz, -1 to 1."""
READER = "the reader of LibriVox"
_SHORTEST_SECONDS = 1.5
"""Shorter prompts are single words, and beeps."""
_LEVEL = 0.05
"""Root mean square to which every voice is brought: loudness must not tell who speaks."""
_PAUSE_SECONDS = 0.2
"""Between two utterances of a turn."""


@dataclass(slots=True)
class Voice:
    """One person's utterances, taken in order; after the last comes the first again."""

    person: str
    """Who."""
    utterances: list[Samples]
    """By name of the file."""
    _next: int = 0
    _rest: Samples = field(default_factory=lambda: np.zeros(0, np.float32))

    def turn(self, seconds: float) -> Samples:
        """The next seconds of speech; the next turn goes on where this one is cut."""
        pause = np.zeros(round(_PAUSE_SECONDS * SAMPLE_RATE), np.float32)
        length = round(seconds * SAMPLE_RATE)
        while len(self._rest) < length:
            speech = self.utterances[self._next % len(self.utterances)]
            self._rest = np.concatenate([self._rest, speech, pause])
            self._next += 1
        turn, self._rest = self._rest[:length], self._rest[length:]
        return turn


def package_of(person: str) -> Package:
    """Which package holds a person's voice."""
    return LIBRIVOX if person == READER else VOICES[person]


def voice_of(person: str, material: Material, *, start: int = 0) -> Voice:
    """A person's voice.

    Args:
        person: of `VOICES`, or `READER`.
        material: with the package.
        start: the utterance that comes first.
    """
    package = package_of(person)
    (pattern, *_) = package.files
    spoken = [_read(path) for path in material.files(package, pattern)]
    kept = [speech for speech in spoken if len(speech) >= _SHORTEST_SECONDS * SAMPLE_RATE]
    level = float(np.sqrt(np.square(np.concatenate(kept)).mean()))
    return Voice(person, [speech * np.float32(_LEVEL / level) for speech in kept], start)


def _read(path: Path) -> Samples:
    if path.suffix != ".g722":
        return hear(path)[0]
    # Raw bytes at 16 kHz without a header, so that nothing is resampled.
    with av.open(f"file:{path}", format="g722") as container:
        pieces = [frame.to_ndarray().ravel() for frame in container.decode(audio=0)]
    return np.asarray(np.concatenate(pieces), np.float32) / np.float32(1 << 15)

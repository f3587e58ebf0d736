"""What is true of a show of real people: who is where, who talks, who speaks when."""

from dataclasses import dataclass
from pathlib import Path

from speakervid5m.records import VoiceInterval


@dataclass(frozen=True, kw_only=True, slots=True)
class TruePerson:
    """Somebody in a scene."""

    person: str
    """Who."""
    start_seconds: float
    """Of the scene."""
    stop_seconds: float
    """Of the scene."""
    face: tuple[float, float]
    """x, y of the middle of the face, normalised by the frame."""
    talks: bool
    """Whether this person's voice sounds in the scene; else this person listens."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RealShow:
    """A video of real people, and all that is true of it."""

    name: str
    """`R`, `D1`, `D2`."""
    path: Path
    """The mp4."""
    people: tuple[TruePerson, ...]
    """Everybody in every scene."""
    voices: tuple[VoiceInterval, ...]
    """Who speaks when; the voice is the person."""
    seconds: float
    """Length."""
    jaw_loudness: float | None = None
    """Of a dub, the correlation of jaws with the loudness of their voices."""

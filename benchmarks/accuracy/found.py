"""What a pipeline says of a show: the form in which anybody's output is scored.

A JSON file of predictions is a list of `Found`, field by field; docs/accuracy.md describes it.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from speakervid5m.records import Role, VoiceInterval, decode, encode


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundFace:
    """One person's face over consecutive frames."""

    person: str
    """Who: the same name for the same person throughout the source."""
    first: int
    """First frame, at 25 a second."""
    boxes: tuple[tuple[float, ...], ...]
    """x1, y1, x2, y2 of the face in each frame, brows to chin, normalised by the picture."""
    speaking: tuple[float, ...] | None
    """In each frame how surely this person speaks, any scale, over 0 if so; None if not told."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundClip:
    """One person in one scene."""

    clip_id: str
    """Unique in the source."""
    start_seconds: float
    """Begin in the source, by the picture."""
    end_seconds: float
    """End in the source."""
    bbox: tuple[float, ...]
    """x1, y1, x2, y2 of the person, normalised."""
    role: Role
    """Whether this person speaks, or listens, or neither is known."""
    voice: str | None
    """Whose voice it is, by the names of `voices`; of a listener, whose is heard."""
    person: str | None
    """Who is seen: the same name for the same person throughout the source; None if unknown."""
    offset_frames: float | None
    """By how many frames of 1/25 s the sound is late; None if not told."""
    transcript: str | None
    """What this person says; None if not recognised."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundListener:
    """Somebody listens to somebody."""

    speaker: str | None
    """Clip id of who speaks; None if off screen."""
    listener: str
    """Clip id of who listens."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """All that a pipeline says of one source; None is what it does not tell and is not judged."""

    source_id: str
    """Which source."""
    cuts: tuple[int, ...] | None
    """Frames, at 25 a second, at which a shot begins; without 0."""
    voices: tuple[VoiceInterval, ...] | None
    """Who speaks when, in the time of the sound."""
    faces: tuple[FoundFace, ...] | None
    """Who is where."""
    clips: tuple[FoundClip, ...] | None
    """Clips."""
    dialogue: tuple[tuple[str, ...], ...] | None
    """Clip ids of initiator and responder."""
    listening: tuple[FoundListener, ...] | None
    """Listeners."""
    multi_turn: tuple[tuple[str, ...], ...] | None
    """Clip ids of each run, in order."""


def nothing(source_id: str) -> Found:
    """What is said of a source in which nothing was found: judged, and not left out."""
    return Found(
        source_id=source_id,
        cuts=(),
        voices=(),
        faces=(),
        clips=(),
        dialogue=(),
        listening=(),
        multi_turn=(),
    )


def read_predictions(path: Path) -> dict[str, Found]:
    """Predictions by source id.

    Raises:
        ValueError: it is no list of what `Found` has, or a source stands in it twice.
    """
    values = json.loads(path.read_text())
    if not isinstance(values, list) or not all(
        isinstance(one, dict) and isinstance(one.get("source_id"), str) for one in values
    ):
        raise ValueError(f"{str(path)!r} holds no list of sources with source_id; docs/accuracy.md")
    found: dict[str, Found] = {}
    for one in values:
        name = one["source_id"]
        if unknown := sorted(set(one) - set(Found.__dataclass_fields__)):
            raise ValueError(f"{path.name}: {name} has {unknown[0]!r}, which nothing is made of")
        if name in found:
            raise ValueError(f"{path.name}: {name} stands there twice")
        found[name] = decode(one, Found)
    return found


def write_predictions(path: Path, found: Iterable[Found]) -> None:
    """The inverse of `read_predictions`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([encode(one) for one in found]) + "\n")

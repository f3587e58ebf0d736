"""The truth of a rendered show: turns, shots, scenes, clips; as records and as JSON.

Times are seconds of the show; cuts and fades are at multiples of a frame. The JSON next to a
rendered show has exactly these fields.
"""

from dataclasses import dataclass
from typing import Any, Literal

from ....records import Interval, Role, decode, encode

ShotKind = Literal["wide", "close_a", "close_b", "cutaway"]
Transition = Literal["cut", "fade"]
EffectKind = Literal["dark", "blurred"]

FPS = 25
"""Frames per second of every show."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Turn:
    """Somebody says something."""

    voice: str
    """`A` or `B`, the two people; `C` a voice from off screen."""
    start_seconds: float
    """When it starts."""
    stop_seconds: float
    """When it ends."""
    text: str
    """The words."""
    backchannel: bool = False
    """Said while the other goes on speaking; no turn of its own."""

    @property
    def interval(self) -> Interval:
        """When it is spoken."""
        return Interval(self.start_seconds, self.stop_seconds)


@dataclass(frozen=True, kw_only=True, slots=True)
class Shot:
    """What the camera shows from one cut to the next."""

    kind: ShotKind
    """Both people, one of them, or nobody."""
    start_seconds: float
    """The cut; for a fade its black frame."""
    stop_seconds: float
    """The next cut."""
    transition: Transition
    """How the shot begins."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Scene:
    """An interval without a cut, of 14 s at most; those under 3 s give no clips."""

    index: int
    """Position in the show, short ones counted."""
    start_seconds: float
    """Begin."""
    stop_seconds: float
    """End."""
    shot: int
    """Index of the shot that it is part of."""

    @property
    def interval(self) -> Interval:
        """When it is."""
        return Interval(self.start_seconds, self.stop_seconds)


@dataclass(frozen=True, kw_only=True, slots=True)
class Effect:
    """An interval with a fault in the video."""

    kind: EffectKind
    """Too dark, or out of focus."""
    start_seconds: float
    """Begin."""
    stop_seconds: float
    """End."""

    @property
    def interval(self) -> Interval:
        """When it is."""
        return Interval(self.start_seconds, self.stop_seconds)


@dataclass(frozen=True, kw_only=True, slots=True)
class TrueClip:
    """One person in one scene, by the official name."""

    clip_id: str
    """The official clip key."""
    scene: int
    """Index of the scene."""
    person: str
    """`A` or `B`: who is on screen."""
    voice: str | None
    """Voice letter of the label."""
    role: Role
    """By the label."""
    bbox: tuple[float, ...]
    """x1, y1, x2, y2, normalised: the person, generously."""
    speech: tuple[Interval, ...]
    """When this person is on screen and speaks."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TrueListening:
    """A listener and the speaker."""

    speaker: str | None
    """Clip id of the speaker; None if off screen."""
    voice: str
    """Voice letter of the speaker."""
    listener: str
    """Clip id of the listener."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TrueSamples:
    """The samples that the script and the camera give."""

    single: tuple[str, ...]
    """Clip ids."""
    dialogue: tuple[tuple[str, ...], ...]
    """Clip ids of initiator and responder."""
    listening: tuple[TrueListening, ...]
    """Listeners."""
    multi_turn: tuple[tuple[str, ...], ...]
    """Clip ids of each run."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ShowTruth:
    """One show."""

    source_id: str
    """11 characters, as YouTube's."""
    seed: int
    """Decides everything that the specification does not."""
    people: tuple[str, ...]
    """Names of A's and B's characters."""
    width: int
    """Pixels."""
    height: int
    """Pixels."""
    num_frames: int
    """At 25 frames a second."""
    av_offset_frames: int
    """By how many frames the audio is late."""
    turns: tuple[Turn, ...]
    """By start."""
    shots: tuple[Shot, ...]
    """By start; they cover the show."""
    scenes: tuple[Scene, ...]
    """By start; they cover the show."""
    effects: tuple[Effect, ...]
    """By start."""
    clips: tuple[TrueClip, ...]
    """By scene and box."""
    samples: TrueSamples
    """The samples that the branches must give."""

    @property
    def duration_seconds(self) -> float:
        """Length of the show."""
        return self.num_frames / FPS

    @property
    def video_name(self) -> str:
        """Stem of the show's file, after the official naming."""
        return f"{self.source_id}_{self.width}x{self.height}_full_video"

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        values: dict[str, Any] = encode(self)
        return values

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "ShowTruth":
        """The inverse of `to_json`."""
        truth: ShowTruth = decode(values, cls)
        return truth

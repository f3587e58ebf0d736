"""The samples of the four branches: one row of a config is one of these.

The branches make them from clips; `columns` writes them as rows. A sample holds whole `Clip`s. Its
id is a digest of branch and clip ids, so it is the same wherever and whenever it is built.
"""

import hashlib
from dataclasses import dataclass
from typing import ClassVar

from .clip import Clip
from .configs import Branch, Tier
from .intervals import Interval


@dataclass(frozen=True, kw_only=True, slots=True)
class Utterance:
    """What was said before a multi-turn run begins."""

    voice: str
    """Voice letter of the speaker."""
    start_seconds: float
    """When, on the source's timeline."""
    text: str
    """The words."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OffScreenVoice:
    """A speaker who is audible and not on screen."""

    source_id: str
    """The source."""
    voice: str
    """Voice letter."""
    person_id: str | None
    """`{source_id}#{voice}`, or None if identity is unknown."""
    speech: tuple[Interval, ...]
    """When this voice sounds within the listener's cut range, source timeline."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SingleSample:
    """One clip."""

    branch: ClassVar[Branch] = "single"
    clip: Clip

    @property
    def clips(self) -> tuple[Clip, ...]:
        """The clips of the sample, in the order of its media columns."""
        return (self.clip,)


@dataclass(frozen=True, kw_only=True, slots=True)
class DialogueSample:
    """Somebody speaks, somebody answers."""

    branch: ClassVar[Branch] = "dialogue"
    initiator: Clip
    """The clip of the person who speaks first."""
    responder: Clip
    """The clip of the person who answers."""
    gap_seconds: float
    """From the end of the initiator's speech to the beginning of the answer; negative where
    they overlap."""

    @property
    def clips(self) -> tuple[Clip, ...]:
        """Initiator, responder."""
        return (self.initiator, self.responder)


@dataclass(frozen=True, kw_only=True, slots=True)
class ListeningSample:
    """Somebody speaks, and somebody listens on screen."""

    branch: ClassVar[Branch] = "listening"
    speaker: Clip | OffScreenVoice
    """Who speaks: a clip, or a voice from off screen."""
    listener: Clip
    """Who listens: silent video."""

    @property
    def co_present(self) -> bool:
        """Whether both are in the frame."""
        return isinstance(self.speaker, Clip)

    @property
    def clips(self) -> tuple[Clip, ...]:
        """The speaker's clip, if there is one, and the listener's."""
        return (self.speaker, self.listener) if isinstance(self.speaker, Clip) else (self.listener,)


@dataclass(frozen=True, kw_only=True, slots=True)
class MultiTurnSample:
    """A run of turns in time order; one voice may hold several in a row."""

    branch: ClassVar[Branch] = "multi_turn"
    turns: tuple[Clip, ...]
    """The clips, at least two."""
    history: tuple[Utterance, ...] = ()
    """What was said before the run, in time order."""

    @property
    def clips(self) -> tuple[Clip, ...]:
        """The turns."""
        return self.turns


Sample = SingleSample | DialogueSample | ListeningSample | MultiTurnSample

SAMPLES: dict[Branch, type[Sample]] = {
    "single": SingleSample,
    "dialogue": DialogueSample,
    "listening": ListeningSample,
    "multi_turn": MultiTurnSample,
}


def sample_id(sample: Sample) -> str:
    """Digest of branch and clip ids: 24 hexadecimal digits of sha256."""
    lines = [sample.branch, *(clip.clip_id for clip in sample.clips)]
    if isinstance(sample, ListeningSample) and isinstance(sample.speaker, OffScreenVoice):
        lines.append(f"voice {sample.speaker.voice}")
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:24]


def sample_tier(sample: Sample) -> Tier:
    """SFT if all clips of the sample are SFT."""
    return "sft" if all(clip.tier == "sft" for clip in sample.clips) else "pretrain"

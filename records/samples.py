"""The samples of the four branches: one row of a config is one of these.

The branches make them from clips; `columns` writes them as rows. A sample holds whole `Clip`s. Its
id is a digest of branch and clip ids, so it is the same wherever and whenever it is built.
"""

import hashlib
from dataclasses import dataclass
from html import escape
from typing import ClassVar

from .clip import Clip
from .configs import Branch, Tier
from .display import shortened
from .intervals import Interval

_SHOWN_TURNS = 6
"""Turns of a run that are printed (ours: a printed sample is under 15 lines)."""
_SHOWN_HISTORY = 3
"""Utterances before the run that are printed (ours, as above)."""


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


class _Identified:
    """What the samples of all branches know: their ids, and how they are printed."""

    __slots__ = ()
    branch: ClassVar[Branch]

    @property
    def clips(self) -> tuple[Clip, ...]:
        """The clips of the sample, in the order of its media columns."""
        raise NotImplementedError

    @property
    def sample_id(self) -> str:
        """Digest of branch and clip ids: 24 hexadecimal digits of sha256."""
        return hashlib.sha256("\n".join(self._identity).encode()).hexdigest()[:24]

    @property
    def conversation_id(self) -> str:
        """The source: all clips of one source are one conversation."""
        return self.clips[0].source_id

    @property
    def _identity(self) -> tuple[str, ...]:
        return (self.branch, *(clip.clip_id for clip in self.clips))

    def __repr__(self) -> str:
        return "\n  ".join([self._title, *self._lines()])

    def _repr_html_(self) -> str:
        tables = [clip._repr_html_() for clip in self.clips[:_SHOWN_TURNS]]
        return "".join([f"<p>{escape(self._title)}</p>", *tables])

    @property
    def _title(self) -> str:
        return f"{type(self).__name__} {self.sample_id} of {self.conversation_id}"

    def _lines(self) -> list[str]:
        return [clip.summary for clip in self.clips]


@dataclass(frozen=True, kw_only=True, slots=True, repr=False)
class SingleSample(_Identified):
    """One clip."""

    branch: ClassVar[Branch] = "single"
    clip: Clip

    @property
    def clips(self) -> tuple[Clip, ...]:
        """The clips of the sample, in the order of its media columns."""
        return (self.clip,)


@dataclass(frozen=True, kw_only=True, slots=True, repr=False)
class DialogueSample(_Identified):
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

    def _lines(self) -> list[str]:
        return [
            f"initiator: {self.initiator.summary}",
            f"responder: {self.responder.summary}",
            f"gap: {self.gap_seconds:.2f} s",
        ]


@dataclass(frozen=True, kw_only=True, slots=True, repr=False)
class ListeningSample(_Identified):
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

    @property
    def _identity(self) -> tuple[str, ...]:
        voice = () if isinstance(self.speaker, Clip) else (f"voice {self.speaker.voice}",)
        return (self.branch, *(clip.clip_id for clip in self.clips), *voice)

    def _lines(self) -> list[str]:
        speaker = (
            self.speaker.summary
            if isinstance(self.speaker, Clip)
            else f"off screen, voice {self.speaker.voice}"
        )
        return [f"speaker: {speaker}", f"listener: {self.listener.summary}"]


@dataclass(frozen=True, kw_only=True, slots=True, repr=False)
class MultiTurnSample(_Identified):
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

    def _lines(self) -> list[str]:
        history = self.history[-_SHOWN_HISTORY:]
        before = [f'before: {turn.voice} "{shortened(turn.text)}"' for turn in history]
        turns = [
            f"turn {number}: {clip.summary}"
            for number, clip in enumerate(self.turns[:_SHOWN_TURNS], 1)
        ]
        hidden = len(self.turns) - len(turns)
        return [*before, *turns, *([f"and {hidden} more turns"] if hidden else [])]


Sample = SingleSample | DialogueSample | ListeningSample | MultiTurnSample

SAMPLES: dict[Branch, type[Sample]] = {
    "single": SingleSample,
    "dialogue": DialogueSample,
    "listening": ListeningSample,
    "multi_turn": MultiTurnSample,
}


def sample_tier(sample: Sample) -> Tier:
    """SFT if all clips of the sample are SFT."""
    return "sft" if all(clip.tier == "sft" for clip in sample.clips) else "pretrain"

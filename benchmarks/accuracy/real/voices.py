"""Recordings of two voices, and of one: what the stage `voices` makes of them.

speakers --turn by turn--> a dialogue; a film of R; a real conversation with its RTTM
    --a video without pictures--> stage `voices` --> kept with the right two voices, or dropped

A recording of two is right if it is kept, both main voices are its speakers, and at most a tenth
of its speech is given to the wrong one. A recording of one is right if it is dropped as
`one_voice`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from speakervid5m.processing.models import FPS, SAMPLE_RATE
from speakervid5m.records import VoiceInterval

from ..datasets.voxconverse import hear, read_rttm
from ..tools import score_diarization
from .material.fetching import Material
from .material.films import write_film
from .material.packages import LIBRIVOX, PYANNOTE_AUDIO, VOICES
from .material.speakers import READER, Samples, voice_of
from .shows.real_sync import REAL_SYNC_PACKAGES
from .shows.truth import RealShow
from .stages import Choice, Measured, measured

VOICE_PACKAGES = (*VOICES.values(), LIBRIVOX, PYANNOTE_AUDIO, *REAL_SYNC_PACKAGES)
"""What all recordings take."""
MAX_CONFUSION = 0.1
"""Share of the speech that may have the wrong one of two voices (ours)."""
_PAIRS = (
    ("Carlo", "Allison"),
    ("Carlo", "June"),
    ("Carlo", "IvrvoiceRU"),
    ("Allison", "June"),
    ("Allison", "IvrvoiceRU"),
    ("June", "IvrvoiceRU"),
    ("Allison, in Spanish", "June"),
    ("Allison, in Spanish", "Carlo"),
    ("Allison, in Spanish", "IvrvoiceRU"),
    (READER, "Allison"),
    (READER, "June"),
    (READER, "Carlo"),
    (READER, "IvrvoiceRU"),
)
_ALONE = (
    ("Allison",),
    ("June",),
    ("Carlo",),
    ("IvrvoiceRU",),
    (READER,),
    ("Allison", "Allison, in Spanish"),
)
"""One person each; the last speaks two languages in turn."""
_TURN_SECONDS = (5.0, 1.2, 3.4, 2.0, 4.4, 0.9, 2.6)
"""One after the other, as in talk; their number is odd, so that both speakers have them all."""
_GAP_SECONDS = 0.3
_NUM_TURNS = 26
"""Of a dialogue: 80 s."""
_READER_TURNS = 16
"""Of one with the reader, of whom there are 25 s: repeated speech would be another thing."""
_SECOND_START = 40
"""Utterance with which the second dialogue of a pair begins, the other one first."""
_BLANK = np.zeros((64, 64, 3), np.uint8)


@dataclass(frozen=True, kw_only=True, slots=True)
class Talk:
    """A recording of voices."""

    name: str
    """Who speaks."""
    path: Path
    """A video."""
    spoken: tuple[VoiceInterval, ...]
    """Who speaks when."""

    @property
    def is_two(self) -> bool:
        """Whether two people speak."""
        return len({interval.voice for interval in self.spoken}) == 2


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """What was made of a recording."""

    name: str
    """Who speaks."""
    is_two: bool
    """Whether two people speak."""
    is_right: bool
    """See the module."""
    outcome: str
    """`two voices`, or why it was dropped."""
    confusion: float | None
    """Share of the speech with the wrong voice; None if it was dropped."""


def talks(material: Material, real_sync: RealShow, folder: Path) -> Iterator[Talk]:
    """All recordings; needs all of `VOICE_PACKAGES`."""
    folder.mkdir(parents=True, exist_ok=True)
    # Of the reader there is not enough for a second one.
    again = [people[::-1] for people in _PAIRS if READER not in people]
    for number, people in enumerate((*_PAIRS, *_ALONE, *again)):
        start = _SECOND_START if number >= len(_PAIRS) + len(_ALONE) else 0
        samples, spoken = _dialogue(people, material, start)
        yield _written(" and ".join(people), samples, spoken, folder / f"talk{number:02}.mp4")
    yield Talk(name="the lecturer and Obama", path=real_sync.path, spoken=real_sync.voices)
    rttm = read_rttm(material.file(PYANNOTE_AUDIO, ".rttm"))
    samples, _ = hear(material.file(PYANNOTE_AUDIO, ".wav"))
    (spoken_there,) = rttm.values()
    yield _written("a conversation, pyannote's sample", samples, spoken_there, folder / "real.mp4")


def score_talks(choice: Choice, recordings: Sequence[Talk], work: Path) -> list[Verdict]:
    """Runs the stage `voices` over all recordings."""
    stages = measured(choice, [talk.path for talk in recordings], work, "voices")
    return [verdict_on(talk, stages) for talk in recordings]


def verdict_on(talk: Talk, stages: Measured) -> Verdict:
    """One recording."""
    tables = stages.tables[talk.path.name]
    if "voices" not in tables:
        _, reason = stages.failures[talk.path.name]
        is_right = reason == "one_voice" and not talk.is_two
        return Verdict(
            name=talk.name,
            is_two=talk.is_two,
            is_right=is_right,
            outcome=reason,
            confusion=None,
        )
    intervals = [VoiceInterval(**row) for row in tables["voices"]["intervals"].to_pylist()]
    score, names = score_diarization(intervals, talk.spoken)
    confusion = score.confusion / score.total if score.total else 0.0
    speakers = {interval.voice for interval in talk.spoken}
    both = {names.get("A"), names.get("B")} == speakers
    return Verdict(
        name=talk.name,
        is_two=talk.is_two,
        is_right=talk.is_two and both and confusion <= MAX_CONFUSION,
        outcome="two voices",
        confusion=confusion,
    )


def _dialogue(
    people: tuple[str, ...], material: Material, start: int
) -> tuple[Samples, list[VoiceInterval]]:
    voices = [voice_of(person, material, start=start) for person in people]
    turns = _READER_TURNS if READER in people else _NUM_TURNS
    # A reader alone has as much speech as with somebody else.
    turns //= 2 if people == (READER,) else 1
    pieces, spoken, clock = [], [], 0.0
    for turn in range(turns):
        speaker, seconds = turn % len(people), _TURN_SECONDS[turn % len(_TURN_SECONDS)]
        gap = np.zeros(round(_GAP_SECONDS * SAMPLE_RATE), np.float32)
        pieces += [voices[speaker].turn(seconds), gap]
        # One woman in two languages is one voice.
        name = people[speaker].partition(",")[0]
        spoken.append(VoiceInterval(clock, clock + seconds, name))
        clock += seconds + _GAP_SECONDS
    return np.concatenate(pieces), spoken


def _written(name: str, samples: Samples, spoken: Sequence[VoiceInterval], path: Path) -> Talk:
    num_frames = -(-len(samples) * FPS // SAMPLE_RATE)
    write_film(path, [_BLANK] * num_frames, samples)
    return Talk(name=name, path=path, spoken=tuple(spoken))

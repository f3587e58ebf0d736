"""What a visitor asks of a config: bounds on scores, a language, words of a transcript.

Everything arrives as text from a stranger and leaves as comparisons of Arrow columns with values.
There is no query language in between, so there is nothing that a search box could inject.
"""

import math
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ....records import TURN_MINIMA, Branch

_LONGEST_SEARCH = 200
"""Characters of a search that are looked at (ours)."""
_MOST_WORDS = 8
"""Words of a search that are looked for (ours)."""
_SPEECH_SCORES = ("sync_confidence", "lip_confidence", "asr_avg_logprob")


class QuestionError(ValueError):
    """Something that cannot be asked; says what can."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Score:
    """A number that samples can be filtered by."""

    name: str
    """In addresses: `dover`, `gap_seconds`."""
    title: str
    """For readers."""
    unit: str
    """For readers; empty where there is none."""
    step: float
    """Of the slider."""


SCORES: tuple[Score, ...] = (
    Score(name="duration_seconds", title="Length", unit="s", step=0.1),
    Score(name="gap_seconds", title="Gap before the answer", unit="s", step=0.05),
    Score(name="num_turns", title="Turns", unit="", step=1),
    Score(name="dover", title="Picture quality, DOVER", unit="", step=0.01),
    Score(name="sync_confidence", title="Lip sync, SyncNet", unit="", step=0.1),
    Score(name="lip_confidence", title="Lip sync, lips and loudness", unit="", step=0.1),
    Score(name="face_blur", title="Face sharpness", unit="", step=0.01),
    Score(name="face_sharpness", title="Face sharpness, own measure", unit="", step=0.01),
    Score(name="hand_blur", title="Hand sharpness", unit="", step=0.01),
    Score(name="motion_degree", title="Motion", unit="of 5", step=0.1),
    Score(name="motion_energy", title="Motion, change of luma", unit="", step=0.1),
    Score(name="luminance_mean", title="Luminance", unit="of 255", step=1),
    Score(name="clarity", title="Clarity of the source", unit="", step=1),
    Score(name="asr_avg_logprob", title="Certainty of the transcript", unit="log p", step=0.01),
)


@dataclass(frozen=True, slots=True)
class Bound:
    """Least and greatest value; every clip of a sample must lie between."""

    score: str
    low: float | None
    high: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """What is asked of one config."""

    branch: Branch
    """Of the config."""
    bounds: tuple[Bound, ...] = ()
    """On scores; what was not measured lies in no bounds."""
    language: str | None = None
    """Of somebody who speaks in the sample, ISO 639-1."""
    words: tuple[str, ...] = ()
    """All of them must stand in what is said, whatever their case."""

    @property
    def is_everything(self) -> bool:
        """Whether every row answers it."""
        return not (self.bounds or self.language or self.words)

    @property
    def columns(self) -> list[str]:
        """What must be read to answer it."""
        names = [name for bound in self.bounds for name in columns_for(self.branch, bound.score)]
        if self.language:
            names += speech_columns(self.branch, "language")
        if self.words:
            names += speech_columns(self.branch, "transcript")
        return list(dict.fromkeys(names))

    def answer(self, table: pa.Table) -> pa.Array:
        """Which rows of a table with these columns answer it: a mask."""
        kept = pa.array([True] * table.num_rows)
        for bound in self.bounds:
            for values in _values(self.branch, bound.score, table):
                for compare, limit in ((pc.greater_equal, bound.low), (pc.less_equal, bound.high)):
                    if limit is not None:
                        kept = pc.and_(kept, pc.fill_null(compare(values, limit), False))
        if self.language:
            is_it = self._anybody(table, "language", lambda one: pc.equal(one, self.language))
            kept = pc.and_(kept, is_it)
        for word in self.words:
            is_said = partial(pc.match_substring, pattern=word, ignore_case=True)
            kept = pc.and_(kept, self._anybody(table, "transcript", is_said))
        return kept

    def _anybody(
        self, table: pa.Table, field: str, test: Callable[[pa.ChunkedArray], pa.ChunkedArray]
    ) -> pa.Array:
        """Whether a test holds of anybody who speaks."""
        (first, *others) = speech_columns(self.branch, field)
        if self.branch == "multi_turn":
            return _any_turn(table[first].combine_chunks(), field, test)
        found = pc.fill_null(test(table[first]), False)
        for name in others:
            found = pc.or_(found, pc.fill_null(test(table[name]), False))
        return found


def columns_for(branch: Branch, score: str) -> list[str]:
    """The columns behind a score, of everybody whom it is a score of; none if it has none."""
    if score == "num_turns":
        return ["num_turns"] if branch == "multi_turn" else []
    if score == "gap_seconds":
        return ["gap_seconds"] if branch == "dialogue" else []
    if branch == "multi_turn":
        if score == "duration_seconds":
            return [score]
        return [f"min_{score}"] if score in TURN_MINIMA else []
    prefixes = {
        "single": [""],
        "dialogue": ["initiator_", "responder_"],
        "listening": ["speaker_"] if score in _SPEECH_SCORES else ["listener_"],
    }[branch]
    fields = ("start_seconds", "end_seconds") if score == "duration_seconds" else (score,)
    return [f"{prefix}{field}" for prefix in prefixes for field in fields]


def speech_columns(branch: Branch, field: str) -> list[str]:
    """The columns of those who speak: `transcript` or `language`."""
    if branch == "multi_turn":
        return ["turns"]
    prefixes = {"single": [""], "dialogue": ["initiator_", "responder_"], "listening": ["speaker_"]}
    return [f"{prefix}{field}" for prefix in prefixes[branch]]


def parse_question(branch: Branch, asked: Mapping[str, str]) -> Question:
    """What the query part of an address asks.

    Args:
        branch: of the config.
        asked: `q` for words, `language`, and `{score}=low..high` with either side left out.

    Raises:
        QuestionError: bounds that are no numbers; says what they look like.
    """
    bounds = [
        _parse_bound(score.name, asked[score.name])
        for score in SCORES
        if asked.get(score.name) and columns_for(branch, score.name)
    ]
    language = asked.get("language", "").strip()[:20] or None
    text = unicodedata.normalize("NFC", asked.get("q", "")[:_LONGEST_SEARCH])
    words = tuple(dict.fromkeys(text.split()))[:_MOST_WORDS]
    return Question(branch=branch, bounds=tuple(bounds), language=language, words=words)


def _parse_bound(name: str, text: str) -> Bound:
    low, mark, high = text[:60].partition("..")
    try:
        limits = [float(side) if side else None for side in (low, high)]
    except ValueError:
        limits = [math.nan]
    if not mark or any(limit is not None and not math.isfinite(limit) for limit in limits):
        raise QuestionError(
            f"{name}={text[:60]!r} are no bounds; they are written as 0.5..0.9, 0.5.. or ..0.9"
        )
    return Bound(name, *limits)


def _values(branch: Branch, score: str, table: pa.Table) -> list[Any]:
    columns = [table[name] for name in columns_for(branch, score)]
    if score == "duration_seconds" and branch != "multi_turn":
        starts, ends = columns[::2], columns[1::2]
        return [pc.subtract(end, start) for start, end in zip(starts, ends, strict=True)]
    return columns


def _any_turn(
    turns: pa.ListArray, field: str, test: Callable[[pa.ChunkedArray], pa.ChunkedArray]
) -> pa.Array:
    """Which rows have a turn whose field passes a test."""
    flat = turns.flatten()
    passed = pc.fill_null(test(pa.chunked_array([flat.field(field)])), False)
    parents = pc.list_parent_indices(turns).filter(passed.combine_chunks())
    rows = pa.array(range(len(turns)), pa.int64())
    return pc.is_in(rows, value_set=parents.cast(pa.int64()))

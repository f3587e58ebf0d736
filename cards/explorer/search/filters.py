"""Filters of a search: query parameters in, a mask over Arrow columns out.

A filter has bounds on scores, a language and words of a transcript. Its text comes from strangers
and is only ever compared with columns. There is no query language in between, so a search box can
inject nothing.
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
"""Characters of a search that are used (ours)."""
_MOST_WORDS = 8
"""Words of a search that are used (ours)."""
_SPEECH_SCORES = ("sync_confidence", "lip_confidence", "asr_avg_logprob")


class FilterError(ValueError):
    """A filter that cannot be read; says what can."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Score:
    """A number that samples can be filtered by."""

    name: str
    """In URLs: `dover`, `gap_seconds`."""
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
    Score(name="dover", title="Video quality, DOVER", unit="", step=0.01),
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
    """Least and greatest value; every clip of a sample must lie between them."""

    score: str
    low: float | None
    high: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class SampleFilter:
    """Which samples of one config to show."""

    branch: Branch
    """Of the config."""
    bounds: tuple[Bound, ...] = ()
    """On scores; an unmeasured score is outside any bounds."""
    language: str | None = None
    """Spoken in the sample, ISO 639-1."""
    words: tuple[str, ...] = ()
    """All of them must occur in the transcripts, in any case."""

    @property
    def is_empty(self) -> bool:
        """Whether every row matches."""
        return not (self.bounds or self.language or self.words)

    @property
    def columns(self) -> list[str]:
        """Columns that `mask` needs."""
        names = [name for bound in self.bounds for name in columns_for(self.branch, bound.score)]
        if self.language:
            names += speech_columns(self.branch, "language")
        if self.words:
            names += speech_columns(self.branch, "transcript")
        return list(dict.fromkeys(names))

    def mask(self, table: pa.Table) -> pa.Array:
        """Which rows of a table with these columns match."""
        kept = pa.array([True] * table.num_rows)
        for bound in self.bounds:
            for values in _values(self.branch, bound.score, table):
                for compare, limit in ((pc.greater_equal, bound.low), (pc.less_equal, bound.high)):
                    if limit is not None:
                        kept = pc.and_(kept, pc.fill_null(compare(values, limit), False))
        if self.language:
            speaks_it = self._any_speaker(
                table, "language", lambda languages: pc.equal(languages, self.language)
            )
            kept = pc.and_(kept, speaks_it)
        for word in self.words:
            is_said = partial(pc.match_substring, pattern=word, ignore_case=True)
            kept = pc.and_(kept, self._any_speaker(table, "transcript", is_said))
        return kept

    def _any_speaker(
        self, table: pa.Table, field: str, test: Callable[[pa.ChunkedArray], pa.ChunkedArray]
    ) -> pa.Array:
        """Whether a test holds for any speaker of the row."""
        (first, *others) = speech_columns(self.branch, field)
        if self.branch == "multi_turn":
            return _any_turn(table[first].combine_chunks(), field, test)
        passed = pc.fill_null(test(table[first]), False)
        for name in others:
            passed = pc.or_(passed, pc.fill_null(test(table[name]), False))
        return passed


def columns_for(branch: Branch, score: str) -> list[str]:
    """The columns of a score, of every clip that has it; none if the branch lacks it."""
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
    """The `transcript` or `language` columns of all speakers."""
    if branch == "multi_turn":
        return ["turns"]
    prefixes = {"single": [""], "dialogue": ["initiator_", "responder_"], "listening": ["speaker_"]}
    return [f"{prefix}{field}" for prefix in prefixes[branch]]


def parse_filter(branch: Branch, query: Mapping[str, str]) -> SampleFilter:
    """Reads the query parameters of a URL.

    Args:
        branch: of the config.
        query: `q` for words, `language`, and `{score}=low..high` with either side left out.

    Raises:
        FilterError: bounds that are not numbers; says how to write them.
    """
    bounds = [
        _parse_bound(score.name, query[score.name])
        for score in SCORES
        if query.get(score.name) and columns_for(branch, score.name)
    ]
    language = query.get("language", "").strip()[:20] or None
    text = unicodedata.normalize("NFC", query.get("q", "")[:_LONGEST_SEARCH])
    words = tuple(dict.fromkeys(text.split()))[:_MOST_WORDS]
    return SampleFilter(branch=branch, bounds=tuple(bounds), language=language, words=words)


def _parse_bound(name: str, text: str) -> Bound:
    low, mark, high = text[:60].partition("..")
    try:
        limits = [float(side) if side else None for side in (low, high)]
    except ValueError:
        limits = [math.nan]
    if not mark or any(limit is not None and not math.isfinite(limit) for limit in limits):
        raise FilterError(
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

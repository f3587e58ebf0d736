"""What the field measures, as pure functions: cuts, diarization, clusters, decisions, sets.

Each is defined here in full, so that a figure can be repeated without the tool it comes from;
where the field has a tool of its own, the docstring names it.
"""

from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Voiced = tuple[float, float, str]
"""Start and stop in seconds, and who."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Score:
    """Counts of a decision, and what follows from them."""

    true_positives: int
    """Found, and true."""
    false_positives: int
    """Found, and not true."""
    false_negatives: int
    """True, and not found."""

    def __add__(self, other: "Score") -> "Score":
        """Counts of both: figures over many shows are pooled, not averaged."""
        return Score(
            true_positives=self.true_positives + other.true_positives,
            false_positives=self.false_positives + other.false_positives,
            false_negatives=self.false_negatives + other.false_negatives,
        )

    @property
    def precision(self) -> float:
        """Share of what is found that is true; 1 if nothing is found."""
        found = self.true_positives + self.false_positives
        return self.true_positives / found if found else 1.0

    @property
    def recall(self) -> float:
        """Share of what is true that is found; 1 if nothing is true."""
        true = self.true_positives + self.false_negatives
        return self.true_positives / true if true else 1.0

    @property
    def f1(self) -> float:
        """Harmonic mean of the two; 1 if nothing is true and nothing is found."""
        wrong = self.false_positives + self.false_negatives
        both = 2 * self.true_positives
        return both / (both + wrong) if both + wrong else 1.0


@dataclass(frozen=True, kw_only=True, slots=True)
class DiarizationScore:
    """Seconds of each kind of error, as pyannote.metrics' `DiarizationErrorRate` has them."""

    missed: float
    """Somebody speaks and nobody is given; each speaker too few counts."""
    false_alarm: float
    """Somebody is given and nobody speaks; each speaker too many counts."""
    confusion: float
    """Another one is given."""
    total: float
    """Speech, overlapped speech once for each speaker."""

    def __add__(self, other: "DiarizationScore") -> "DiarizationScore":
        """Seconds of both."""
        return DiarizationScore(
            missed=self.missed + other.missed,
            false_alarm=self.false_alarm + other.false_alarm,
            confusion=self.confusion + other.confusion,
            total=self.total + other.total,
        )

    @property
    def error_rate(self) -> float:
        """DER; may be over 1. Without speech it is 0 if nothing is given, else 1."""
        wrong = self.missed + self.false_alarm + self.confusion
        if not self.total:
            return 1.0 if wrong else 0.0
        return wrong / self.total


def score_sets(found: Collection[Hashable], true: Collection[Hashable]) -> Score:
    """Compares two sets.

    >>> score_sets({"a", "b"}, {"b", "c", "d"})
    Score(true_positives=1, false_positives=1, false_negatives=2)
    """
    found, true = set(found), set(true)
    return Score(
        true_positives=len(found & true),
        false_positives=len(found - true),
        false_negatives=len(true - found),
    )


def score_decisions(found: Sequence[bool], true: Sequence[bool]) -> Score:
    """Compares decisions one by one, such as who is seen speaking in which frame.

    Raises:
        ValueError: they are not equally many.
    """
    pairs = list(zip(found, true, strict=True))
    return Score(
        true_positives=sum(f and t for f, t in pairs),
        false_positives=sum(f and not t for f, t in pairs),
        false_negatives=sum(t and not f for f, t in pairs),
    )


def score_cuts(found: Sequence[int], true: Sequence[int], *, tolerance: int = 1) -> Score:
    """Matches cuts, each with one at most and at most `tolerance` frames away.

    As many as possible are matched (PySceneDetect's benchmark matches as TRECVID does).

    Args:
        found: frames at which a shot begins.
        true: the same, as they are.
        tolerance: frames.
    """
    left = sorted(true)
    matched = 0
    # By time, the earliest that is near enough is never the wrong choice.
    for cut in sorted(found):
        while left and left[0] < cut - tolerance:
            left.pop(0)
        if left and left[0] <= cut + tolerance:
            left.pop(0)
            matched += 1
    return Score(
        true_positives=matched,
        false_positives=len(found) - matched,
        false_negatives=len(true) - matched,
    )


def score_diarization(
    found: Sequence[Voiced], true: Sequence[Voiced], *, step_seconds: float = 0.01
) -> DiarizationScore:
    """Compares who speaks when, without a collar, under the names that fit best.

    Args:
        found: intervals; they may overlap.
        true: the same, as they are.
        step_seconds: of the grid that is counted on; an interval has a point that it covers the
            middle of.
    """
    stop = max((one[1] for one in [*found, *true]), default=0.0)
    num_steps = round(stop / step_seconds) + 1
    given, spoken = (_grid(one, num_steps, step_seconds) for one in (found, true))
    shared = spoken.astype(np.int64) @ given.T.astype(np.int64)
    agreed = int(sum(shared[row, column] for row, column in best_pairs(shared)))
    num_given, num_spoken = given.sum(axis=0), spoken.sum(axis=0)
    both = int(np.minimum(num_given, num_spoken).sum())
    return DiarizationScore(
        missed=int(np.maximum(num_spoken - num_given, 0).sum()) * step_seconds,
        false_alarm=int(np.maximum(num_given - num_spoken, 0).sum()) * step_seconds,
        confusion=(both - agreed) * step_seconds,
        total=int(num_spoken.sum()) * step_seconds,
    )


def best_pairs(gains: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Row and column of the one-to-one pairs with the greatest sum.

    Args:
        gains: (R, C) not negative; the smaller side is at most about 12.
    """
    if gains.shape[0] > gains.shape[1]:
        return [(row, column) for column, row in best_pairs(gains.T)]
    # Rows one by one; of each set of columns taken, the best way to have taken it.
    best: dict[int, tuple[int, list[tuple[int, int]]]] = {0: (0, [])}
    for row in range(gains.shape[0]):
        following: dict[int, tuple[int, list[tuple[int, int]]]] = {}
        for taken, (gain, pairs) in best.items():
            for column in range(gains.shape[1]):
                if taken >> column & 1:
                    continue
                one = (gain + int(gains[row, column]), [*pairs, (row, column)])
                key = taken | 1 << column
                if key not in following or following[key][0] < one[0]:
                    following[key] = one
        best = following
    return max(best.values(), key=lambda one: one[0])[1]


def score_clusters(found: Sequence[Any], true: Sequence[Any]) -> tuple[float, float, float]:
    """B-cubed precision, recall and F1 of a clustering.

    Args:
        found: the cluster of each item; names do not matter.
        true: the class of each item.

    Raises:
        ValueError: they are not equally many.
    """
    pairs = list(zip(found, true, strict=True))
    if not pairs:
        return 1.0, 1.0, 1.0
    both = {pair: pairs.count(pair) for pair in set(pairs)}
    clusters = {name: list(found).count(name) for name in set(found)}
    classes = {name: list(true).count(name) for name in set(true)}
    precision = sum(n * n / clusters[cluster] for (cluster, _), n in both.items()) / len(pairs)
    recall = sum(n * n / classes[kind] for (_, kind), n in both.items()) / len(pairs)
    return precision, recall, 2 * precision * recall / (precision + recall)


def _grid(voiced: Sequence[Voiced], num_steps: int, step_seconds: float) -> NDArray[np.bool_]:
    """(voices, steps) whether each speaks."""
    names = sorted({name for _, _, name in voiced})
    speaks = np.zeros((len(names), num_steps), np.bool_)
    for start, stop, name in voiced:
        first, last = (max(0, round(time / step_seconds)) for time in (start, stop))
        speaks[names.index(name), first:last] = True
    return speaks

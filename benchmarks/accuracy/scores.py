"""Counts, and the figures for which there is no package: cuts, B-cubed, average precision.

`tools.py` asks the packages that the field uses for the others.
"""

from collections import Counter
from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass

import numpy as np


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


NOTHING = Score(true_positives=0, false_positives=0, false_negatives=0)
"""No decision yet."""


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


def score_cuts(
    found: Sequence[int],
    cuts: Sequence[int],
    fades: Sequence[tuple[int, int]] = (),
    *,
    tolerance: int = 1,
) -> Score:
    """Matches shot boundaries as PySceneDetect's benchmark does, after TRECVID.

    A boundary found within a fade is that fade's; a second one there is wrong. All others are
    matched with hard cuts, each with one at most and at most `tolerance` frames away, nearest
    first. The end of the video is no boundary (theirs counts it, found and true).

    Args:
        found: frames at which a shot begins.
        cuts: frames at which a shot begins after a hard cut.
        fades: first and last frame of every gradual transition.
        tolerance: frames.
    """
    matched: set[tuple[int, int]] = set()
    rest = []
    for frame in found:
        around = next((fade for fade in fades if fade[0] <= frame <= fade[1]), None)
        if around is None:
            rest.append(frame)
        else:
            matched.add(around)
    pairs = sorted(
        (abs(one - cut), number, other)
        for number, one in enumerate(rest)
        for other, cut in enumerate(cuts)
        if abs(one - cut) <= tolerance
    )
    taken: set[int] = set()
    given: set[int] = set()
    for _, number, other in pairs:
        if number not in given and other not in taken:
            given.add(number)
            taken.add(other)
    right = len(taken) + len(matched)
    return Score(
        true_positives=right,
        false_positives=len(found) - right,
        false_negatives=len(cuts) + len(fades) - right,
    )


def score_clusters(
    found: Sequence[Hashable], true: Sequence[Hashable]
) -> tuple[float, float, float]:
    """B-cubed precision, recall and F1 of a clustering (Bagga and Baldwin, 1998).

    Args:
        found: the cluster of each item; names do not matter.
        true: the class of each item.

    Raises:
        ValueError: they are not equally many.
    """
    pairs = Counter(zip(found, true, strict=True))
    if not pairs:
        return 1.0, 1.0, 1.0
    clusters, classes, total = Counter(found), Counter(true), len(found)
    precision = sum(n * n / clusters[cluster] for (cluster, _), n in pairs.items()) / total
    recall = sum(n * n / classes[kind] for (_, kind), n in pairs.items()) / total
    return precision, recall, 2 * precision * recall / (precision + recall)


def average_precision(scores: Sequence[float], labels: Sequence[bool], num_true: int) -> float:
    """Area under precision over recall, precision made falling (PASCAL VOC).

    So has ActivityNet's script for AVA-ActiveSpeaker.

    Args:
        scores: of what was found, any scale.
        labels: whether each is true.
        num_true: all that are true, found or not; at least those of `labels`.
    """
    if not num_true:
        return 1.0 if not len(scores) else 0.0
    order = np.argsort(-np.asarray(scores, np.float64), kind="stable")
    right = np.asarray(labels, np.bool_)[order].cumsum()
    precision = np.concatenate([right / np.arange(1, len(right) + 1), [0.0]])
    recall = np.concatenate([[0.0], right / num_true])
    falling = np.maximum.accumulate(precision[::-1])[::-1]
    return float((np.diff(recall) * falling[:-1]).sum())

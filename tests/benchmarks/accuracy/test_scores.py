"""Scores against cases that can be counted by hand."""

import numpy as np
import pytest

from benchmarks.accuracy.scores import (
    NOTHING,
    Score,
    average_precision,
    score_clusters,
    score_cuts,
    score_decisions,
    score_sets,
)


def counts(score: Score) -> tuple[int, int, int]:
    return score.true_positives, score.false_positives, score.false_negatives


def test_precision_recall_and_f1() -> None:
    score = Score(true_positives=6, false_positives=2, false_negatives=4)
    assert (score.precision, score.recall) == (0.75, 0.6) and score.f1 == pytest.approx(2 / 3)
    assert (NOTHING.precision, NOTHING.recall, NOTHING.f1) == (1.0, 1.0, 1.0)
    assert counts(score + score) == (12, 4, 8)
    wrong = Score(true_positives=0, false_positives=1, false_negatives=1)
    assert (wrong.precision, wrong.recall, wrong.f1) == (0.0, 0.0, 0.0)


def test_sets_and_decisions() -> None:
    assert counts(score_sets(["a", "b", "b"], {"b", "c", "d"})) == (1, 1, 2)
    assert counts(score_decisions([True, True, False, False], [True, False, True, False])) == (
        1, 1, 1,
    )  # fmt: skip
    with pytest.raises(ValueError):
        score_decisions([True], [])


@pytest.mark.parametrize(
    ("found", "cuts", "fades", "tolerance", "expected"),
    [
        ([], [], [], 1, (0, 0, 0)),
        ([10, 20], [10, 20], [], 0, (2, 0, 0)),
        ([11, 18], [10, 20], [], 1, (1, 1, 1)),
        ([9, 10, 11], [10], [], 1, (1, 2, 0)),
        ([20, 10], [21, 10], [], 1, (2, 0, 0)),
        # The nearest first: 10 takes 10, and nothing is near 9 any more.
        ([10, 11], [9, 10], [], 1, (1, 1, 1)),
        # Anywhere within a fade, once; not at a tolerance beside it.
        ([45], [], [(40, 62)], 0, (1, 0, 0)),
        ([45, 50], [], [(40, 62)], 0, (1, 1, 0)),
        ([39], [], [(40, 62)], 1, (0, 1, 1)),
        # What lies in a fade is not matched with a cut, as near as it may be.
        ([61], [63], [(40, 62)], 2, (1, 0, 1)),
    ],
)
def test_cuts(
    found: list[int],
    cuts: list[int],
    fades: list[tuple[int, int]],
    tolerance: int,
    expected: tuple[int, int, int],
) -> None:
    assert counts(score_cuts(found, cuts, fades, tolerance=tolerance)) == expected


def test_b_cubed() -> None:
    assert score_clusters([], []) == (1.0, 1.0, 1.0)
    assert score_clusters([1, 1, 2], ["a", "a", "b"]) == (1.0, 1.0, 1.0)
    # All in one: each of the two a's finds 2 of 3, the b 1 of 3.
    precision, recall, f1 = score_clusters([7, 7, 7], ["a", "a", "b"])
    assert precision == pytest.approx(5 / 9) and recall == 1.0
    assert f1 == pytest.approx(2 * (5 / 9) / (14 / 9))
    # All alone: precise, and each a is with half of its like.
    precision, recall, _ = score_clusters([1, 2, 3], ["a", "a", "b"])
    assert precision == 1.0 and recall == pytest.approx(2 / 3)
    with pytest.raises(ValueError):
        score_clusters([1], [])


def test_average_precision() -> None:
    assert average_precision([], [], 0) == 1.0
    assert average_precision([0.5], [False], 0) == 0.0
    assert average_precision([3, 2, 1], [True, True, False], 2) == 1.0
    # Half of what is true is never found.
    assert average_precision([3, 2], [True, True], 4) == 0.5
    # Wrong, right, right: precision 0, 1/2, 2/3, made falling 2/3 throughout.
    assert average_precision([3, 2, 1], [False, True, True], 2) == pytest.approx(2 / 3)
    metrics = pytest.importorskip("sklearn.metrics")
    rng = np.random.default_rng(0)
    for _ in range(5):
        labels = rng.random(400) < 0.3
        scores = rng.normal(0, 1, 400) + 2 * labels
        ours = average_precision(scores.tolist(), labels.tolist(), int(labels.sum()))
        # Without making it falling it is a little less.
        assert 0 <= ours - metrics.average_precision_score(labels, scores) < 0.03

"""Scores against cases that can be counted by hand."""

import numpy as np
import pytest

from benchmarks.scores import (
    DiarizationScore,
    Score,
    best_pairs,
    score_clusters,
    score_cuts,
    score_decisions,
    score_diarization,
    score_sets,
)


def counts(score: Score) -> tuple[int, int, int]:
    return score.true_positives, score.false_positives, score.false_negatives


def test_precision_recall_and_f1() -> None:
    score = Score(true_positives=6, false_positives=2, false_negatives=4)
    assert (score.precision, score.recall) == (0.75, 0.6) and score.f1 == pytest.approx(2 / 3)
    nothing = Score(true_positives=0, false_positives=0, false_negatives=0)
    assert (nothing.precision, nothing.recall, nothing.f1) == (1.0, 1.0, 1.0)
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
    ("found", "true", "tolerance", "expected"),
    [
        ([], [], 1, (0, 0, 0)),
        ([10, 20], [10, 20], 0, (2, 0, 0)),
        ([11, 18], [10, 20], 1, (1, 1, 1)),
        ([9, 10, 11], [10], 1, (1, 2, 0)),
        # The nearest first would match one alone.
        ([10, 11], [9, 10], 1, (2, 0, 0)),
        ([10, 11], [11, 12], 1, (2, 0, 0)),
        ([20, 10], [21, 10], 1, (2, 0, 0)),
    ],
)
def test_cuts(
    found: list[int], true: list[int], tolerance: int, expected: tuple[int, int, int]
) -> None:
    assert counts(score_cuts(found, true, tolerance=tolerance)) == expected


def seconds(score: DiarizationScore) -> tuple[float, float, float, float]:
    values = (score.missed, score.false_alarm, score.confusion, score.total)
    return tuple(round(value, 6) for value in values)  # type: ignore[return-value]


def test_diarization_errors() -> None:
    true = [(0.0, 4.0, "A"), (5.0, 9.0, "B")]
    # Names do not matter.
    assert seconds(score_diarization([(0.0, 4.0, "x"), (5.0, 9.0, "y")], true)) == (0, 0, 0, 8)
    # A second missed, half a second too many, a second of x where y is.
    found = [(1.0, 4.0, "x"), (5.0, 6.0, "x"), (6.0, 9.5, "y")]
    score = score_diarization(found, true)
    assert seconds(score) == (1, 0.5, 1, 8) and score.error_rate == pytest.approx(2.5 / 8)
    assert seconds(score + score) == (2, 1, 2, 16)


def test_overlapped_speech_counts_for_each_speaker() -> None:
    true = [(0.0, 4.0, "A"), (1.0, 2.0, "B")]
    assert seconds(score_diarization([(0.0, 4.0, "x")], true)) == (1, 0, 0, 5)
    assert seconds(score_diarization([(0.0, 4.0, "x"), (1.0, 2.0, "y")], true)) == (0, 0, 0, 5)
    assert seconds(score_diarization(true, [(0.0, 4.0, "A")])) == (0, 1, 0, 4)


def test_diarization_without_speech() -> None:
    assert score_diarization([], []).error_rate == 0.0
    assert score_diarization([(0.0, 1.0, "x")], []).error_rate == 1.0
    assert score_diarization([], [(0.0, 1.0, "A")]).error_rate == 1.0


def test_best_pairs_are_the_best() -> None:
    # The largest first (9 + 1) is worse than 8 + 7.
    assert best_pairs(np.array([[9, 8], [7, 1]])) == [(0, 1), (1, 0)]
    assert best_pairs(np.array([[1], [5], [2]])) == [(1, 0)]
    assert best_pairs(np.zeros((0, 3), np.int64)) == []
    optimize = pytest.importorskip("scipy.optimize")
    rng = np.random.default_rng(0)
    for shape in [(3, 5), (5, 3), (6, 6)]:
        gains = rng.integers(0, 99, shape)
        rows, columns = optimize.linear_sum_assignment(-gains)
        assert sum(int(gains[pair]) for pair in best_pairs(gains)) == gains[rows, columns].sum()


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

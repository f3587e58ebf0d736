"""What is refused before anything is computed, and under which name."""

from dataclasses import replace

import numpy as np
import pytest

from speakervid5m.vidchatbench import (
    BadValuesError,
    BenchError,
    EmptyGroupError,
    FeatureSet,
    SampleMismatchError,
    SampleScores,
    compare_means,
)
from tests.vidchatbench.rows import features, normal, scores


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e31])
def test_values_that_are_not_finite_name_their_row(bad: float) -> None:
    values = normal(0, 8, 3)
    values[5, 1] = bad
    with pytest.raises(BadValuesError, match=r"1 of 8 rows hold NaN.*first: row 5.*subset"):
        features(values)
    values = normal(0, 8, 3)
    values[[2, 7]] = bad
    with pytest.raises(BadValuesError, match=r"metric: 2 of 8 rows"):
        scores(values)


@pytest.mark.parametrize(
    "bad", [np.zeros((0, 3)), np.zeros((2, 3, 4)), np.array(["a"]), np.array([1j]), np.float64(1)]
)
def test_values_of_another_shape_or_type(bad: object) -> None:
    with pytest.raises(BadValuesError, match="real numbers of shape"):
        FeatureSet(sample_ids=["a"], sources=["x"], values=bad)  # type: ignore[arg-type]


def test_each_row_has_an_id_and_a_source() -> None:
    with pytest.raises(BadValuesError, match="2 sample ids, 1 sources, 2 rows"):
        SampleScores(sample_ids=["a", "b"], sources=["x"], values=np.zeros(2))
    with pytest.raises(BadValuesError, match="empty sample id or source"):
        SampleScores(sample_ids=["a", "b"], sources=["x", ""], values=np.zeros(2))


def test_a_sample_has_one_source_and_scores_one_row() -> None:
    with pytest.raises(SampleMismatchError, match="sample a is of sources x and y"):
        FeatureSet(sample_ids=["a", "a"], sources=["x", "y"], values=np.zeros((2, 1)))
    frames = FeatureSet(sample_ids=["a", "a"], sources=["x", "x"], values=np.zeros((2, 1)))
    assert (frames.num_samples, frames.num_sources, frames.num_dimensions) == (1, 1, 1)
    with pytest.raises(SampleMismatchError, match="sample a stands here 2 times"):
        SampleScores(sample_ids=["a", "a"], sources=["x", "x"], values=np.zeros(2))


def test_integers_and_half_floats_become_float64() -> None:
    assert scores(np.arange(4)).values.dtype == np.float64
    assert features(np.ones((4, 2), np.float16)).values.dtype == np.float64


def test_a_subset_names_samples_that_are_there() -> None:
    rows = scores(np.arange(8.0))
    kept = rows.subset(["sample-0006", "sample-0001"])
    assert kept.sample_ids == ("sample-0001", "sample-0006")
    assert kept.means.tolist() == [1, 6] and kept.name == "metric"
    with pytest.raises(SampleMismatchError, match=r"1 of 2 samples are not there.*sample-0009"):
        rows.subset(["sample-0001", "sample-0009"])
    with pytest.raises(EmptyGroupError, match="leave the group out"):
        rows.subset([])
    with pytest.raises(BenchError):
        rows.rows(np.zeros(8, bool))


def test_the_order_of_rows_does_not_matter_to_the_last_bit() -> None:
    rows = scores(normal(0, 40))
    order = np.random.default_rng(1).permutation(40)
    mixed = SampleScores(
        sample_ids=[rows.sample_ids[number] for number in order],
        sources=[rows.sources[number] for number in order],
        values=rows.values[order],
    )
    assert mixed.sample_ids == rows.sample_ids and mixed.sources == rows.sources
    assert np.array_equal(mixed.values, rows.values)
    assert compare_means(rows, mixed).p_value is None
    assert compare_means(rows, mixed).uncertainty == compare_means(rows, rows).uncertainty
    with pytest.raises(ValueError, match="read-only"):
        mixed.values[0] = np.nan


def test_seeds_are_columns() -> None:
    rows = scores([[1.0, 3.0], [5.0, 5.0]])
    assert rows.means.tolist() == [2, 5]
    assert replace(rows, values=np.array([1.0, 2.0])).means.tolist() == [1, 2]

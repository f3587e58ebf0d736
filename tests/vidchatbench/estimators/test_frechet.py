"""The Fréchet distance: closed forms, both ways to compute it, its bias, its interval."""

import numpy as np
import pytest
from hypothesis import given, strategies as st
from scipy import linalg, stats

from speakervid5m.vidchatbench import (
    BadValuesError,
    FeatureSet,
    TooFewSamplesError,
    TooFewSourcesError,
    frechet_distance,
    frechet_estimate,
    frechet_halves,
    frechet_jackknife,
)
from tests.vidchatbench.rows import features, normal

SEEDS = st.integers(0, 10_000)


def whitened(seed: int, count: int, dimensions: int) -> np.ndarray:
    """Vectors whose mean is 0 and whose covariance is the identity, exactly."""
    centred = normal(seed, count, dimensions)
    centred -= centred.mean(0)
    return np.asarray(np.linalg.qr(centred)[0] * np.sqrt(count - 1))


def test_equal_covariances_leave_the_shift() -> None:
    values = normal(1, 200, 8)
    shift = np.array([1.0, 2.0, 2.0, 0, 0, 0, 0, 0])
    assert frechet_distance(values, values + shift) == pytest.approx(9, rel=1e-12)


def test_diagonal_covariances() -> None:
    first, second = np.array([1.0, 4.0, 9.0, 0.25]), np.array([4.0, 4.0, 1.0, 2.25])
    expected = np.sum((np.sqrt(first) - np.sqrt(second)) ** 2)
    values = whitened(2, 300, 4)
    distance = frechet_distance(values * np.sqrt(first), values * np.sqrt(second))
    assert distance == pytest.approx(expected, rel=1e-12)


def test_it_is_the_formula_with_the_matrix_root() -> None:
    first, second = normal(3, 500, 64), normal(4, 400, 64) @ (normal(5, 64, 64) / 8) + 0.3
    covariances = np.cov(first, rowvar=False), np.cov(second, rowvar=False)
    root = linalg.sqrtm(covariances[0] @ covariances[1]).real
    shift = first.mean(0) - second.mean(0)
    expected = shift @ shift + np.trace(covariances[0] + covariances[1] - 2 * root)
    assert frechet_distance(first, second) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(
    ("dimensions", "formula", "simulated", "error"),
    [(16, 0.336, 0.341, 0.012), (64, 4.416, 4.449, 0.1)],
)
def test_the_floor_of_two_draws_of_one_law(
    dimensions: int, formula: float, simulated: float, error: float
) -> None:
    """d (d + 5) / (2 N), for d far below N."""
    assert dimensions * (dimensions + 5) / 1000 == pytest.approx(formula)
    floors = [
        frechet_distance(normal(seed, 500, dimensions), normal(seed + 100, 500, dimensions))
        for seed in range(30)
    ]
    assert np.mean(floors) == pytest.approx(simulated, abs=error)


def test_floors_of_more_dimensions_are_the_sheet_s() -> None:
    """In units of the variance of a feature: 163 at d = 400, 2431 at d = 2048, N = 500."""
    assert frechet_distance(normal(0, 500, 400), normal(1, 500, 400)) == pytest.approx(163, abs=2)
    assert frechet_distance(normal(0, 500, 2048), normal(1, 500, 2048)) == pytest.approx(
        2431, abs=8
    )


@given(SEEDS, st.sampled_from([(40, 3), (40, 9), (12, 30)]))
def test_order_rotation_and_names_change_nothing(seed: int, shape: tuple[int, int]) -> None:
    generator = np.random.default_rng(seed)
    first, second = (
        features(generator.normal(size=shape)),
        features(generator.normal(size=shape) + 1),
    )
    estimate = frechet_estimate(first, second)
    order = generator.permutation(shape[0])
    turned = np.linalg.qr(generator.normal(size=(shape[1], shape[1])))[0]
    new_name = {
        name: str(number)
        for number, name in enumerate(generator.permutation(sorted({*first.sources})))
    }
    for other in (
        (first.rows(order), second.rows(generator.permutation(shape[0]))),
        (features(first.values @ turned + 5), features(second.values @ turned + 5)),
        tuple(
            FeatureSet(
                sample_ids=rows.sample_ids,
                sources=[new_name[source] for source in rows.sources],
                values=rows.values,
            )
            for rows in (first, second)
        ),
    ):
        again = frechet_estimate(*other)
        assert again.plug_in == pytest.approx(estimate.plug_in, rel=1e-9)
        assert again.value == pytest.approx(estimate.value, rel=1e-7)
        assert (again.uncertainty is None) == (estimate.uncertainty is None)
        if estimate.uncertainty and again.uncertainty:
            assert again.uncertainty.low == pytest.approx(
                estimate.uncertainty.low, rel=1e-6, abs=1e-9
            )


@given(SEEDS, st.floats(0.01, 100))
def test_it_grows_with_the_square_of_the_scale(seed: int, scale: float) -> None:
    first, second = normal(seed, 20, 3), normal(seed + 1, 20, 3)
    distance = frechet_distance(first, second)
    assert frechet_distance(scale * first, scale * second) == pytest.approx(scale**2 * distance)
    assert frechet_distance(second, first) == pytest.approx(distance)


def test_sets_that_are_equal_are_at_0() -> None:
    values = normal(8, 60, 5)
    assert frechet_distance(values, values) == pytest.approx(0, abs=1e-12)
    estimate = frechet_estimate(features(values), features(values))
    assert estimate.value == pytest.approx(0, abs=1e-9)
    constant = np.full((60, 5), 7.0)
    assert frechet_distance(constant, constant) == 0


def test_the_jackknife_repairs_the_bias_at_64_dimensions() -> None:
    truth = 1 + 64 * 0.13**2
    generator = np.random.default_rng(9)
    first, second = generator.normal(size=(500, 64)), 1.13 * generator.normal(size=(500, 64))
    second[:, 0] += 1
    estimate = frechet_estimate(features(first), features(second))
    assert estimate.plug_in > truth + 3
    assert estimate.uncertainty is not None
    assert estimate.uncertainty.low < truth < estimate.uncertainty.high
    assert estimate.value == pytest.approx(truth, abs=3 * estimate.uncertainty.standard_error)
    assert (estimate.num_samples, estimate.num_sources, estimate.num_dimensions) == (500, 125, 64)
    assert estimate.uncertainty.degrees_of_freedom == pytest.approx(124)


def test_no_interval_where_the_bias_cannot_be_removed() -> None:
    few = frechet_estimate(features(normal(1, 60, 16)), features(normal(2, 60, 16)))
    assert few.uncertainty is None and "60 samples of 16 dimensions" in few.no_interval
    assert few.value == few.plug_in
    enough = frechet_estimate(features(normal(1, 64, 16)), features(normal(2, 64, 16)))
    assert enough.uncertainty is not None and not enough.no_interval
    with pytest.raises(TooFewSamplesError, match="compare by KID"):
        frechet_jackknife(features(normal(1, 60, 16)), features(normal(2, 60, 16)))
    lopsided, even = features(normal(1, 60, 2), 40), features(normal(2, 60, 2))
    for pair in ((lopsided, lopsided), (lopsided, even), (even, lopsided)):
        assert "more than half" in frechet_estimate(*pair).no_interval
    frames = FeatureSet(
        sample_ids=[f"{number // 10}" for number in range(100)],
        sources=[f"{number // 20}" for number in range(100)],
        values=normal(3, 100, 4),
    )
    assert "10 samples of 4" in frechet_estimate(frames, frames).no_interval


def test_pairs_of_groups_are_left_out_where_enough_is_left() -> None:
    real, replies = features(normal(1, 96, 4)), features(normal(2, 96, 4))
    interactions = frechet_jackknife(real, replies).interactions
    assert interactions is not None and interactions.shape == (12, 12)
    # The 24 sources are dealt in order: group 3 has sources 3 and 15.
    number = np.arange(96) // 4 % 12
    distances = [
        frechet_distance(real.values[kept], replies.values[kept])
        for kept in (number >= 0, number != 3, number != 7, (number != 3) & (number != 7))
    ]
    expected = distances @ np.array([1, -11 / 12, -11 / 12, 10 / 12])
    assert interactions[3, 7] == pytest.approx(expected)
    few = features(normal(1, 12, 1)), features(normal(2, 12, 1))
    assert frechet_jackknife(*few).interactions is None


def test_many_sources_are_dealt_to_groups() -> None:
    real, replies = features(normal(1, 600, 2), 2), features(normal(2, 600, 2), 2)
    jackknife = frechet_jackknife(real, replies)
    assert len(jackknife.sizes) == 128 and jackknife.sizes.sum() == 1200
    assert jackknife.sizes.max() - jackknife.sizes.min() <= 4


def test_what_is_refused() -> None:
    with pytest.raises(BadValuesError, match="3 and 4 dimensions"):
        frechet_distance(normal(0, 9, 3), normal(0, 9, 4))
    with pytest.raises(TooFewSamplesError, match="covariance needs at least 2"):
        frechet_distance(normal(0, 9, 3), normal(0, 1, 3))
    with pytest.raises(BadValuesError, match="NaN"):
        frechet_distance(normal(0, 9, 3), np.full((9, 3), np.nan))
    with pytest.raises(TooFewSamplesError):
        frechet_estimate(features(normal(0, 1, 3)), features(normal(0, 1, 3)))
    for dimensions in (3, 90):
        with pytest.raises(TooFewSourcesError, match="1 sources, of 2"):
            frechet_estimate(*2 * [features(normal(0, 40, dimensions), per_source=40)])


@pytest.mark.parametrize("dimensions", [8, 90])
def test_halves_by_gram_matrices_are_halves(dimensions: int) -> None:
    real, replies = features(normal(1, 80, dimensions)), features(normal(2, 80, dimensions) + 3)
    halves = frechet_halves(real, replies, num_splits=3, seed=5)
    generator, expected = np.random.default_rng(5), []
    for _ in range(3):
        half = np.repeat(generator.permutation(20) < 10, 4)
        expected.append(frechet_distance(real.values[half], replies.values[~half]))
    assert halves.values == pytest.approx(expected, rel=1e-9)
    assert halves.num_rows == 40
    assert halves.low <= halves.mean <= halves.high


def test_the_floor_is_as_wide_as_half_of_the_samples_make_it() -> None:
    real = features(normal(3, 500, 64), per_source=1)
    floor = frechet_halves(real, real)
    assert floor.mean == pytest.approx(64 * 69 / 500, rel=0.1)
    assert floor.values == frechet_halves(real, real).values
    assert floor.values != frechet_halves(real, real, seed=1).values
    with pytest.raises(TooFewSourcesError):
        frechet_halves(*2 * [features(normal(0, 8, 2), per_source=8)])
    with pytest.raises(BadValuesError, match="0 splits"):
        frechet_halves(real, real, num_splits=0)


def test_a_bootstrap_would_not_hold_the_truth() -> None:
    """Why there is none: every resampled value lies above the plug-in, itself above the truth."""
    first, second = normal(10, 100, 16), normal(11, 100, 16)
    plug_in = frechet_distance(first, second)
    generator = np.random.default_rng(0)
    resampled = [
        frechet_distance(
            first[generator.integers(0, 100, 100)], second[generator.integers(0, 100, 100)]
        )
        for _ in range(40)
    ]
    assert min(resampled) > plug_in > 0
    assert stats.describe(resampled).mean > 1.5 * plug_in

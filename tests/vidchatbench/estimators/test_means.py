"""Means over samples: the jackknife by source is the cluster-robust error of econometrics."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, strategies as st

from speakervid5m.vidchatbench import (
    BadValuesError,
    Jackknife,
    SampleMismatchError,
    SampleScores,
    TooFewSourcesError,
    mean_estimate,
)
from speakervid5m.vidchatbench.estimators.jackknife import interactions_of
from speakervid5m.vidchatbench.estimators.uncertainty import degrees_of_freedom
from tests.vidchatbench.rows import normal, scores


def test_a_sample_a_source_is_the_classic_interval() -> None:
    values = normal(0, 50)
    estimate = mean_estimate(scores(values, per_source=1))
    assert estimate.uncertainty is not None
    error = values.std(ddof=1) / np.sqrt(50)
    assert estimate.value == pytest.approx(values.mean())
    assert estimate.uncertainty.standard_error == pytest.approx(error)
    assert estimate.uncertainty.degrees_of_freedom == pytest.approx(49)
    assert estimate.uncertainty.high == pytest.approx(values.mean() + 2.009575 * error)
    assert estimate.num_effective == pytest.approx(50)
    assert estimate.seed_deviation is None


def test_unequal_sources_have_the_formula_s_error() -> None:
    """CR2 with a constant alone: residual sums of sources, each divided by 1 - m / N."""
    sources = ["a"] * 5 + ["b"] * 2 + ["c"] + ["d"] * 4
    values = normal(1, 12)
    estimate = mean_estimate(
        SampleScores(sample_ids=list(map(str, range(12))), sources=sources, values=values)
    )
    residuals = values - values.mean()
    expected = sum(
        residuals[np.array(sources) == name].sum() ** 2 / (1 - sources.count(name) / 12)
        for name in "abcd"
    )
    assert estimate.uncertainty is not None
    assert estimate.uncertainty.standard_error == pytest.approx(np.sqrt(expected) / 12)
    assert estimate.uncertainty.degrees_of_freedom < 3


def test_degrees_of_freedom_are_those_of_bell_and_mccaffrey() -> None:
    """tr(M)^2 / tr(M^2) of the matrix itself."""
    sizes = np.array([5.0, 2, 1, 4])
    shares = sizes / 12
    scale = np.sqrt(np.outer(1 - shares, 1 - shares))
    matrix = (np.diag(sizes) - np.outer(sizes, sizes) / 12) / scale
    expected = np.trace(matrix) ** 2 / np.trace(matrix @ matrix)
    assert degrees_of_freedom(sizes) == pytest.approx(expected)
    assert degrees_of_freedom(np.full(30, 4.0)) == pytest.approx(29)


def test_equal_groups_are_the_ordinary_jackknife() -> None:
    left_out = normal(2, 10)
    jackknife = Jackknife(value=0.3, left_out=left_out, sizes=np.full(10, 4.0), corrects_bias=True)
    assert jackknife.corrected == pytest.approx(10 * 0.3 - 9 * left_out.mean())
    spread = 9 / 10 * np.sum((left_out - left_out.mean()) ** 2)
    assert jackknife.standard_error == pytest.approx(np.sqrt(spread))
    other = Jackknife(value=0.3, left_out=left_out[:5], sizes=np.full(5, 4.0), corrects_bias=True)
    with pytest.raises(SampleMismatchError, match="same sources"):
        jackknife - other


def test_what_pairs_do_is_counted_once() -> None:
    """|mean|^2 of N vectors of N(0, I): its variance is 2 d / N^2, the jackknife's twice that."""
    generator = np.random.default_rng(0)
    plain, corrected = [], []
    count, sizes = 24, np.ones(24)
    for _ in range(200):
        values = generator.normal(size=(count, 40))
        total = values.sum(0)
        left_out = np.sum(((total - values) / (count - 1)) ** 2, axis=1)
        left_two = np.sum(((total - values[:, None] - values) / (count - 2)) ** 2, axis=2)
        jackknife = Jackknife(
            value=float(np.sum((total / count) ** 2)),
            left_out=left_out,
            sizes=sizes,
            corrects_bias=True,
        )
        plain.append(jackknife.standard_error**2)
        known = interactions_of(jackknife.value, left_out, left_two, sizes)
        corrected.append(replace(jackknife, interactions=known).standard_error ** 2)
    truth = 2 * 40 / count**2
    assert np.mean(plain) == pytest.approx(2 * truth, rel=0.1)
    # Never below half of the jackknife's, which keeps it a little above the truth.
    assert truth < np.mean(corrected) < 1.3 * truth


def test_four_alike_of_a_source_are_half_of_the_samples() -> None:
    """N / (1 + (m - 1) rho): 244 of 500 for m = 4, rho = .35."""
    assert pytest.approx(2.05) == 1 + 3 * 0.35
    assert pytest.approx(244, abs=0.5) == 500 / 2.05
    generator = np.random.default_rng(3)
    effective = []
    for _ in range(60):
        source = np.repeat(generator.normal(size=125), 4)
        values = np.sqrt(0.35) * source + np.sqrt(0.65) * generator.normal(size=500)
        effective.append(mean_estimate(scores(values)).num_effective)
    assert np.mean(effective) == pytest.approx(244, abs=15)
    assert max(effective) <= 500


def test_a_blind_choice_of_five_answers() -> None:
    """CLIP_dialog by chance: .600, an item deviates by .2828, the mean of 500 by .01265."""
    grades = np.array([0.2, 0.4, 0.6, 0.8, 1.0])
    assert (grades.mean(), grades.std()) == pytest.approx((0.6, 0.2828), abs=5e-5)
    estimate = mean_estimate(scores(np.tile(grades, 100), per_source=1))
    assert estimate.value == pytest.approx(0.6)
    assert estimate.uncertainty is not None
    assert estimate.uncertainty.standard_error == pytest.approx(0.01265, abs=2e-5)


def test_seeds_are_no_samples() -> None:
    values = normal(4, 40, 1) + normal(5, 40, 3) / 10
    estimate = mean_estimate(scores(values))
    alone = mean_estimate(scores(values.mean(1)))
    assert (estimate.value, estimate.uncertainty) == (alone.value, alone.uncertainty)
    assert estimate.num_samples == 40
    assert estimate.seed_deviation == pytest.approx(values.mean(0).std(ddof=1))


@given(st.integers(0, 10_000), st.floats(-1e6, 1e6))
def test_order_names_and_a_shift_change_nothing(seed: int, shift: float) -> None:
    generator = np.random.default_rng(seed)
    rows = scores(generator.normal(size=21))
    estimate = mean_estimate(rows)
    again = mean_estimate(rows.rows(generator.permutation(21)))
    renamed = SampleScores(
        sample_ids=rows.sample_ids,
        sources=[f"z{source[::-1]}" for source in rows.sources],
        values=rows.values + shift,
    )
    shifted = mean_estimate(renamed)
    assert estimate.uncertainty and again.uncertainty and shifted.uncertainty
    assert again.value == pytest.approx(estimate.value)
    assert again.uncertainty.low == pytest.approx(estimate.uncertainty.low)
    assert shifted.value - shift == pytest.approx(estimate.value, abs=1e-8)
    assert shifted.uncertainty.standard_error == pytest.approx(
        estimate.uncertainty.standard_error, rel=1e-6
    )


def test_a_constant_is_certain() -> None:
    estimate = mean_estimate(scores(np.full(12, 0.1)))
    assert estimate.uncertainty is not None
    assert estimate.uncertainty.low == pytest.approx(estimate.uncertainty.high)
    assert estimate.num_effective == 12


def test_what_is_refused() -> None:
    with pytest.raises(TooFewSourcesError, match="metric: 1 sources, of 2 that an interval needs"):
        mean_estimate(scores(normal(0, 4), per_source=4))
    for level in (0, 1, 95, np.nan):
        with pytest.raises(BadValuesError, match=r"between 0 and 1 is allowed, as 0\.95"):
            mean_estimate(scores(normal(0, 8)), level=level)

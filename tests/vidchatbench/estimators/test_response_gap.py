"""Response gaps: negative ones are kept, a delay is read back, intervals hold."""

import numpy as np
import pytest
from scipy import stats

from speakervid5m.vidchatbench import (
    BadValuesError,
    TooFewSourcesError,
    gap_distance,
    gap_estimate,
    median_estimate,
)
from tests.vidchatbench.rows import normal, scores


def test_negative_gaps_are_kept() -> None:
    gaps = scores([-0.9, -0.2, 0.0, 0.2, 0.6, 0.61, -0.3, 3.0])
    estimate = gap_estimate(gaps)
    assert estimate.median.value == pytest.approx(0.1)
    assert estimate.in_time.value == pytest.approx(4 / 8)


@pytest.mark.parametrize("frames", [1, 2, 5, 10])
def test_a_delay_of_frames_is_read_back(frames: int) -> None:
    """40 ms a frame at 25 frames a second."""
    truth = scores(0.2 + normal(0, 100) / 5)
    late = scores(truth.means + 0.040 * frames)
    assert median_estimate(late).value - median_estimate(truth).value == pytest.approx(
        0.040 * frames
    )
    assert gap_distance(truth, late) == pytest.approx(0.040 * frames)


def test_the_distance_is_scipy_s() -> None:
    for count in (50, 64):
        first, second = normal(1, 50), normal(2, count) * 2 + 0.3
        expected = stats.wasserstein_distance(first, second)
        assert gap_distance(scores(first), scores(second)) == pytest.approx(expected)
    assert gap_distance(scores(first), scores(first)) == 0


def test_the_interval_of_the_median_holds_the_truth() -> None:
    generator, held = np.random.default_rng(3), 0
    for _ in range(300):
        source = np.repeat(generator.normal(size=60), 4)
        values = np.exp(0.6 * source + 0.8 * generator.normal(size=240))
        uncertainty = median_estimate(scores(values)).uncertainty
        assert uncertainty is not None
        held += uncertainty.low <= 1 <= uncertainty.high
    assert 0.92 <= held / 300 <= 0.98


def test_ties_and_seeds() -> None:
    estimate = median_estimate(scores(np.zeros(20)))
    assert estimate.uncertainty is not None
    assert (estimate.value, estimate.uncertainty.low, estimate.uncertainty.high) == (0, 0, 0)
    seeds = gap_estimate(scores([[0.0, 1.0], [0.2, 0.4], [0.1, 0.1], [0.0, 0.0], [2.0, 2.0]], 1))
    assert seeds.in_time.value == pytest.approx((0.5 + 1 + 1 + 1 + 0) / 5)
    assert seeds.median.value == pytest.approx(0.3)


def test_one_source_is_refused() -> None:
    with pytest.raises(BadValuesError, match="level 95"):
        median_estimate(scores(normal(0, 8)), level=95)
    with pytest.raises(TooFewSourcesError):
        gap_estimate(scores(normal(0, 4)))

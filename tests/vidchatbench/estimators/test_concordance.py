"""Lin's concordance: closed form, interval, refusals."""

import numpy as np
import pytest
from hypothesis import given, strategies as st

from speakervid5m.vidchatbench import (
    BadValuesError,
    SampleMismatchError,
    TooFewSourcesError,
    concordance,
    concordance_estimate,
)
from tests.vidchatbench.rows import normal, scores


def test_a_line_that_is_not_the_diagonal() -> None:
    """2 a / (1 + a^2 + b^2) for y = a x + b, x of mean 0 and variance 1."""
    x = normal(0, 500)
    x = (x - x.mean()) / x.std()
    assert concordance(x, 0.5 * x + 1) == pytest.approx(0.4444, abs=5e-5)
    assert concordance(x, x) == pytest.approx(1)
    assert concordance(x, -x) == pytest.approx(-1)
    drawn = normal(1, 5000)
    assert concordance(drawn, 0.5 * drawn + 1) == pytest.approx(0.4444, abs=0.02)


@given(st.integers(0, 10_000), st.floats(-100, 100))
def test_it_is_symmetric_and_blind_to_order_and_a_common_shift(seed: int, shift: float) -> None:
    first, second = normal(seed, 20), normal(seed + 1, 20)
    expected = concordance(first, second)
    order = np.random.default_rng(seed).permutation(20)
    assert concordance(second, first) == pytest.approx(expected)
    assert concordance(first[order] + shift, second[order] + shift) == pytest.approx(expected)
    assert -1 <= expected <= 1
    estimate = concordance_estimate(scores(first), scores(second).rows(order))
    assert estimate.value == pytest.approx(expected)


def test_its_interval_holds_the_truth() -> None:
    generator, held = np.random.default_rng(2), 0
    for _ in range(200):
        x = np.repeat(generator.normal(size=60), 2) * 0.6 + generator.normal(size=120) * 0.8
        y = 0.5 * x + 1 + 0.3 * generator.normal(size=120)
        truth = 2 * 0.5 / (1 + 0.25 + 0.09 + 1)
        uncertainty = concordance_estimate(scores(x, 2), scores(y, 2)).uncertainty
        assert uncertainty is not None
        held += uncertainty.low <= truth <= uncertainty.high
    assert 0.90 <= held / 200 <= 0.99


def test_what_is_refused() -> None:
    with pytest.raises(BadValuesError, match="constant and equal"):
        concordance(np.ones(5), np.ones(5))
    # Without the first source all is constant; what rounding leaves is no variance.
    alone = np.concatenate([normal(0, 4), np.full(8, 0.1)])
    with pytest.raises(BadValuesError, match="constant and equal"):
        concordance_estimate(scores(alone), scores(alone))
    with pytest.raises(BadValuesError, match="two of shape"):
        concordance(np.ones(5), np.ones(4))
    with pytest.raises(BadValuesError, match="NaN"):
        concordance([1, np.nan], [1, 2])
    with pytest.raises(SampleMismatchError):
        concordance_estimate(scores(normal(0, 8)), scores(normal(0, 9)))
    with pytest.raises(TooFewSourcesError):
        concordance_estimate(*2 * [scores(normal(0, 4))])

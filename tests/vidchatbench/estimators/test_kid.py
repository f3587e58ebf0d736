"""KID: closed forms, no bias, no pair of one source."""

import numpy as np
import pytest
from hypothesis import given, strategies as st

from speakervid5m.vidchatbench import (
    JEDI_KERNEL,
    KID_KERNEL,
    BadValuesError,
    FeatureSet,
    PolynomialKernel,
    TooFewSourcesError,
    kid_estimate,
    kid_halves,
    kid_jackknife,
    squared_mmd,
)
from tests.vidchatbench.rows import features, normal


def cubic_moment(first: np.ndarray, second: np.ndarray) -> float:
    """E (x.y / d + 1)^3 for x ~ N(first, I), y ~ N(second, I)."""
    d, s, a, t = len(first), first @ second, first @ first, second @ second
    return float(
        1
        + 3 * s / d
        + 3 * (s**2 + a + t + d) / d**2
        + (s**3 + 3 * s * t + 3 * s * (d + a) + 6 * s) / d**3
    )


def test_two_normal_laws_are_as_far_apart_as_the_formula_says() -> None:
    here, there = np.zeros(64), np.full(64, 0.5)
    truth = cubic_moment(here, here) + cubic_moment(there, there) - 2 * cubic_moment(here, there)
    assert truth == pytest.approx(0.971069, abs=5e-7)
    draws = [
        kid_estimate(
            features(normal(seed, 500, 64), 1), features(normal(seed + 50, 500, 64) + 0.5, 1)
        ).value
        for seed in range(20)
    ]
    assert np.mean(draws) == pytest.approx(truth, abs=3 * 0.0077)


def test_pairs_of_one_source_are_left_out_within_and_across() -> None:
    real, replies = features(normal(1, 12, 5), 3), features(normal(2, 12, 5) + 1, 3)
    different = np.array(real.sources)[:, None] != np.array(replies.sources)
    kernels = [
        KID_KERNEL(left.values, right.values)[different].mean()
        for left, right in ((real, real), (replies, replies), (real, replies))
    ]
    jackknife = kid_jackknife(real, replies)
    assert jackknife.value == pytest.approx(kernels[0] + kernels[1] - 2 * kernels[2])
    for number, source in enumerate(sorted({*real.sources})):
        kept = np.array(real.sources) != source
        again = kid_jackknife(real.rows(kept), replies.rows(kept))
        assert jackknife.left_out[number] == pytest.approx(again.value)
    assert jackknife.estimate == jackknife.value


def test_pairs_of_sources_are_left_out_too() -> None:
    real, replies = features(normal(1, 21, 5), 3), features(normal(2, 21, 5) + 1, 3)
    jackknife = kid_jackknife(real, replies)
    assert jackknife.interactions is not None
    kept = np.array([source not in ("source-0002", "source-0005") for source in real.sources])
    left_two = kid_jackknife(real.rows(kept), replies.rows(kept)).value
    expected = jackknife.value - 6 / 7 * jackknife.left_out[[2, 5]].sum() + 5 / 7 * left_two
    assert jackknife.interactions[2, 5] == pytest.approx(expected)
    assert jackknife.interactions[5, 2] == pytest.approx(expected)
    assert not jackknife.interactions.diagonal().any()
    few = features(normal(1, 9, 5), 3), features(normal(2, 9, 5), 3)
    assert kid_jackknife(*few).interactions is None


def test_the_same_source_twice_does_not_look_like_a_difference() -> None:
    """Four clips of a person in each set: naive KID of two equal laws is far from 0."""
    generator = np.random.default_rng(3)

    def drawn() -> FeatureSet:
        person = np.repeat(generator.normal(size=(60, 32)), 4, axis=0)
        return features(0.8 * person + 0.6 * generator.normal(size=(240, 32)))

    ours, naive = [], []
    for _ in range(30):
        real, replies = drawn(), drawn()
        ours.append(kid_estimate(real, replies).value)
        naive.append(
            kid_estimate(
                features(real.values, 1, prefix="real-"), features(replies.values, 1)
            ).value
        )
    error = np.std(ours) / np.sqrt(30)
    assert abs(np.mean(ours)) < 2.5 * error
    assert np.mean(naive) > 10 * error


def test_jedi_of_two_equal_laws() -> None:
    assert pytest.approx(0.40031, abs=5e-6) == 200 / 500 * (1 + 1 / 1280)
    measured = [
        100 * squared_mmd(normal(seed, 500, 1280), normal(seed + 9, 500, 1280), JEDI_KERNEL)
        for seed in range(4)
    ]
    assert np.mean(measured) == pytest.approx(0.4004, abs=0.0015)


def test_the_example_of_jedi() -> None:
    first, second = np.arange(1.0, 10).reshape(3, 3), [[7, 6, 5], [4, 3, 2], [1, 1, 8], [0, 2, 5]]
    kernel = PolynomialKernel(degree=2, coef=0, gamma=1 / 3)
    assert squared_mmd(first, second, kernel) == pytest.approx(270.7222, abs=5e-5)
    assert squared_mmd(first, second, JEDI_KERNEL) == pytest.approx(270.7222, abs=5e-5)
    kernel = PolynomialKernel(degree=2, coef=0, gamma=1)
    assert squared_mmd(first, second, kernel) == pytest.approx(2436.5, abs=0.05)


@given(st.integers(0, 10_000))
def test_order_rotation_and_names_change_nothing(seed: int) -> None:
    generator = np.random.default_rng(seed)
    real, replies = features(generator.normal(size=(24, 4))), features(normal(seed, 24, 4) + 1)
    estimate = kid_estimate(real, replies)
    turned = np.linalg.qr(generator.normal(size=(4, 4)))[0]
    for other in (
        (real.rows(generator.permutation(24)), replies.rows(generator.permutation(24))),
        (features(real.values @ turned), features(replies.values @ turned)),
        (features(real.values, prefix="other-"), features(replies.values, prefix="other-")),
    ):
        again = kid_estimate(*other)
        assert again.value == pytest.approx(estimate.value, rel=1e-9)
        assert estimate.uncertainty and again.uncertainty
        assert again.uncertainty.low == pytest.approx(estimate.uncertainty.low, rel=1e-7)


def test_halves_lie_around_0() -> None:
    real = features(normal(4, 200, 16))
    floor = kid_halves(real, real)
    assert floor.low < 0 < floor.high and len(floor.values) == 10
    with pytest.raises(TooFewSourcesError, match="at least 3"):
        kid_halves(*2 * [features(normal(0, 16, 2))])


def test_what_is_refused() -> None:
    with pytest.raises(BadValuesError, match="3 and 4 dimensions"):
        kid_estimate(features(normal(0, 16, 3)), features(normal(0, 16, 4)))
    with pytest.raises(TooFewSourcesError, match=r"2 sources, of 3"):
        kid_estimate(features(normal(0, 8, 3)), features(normal(0, 8, 3)))
    with pytest.raises(BadValuesError, match="dimensions"):
        squared_mmd(normal(0, 8, 3), normal(0, 8, 2), JEDI_KERNEL)

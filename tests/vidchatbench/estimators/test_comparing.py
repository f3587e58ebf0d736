"""Two models, paired by sample and by source; many comparisons at once."""

import numpy as np
import pytest
from hypothesis import given, strategies as st
from scipy import stats

from speakervid5m.vidchatbench import (
    BadValuesError,
    HeadlinesError,
    SampleMismatchError,
    SampleScores,
    TooFewSourcesError,
    adjust_headlines,
    compare_means,
    compare_sets,
    frechet_jackknife,
    holm,
    kid_jackknife,
)
from tests.vidchatbench.rows import features, normal, scores


def test_a_sample_a_source_is_the_paired_t_test() -> None:
    first, second = normal(0, 60), normal(0, 60) + normal(1, 60) / 2 + 0.2
    comparison = compare_means(scores(first, 1), scores(second, 1))
    peer = stats.ttest_rel(first, second)
    assert comparison.difference == pytest.approx(np.mean(first - second))
    assert comparison.p_value == pytest.approx(peer.pvalue)
    interval = peer.confidence_interval(0.95)
    assert comparison.uncertainty.low == pytest.approx(interval.low)
    assert comparison.uncertainty.high == pytest.approx(interval.high)


def test_samples_are_paired_by_id() -> None:
    first = scores(normal(2, 100))
    second = scores(first.means - 1 + normal(3, 100) / 100)
    mixed = second.rows(np.random.default_rng(4).permutation(100))
    comparison = compare_means(first, mixed)
    assert comparison.difference == pytest.approx(1, abs=0.01)
    assert comparison.outcome == "first_higher"
    assert compare_means(mixed, first).outcome == "second_higher"
    assert compare_means(first, first).outcome == "not_separated"
    assert compare_means(first, first).p_value == 1


def test_the_smallest_difference_that_500_samples_show() -> None:
    """.18 standard deviations of the differences, where 4 of a source correlate by .35."""
    generator = np.random.default_rng(5)
    shares = []
    for _ in range(40):
        source = np.repeat(generator.normal(size=125), 4)
        values = np.sqrt(0.35) * source + np.sqrt(0.65) * generator.normal(size=500)
        comparison = compare_means(scores(values), scores(np.zeros(500)))
        shares.append(comparison.smallest_detectable / values.std())
    assert np.mean(shares) == pytest.approx(0.18, abs=0.005)


def test_it_is_detected_with_a_probability_of_80_percent() -> None:
    generator = np.random.default_rng(6)
    hits = []
    for _ in range(400):
        values = np.repeat(generator.normal(size=40), 2) + generator.normal(size=80)
        # (t_.975 + t_.8) standard errors, of what the law has: sqrt(3 / 2 / 40).
        truth = (2.023 + 0.851) * np.sqrt(1.5 / 40)
        hits.append(compare_means(scores(values + truth, 2), scores(np.zeros(80), 2)).p_value)
    assert np.mean(np.array(hits, float) < 0.05) == pytest.approx(0.8, abs=0.06)


def test_nobody_is_ranked_under_20_sources() -> None:
    first, second = scores(normal(7, 76) + 9), scores(normal(8, 76))
    comparison = compare_means(first, second)
    assert comparison.num_sources == 19
    assert comparison.outcome == "too_few_sources" and comparison.p_value is None
    assert comparison.uncertainty.low > 0
    enough = compare_means(scores(normal(7, 80) + 9), scores(normal(8, 80)))
    assert enough.num_sources == 20 and enough.outcome == "first_higher"


@pytest.mark.parametrize("statistic", [kid_jackknife, frechet_jackknife])
def test_sets_are_compared_by_source_too(statistic: object) -> None:
    generator = np.random.default_rng(9)
    real = features(generator.normal(size=(200, 8)))
    near = features(real.values + generator.normal(size=(200, 8)) / 4)
    far = features(real.values + generator.normal(size=(200, 8)) / 4 + 0.8)
    assert callable(statistic)
    comparison = compare_sets(real, far, near, statistic)
    assert comparison.outcome == "first_higher"
    assert comparison.difference == pytest.approx(
        statistic(real, far).estimate - statistic(real, near).estimate
    )
    assert compare_sets(real, near, near, statistic).outcome == "not_separated"
    shuffled = near.rows(generator.permutation(200))
    again = compare_sets(real, far, shuffled, statistic)
    assert again.uncertainty.low == pytest.approx(comparison.uncertainty.low)
    with pytest.raises(SampleMismatchError):
        compare_sets(real, far, near.rows(np.arange(196)), statistic)


def test_other_samples_are_named() -> None:
    first = scores(normal(0, 40))
    with pytest.raises(SampleMismatchError, match=r"metric: 3 samples are on one side.*subset"):
        compare_means(first, scores(normal(0, 37)))
    other = SampleScores(
        sample_ids=first.sample_ids, sources=["x", *first.sources[1:]], values=first.values
    )
    with pytest.raises(SampleMismatchError, match=r"source source-0000 on one side and x"):
        compare_means(first, other)
    with pytest.raises(TooFewSourcesError):
        compare_means(*2 * [scores(normal(0, 4), 4)])


def test_holm() -> None:
    adjusted = holm({"a": 0.01, "b": 0.04, "c": 0.03, "d": 0.005})
    assert adjusted == pytest.approx({"a": 0.03, "b": 0.06, "c": 0.06, "d": 0.02})
    assert holm({"a": 0.9, "b": 0.8}) == {"a": 1, "b": 1}
    assert holm({}) == {}
    with pytest.raises(BadValuesError, match="p lies between 0 and 1"):
        holm({"a": 1.2})
    with pytest.raises(BadValuesError):
        holm({"a": float("nan")})


@given(st.dictionaries(st.text(max_size=3), st.floats(0, 1), max_size=12))
def test_adjusted_p_values_keep_their_order(p_values: dict[str, float]) -> None:
    adjusted = holm(p_values)
    assert list(adjusted) == list(p_values)
    for key, p in p_values.items():
        assert p <= adjusted[key] <= min(1, len(p_values) * p) or adjusted[key] == max(
            other for name, other in adjusted.items() if p_values[name] <= p
        )
        assert all(adjusted[name] <= adjusted[key] for name in p_values if p_values[name] < p)


def test_headlines_are_at_most_six_and_adjusted_together() -> None:
    clear = compare_means(scores(normal(1, 80) + 9), scores(normal(2, 80)))
    noise = scores(normal(3, 200))
    weak = compare_means(scores(noise.means + 0.2 * 0.98 + normal(4, 200)), noise)
    few = compare_means(scores(normal(1, 40)), scores(normal(2, 40)))
    family = adjust_headlines({("b", "kid"): clear, ("b", "wer"): weak, ("c", "kid"): few})
    assert family["b", "kid"].adjusted_p_value == pytest.approx(3 * (clear.p_value or 0))
    assert family["b", "kid"].outcome == "first_higher"
    assert weak.p_value is not None
    assert family["b", "wer"].adjusted_p_value == pytest.approx(min(1, 2 * weak.p_value))
    assert family["c", "kid"].outcome == "too_few_sources"
    with pytest.raises(HeadlinesError, match=r"7 headline metrics.*exploratory"):
        adjust_headlines({("b", str(number)): clear for number in range(7)})

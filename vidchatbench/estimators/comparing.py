"""Two models on the same samples: which is higher, by how much, how sure.

scores of A and B, paired by sample --> difference, without each source --> interval, p, outcome

Unpaired tests throw away that both models answered the same question; naive paired tests believe
that four samples of one source are four draws. At a level of 5 % and no difference (500 samples,
125 sources) the first raise 1.6 % of false alarms with wide intervals, the second 13.6 %, and this
one 5.0 % (docs/vidchatbench.md).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from .jackknife import Jackknife
from .means import mean_jackknife
from .samples import FeatureSet, SampleRows, SampleScores, require_same_samples
from .uncertainty import LEVEL, Uncertainty, reach_of, t_quantile, two_sided_p

MIN_SOURCES = 20
"""With fewer nobody is ranked (ours: below, the interval rests on too few draws to be believed)."""
POWER = 0.8
"""Probability with which the smallest detectable difference is detected: the field's habit."""

Outcome = Literal["first_higher", "second_higher", "not_separated", "too_few_sources"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """First less second, on the same samples."""

    difference: float
    uncertainty: Uncertainty
    p_value: float | None
    """Of a difference of 0, two-sided; None with too few sources."""
    adjusted_p_value: float | None = None
    """By Holm over all headline comparisons; None until `holm` was asked."""
    smallest_detectable: float
    """Difference that a comparison of such samples detects with a probability of 80 %."""
    num_samples: int
    num_sources: int

    @property
    def outcome(self) -> Outcome:
        """What may be said. Higher is not better for every metric: its direction says which is."""
        if self.p_value is None:
            return "too_few_sources"
        decides = self.p_value if self.adjusted_p_value is None else self.adjusted_p_value
        if decides >= 1 - self.uncertainty.level:
            return "not_separated"
        return "first_higher" if self.difference > 0 else "second_higher"


def compare_means(first: SampleScores, second: SampleScores, *, level: float = LEVEL) -> Comparison:
    """Two models by a metric that has a number for each sample.

    Raises:
        SampleMismatchError: not the same samples, or of other sources.
        TooFewSourcesError: fewer than 2.
    """
    require_same_samples(first, second)
    differences = SampleScores(
        sample_ids=first.sample_ids,
        sources=first.sources,
        values=first.means - second.means,
        name=first.name,
    )
    return _comparison(mean_jackknife(differences), first, level)


def compare_sets(
    real: FeatureSet,
    first: FeatureSet,
    second: FeatureSet,
    statistic: Callable[[FeatureSet, FeatureSet], Jackknife],
    *,
    level: float = LEVEL,
) -> Comparison:
    """Two models by a metric of sets, against the same real samples.

    Args:
        real: what both are compared with.
        first: of the first model.
        second: of the second, on the same samples.
        statistic: `kid_jackknife` or `frechet_jackknife`.
        level: of the interval.

    Raises:
        SampleMismatchError: not the same samples, or of other sources.
        BenchError: what the statistic refuses.
    """
    require_same_samples(first, second)
    return _comparison(statistic(real, first) - statistic(real, second), first, level)


def _comparison(jackknife: Jackknife, rows: SampleRows, level: float) -> Comparison:
    error, freedom = jackknife.standard_error, jackknife.degrees_of_freedom
    reach = reach_of(freedom, level) + t_quantile(freedom, POWER)
    difference = jackknife.estimate
    few = rows.num_sources < MIN_SOURCES
    return Comparison(
        difference=difference,
        uncertainty=jackknife.uncertainty(level),
        p_value=None if few else two_sided_p(difference, error, freedom),
        smallest_detectable=reach * error,
        num_samples=rows.num_samples,
        num_sources=rows.num_sources,
    )

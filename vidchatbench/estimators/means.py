"""The mean of a metric that has a number for each sample.

scores (N, S) --> mean over seeds of each sample --> mean over samples, interval by source
"""

from dataclasses import dataclass

import numpy as np

from .jackknife import Jackknife, jackknife_of_mean
from .samples import SampleScores
from .uncertainty import LEVEL, Estimate


@dataclass(frozen=True, kw_only=True, slots=True)
class MeanEstimate(Estimate):
    """A mean with its cluster-robust interval."""

    num_effective: float
    """Independent samples that would give the same standard error, s^2 / SE^2; at most the number
    of samples. With m samples a source, correlated by rho, it is N / (1 + (m - 1) rho)."""
    seed_deviation: float | None
    """Standard deviation over seeds of the mean over samples; None with a single seed."""


def mean_estimate(scores: SampleScores, *, level: float = LEVEL) -> MeanEstimate:
    """Mean over samples; seeds are averaged for each sample first, for they are no samples.

    Raises:
        TooFewSourcesError: fewer than 2.
    """
    jackknife = mean_jackknife(scores)
    error = jackknife.standard_error
    count = scores.num_samples
    naive = float(scores.means.var(ddof=1))
    return MeanEstimate(
        value=jackknife.value,
        uncertainty=jackknife.uncertainty(level),
        num_samples=count,
        num_sources=scores.num_sources,
        num_effective=min(count, naive / error**2) if error else float(count),
        seed_deviation=_seed_deviation(scores),
    )


def mean_jackknife(scores: SampleScores) -> Jackknife:
    """The mean over samples, and without each source."""
    return jackknife_of_mean(scores, scores.means)


def _seed_deviation(scores: SampleScores) -> float | None:
    by_seed = scores.values.mean(0)
    return float(np.std(by_seed, ddof=1)) if len(by_seed) > 1 else None

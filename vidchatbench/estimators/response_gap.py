"""When a reply begins: the floor transfer offset, start of the answer less end of the turn.

gaps in seconds, negative where the answer overlaps the turn --> median, share in time, distance

Across languages the mode lies near 200 ms (Levinson and Torreira 2015, doi
10.3389/fpsyg.2015.00731). Negative gaps are kept: people answer by overlapping, and a floor at 0
would hide it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .jackknife import jackknife_of_mean
from .means import MeanEstimate, mean_estimate
from .samples import SampleScores
from .uncertainty import LEVEL, Estimate, Uncertainty, reach_of

IN_TIME_SECONDS = (-0.2, 0.6)
"""Both ends count (ours: the mode of 200 ms, and 400 ms to either side)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class GapEstimate:
    """Of the gaps of one model, or of the truth."""

    median: Estimate
    """Seconds."""
    in_time: MeanEstimate
    """Share of gaps of -200 to 600 ms."""


def gap_estimate(gaps: SampleScores, *, level: float = LEVEL) -> GapEstimate:
    """Median, and share in time, with intervals by source. Seeds are averaged for each sample.

    Raises:
        TooFewSourcesError: fewer than 2.
    """
    low, high = IN_TIME_SECONDS
    in_time = (gaps.values >= low) & (gaps.values <= high)
    shares = SampleScores(
        sample_ids=gaps.sample_ids,
        sources=gaps.sources,
        values=in_time.astype(np.float64),
        name=gaps.name,
    )
    return GapEstimate(
        median=median_estimate(gaps, level=level), in_time=mean_estimate(shares, level=level)
    )


def median_estimate(scores: SampleScores, *, level: float = LEVEL) -> Estimate:
    """The median with an interval by source, as Woodruff (1952) has it.

    The share of values below the median has a cluster-robust interval; the quantiles at the ends
    of that are the interval of the median.

    Raises:
        TooFewSourcesError: fewer than 2.
    """
    values = scores.means
    median = float(np.median(values))
    below = jackknife_of_mean(scores, (values < median) + (values == median) / 2)
    error, freedom = below.standard_error, below.degrees_of_freedom
    reach = reach_of(freedom, level)
    share = reach * error
    low, high = np.quantile(values, [max(0, 0.5 - share), min(1, 0.5 + share)])
    return Estimate(
        value=median,
        uncertainty=Uncertainty(
            # What a normal interval of this width would have.
            standard_error=float(high - low) / 2 / reach,
            degrees_of_freedom=freedom,
            low=float(low),
            high=float(high),
            level=level,
        ),
        num_samples=scores.num_samples,
        num_sources=scores.num_sources,
    )


def gap_distance(first: SampleScores, second: SampleScores) -> float:
    """How far apart two distributions of gaps lie: Wasserstein-1, in seconds.

    The area between the two cumulative distributions. Finite sets of one law are not at 0: read it
    beside the same of the truth's halves.
    """
    left, right = np.sort(first.means), np.sort(second.means)
    points = np.sort(np.concatenate([left, right]))
    heights = _share_below(left, points[:-1]) - _share_below(right, points[:-1])
    return float(np.abs(heights) @ np.diff(points))


def _share_below(values: NDArray[np.float64], points: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.searchsorted(values, points, side="right") / len(values))

"""A statistic, and the same statistic without each group of sources.

value of all, values without each group --> pseudo-values --> bias-corrected value, standard error

With shares p_g = m_g / N of the rows and h_g = 1 / p_g, the pseudo-value of a group is
t_g = h_g t - (h_g - 1) t_(-g) (Busing, Meijer and van der Leeden 1999, doi 10.1023/A:1008800423698:
groups of unequal size). Then

    corrected       = sum p_g t_g            without the bias that falls with 1 / N
    standard_error  = sqrt(sum p_g^2 (t_g - corrected)^2 / (1 - p_g))

For a mean t_g is the group's mean, so `corrected` is the mean and the standard error is the
cluster-robust one (CR2). For groups of equal size it is the ordinary delete-a-group jackknife.

What groups do in pairs, the jackknife counts twice (Efron and Stein 1981, doi
10.1214/aos/1176345462). Of a mean that is nothing; of distances between sets that differ little it
is most of the variance, and intervals would be up to 1.4 times too wide. Where the statistic was
also taken without pairs of groups,

    D_gh = t - (1 - p_g) t_(-g) - (1 - p_h) t_(-h) + (1 - p_g - p_h) t_(-gh)

is what a pair does beyond its two groups, and (1 - 1 / n) times the sum of D_gh^2 over the pairs of
n groups is subtracted from the variance, but never more than half of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import SampleMismatchError
from .samples import SampleRows, require_sources, source_codes
from .uncertainty import LEVEL, Uncertainty, degrees_of_freedom, uncertainty_of


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Jackknife:
    """What leaving out each group does to a statistic."""

    value: float
    """With all groups."""
    left_out: NDArray[np.float64]
    """(G,) without each group."""
    sizes: NDArray[np.float64]
    """(G,) rows of each group."""
    corrects_bias: bool
    """Whether the estimate is the bias-corrected value; not where the statistic has no bias."""
    interactions: NDArray[np.float64] | None = None
    """(n, n) D_gh of pairs of groups, which may be larger groups than above; 0 on the diagonal.
    None: not known, or nothing."""

    def __post_init__(self) -> None:
        assert len(self.sizes) == len(self.left_out) >= 2

    @property
    def pseudo_values(self) -> NDArray[np.float64]:
        """(G,) what each group says alone."""
        scale = self.sizes.sum() / self.sizes
        return np.asarray(scale * self.value - (scale - 1) * self.left_out)

    @property
    def corrected(self) -> float:
        """Without the bias that falls with the number of rows."""
        return float(self._shares @ self.pseudo_values)

    @property
    def estimate(self) -> float:
        """What to print."""
        return self.corrected if self.corrects_bias else self.value

    @property
    def standard_error(self) -> float:
        """Of the estimate, if groups are draws from all there could be."""
        deviations = self.pseudo_values - self.corrected
        variance = np.sum(self._shares**2 * deviations**2 / (1 - self._shares))
        if self.interactions is not None:
            pairs = (1 - 1 / len(self.interactions)) * np.sum(self.interactions**2) / 2
            variance = max(variance / 2, variance - pairs)
        return float(np.sqrt(variance))

    @property
    def degrees_of_freedom(self) -> float:
        """Of the standard error."""
        return degrees_of_freedom(self.sizes)

    def uncertainty(self, level: float = LEVEL) -> Uncertainty:
        """Interval of the estimate."""
        return uncertainty_of(self.estimate, self.standard_error, self.degrees_of_freedom, level)

    def __sub__(self, other: "Jackknife") -> "Jackknife":
        """Of the difference of two statistics on the same groups: what they share cancels."""
        if not np.array_equal(self.sizes, other.sizes):
            raise SampleMismatchError(
                f"groups of {self.sizes.sum():g} and {other.sizes.sum():g} rows that differ; both "
                "statistics are of the same sources and samples"
            )
        return Jackknife(
            value=self.value - other.value,
            left_out=self.left_out - other.left_out,
            sizes=self.sizes,
            corrects_bias=self.corrects_bias,
            interactions=None
            if self.interactions is None or other.interactions is None
            else self.interactions - other.interactions,
        )

    @property
    def _shares(self) -> NDArray[np.float64]:
        return np.asarray(self.sizes / self.sizes.sum())


def jackknife_of_mean(rows: SampleRows, values: NDArray[np.float64]) -> Jackknife:
    """The mean of (N,) values, one for each row, and without each source.

    Raises:
        TooFewSourcesError: fewer than 2.
    """
    require_sources(rows, 2, "an interval")
    _, (sources,) = source_codes(rows)
    sizes = np.bincount(sources).astype(np.float64)
    mean = values.mean()
    # Sums about the mean: without them large means would eat the digits of small differences.
    sums = np.bincount(sources, values - mean)
    left_out = mean - sums / (len(values) - sizes)
    return Jackknife(value=float(mean), left_out=left_out, sizes=sizes, corrects_bias=False)


def interactions_of(
    value: float,
    left_out: NDArray[np.float64],
    left_two: NDArray[np.float64],
    sizes: NDArray[np.float64],
) -> NDArray[np.float64]:
    """(n, n) D_gh, from a statistic of all, without each group (n,), without each pair (n, n)."""
    shares = sizes / sizes.sum()
    single = (1 - shares) * left_out
    both = (1 - shares[:, None] - shares) * left_two
    return np.asarray((value - single[:, None] - single + both) * (1 - np.eye(len(sizes))))


def source_groups(
    sets: Sequence[SampleRows], most: int
) -> tuple[list[NDArray[np.intp]], NDArray[np.float64]]:
    """Groups of whole sources: of each row of each set, and how many rows each group has.

    Up to `most` sources, each is a group. More are dealt, the largest first, to `most` groups.
    """
    names, codes = source_codes(*sets)
    rows = sum(np.bincount(of_set, minlength=len(names)) for of_set in codes)
    group_of = np.empty(len(names), np.intp)
    group_of[np.argsort(-rows, kind="stable")] = np.arange(len(names)) % most
    groups = [group_of[of_set] for of_set in codes]
    sizes = sum(np.bincount(of_set, minlength=group_of.max() + 1) for of_set in groups)
    return groups, np.asarray(sizes, np.float64)

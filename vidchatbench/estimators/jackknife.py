"""A statistic, and the same statistic without each group of sources.

value of all, values without each group --> pseudo-values --> bias-corrected value, standard error

With shares p_g = m_g / N of the rows and h_g = 1 / p_g, the pseudo-value of a group is
t_g = h_g t - (h_g - 1) t_(-g) (Busing, Meijer and van der Leeden 1999, doi 10.1023/A:1008800423698:
groups of unequal size). Then

    corrected       = sum p_g t_g            without the bias that falls with 1 / N
    standard_error  = sqrt(sum p_g^2 (t_g - corrected)^2 / (1 - p_g))

For a mean t_g is the group's mean, so `corrected` is the mean and the standard error is the
cluster-robust one (CR2). For groups of equal size it is the ordinary delete-a-group jackknife.
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
        return float(np.sqrt(np.sum(self._shares**2 * deviations**2 / (1 - self._shares))))

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

"""Kernel distances of two sets of vectors: no normal distribution, no bias, at any d.

MMD^2 = E k(x, x') + E k(y, y') - 2 E k(x, y), with x real and y replies

KID (Bińkowski et al. 2018, arXiv 1801.01401) takes k(x, y) = (x.y / d + 1)^3 and leaves out the
pairs (x, x), which makes it unbiased: around 0 where nothing differs, so it may be negative. That
asks for samples that are independent. Two clips of one conversation are not: they show the same
person in the same light, and a reply shows what the answer to it shows. So here each of the three
means leaves out **all pairs of one source, within and across the sets** (KID_src). With naive KID
two sets of one law, 4 samples a source, differ by 0.0145, or by -0.005 where both are of the same
sources; with this by 0.0001 (docs/vidchatbench.md).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from .jackknife import Jackknife, interactions_of
from .samples import (
    FeatureSet,
    checked_matrix,
    require_same_dimensions,
    require_sources,
    source_codes,
)
from .uncertainty import LEVEL, Estimate

KID_MIN_SOURCES = 3
"""Without one of them, two are left to make a pair."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PolynomialKernel:
    """k(x, y) = (gamma x.y + coef)^degree."""

    degree: int
    coef: float
    gamma: float | None = None
    """None: 1 / d."""

    def __call__(
        self, first: NDArray[np.float64], second: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """(n, m) of (n, d) and (m, d)."""
        gamma = 1 / first.shape[1] if self.gamma is None else self.gamma
        return np.asarray((gamma * (first @ second.T) + self.coef) ** self.degree)


KID_KERNEL = PolynomialKernel(degree=3, coef=1)
"""Bińkowski et al. 2018, section 4."""
JEDI_KERNEL = PolynomialKernel(degree=2, coef=0)
"""oooolga/JEDi, whose comment says degree 3 and whose code takes 2."""


def kid_estimate(
    real: FeatureSet,
    replies: FeatureSet,
    *,
    kernel: PolynomialKernel = KID_KERNEL,
    level: float = LEVEL,
) -> Estimate:
    """KID_src with an interval by source.

    Raises:
        BadValuesError: d differs.
        TooFewSourcesError: fewer than 3 in a set.
    """
    jackknife = kid_jackknife(real, replies, kernel=kernel)
    return Estimate(
        value=jackknife.estimate,
        uncertainty=jackknife.uncertainty(level),
        num_samples=replies.num_samples,
        num_sources=replies.num_sources,
    )


def kid_jackknife(
    real: FeatureSet, replies: FeatureSet, *, kernel: PolynomialKernel = KID_KERNEL
) -> Jackknife:
    """KID_src of all, and without each source in both sets.

    Raises:
        BadValuesError: d differs.
        TooFewSourcesError: fewer than 3 in a set.
    """
    require_same_dimensions(real.values, replies.values)
    for rows in (real, replies):
        require_sources(rows, KID_MIN_SOURCES, "the interval of a KID")
    names, (of_real, of_replies) = source_codes(real, replies)
    sizes = np.bincount(np.concatenate([of_real, of_replies])).astype(np.float64)
    value, left_out, left_two = 0.0, np.zeros(len(names)), np.zeros((len(names), len(names)))
    pairs_are_left = True
    for weight, rows, columns, row_sources, column_sources in (
        (1, real, real, of_real, of_real),
        (1, replies, replies, of_replies, of_replies),
        (-2, real, replies, of_real, of_replies),
    ):
        kernels = kernel(rows.values, columns.values)
        sums = _without_own(_source_sums(kernels, row_sources, column_sources, len(names)))
        row_counts = np.bincount(row_sources, minlength=len(names))
        column_counts = np.bincount(column_sources, minlength=len(names))
        pairs = _without_own(np.outer(row_counts, column_counts).astype(np.float64))
        value += weight * float(sums.sum() / pairs.sum())
        left_out += weight * _without_each(sums) / _without_each(pairs)
        left = _without_two(pairs)
        pairs_are_left &= bool(left.min() > 0)
        left_two += weight * _without_two(sums) / np.maximum(left, 1)
    return Jackknife(
        value=value,
        left_out=left_out,
        sizes=sizes,
        corrects_bias=False,
        interactions=interactions_of(value, left_out, left_two, sizes) if pairs_are_left else None,
    )


def squared_mmd(first: ArrayLike, second: ArrayLike, kernel: PolynomialKernel) -> float:
    """The biased form, with all pairs, also (x, x): means of (n, n), (m, m) and (n, m) kernels.

    JEDi (Luo et al. 2024, arXiv 2410.05203) is 100 times this with `JEDI_KERNEL`. Two sets of N
    rows of the same law N(0, 1) differ by 200 (1 + 1 / d) / N: 0.400 at d = 1280 and N = 500.
    """
    left, right = checked_matrix(first, "first"), checked_matrix(second, "second")
    require_same_dimensions(left, right)
    within = kernel(left, left).mean() + kernel(right, right).mean()
    return float(within - 2 * kernel(left, right).mean())


def _source_sums(
    kernels: NDArray[np.float64], rows: NDArray[np.intp], columns: NDArray[np.intp], count: int
) -> NDArray[np.float64]:
    """(G, G) sums of the kernels of each pair of sources."""
    by_row = _indicator(rows, count) @ kernels
    return np.asarray((_indicator(columns, count) @ by_row.T).T)


def _indicator(sources: NDArray[np.intp], count: int) -> sparse.csr_array:
    """(G, N) with a 1 where a row is of a source."""
    places = sources, np.arange(len(sources))
    return sparse.csr_array((np.ones(len(sources)), places), shape=(count, len(sources)))


def _without_own(of_pairs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Pairs of different sources alone."""
    return of_pairs * (1 - np.eye(len(of_pairs)))


def _without_each(of_pairs: NDArray[np.float64]) -> NDArray[np.float64]:
    """(G,) sum over pairs, without the pairs of each source."""
    return np.asarray(of_pairs.sum() - of_pairs.sum(0) - of_pairs.sum(1))


def _without_two(of_pairs: NDArray[np.float64]) -> NDArray[np.float64]:
    """(G, G) sum over pairs, without the pairs of either of two sources."""
    alone = of_pairs.sum(0) + of_pairs.sum(1)
    return np.asarray(of_pairs.sum() - alone[:, None] - alone + of_pairs + of_pairs.T)

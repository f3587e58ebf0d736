"""Fréchet distance of two sets of vectors, seen as normal distributions.

FD = |mu_a - mu_b|^2 + tr(C_a) + tr(C_b) - 2 tr((C_a C_b)^(1/2))            (Heusel et al. 2017)

With A = (X - mu_a) / sqrt(n - 1), so that C_a = A' A, and B likewise, the last trace is the sum of
the singular values of A B', an (n, m) matrix: no matrix square root, no complex number, and no
(d, d) matrix. Where d < n, A is replaced by its triangular factor R (A = Q R), of (d, d) or less.

**The plug-in value is biased upwards**, by some d^2 / N: at d = 2048 and N = 500 it says 2144 where
the truth is 45. Where d <= N / 4 the jackknife over sources repairs it; beyond, nothing does, so
there the value has no interval and is read beside its floor alone (`halves`). A bootstrap must not
be used at all: resampled sets hold samples twice, so all its values lie above the plug-in, and its
interval held the truth in 0 of 40 runs (docs/vidchatbench.md has these figures, and their command).
"""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import TooFewSamplesError
from .jackknife import Jackknife, interactions_of, source_groups
from .samples import (
    FeatureSet,
    checked_matrix,
    require_rows,
    require_same_dimensions,
    require_sources,
)
from .uncertainty import LEVEL, Estimate

SAMPLES_PER_DIMENSION = 4
"""That the jackknife needs: measured, docs/vidchatbench.md. Samples count, not rows: frames of a
clip are alike, and 16 of them hardly tell more than 1."""
MAX_GROUPS = 128
"""Of sources, of which each costs one distance (ours: the sources of 500 pairs are fewer)."""

NUM_PAIR_GROUPS = 12
"""Of sources, of which pairs are left out too (ours: 66 pairs, half as many as single sources)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FrechetEstimate(Estimate):
    """A Fréchet distance: `value` is bias-corrected where there is an interval, else the plug-in.

    A corrected value may be negative: then nothing was found above 0.
    """

    plug_in: float
    """What other toolkits print."""
    num_dimensions: int


def frechet_distance(first: ArrayLike, second: ArrayLike) -> float:
    """The plug-in distance of (n, d) and (m, d) vectors; covariances have n - 1 and m - 1.

    Raises:
        BadValuesError: values that are not finite, or d differs.
        TooFewSamplesError: fewer than 2 rows.
    """
    left, right = checked_matrix(first, "first"), checked_matrix(second, "second")
    require_same_dimensions(left, right)
    for name, matrix in (("first", left), ("second", right)):
        if len(matrix) < 2:
            raise TooFewSamplesError(f"{name}: 1 row; a covariance needs at least 2")
    return _distance(left, right)


def frechet_jackknife(real: FeatureSet, replies: FeatureSet) -> Jackknife:
    """The distance of all, and without each source (or group of sources) in both sets.

    Raises:
        BadValuesError: d differs.
        TooFewSamplesError: too few rows for d, or one source has more than half of them.
        TooFewSourcesError: fewer than 2.
    """
    _require_usable(real, replies)
    if why := why_no_interval(real, replies):
        raise TooFewSamplesError(why)
    groups, sizes = source_groups((real, replies), MAX_GROUPS)
    return Jackknife(
        value=_distance(real.values, replies.values),
        left_out=np.array(
            [_distance_without(real, replies, groups, number) for number in range(len(sizes))]
        ),
        sizes=sizes,
        corrects_bias=True,
        interactions=_interactions(real, replies),
    )


def frechet_estimate(
    real: FeatureSet, replies: FeatureSet, *, level: float = LEVEL
) -> FrechetEstimate:
    """The distance, bias-corrected and with an interval where that can be trusted.

    Raises:
        BadValuesError: d differs.
        TooFewSamplesError: fewer than 2 rows.
        TooFewSourcesError: fewer than 2 sources.
    """
    _require_usable(real, replies)
    why = why_no_interval(real, replies)
    jackknife = None if why else frechet_jackknife(real, replies)
    plug_in = jackknife.value if jackknife else _distance(real.values, replies.values)
    return FrechetEstimate(
        value=jackknife.estimate if jackknife else plug_in,
        uncertainty=jackknife.uncertainty(level) if jackknife else None,
        no_interval=why,
        num_samples=replies.num_samples,
        num_sources=replies.num_sources,
        plug_in=plug_in,
        num_dimensions=real.num_dimensions,
    )


def why_no_interval(real: FeatureSet, replies: FeatureSet) -> str:
    """Why a Fréchet distance of these sets gets no interval; empty where it gets one.

    Raises:
        TooFewSourcesError: fewer than 2 in a set.
    """
    for rows in (real, replies):
        require_sources(rows, 2, "an interval")
    count = min(real.num_samples, replies.num_samples)
    if count < SAMPLES_PER_DIMENSION * real.num_dimensions:
        return (
            f"{count} samples of {real.num_dimensions} dimensions: the bias of a Fréchet distance "
            f"can be removed from {SAMPLES_PER_DIMENSION} samples a dimension on; read it beside "
            "its floor, and compare by KID"
        )
    groups, _ = source_groups((real, replies), MAX_GROUPS)
    if any(np.bincount(of_set).max() > len(of_set) / 2 for of_set in groups):
        return "one source has more than half of the rows: without it too little is left"
    return ""


class FrechetSubsets:
    """Distances of many subsets of two sets, each for the price of one singular value sum.

    Where d is larger than the sets, their three Gram matrices hold all that is needed: with K the
    Gram matrix of a subset, sum of squares = tr(K) - n mean(K), |mu_a - mu_b|^2 = mean(K_aa) +
    mean(K_bb) - 2 mean(K_ab), and A B' is K_ab less its row and column means.
    """

    def __init__(self, first: FeatureSet, second: FeatureSet) -> None:
        _require_usable(first, second)
        centre = (first.values.mean(0) + second.values.mean(0)) / 2
        self._first, self._second = first.values - centre, second.values - centre
        self._grams: tuple[NDArray[np.float64], ...] | None = None
        if first.num_dimensions > max(len(first.values), len(second.values)):
            self._grams = (
                self._first @ self._first.T,
                self._second @ self._second.T,
                self._first @ self._second.T,
            )

    def distance(self, first_rows: NDArray[np.bool_], second_rows: NDArray[np.bool_]) -> float:
        """Plug-in distance of the rows of the first set and those of the second; at least 2 each.

        Raises:
            TooFewSamplesError: fewer.
        """
        counts = int(first_rows.sum()), int(second_rows.sum())
        if min(counts) < 2:
            raise TooFewSamplesError(f"subsets of {counts} rows; a covariance needs at least 2")
        if self._grams is None:
            return _distance(self._first[first_rows], self._second[second_rows])
        first, second, cross = self._grams
        first = first[np.ix_(first_rows, first_rows)]
        second = second[np.ix_(second_rows, second_rows)]
        cross = cross[np.ix_(first_rows, second_rows)]
        shift = first.mean() + second.mean() - 2 * cross.mean()
        centred = cross - cross.mean(0) - cross.mean(1, keepdims=True) + cross.mean()
        scale = np.sqrt((counts[0] - 1) * (counts[1] - 1))
        return _combined(
            shift, _variance(first), _variance(second), _sum_of_singular_values(centred) / scale
        )


def _interactions(real: FeatureSet, replies: FeatureSet) -> NDArray[np.float64] | None:
    """What pairs of groups of sources do; None where too little is left without a pair."""
    groups, sizes = source_groups((real, replies), NUM_PAIR_GROUPS)
    count = len(sizes)
    if any(np.sort(np.bincount(of_set))[-2:].sum() > len(of_set) / 2 for of_set in groups):
        return None
    left_two = np.zeros((count, count))
    for pair in combinations(range(count), 2):
        left_two[pair] = left_two[pair[::-1]] = _distance_without(real, replies, groups, *pair)
    left_out = [_distance_without(real, replies, groups, number) for number in range(count)]
    value = _distance(real.values, replies.values)
    return interactions_of(value, np.array(left_out), left_two, sizes)


def _distance_without(
    real: FeatureSet, replies: FeatureSet, groups: list[NDArray[np.intp]], *left_out: int
) -> float:
    first, second = (~np.isin(of_set, left_out) for of_set in groups)
    return _distance(real.values[first], replies.values[second])


def _distance(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    shift = first.mean(0) - second.mean(0)
    left, right = _centred(first), _centred(second)
    cross = _sum_of_singular_values(_triangle(left) @ _triangle(right).T)
    return _combined(shift @ shift, np.sum(left**2), np.sum(right**2), cross)


def _combined(shift: float, first: float, second: float, cross: float) -> float:
    # Never below 0 but for rounding.
    return max(0.0, float(shift + first + second - 2 * cross))


def _centred(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """A, whose A' A is the covariance."""
    return np.asarray((values - values.mean(0)) / np.sqrt(len(values) - 1))


def _triangle(centred: NDArray[np.float64]) -> NDArray[np.float64]:
    """What has the same A' A with the fewest rows."""
    if len(centred) <= centred.shape[1]:
        return centred
    return np.asarray(np.linalg.qr(centred, mode="r"))


def _variance(gram: NDArray[np.float64]) -> float:
    """Trace of the covariance."""
    return float((np.trace(gram) - len(gram) * gram.mean()) / (len(gram) - 1))


def _sum_of_singular_values(matrix: NDArray[np.float64]) -> float:
    return float(np.linalg.svd(matrix, compute_uv=False).sum())


def _require_usable(real: FeatureSet, replies: FeatureSet) -> None:
    require_same_dimensions(real.values, replies.values)
    for rows in (real, replies):
        require_rows(rows, 2, "a covariance")

"""Concordance of two numbers for each sample: do they agree, not only rise together.

CCC = 2 s_xy / (s_x^2 + s_y^2 + (mean_x - mean_y)^2), moments over N        (Lin 1989)

1 where y = x, 0 where they have nothing in common, -1 where y = -x around one mean. A Fréchet
distance ignores which reply belongs to which sample; this does not.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import BadValuesError
from .jackknife import Jackknife
from .samples import (
    SampleScores,
    checked_matrix,
    require_same_samples,
    require_sources,
    source_codes,
)
from .uncertainty import LEVEL, Estimate

_ROUNDING = 1e-12
"""Of sums of squares: less of them is left where nothing varies."""


def concordance(first: ArrayLike, second: ArrayLike) -> float:
    """Lin's coefficient of (N,) and (N,).

    Raises:
        BadValuesError: not finite, of two lengths, or both constant and equal.
    """
    left, right = checked_matrix(first, "first"), checked_matrix(second, "second")
    if left.shape != right.shape or left.shape[1] != 1:
        raise BadValuesError(
            f"shapes {np.shape(first)} and {np.shape(second)}; two of shape (N,) are allowed"
        )
    return float(_coefficient(_moments(left[:, 0], right[:, 0]).sum(1, keepdims=True))[0])


def concordance_estimate(
    real: SampleScores, replies: SampleScores, *, level: float = LEVEL
) -> Estimate:
    """The coefficient of two scores of the same samples, with an interval by source.

    Raises:
        BadValuesError: both constant and equal, with or without some source.
        SampleMismatchError: not the same samples.
        TooFewSourcesError: fewer than 2.
    """
    require_same_samples(real, replies)
    require_sources(real, 2, "an interval")
    names, (codes,) = source_codes(real)
    by_source = np.zeros((6, len(names)))
    np.add.at(by_source.T, codes, _moments(real.means, replies.means).T)
    total = by_source.sum(1, keepdims=True)
    jackknife = Jackknife(
        value=float(_coefficient(total)[0]),
        left_out=_coefficient(total - by_source),
        sizes=by_source[0],
        corrects_bias=False,
    )
    return Estimate(
        value=jackknife.estimate,
        uncertainty=jackknife.uncertainty(level),
        num_samples=real.num_samples,
        num_sources=real.num_sources,
    )


def _moments(first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.float64]:
    """(6, N): 1, x, y, x^2, y^2, xy, about a common centre, for sums over any rows."""
    centre = (first.mean() + second.mean()) / 2
    x, y = first - centre, second - centre
    return np.stack([np.ones_like(x), x, y, x * x, y * y, x * y])


def _coefficient(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """(k,) of (6, k) sums of moments."""
    count, *rest = sums
    mean_x, mean_y, square_x, square_y, product = np.asarray(rest) / count
    # s_x^2 + s_y^2 + (mean_x - mean_y)^2
    scale = square_x + square_y - 2 * mean_x * mean_y
    if np.any(scale <= _ROUNDING * (square_x + square_y)):
        raise BadValuesError(
            "both sides are constant and equal; a concordance needs scores that differ"
        )
    return np.asarray(2 * (product - mean_x * mean_y) / scale)

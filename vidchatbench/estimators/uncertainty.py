"""From a standard error to an interval and a p, by Student's t.

sizes of sources --> degrees of freedom;  value, standard error --> interval, p
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from ..errors import BadValuesError

LEVEL = 0.95
"""Of an interval, where none is asked for: the field's habit."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Uncertainty:
    """How far a value may be from what other sources would give."""

    standard_error: float
    degrees_of_freedom: float
    """Of Student's t; with sources of equal size, their number less 1."""
    low: float
    high: float
    level: float
    """Share of such intervals that hold the truth."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Estimate:
    """A number with what it is worth."""

    value: float
    uncertainty: Uncertainty | None
    """None where no interval can be trusted; `no_interval` says why."""
    no_interval: str = ""
    num_samples: int
    num_sources: int


def uncertainty_of(
    value: float, standard_error: float, degrees_of_freedom: float, level: float = LEVEL
) -> Uncertainty:
    """Interval: value +- as many standard errors as `reach_of` says."""
    reach = reach_of(degrees_of_freedom, level) * standard_error
    return Uncertainty(
        standard_error=standard_error,
        degrees_of_freedom=degrees_of_freedom,
        low=value - reach,
        high=value + reach,
        level=level,
    )


def reach_of(degrees_of_freedom: float, level: float) -> float:
    """Standard errors to either side: the (1 + level) / 2 quantile of Student's t.

    Raises:
        BadValuesError: a level that is not between 0 and 1.
    """
    if not 0 < level < 1:
        raise BadValuesError(f"level {level}; a number between 0 and 1 is allowed, as 0.95")
    return t_quantile(degrees_of_freedom, (1 + level) / 2)


def t_quantile(degrees_of_freedom: float, probability: float) -> float:
    """Quantile of Student's t."""
    return float(special.stdtrit(degrees_of_freedom, probability))


def two_sided_p(value: float, standard_error: float, degrees_of_freedom: float) -> float:
    """Probability of a value at least so far from 0 if the truth is 0."""
    if standard_error == 0:
        return float(value == 0)
    return float(2 * special.stdtr(degrees_of_freedom, -abs(value) / standard_error))


def degrees_of_freedom(sizes: NDArray[np.float64]) -> float:
    """Of the variance of a mean over sources of these sizes, as Bell and McCaffrey have them.

    df = tr(M)^2 / tr(M^2), where M is the covariance of the sources' scaled residual sums if rows
    were independent (Bell and McCaffrey 2002; Imbens and Kolesár 2016, doi 10.1162/REST_a_00552):
    with shares p = m / N, M_gg = m_g and M_gh = -m_g m_h / (N sqrt((1 - p_g) (1 - p_h))). So
    df = N^2 / (sum m^2 + (sum a)^2 - sum a^2) with a = m p / (1 - p): the number of sources less 1
    where sizes are equal, and less where few sources hold most rows.
    """
    total = sizes.sum()
    shares = sizes / total
    terms = sizes * shares / (1 - shares)
    spread = (sizes**2).sum() + terms.sum() ** 2 - (terms**2).sum()
    return float(total**2 / spread)

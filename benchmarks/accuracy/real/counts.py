"""Counts with their intervals: every figure says of how many it is.

right, of how many --> share --> Wilson's interval at 95 %
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

_Z = 1.959964
"""Of 95 % of a normal distribution."""


class Count(NamedTuple):
    """How many of how many."""

    right: int
    total: int

    def __add__(self, other: object) -> "Count":
        """Of both."""
        assert isinstance(other, Count)
        return Count(self.right + other.right, self.total + other.total)

    @property
    def share(self) -> float | None:
        """0 to 1; None of nothing."""
        return self.right / self.total if self.total else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Wilson's, at 95 %; None of nothing.

        Items of one film or of one voice are not independent: the true one is wider.
        """
        if not self.total:
            return None
        share, n = self.right / self.total, self.total
        middle = (share + _Z**2 / (2 * n)) / (1 + _Z**2 / n)
        half = _Z / (1 + _Z**2 / n) * math.sqrt(share * (1 - share) / n + _Z**2 / (4 * n * n))
        return max(0.0, middle - half), min(1.0, middle + half)


def area_under_curve(same: Sequence[float], different: Sequence[float]) -> float | None:
    """Probability that a pair of one person is nearer than one of two people; a tie is half.

    Args:
        same: distances of pairs of one person.
        different: those of pairs of two people.
    """
    if not same or not different:
        return None
    near, far = np.asarray(same)[:, None], np.asarray(different)[None]
    return float(((near < far) + 0.5 * (near == far)).mean())


def jackknife_interval(values: Sequence[float]) -> tuple[float, float] | None:
    """95 % around the mean of a figure that was computed without each person in turn.

    Args:
        values: the figure without the first person, without the second, ...
    """
    if len(values) < 2:
        return None
    left_out = np.asarray(values)
    spread = (len(left_out) - 1) / len(left_out) * np.square(left_out - left_out.mean()).sum()
    half = _Z * math.sqrt(float(spread))
    middle = float(left_out.mean())
    return max(0.0, middle - half), min(1.0, middle + half)

"""Many tests at once: Holm's step-down p values over the headline metrics.

Of n comparisons at a level of 5 % with nothing to find, one in twenty is "significant" by itself.
Holm (1979): the k-th smallest p of n is multiplied by n - k + 1, and none falls below the one
before; then the chance that any alarm of the family is false is at most the level.
"""

from collections.abc import Hashable, Mapping
from dataclasses import replace
from typing import TypeVar

from ..errors import BadValuesError, HeadlinesError
from .comparing import Comparison

MAX_HEADLINES = 6
"""Metrics that are tested together, fixed beforehand (ours: one for each axis of the paper)."""

Key = TypeVar("Key", bound=Hashable)


def holm(p_values: Mapping[Key, float]) -> dict[Key, float]:
    """Adjusted p values, in the order of `p_values`.

    Raises:
        BadValuesError: a p that is not between 0 and 1.
    """
    for key, p in p_values.items():
        if not 0 <= p <= 1:
            raise BadValuesError(f"p = {p} of {key}; a p lies between 0 and 1")
    adjusted, before = dict(p_values), 0.0
    for rank, key in enumerate(sorted(p_values, key=p_values.__getitem__)):
        before = max(before, min(1.0, (len(p_values) - rank) * p_values[key]))
        adjusted[key] = before
    return adjusted


def adjust_headlines(
    comparisons: Mapping[tuple[str, str], Comparison],
) -> dict[tuple[str, str], Comparison]:
    """Holm over models x headlines: keys are (model or pair of models, metric).

    A comparison with too few sources stays without a p, and counts in the family.

    Raises:
        HeadlinesError: more than six metrics.
    """
    metrics = {metric for _, metric in comparisons}
    if len(metrics) > MAX_HEADLINES:
        raise HeadlinesError(
            f"{len(metrics)} headline metrics ({', '.join(sorted(metrics))}); at most "
            f"{MAX_HEADLINES} are allowed, fixed beforehand: report the others as exploratory"
        )
    tested = {
        key: 1.0 if comparison.p_value is None else comparison.p_value
        for key, comparison in comparisons.items()
    }
    adjusted = holm(tested)
    return {
        key: comparison
        if comparison.p_value is None
        else replace(comparison, adjusted_p_value=adjusted[key])
        for key, comparison in comparisons.items()
    }

"""The floor: what a metric says of real against real.

A set metric of finite sets is not 0 where nothing differs. So sources are split in two halves, and
the real samples of one half are judged against those of the other, for several seeded splits. The
halves have half of the samples, and a plug-in Fréchet distance falls with their number: read a
model's distance of all samples beside the floor, and **its distance of halves** (`first` real,
`second` replies) as like with like.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import BadValuesError, TooFewSourcesError
from .frechet import FrechetSubsets
from .kid import KID_MIN_SOURCES, kid_jackknife
from .samples import FeatureSet, source_codes

NUM_SPLITS = 10
"""Ours: their mean is then three times as sure as one split."""

Mask = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True, slots=True)
class HalvesEstimate:
    """A set metric of halves of the sources."""

    mean: float
    low: float
    """The least of the splits."""
    high: float
    """The greatest."""
    values: tuple[float, ...]
    """Of each split."""
    num_rows: float
    """Mean number in a half: a plug-in Fréchet distance means nothing without it."""


def frechet_halves(
    first: FeatureSet, second: FeatureSet, *, num_splits: int = NUM_SPLITS, seed: int = 0
) -> HalvesEstimate:
    """Plug-in Fréchet distances of one half of `first` and the other half of `second`.

    Both real: the floor. Halves are a function of the seed and the names of the sources.

    Raises:
        BadValuesError: d differs, or no split is asked for.
        TooFewSourcesError: fewer than 2.
        TooFewSamplesError: a half of fewer than 2 rows.
    """
    splits = list(_splits(first, second, num_splits, seed, least=1))
    return _summary(splits, FrechetSubsets(first, second).distance)


def kid_halves(
    first: FeatureSet, second: FeatureSet, *, num_splits: int = NUM_SPLITS, seed: int = 0
) -> HalvesEstimate:
    """The same of KID_src; both real: around 0, and by how much not.

    Raises:
        BadValuesError: d differs, or no split is asked for.
        TooFewSourcesError: fewer than 3 in a half.
    """

    def distance(first_rows: Mask, second_rows: Mask) -> float:
        return kid_jackknife(first.rows(first_rows), second.rows(second_rows)).value

    return _summary(list(_splits(first, second, num_splits, seed, least=KID_MIN_SOURCES)), distance)


def _splits(
    first: FeatureSet, second: FeatureSet, num_splits: int, seed: int, least: int
) -> Iterator[tuple[Mask, Mask]]:
    """Rows of the first set and rows of the second, of different sources."""
    if num_splits < 1:
        raise BadValuesError(f"{num_splits} splits; 1 or more are allowed")
    names, (of_first, of_second) = source_codes(first, second)
    generator = np.random.default_rng(seed)
    for _ in range(num_splits):
        half = generator.permutation(len(names)) < len(names) / 2
        kept = half[of_first], ~half[of_second]
        counts = len(set(of_first[kept[0]])), len(set(of_second[kept[1]]))
        if min(counts) < least:
            raise TooFewSourcesError(
                f"{first.name}: halves of {counts[0]} and {counts[1]} sources; at least {least} "
                "are needed in each: a floor needs real samples of more sources"
            )
        yield kept


def _summary(
    splits: list[tuple[Mask, Mask]], distance: Callable[[Mask, Mask], float]
) -> HalvesEstimate:
    values = tuple(distance(*split) for split in splits)
    return HalvesEstimate(
        mean=float(np.mean(values)),
        low=min(values),
        high=max(values),
        values=values,
        num_rows=float(np.mean([[rows.sum() for rows in split] for split in splits])),
    )

"""What an estimator is given: rows, each of a sample, each sample of a source.

ids, sources, values --> checked once --> FeatureSet or SampleScores --> codes of sources
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import (
    BadValuesError,
    EmptyGroupError,
    SampleMismatchError,
    TooFewSamplesError,
    TooFewSourcesError,
)

MAX_ABSOLUTE = 1e30
"""Of a value (ours: its sixth power, which the cubic kernel takes, is still a float64)."""


def checked_matrix(values: ArrayLike, name: str = "values") -> NDArray[np.float64]:
    """Values as (N, k) float64; (N,) becomes (N, 1).

    Raises:
        BadValuesError: another shape, no real numbers, NaN, infinite or larger than 1e30.
    """
    array = np.asarray(values)
    if array.ndim not in (1, 2) or not array.size or array.dtype.kind not in "biuf":
        raise BadValuesError(
            f"{name}: shape {array.shape}, type {array.dtype}; real numbers of shape (N,) or (N, k)"
            " are allowed, with at least one of each"
        )
    matrix = array.astype(np.float64).reshape(len(array), -1)
    usable = np.abs(matrix) <= MAX_ABSOLUTE
    if not usable.all():
        bad_rows = np.flatnonzero(~usable.all(1))
        raise BadValuesError(
            f"{name}: {len(bad_rows)} of {len(matrix)} rows hold NaN, infinity or values over "
            f"{MAX_ABSOLUTE:g} (first: row {bad_rows[0]}); finite numbers are allowed: count these "
            "samples as failures, or leave them out by `subset`, and say how many"
        )
    return matrix


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class SampleRows:
    """Rows of numbers, kept in the order of their sample ids; base of the two kinds below.

    However rows arrive, results are the same to the last bit, and those of two models are paired.

    Raises:
        BadValuesError: values as in `checked_matrix`; other lengths; an id or a source is empty.
        SampleMismatchError: a sample of two sources.
    """

    sample_ids: Sequence[str]
    """Of each row."""
    sources: Sequence[str]
    """`source_id` of each row: rows of one source are not independent."""
    values: NDArray[np.float64]
    """(N, k)."""
    name: str = "values"
    """What they are, for errors: the metric."""

    def __post_init__(self) -> None:
        values = checked_matrix(self.values, self.name)
        lengths = len(self.sample_ids), len(self.sources), len(values)
        if len(set(lengths)) > 1:
            raise BadValuesError(
                f"{self.name}: {lengths[0]} sample ids, {lengths[1]} sources, {lengths[2]} rows of "
                "values; each row has one of each"
            )
        if not all(self.sample_ids) or not all(self.sources):
            raise BadValuesError(f"{self.name}: an empty sample id or source; each row names both")
        # Stable: the frames of a sample stay in their order.
        order = sorted(range(len(values)), key=self.sample_ids.__getitem__)
        values = values[order]
        values.setflags(write=False)
        object.__setattr__(self, "values", values)
        for field, names in (("sample_ids", self.sample_ids), ("sources", self.sources)):
            object.__setattr__(self, field, tuple(names[number] for number in order))
        source_of = dict(zip(self.sample_ids, self.sources, strict=True))
        for sample_id, source in zip(self.sample_ids, self.sources, strict=True):
            if source_of[sample_id] != source:
                raise SampleMismatchError(
                    f"{self.name}: sample {sample_id} is of sources {source} and "
                    f"{source_of[sample_id]}; a sample has one source"
                )

    @property
    def num_samples(self) -> int:
        """Different samples."""
        return len(set(self.sample_ids))

    @property
    def num_sources(self) -> int:
        """Different sources."""
        return len(set(self.sources))

    def rows(self, kept: NDArray[np.bool_] | NDArray[np.intp]) -> Self:
        """These rows, by a mask or numbers in the order of `sample_ids`.

        Raises:
            EmptyGroupError: none.
        """
        numbers = np.arange(len(self.values))[kept]
        if not len(numbers):
            raise EmptyGroupError(
                f"{self.name}: a group without a sample; leave the group out, and say so"
            )
        return replace(
            self,
            sample_ids=[self.sample_ids[number] for number in numbers],
            sources=[self.sources[number] for number in numbers],
            values=self.values[numbers],
        )

    def subset(self, sample_ids: Collection[str]) -> Self:
        """The rows of these samples, for a breakdown.

        Raises:
            SampleMismatchError: a sample that is not here.
            EmptyGroupError: no sample at all.
        """
        wanted = set(sample_ids)
        if missing := sorted(wanted - set(self.sample_ids)):
            raise SampleMismatchError(
                f"{self.name}: {len(missing)} of {len(wanted)} samples are not there (first: "
                f"{missing[0]}); a subset names samples that have values"
            )
        return self.rows(np.array([sample_id in wanted for sample_id in self.sample_ids]))


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class FeatureSet(SampleRows):
    """Vectors of a network or a measure: (N, d). A sample may have several rows, its frames."""

    name: str = "features"
    """What they are, for errors: the network."""

    @property
    def num_dimensions(self) -> int:
        """Length of a vector, d."""
        return int(self.values.shape[1])


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class SampleScores(SampleRows):
    """A number for each sample and seed: (N, S), or (N,) for one seed. A sample has one row.

    Raises:
        SampleMismatchError: a sample that stands here twice.
    """

    name: str = "scores"
    """Of the metric, for errors."""

    def __post_init__(self) -> None:
        # `super()` without arguments does not work in a dataclass with slots.
        SampleRows.__post_init__(self)
        (sample_id, count), *_ = Counter(self.sample_ids).most_common(1)
        if count > 1:
            raise SampleMismatchError(
                f"{self.name}: sample {sample_id} stands here {count} times; a sample has one row, "
                "its seeds are columns"
            )

    @property
    def means(self) -> NDArray[np.float64]:
        """(N,) over the seeds of each sample."""
        return np.asarray(self.values.mean(1))


def source_codes(*sets: SampleRows) -> tuple[list[str], list[NDArray[np.intp]]]:
    """All sources, sorted, and the number of each row's source, one array a set."""
    names = sorted({source for rows in sets for source in rows.sources})
    number_of = {name: number for number, name in enumerate(names)}
    codes = [np.array([number_of[source] for source in rows.sources], np.intp) for rows in sets]
    return names, codes


def require_rows(rows: SampleRows, least: int, why: str) -> None:
    """Refuses a set of too few rows.

    Raises:
        TooFewSamplesError: says how many there are and what needs more.
    """
    if len(rows.values) < least:
        raise TooFewSamplesError(
            f"{rows.name}: {len(rows.values)} rows; {why} needs at least {least}: score more"
        )


def require_sources(rows: SampleRows, least: int, why: str) -> None:
    """Refuses a set of too few sources.

    Raises:
        TooFewSourcesError: says how many there are and what needs more.
    """
    if rows.num_sources < least:
        raise TooFewSourcesError(
            f"{rows.name}: {rows.num_sources} sources, of {least} that {why} needs; so few say "
            "nothing about others: print the value alone, and of how many sources it is"
        )


def require_same_samples(first: SampleRows, second: SampleRows) -> None:
    """Refuses two sets that are not about the same samples of the same sources.

    Raises:
        SampleMismatchError: names how many samples are on one side alone, and the first of them.
    """
    ids = Counter(first.sample_ids), Counter(second.sample_ids)
    if ids[0] != ids[1]:
        alone = sorted((ids[0] - ids[1]) + (ids[1] - ids[0]))
        raise SampleMismatchError(
            f"{first.name}: {len(set(alone))} samples are on one side alone (first: {alone[0]}); a "
            "comparison is paired by sample: score both models on the same ones, or take the "
            "`subset` that both have, and say how many it is"
        )
    for sample_id, *sources in zip(first.sample_ids, first.sources, second.sources, strict=True):
        if sources[0] != sources[1]:
            raise SampleMismatchError(
                f"{first.name}: sample {sample_id} is of source {sources[0]} on one side and "
                f"{sources[1]} on the other; compare scores of one release"
            )


def require_same_dimensions(first: NDArray[np.float64], second: NDArray[np.float64]) -> None:
    """Refuses vectors of two lengths.

    Raises:
        BadValuesError: (n, d) and (m, e).
    """
    if first.shape[1] != second.shape[1]:
        raise BadValuesError(
            f"{first.shape[1]} and {second.shape[1]} dimensions; both sets are described by the "
            "same network"
        )

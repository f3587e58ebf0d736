"""A selection of a config's rows: sliced, shuffled, sorted, split, shown, converted.

columns of the index --> row numbers --> the same kind of selection; nothing is read but the index
"""

import hashlib
from abc import abstractmethod
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Literal, Never, Self, overload

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ...records import Sample
from ..errors import QueryError
from ..ways_out import way_out
from .notebook import MediaCell, ShownSample, samples_html, shown_columns

if TYPE_CHECKING:
    import datasets
    import pandas

_OTHER_NAMES = {
    "column_names": "samples.table().column_names",
    "filter": 'samples.where("responder_dover > 0.6")',
    "head": "samples.take(5)",
    "num_rows": "len(samples)",
    "select_columns": 'samples.select(["responder_transcript"])',
    "skip": "samples[5:]",
    "to_table": "samples.to_arrow()",
    "train_test_split": "samples.split_by_conversation(0.1)",
}
"""What other libraries call it, and what it is called here."""


class Selection(Sequence[Sample]):
    """What can be done with any selection of rows; `Samples` says where they are read from."""

    @property
    @abstractmethod
    def _numbers(self) -> NDArray[np.int64] | None:
        """Row numbers in the config; None for all of them, in index order."""

    @abstractmethod
    def _with(self, rows: NDArray[np.int64]) -> Self:
        """The selection of these row numbers of the config."""

    @abstractmethod
    def record(self, number: int) -> Sample:
        """The record of a row, without media."""

    @abstractmethod
    def table(self, columns: Sequence[str] | None = None) -> pa.Table:
        """Columns of the index, a row a sample."""

    @abstractmethod
    def media(self, number: int, column: str) -> MediaCell:
        """The bytes of a media column of a row."""

    def __getattr__(self, name: str) -> Never:
        advice = _OTHER_NAMES.get(name)
        hint = f"; type `{advice}`" if advice else ""
        raise AttributeError(f"Samples has no {name!r}{hint}", name=name, obj=self)

    def _repr_html_(self) -> str:
        return samples_html(repr(self), self)

    def __iter__(self) -> Iterator[Sample]:
        return (self.record(number) for number in range(len(self)))

    @overload
    def __getitem__(self, number: int) -> Sample: ...
    @overload
    def __getitem__(self, number: slice) -> Self: ...
    def __getitem__(self, number: int | slice) -> Sample | Self:
        """A number gives the record of that row, a slice the samples of these rows."""
        if isinstance(number, slice):
            return self.take(range(*number.indices(len(self))))
        return self.record(number)

    def take(self, rows: int | Sequence[int]) -> Self:
        """The first `rows` samples, or the samples of these row numbers in this order."""
        if isinstance(rows, int | np.integer):
            if rows < 0:
                raise ValueError(f"take needs a number from 0, or row numbers, got {rows}")
            rows = range(min(int(rows), len(self)))
        chosen = np.asarray(rows, np.int64)
        for number in chosen[(chosen < -len(self)) | (chosen >= len(self))].tolist():
            raise IndexError(f"row {number} of {len(self)} rows")
        return self._reordered(chosen % max(1, len(self)))

    def shuffle(self, seed: int = 0) -> Self:
        """The same samples in another order, decided by `seed` (0 to 2**32 - 1) alone."""
        return self._reordered(_shuffled(len(self), seed))

    def sort(self, column: str, *, descending: bool = False) -> Self:
        """The same samples by the values of a column; unmeasured ones come last.

        Raises:
            QueryError: a column that the index does not have, or whose values have no order.
        """
        values = self.table([column])[column]
        return self._reordered(_sorted(column, values, descending=descending))

    def split_by_conversation(self, fraction: float, seed: int = 0) -> tuple[Self, Self]:
        """Splits into the samples to train on, and those of about `fraction` of all conversations.

        Nobody is on both sides within a source. For each conversation a digest of `seed` and its
        id decides, so it is on the same side in every config and in every later release.

        Raises:
            ValueError: the fraction is not between 0 and 1, or one side has no conversation.
        """
        names = self.table(["conversation_id"])["conversation_id"]
        kept, held_out = _split(names, fraction, seed)
        return self._reordered(kept), self._reordered(held_out)

    def show(self, number: int) -> ShownSample:
        """A sample with its media: players in a notebook, text in a terminal.

        Raises:
            DamagedRelease: the bytes are not what was written.
        """
        sample = self[number]
        media = {name: self.media(number, name) for name in shown_columns(sample)}
        return ShownSample(sample=sample, media=media)

    def to_arrow(self) -> pa.Table:
        """All annotations and byte ranges as an Arrow table; `table` gives some of the columns."""
        return self.table()

    def to_pandas(self) -> "pandas.DataFrame":
        """All annotations and byte ranges as a data frame of pandas."""
        frame: pandas.DataFrame = self.table().to_pandas()
        return frame

    @overload
    def to_hf(
        self, *, streaming: Literal[False] = False, columns: Sequence[str] | None = None
    ) -> "datasets.Dataset": ...
    @overload
    def to_hf(
        self, *, streaming: Literal[True], columns: Sequence[str] | None = None
    ) -> "datasets.IterableDataset": ...
    def to_hf(self, *, streaming: bool = False, columns: Sequence[str] | None = None) -> Any:
        """These samples, in this order, as a dataset of `datasets` with videos and audio.

        A stream copies nothing. A `Dataset` copies the media of these samples, and of no others,
        into the cache of `datasets` at the first call, as `load_dataset` does.

        Args:
            streaming: gives an `IterableDataset`, which reads media as it goes.
            columns: of the release's shards; all of them if left out.

        Raises:
            ValueError: nothing is selected, or there is no such column.
            DamagedRelease: media are not what was written.
        """
        return way_out("to_hf")(self, streaming=streaming, columns=columns)

    @property
    def numbers(self) -> NDArray[np.int64]:
        """Row numbers in the config, in the order of the samples."""
        return np.arange(len(self)) if self._numbers is None else self._numbers

    def _reordered(self, chosen: NDArray[np.int64]) -> Self:
        return self._with(chosen if self._numbers is None else self._numbers[chosen])

    def _row(self, number: int) -> int:
        if not -len(self) <= number < len(self):
            raise IndexError(f"row {number} of {len(self)} rows")
        number %= len(self)
        return number if self._numbers is None else int(self._numbers[number])


def _shuffled(num_rows: int, seed: int) -> NDArray[np.int64]:
    """A permutation of the rows.

    Raises:
        ValueError: the seed is not an integer from 0 to 2**32 - 1.
    """
    # NumPy never changes the stream of RandomState (NEP 19).
    return np.random.RandomState(_checked_seed(seed)).permutation(num_rows).astype(np.int64)


def _sorted(column: str, values: pa.ChunkedArray, *, descending: bool) -> NDArray[np.int64]:
    """The rows by the values of a column; equal values keep their order, null comes last.

    Raises:
        QueryError: the column's values have no order.
    """
    rows = pa.table({"value": values, "row": np.arange(len(values))})
    order = "descending" if descending else "ascending"
    try:
        sorted_ = pc.sort_indices(rows, [("value", order), ("row", "ascending")])
    except pa.ArrowException:
        raise QueryError(
            f"cannot sort by {column!r}: it holds {values.type}; choose a column of numbers or text"
        ) from None
    return np.asarray(sorted_, np.int64)


def _split(
    conversation_ids: pa.ChunkedArray, fraction: float, seed: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The rows of most conversations, and those of about a fraction of them.

    A digest of seed and id decides for each conversation alone. So a conversation is on the same
    side in every config, and stays there when the release grows.

    Raises:
        ValueError: the fraction is not between 0 and 1, or one side has no conversation.
    """
    if not 0 < fraction < 1:
        raise ValueError(f"fraction must lie between 0 and 1, got {fraction!r}")
    encoded = conversation_ids.combine_chunks().dictionary_encode()
    limit = fraction * 2.0**64
    prefix = f"{_checked_seed(seed)}:"
    is_held_out = np.array(
        [
            int.from_bytes(hashlib.sha256((prefix + name).encode()).digest()[:8], "big") < limit
            for name in encoded.dictionary.to_pylist()
        ],
        dtype=bool,
    )
    if not len(is_held_out) or is_held_out.all() or not is_held_out.any():
        raise ValueError(
            f"fraction {fraction:g} and seed {seed} put all {len(is_held_out)} conversations on "
            "one side; choose another seed or a fraction nearer to 0.5"
        )
    held_out = is_held_out[np.asarray(encoded.indices)]
    return np.flatnonzero(~held_out), np.flatnonzero(held_out)


def _checked_seed(seed: int) -> int:
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or not 0 <= seed < 2**32:
        raise ValueError(f"seed must be an integer from 0 to 2**32 - 1, got {seed!r}")
    return int(seed)

"""A search in one config: a filter in, pages of row numbers out, index part by index part.

Each request searches for a limited time. It gets the matches so far and the share of the index
that was searched; the web page asks again until its list is full.
"""

import threading
import time
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from .config_index import ConfigIndex
from .filters import SampleFilter

PAGE_ROWS = 24
"""Rows of a page (ours)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class MatchPage:
    """One page of matches."""

    rows: tuple[int, ...]
    """The rows of the page that are known so far."""
    num_found: int
    """Matches so far, on all pages."""
    num_parts_searched: int
    """Parts of the index that were searched."""
    num_parts: int
    """Parts of the index."""

    @property
    def is_complete(self) -> bool:
        """Whether the whole index was searched."""
        return self.num_parts_searched == self.num_parts


@dataclass(frozen=True, slots=True)
class _PartMatches:
    """The matches in one part."""

    count: int
    """How many."""
    mask: NDArray[np.uint8] | None = None
    """A bit for each row, in bytes; None where every row matches. So a search costs less than a
    megabyte for five million rows."""

    def offsets(self, low: int, high: int) -> list[int]:
        """Rows of the matches from `low` to `high`."""
        if self.mask is None:
            return list(range(low, high))
        rows = np.flatnonzero(np.unpackbits(self.mask))[low:high]
        return [int(row) for row in rows]


class Search:
    """One filter applied to one config; each call goes on where the last one stopped."""

    def __init__(self, index: ConfigIndex, sample_filter: SampleFilter) -> None:
        self._index, self._filter = index, sample_filter
        self._parts: list[_PartMatches] = []
        self._lock = threading.Lock()

    def page(self, number: int, *, seconds: float) -> MatchPage:
        """A page of matches.

        Args:
            number: from 1; far beyond the last page is an empty page.
            seconds: after which no further part is searched.
        """
        first, stop = (number - 1) * PAGE_ROWS, number * PAGE_ROWS
        start_time = time.monotonic()
        with self._lock:
            while len(self._parts) < len(self._index.parts):
                if self._num_found >= stop or time.monotonic() - start_time > seconds:
                    break
                self._parts.append(self._search_part(len(self._parts)))
            return MatchPage(
                rows=tuple(self._rows(first, stop)),
                num_found=self._num_found,
                num_parts_searched=len(self._parts),
                num_parts=len(self._index.parts),
            )

    def finish(self, *, seconds: float) -> MatchPage:
        """Goes on counting for this long, and returns no rows."""
        return self.page(len(self._index.samples) // PAGE_ROWS + 2, seconds=seconds)

    def _search_part(self, part: int) -> _PartMatches:
        rows = self._index.parts[part].rows
        if self._filter.is_empty:
            return _PartMatches(len(rows))
        table = self._index.samples.take(rows).table(self._filter.columns)
        mask = self._filter.mask(table)
        is_match = np.asarray(
            pa.chunked_array([mask] if isinstance(mask, pa.Array) else mask.chunks)
        )
        return _PartMatches(int(is_match.sum()), np.packbits(is_match))

    @property
    def _num_found(self) -> int:
        return sum(matches.count for matches in self._parts)

    def _rows(self, first: int, stop: int) -> list[int]:
        rows: list[int] = []
        skipped = 0
        for part, matches in zip(self._index.parts, self._parts, strict=False):
            low, high = max(first - skipped, 0), min(stop - skipped, matches.count)
            if low < high:
                rows += [part.rows[offset] for offset in matches.offsets(low, high)]
            skipped += matches.count
            if skipped >= stop:
                break
        return rows

"""The answers to a question, found part by part, and never longer at a time than a visitor waits.

Whoever asks for a page gets what was found so far, and how much of the index was looked at; the
page asks again until it is full.
"""

import threading
import time
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from .config_index import Place, Shelf
from .filters import Question

PAGE_ROWS = 24
"""Rows of a page (ours)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """One page of answers."""

    places: tuple[Place, ...]
    """The rows of the page that are known so far."""
    num_found: int
    """Answers found so far, on all pages."""
    num_parts_searched: int
    """Parts of the index that were looked at."""
    num_parts: int
    """Parts of the index."""

    @property
    def is_complete(self) -> bool:
        """Whether all of the index was looked at."""
        return self.num_parts_searched == self.num_parts


@dataclass(frozen=True, slots=True)
class _Answers:
    """The answers in one part."""

    count: int
    """How many."""
    mask: NDArray[np.uint8] | None = None
    """A bit for each row, in bytes; None where every row is an answer. So a question costs less
    than a megabyte for five million rows."""

    def offsets(self, low: int, high: int) -> list[int]:
        """Rows of the answers from `low` to `high`."""
        if self.mask is None:
            return list(range(low, high))
        rows = np.flatnonzero(np.unpackbits(self.mask))[low:high]
        return [int(row) for row in rows]


class Search:
    """One question asked of one config; goes on where it stopped."""

    def __init__(self, shelf: Shelf, question: Question) -> None:
        self._shelf, self._question = shelf, question
        self._answers: list[_Answers] = []
        self._lock = threading.Lock()

    def page(self, number: int, *, seconds: float) -> Found:
        """A page of answers.

        Args:
            number: from 1; far beyond the last page is an empty page.
            seconds: after which no further part is begun, once there is something to show.
        """
        first, stop = (number - 1) * PAGE_ROWS, number * PAGE_ROWS
        began = time.monotonic()
        with self._lock:
            while len(self._answers) < self._shelf.num_parts:
                if self._num_found >= stop or time.monotonic() - began > seconds:
                    break
                self._answers.append(self._look(len(self._answers)))
            return Found(
                places=tuple(self._between(first, stop)),
                num_found=self._num_found,
                num_parts_searched=len(self._answers),
                num_parts=self._shelf.num_parts,
            )

    def finish(self, *, seconds: float) -> Found:
        """Counts on, for as long as this, and shows nothing."""
        return self.page(self._shelf.num_rows // PAGE_ROWS + 2, seconds=seconds)

    def _look(self, part: int) -> _Answers:
        if self._question.is_everything:
            return _Answers(self._shelf.footer(part).num_rows)
        table = self._shelf.table(part, self._question.columns)
        mask = self._question.answer(table)
        kept = np.asarray(pa.chunked_array([mask] if isinstance(mask, pa.Array) else mask.chunks))
        return _Answers(int(kept.sum()), np.packbits(kept))

    @property
    def _num_found(self) -> int:
        return sum(answer.count for answer in self._answers)

    def _between(self, first: int, stop: int) -> list[Place]:
        places: list[Place] = []
        passed = 0
        for part, found in enumerate(self._answers):
            low, high = max(first - passed, 0), min(stop - passed, found.count)
            if low < high:
                places += [Place(part, offset) for offset in found.offsets(low, high)]
            passed += found.count
            if passed >= stop:
                break
        return places

"""The answers to a question, found part by part, and never longer at a time than a visitor waits.

Whoever asks for a page gets what was found so far, and how much of the index was looked at; the
page asks again until it is full.
"""

import threading
import time
from dataclasses import dataclass

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray

from .questions import Question
from .shelves import Place, Shelf

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


class Search:
    """One question asked of one config; goes on where it stopped."""

    def __init__(self, shelf: Shelf, question: Question) -> None:
        self._shelf, self._question = shelf, question
        self._offsets: list[NDArray[np.int32] | int] = []
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
            while len(self._offsets) < self._shelf.num_parts:
                if self._num_found >= stop or time.monotonic() - began > seconds:
                    break
                self._offsets.append(self._look(len(self._offsets)))
            return Found(
                places=tuple(self._between(first, stop)),
                num_found=self._num_found,
                num_parts_searched=len(self._offsets),
                num_parts=self._shelf.num_parts,
            )

    def finish(self, *, seconds: float) -> Found:
        """Counts on, for as long as this, and shows nothing."""
        return self.page(self._shelf.num_rows // PAGE_ROWS + 2, seconds=seconds)

    def _look(self, part: int) -> NDArray[np.int32] | int:
        """The answers in a part: their rows, or how many where all rows are answers."""
        if self._question.is_everything:
            return self._shelf.footer(part).num_rows
        table = self._shelf.table(part, self._question.columns)
        rows = pc.indices_nonzero(self._question.answer(table))
        return np.asarray(rows.to_numpy(), np.int32)

    @property
    def _num_found(self) -> int:
        return sum(_count(one) for one in self._offsets)

    def _between(self, first: int, stop: int) -> list[Place]:
        places: list[Place] = []
        passed = 0
        for part, found in enumerate(self._offsets):
            count = _count(found)
            low, high = max(first - passed, 0), min(stop - passed, count)
            for number in range(low, high):
                offset = number if isinstance(found, int) else int(found[number])
                places.append(Place(part, offset))
            passed += count
            if passed >= stop:
                break
        return places


def _count(found: NDArray[np.int32] | int) -> int:
    return found if isinstance(found, int) else len(found)

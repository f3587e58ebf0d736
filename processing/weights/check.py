"""Weights in a folder --> the state of each: whole, unproven, damaged, missing."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal, NamedTuple

from .fetch import fetched_before
from .files import Weights

State = Literal["whole", "as fetched", "unproven", "damaged", "missing", "bundled"]


class CheckedWeights(NamedTuple):
    """A file, and whether it is what it should be."""

    weights: Weights
    """The file."""
    state: State
    """`whole`: the digest of the table. `as fetched`: the table knows no digest; that of the first
    fetch. `unproven`: there, without any digest to compare. `damaged`: another digest. `bundled`:
    a dependency brings it, and its installer verified it."""


def check_weights(wanted: Iterable[Weights], folder: Path) -> Iterator[CheckedWeights]:
    """Reads every file that is there, and compares its digest."""
    fetched = fetched_before(folder)
    for weights in wanted:
        before = fetched.get(weights.file)
        expected = weights.sha256 or (before.sha256 if before else None)
        state: State
        if weights.is_bundled:
            state = "bundled"
        elif not weights.path(folder).exists():
            state = "missing"
        elif not weights.is_there(folder):
            state = "damaged"
        elif expected is None:
            state = "unproven"
        elif weights.digest(folder) != expected:
            state = "damaged"
        else:
            state = "whole" if weights.sha256 else "as fetched"
        yield CheckedWeights(weights, state)

"""The order of samples: a pure function of (number of samples, seed, epoch), in O(1) memory.

    positions in the epoch --Feistel network, walked until it falls inside--> numbers of the rows

A Feistel network is a permutation of [0, 2^(2h)) whatever its round function; following it
from a number below n until the next number below n makes it one of [0, n).
"""

import hashlib

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

_ROUNDS = 6
# Networks on fewer bits reach only a part of the permutations.
_LEAST_HALF_BITS = 4
_MIXED = 2


class Permutation:
    """A permutation of [0, size), by position."""

    def __init__(self, size: int, seed: int, epoch: int) -> None:
        self.size = size
        self._half = max(_LEAST_HALF_BITS, -(-(size - 1).bit_length() // 2))
        self._keys = [draw(seed, epoch, f"round {number}") for number in range(_ROUNDS)]
        self._walked = self._walk_all() if self._half == _LEAST_HALF_BITS else None

    def __call__(self, positions: Ints) -> Ints:
        """The numbers at some positions."""
        if self._walked is not None:
            return self._walked[positions]
        numbers = self._encrypt(positions.astype(np.uint64))
        outside = np.flatnonzero(numbers >= self.size)
        while len(outside):
            numbers[outside] = self._encrypt(numbers[outside])
            outside = outside[numbers[outside] >= self.size]
        return numbers.astype(np.int64)

    def whole(self) -> Ints:
        """All numbers, by position."""
        return self(np.arange(self.size))

    def _walk_all(self) -> Ints:
        """Walks from all positions, in steps that double: a small network is walked for long."""
        numbers = self._encrypt(np.arange(1 << 2 * self._half, dtype=np.uint64)).astype(np.int64)
        while (numbers[: self.size] >= self.size).any():
            numbers = np.where(numbers < self.size, numbers, numbers[numbers])
        return numbers[: self.size]

    def _encrypt(self, numbers: NDArray[np.uint64]) -> NDArray[np.uint64]:
        half, mask = np.uint64(self._half), np.uint64((1 << self._half) - 1)
        left, right = numbers >> half, numbers & mask
        for key in self._keys:
            left, right = right, left ^ (_mixed(right ^ np.uint64(key)) & mask)
        return left << half | right


class BlockOrder:
    """Blocks of rows in a random order, the rows of two of them mixed: long reads, many orders.

    A block holds the samples of one row group; reads stay within two row groups.
    """

    def __init__(self, bounds: Ints, seed: int, epoch: int) -> None:
        """Draws an epoch's order of blocks.

        Args:
            bounds: the first row number of each block, and the number of samples.
            seed: of the order.
            epoch: of the order.
        """
        self.size = int(bounds[-1])
        self._bounds, self._seed, self._epoch = bounds, seed, epoch
        blocks = Permutation(len(bounds) - 1, seed, epoch).whole()
        lengths = np.diff(bounds)[blocks]
        self._groups = [blocks[at : at + _MIXED] for at in range(0, len(blocks), _MIXED)]
        self._ends = np.cumsum(np.add.reduceat(lengths, np.arange(0, len(blocks), _MIXED)))
        self._last: tuple[int, Ints] | None = None

    def __call__(self, positions: Ints) -> Ints:
        """The numbers at some positions."""
        numbers = np.empty_like(positions)
        groups = np.searchsorted(self._ends, positions, side="right")
        for group in np.unique(groups).tolist():
            own, rows = groups == group, self._rows(group)
            numbers[own] = rows[positions[own] - (self._ends[group] - len(rows))]
        return numbers

    def whole(self) -> Ints:
        """All numbers, by position."""
        return np.concatenate([np.empty(0, np.int64), *map(self._rows, range(len(self._groups)))])

    def _rows(self, group: int) -> Ints:
        """The numbers of a group, in its order."""
        if self._last is None or self._last[0] != group:
            spans = [self._bounds[block : block + 2] for block in self._groups[group]]
            rows = np.concatenate([np.arange(*span) for span in spans])
            seed = draw(self._seed, self._epoch, f"group {group}")
            self._last = group, rows[Permutation(len(rows), seed, self._epoch).whole()]
        return self._last[1]

    def group_end(self, position: int) -> int:
        """The position at which the group of a position ends."""
        return int(self._ends[np.searchsorted(self._ends, position, side="right")])


def block_bounds(bucket: Ints, row_group: Ints) -> Ints:
    """Where runs of samples of one row group begin, and the number of samples."""
    changed = np.flatnonzero((np.diff(bucket) != 0) | (np.diff(row_group) != 0)) + 1
    return np.concatenate([[0], changed, [len(bucket)]]).astype(np.int64)


def draw(seed: int, epoch: int, *names: str) -> int:
    """64 random bits: a function of seed, epoch and names."""
    text = "\n".join((str(seed), str(epoch), *names))
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")


def global_starts(num_samples: int, global_batch: int, position: int, *, drop_last: bool) -> range:
    """Positions at which the batches of all ranks begin, from a position to the epoch's end.

    Args:
        num_samples: of the epoch.
        global_batch: samples of one batch over all ranks.
        position: number of samples that were handed out already.
        drop_last: whether a last batch that is not full is left out.
    """
    stop = num_samples - global_batch + 1 if drop_last else num_samples
    return range(position, max(stop, position), global_batch)


def _mixed(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    # splitmix64's finaliser: every bit of the input moves every bit of the output. 64-bit integers
    # wrap around.
    values = values + np.uint64(0x9E3779B97F4A7C15)
    values = (values ^ values >> np.uint64(30)) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ values >> np.uint64(27)) * np.uint64(0x94D049BB133111EB)
    return values ^ values >> np.uint64(31)

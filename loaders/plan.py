"""The order of samples: a pure function of (number of samples, seed, epoch), in O(1) memory.

    position in the epoch --Feistel network, walked until it falls inside--> number of the row

A Feistel network is a permutation of [0, 2^(2h)) whatever its round function; following it
from a number below n until the next number below n makes it one of [0, n).
"""

import hashlib
from collections.abc import Iterator

_MASK = (1 << 64) - 1
_ROUNDS = 6
# Networks on fewer bits reach only a part of the permutations.
_LEAST_HALF_BITS = 4


class Permutation:
    """A permutation of [0, size), by position."""

    def __init__(self, size: int, seed: int, epoch: int) -> None:
        self.size = size
        self._half = max(_LEAST_HALF_BITS, -(-(size - 1).bit_length() // 2))
        self._keys = [draw(seed, epoch, f"round {number}") for number in range(_ROUNDS)]

    def __call__(self, position: int) -> int:
        """The number at a position."""
        assert 0 <= position < self.size
        number = self._encrypt(position)
        while number >= self.size:
            number = self._encrypt(number)
        return number

    def __iter__(self) -> Iterator[int]:
        return (self(position) for position in range(self.size))

    def _encrypt(self, number: int) -> int:
        mask = (1 << self._half) - 1
        left, right = number >> self._half, number & mask
        for key in self._keys:
            left, right = right, left ^ (_mix(right ^ key) & mask)
        return left << self._half | right


def draw(seed: int, epoch: int, *names: str) -> int:
    """64 random bits: a function of seed, epoch and names."""
    text = "\n".join((str(seed), str(epoch), *names))
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")


def global_starts(num_samples: int, global_batch: int, position: int, *, drop_last: bool) -> range:
    """Positions at which the batches of all ranks begin, from a position to the epoch's end.

    Args:
        num_samples: of the epoch.
        global_batch: samples of one batch over all ranks.
        position: samples that were handed out already.
        drop_last: whether a last batch that is not full is left out.
    """
    stop = num_samples - global_batch + 1 if drop_last else num_samples
    return range(position, max(stop, position), global_batch)


def _mix(value: int) -> int:
    # splitmix64's finaliser: every bit of the input moves every bit of the output.
    value = (value + 0x9E3779B97F4A7C15) & _MASK
    value = ((value ^ value >> 30) * 0xBF58476D1CE4E5B9) & _MASK
    value = ((value ^ value >> 27) * 0x94D049BB133111EB) & _MASK
    return value ^ value >> 31

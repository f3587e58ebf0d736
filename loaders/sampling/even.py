"""The batch sampler whose batches all hold the same number of samples.

position --permutation or block order of the epoch--> row numbers of a batch
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from ...release import Samples
from .batch_sampler import BatchRows, Shuffle
from .resume_after_takedown import Replay
from .shuffling import BlockOrder, Ints, Permutation, block_bounds, global_starts

_AHEAD = 4096
"""Positions whose numbers are drawn at once: many cost little more than one (ours)."""

PositionOrder = Callable[[Ints], Ints]


class EvenBatchSampler:
    """The same number of samples in every batch: a step takes `batch_size * world_size` positions.

    Rank r takes the r-th `batch_size` of them, so neither the order nor what a position means
    depends on the number of ranks.
    """

    def __init__(
        self,
        samples: Samples,
        *,
        batch_size: int,
        shuffle: Shuffle,
        seed: int,
        drop_last: bool,
        rank: int,
        world_size: int,
    ) -> None:
        self._size = len(samples)
        self._bounds = bounds_of(samples) if shuffle == "blocks" else None
        self._batch_size, self._rank = batch_size, rank
        self._global_batch = batch_size * world_size
        self._shuffle, self._seed, self._drop_last = shuffle, seed, drop_last
        self._drawn: tuple[int, PositionOrder] | None = None
        self._ahead: tuple[int, list[int]] = 0, []
        self._replay: Replay | None = None

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"_drawn": None, "_ahead": (0, [])}

    def replay(self, replay: Replay | None) -> None:
        """Plans one epoch as it was before a takedown."""
        self._replay, self._drawn = replay, None

    def size(self, _epoch: int, /) -> int:
        """See `BatchSampler`."""
        return self._size

    def starts(self, epoch: int, position: int) -> range:
        """See `BatchSampler`."""
        return global_starts(
            self._size_of(epoch), self._global_batch, position, drop_last=self._drop_last
        )

    def after(self, start: int) -> int:
        """See `BatchSampler`."""
        return start + self._global_batch

    def rows(self, epoch: int, start: int) -> BatchRows:
        """See `BatchSampler`; None for slots beyond the last sample, and for retracted samples."""
        if self._drawn is None or self._drawn[0] != epoch:
            self._drawn, self._ahead = (epoch, self._order(epoch)), (0, [])
        order, own = self._drawn[1], start + self._rank * self._batch_size
        numbers: list[int | None] = [*self._numbers(order, own, self._size_of(epoch))]
        numbers += [None] * (self._batch_size - len(numbers))
        if self._replay and self._replay.epoch == epoch:
            now = self._replay.numbers
            numbers = [None if n is None or now[n] < 0 else int(now[n]) for n in numbers]
        return BatchRows(
            numbers=numbers,
            first_position=own,
            group_end=order.group_end(start) if isinstance(order, BlockOrder) else None,
        )

    def _numbers(self, order: PositionOrder, own: int, size: int) -> list[int]:
        """The numbers of a batch; those of the next batches are drawn with them."""
        begin, drawn = self._ahead
        if not begin <= own <= begin + len(drawn) - self._batch_size:
            stop = min(own + max(self._batch_size, _AHEAD), size)
            begin, drawn = self._ahead = own, order(np.arange(own, stop)).tolist()
        return drawn[own - begin : own - begin + self._batch_size]

    def facts(self) -> dict[str, Any]:
        """See `BatchSampler`: the order is the same for any global batch."""
        return {}

    def _order(self, epoch: int) -> PositionOrder:
        if self._bounds is not None:
            return BlockOrder(self._bounds, self._seed, epoch)
        return Permutation(self._size_of(epoch), self._seed, epoch) if self._shuffle else np.array

    def _size_of(self, epoch: int) -> int:
        replayed = self._replay and self._replay.epoch == epoch
        return len(self._replay.numbers) if self._replay and replayed else self._size


def bounds_of(samples: Samples) -> Ints:
    """Where the samples of each row group begin."""
    places = samples.table(["bucket", "row_group"])
    return block_bounds(places["bucket"].to_numpy(), places["row_group"].to_numpy())

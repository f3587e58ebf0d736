"""Batch samplers: which rows each rank takes in each step of an epoch.

    (index, seed, epoch), position at which a step starts --> BatchRows of this rank

In one step every rank takes one batch, so all ranks have the same number of steps. A step is
known by the position at which it starts, which is also what a loader's state holds.
"""

from dataclasses import dataclass
from typing import Any, Literal, Protocol

import torch.distributed

from ..specs.clip_specs import check_count
from .resume_after_takedown import Replay

Shuffle = bool | Literal["blocks"]


@dataclass(frozen=True, kw_only=True, slots=True)
class BatchRows:
    """The rows of one batch."""

    numbers: list[int | None]
    """Row numbers, slot by slot; None for a slot without a sample."""
    first_position: int
    """Position of the first slot in the epoch, over all ranks."""
    size: tuple[int, int] | None = None
    """Height and width of its frames, where its bucket says them."""
    packed: bool = False
    """Whether clips lie end to end instead of being padded."""
    group_end: int | None = None
    """End of the group of the block order in which it begins: batches of one group are read
    together."""


class BatchSampler(Protocol):
    """The steps of every epoch, and this rank's rows of them."""

    def size(self, epoch: int, /) -> int:
        """Positions of an epoch without a replay."""
        ...

    def starts(self, epoch: int, position: int) -> range:
        """Where the steps start, from a position to the epoch's end."""
        ...

    def after(self, start: int) -> int:
        """The position after a step."""
        ...

    def rows(self, epoch: int, start: int) -> BatchRows:
        """This rank's rows of a step."""
        ...

    def replay(self, replay: Replay | None) -> None:
        """Plans one epoch as it was before a takedown, where that is possible; None: no epoch."""
        ...

    def facts(self) -> dict[str, Any]:
        """What a state must agree in, besides the samples, the seed and the order."""
        ...


def checked_ranks(rank: int | None, world_size: int | None) -> tuple[int, int]:
    """Rank and world size, from the arguments or from `torch.distributed`.

    Raises:
        ValueError: only one of them is given, or they are out of range.
    """
    if (rank is None) != (world_size is None):
        raise ValueError(f"rank={rank} and world_size={world_size}: give both, or neither")
    if rank is None or world_size is None:
        group = torch.distributed
        if group.is_available() and group.is_initialized():
            return group.get_rank(), group.get_world_size()
        return 0, 1
    check_count("world_size", world_size, 1)
    check_count("rank", rank, 0)
    if rank >= world_size:
        raise ValueError(f"rank must be from 0 to {world_size - 1}, got {rank}")
    return rank, world_size

"""The memory of a batch's pictures, taken before they are decoded, so that nothing is copied.

Records and windows say how large the pictures of a batch will be. Where all clips of a role agree
and have a size without being resized, or one is asked for, each decoder writes to its own slot.
Where a clip turns out otherwise than its record says, its pictures stay apart, and the collator
copies or refuses them.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import torch
from torch import Tensor

from .orders import Order
from .specs import VideoSpec

Slot = dict[int, Tensor]
"""Clip of a sample to its memory: (T, H, W, 3), or (T, H * 3 / 2, W) of planes."""


class Memory(Protocol):
    """Memory for one batch."""

    def take(self, shape: tuple[int, ...]) -> Tensor:
        """A tensor of bytes in it, with whatever stands there."""
        ...


class OwnMemory:
    """This process's memory, taken as it is asked for."""

    def take(self, shape: tuple[int, ...]) -> Tensor:
        """See `Memory`."""
        return torch.empty(shape, dtype=torch.uint8)


@dataclass(frozen=True, kw_only=True, slots=True)
class Rooms:
    """The memory of one batch."""

    memory: Memory
    """What it was taken from."""
    frames: dict[int, Tensor] = field(default_factory=dict)
    """Clip of a sample, the same for all samples, to (B, T, ...)."""

    def of(self, slot: int) -> Slot:
        """The memory of one sample."""
        return {number: frames[slot] for number, frames in self.frames.items()}


@dataclass(frozen=True, kw_only=True, slots=True)
class RoomMaker:
    """Takes memory for batches."""

    video: VideoSpec | None
    """Size and length of the pictures."""
    max_batch_bytes: int
    """Of one tensor; where it would be more, nothing is taken here."""
    roles: int
    """Clips of a sample, if all samples have as many; else 0."""

    def __call__(self, orders: Sequence[Order | None], memory: Memory) -> Rooms:
        """Takes the rooms of a batch."""
        frames = {}
        for role in range(self.roles if self.video else 0):
            if (shape := self._shape(orders, role)) is not None:
                frames[role] = memory.take(shape)
        return Rooms(memory=memory, frames=frames)

    def _shape(self, orders: Sequence[Order | None], role: int) -> tuple[int, ...] | None:
        assert self.video
        parts = [order.parts[role] for order in orders if order and len(order.parts) > role]
        known = [(one.clip, one.window) for one in parts if one.clip and one.window]
        sizes = {
            (self.video.height or clip.height or 0, self.video.width or clip.width or 0)
            for clip, _ in known
        }
        if len(sizes) != 1:
            return None
        ((height, width),) = sizes
        shape = (height, width, 3) if self.video.pixels == "rgb" else (height * 3 // 2, width)
        length = max(window.num_frames for _, window in known if window)
        length = max(length, self.video.fixed_frames or 0)
        whole = (len(orders), length, *shape)
        return whole if 0 < math.prod(whole) <= self.max_batch_bytes else None

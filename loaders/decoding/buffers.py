"""The memory of a batch's pictures, taken before they are decoded, so that nothing is copied.

Records and windows say how large the pictures of a batch will be. Where all clips of a role agree
and have a size without being resized, or one is asked for, each decoder writes to its own slot.
Where a clip turns out otherwise than its record says, its pictures stay apart, and the collator
copies or refuses them.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Protocol

import torch
from torch import Tensor

from ..requests.sample_request import SampleRequest
from ..specs.clip_specs import VideoSpec

SampleBuffers = dict[int, Tensor]
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
class BatchBuffers:
    """The memory of one batch."""

    memory: Memory
    """What it was taken from."""
    packed: bool = False
    """Whether clips lie end to end instead of being padded."""
    size: tuple[int, int] | None = None
    """Height and width of its pictures, where its bucket says them."""
    frames: dict[int, Tensor] = field(default_factory=dict)
    """Clip of a sample, the same for all samples, to (B, T, ...), packed (1, L, ...)."""
    begins: dict[int, list[int]] = field(default_factory=dict)
    """Where the frames of each slot begin in a packed room, and where they end."""

    def of(self, slot: int) -> SampleBuffers:
        """The memory of one sample."""
        if not self.packed:
            return {number: frames[slot] for number, frames in self.frames.items()}
        return {
            number: frames[0, self.begins[number][slot] : self.begins[number][slot + 1]]
            for number, frames in self.frames.items()
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class BufferAllocator:
    """Takes memory for batches."""

    video: VideoSpec | None
    """Size and length of the pictures."""
    max_batch_bytes: int
    """Of one tensor; where it would be more, nothing is taken here."""
    roles: int
    """Clips of a sample, if all samples have as many; else 0."""

    def __call__(
        self,
        orders: Sequence[SampleRequest | None],
        memory: Memory,
        *,
        packed: bool = False,
        size: tuple[int, int] | None = None,
    ) -> BatchBuffers:
        """Takes the rooms of a batch."""
        rooms = BatchBuffers(memory=memory, packed=packed, size=size)
        for role in range(self.roles if self.video else 0):
            lengths = [_length(order, role) for order in orders]
            if (picture := self._shape(orders, role)) is None:
                continue
            if packed:
                rooms.begins[role] = [0, *accumulate(lengths)]
                whole = (1, sum(lengths), *picture)
            else:
                longest = max([*lengths, (self.video and self.video.fixed_frames) or 0])
                whole = (len(orders), longest, *picture)
            if 0 < math.prod(whole) <= self.max_batch_bytes:
                rooms.frames[role] = memory.take(whole)
        return rooms

    def _shape(self, orders: Sequence[SampleRequest | None], role: int) -> tuple[int, ...] | None:
        """Shape of one picture, if all clips of a role agree in it."""
        known = [
            (order.video, order.parts[role].clip)
            for order in orders
            if order and len(order.parts) > role
        ]
        sizes = {
            (video.height or clip.height or 0, video.width or clip.width or 0)
            for video, clip in known
            if video and clip
        }
        if len(sizes) != 1:
            return None
        ((height, width),) = sizes
        rgb = self.video and self.video.pixels == "rgb"
        return (height, width, 3) if rgb else (height * 3 // 2, width)


def _length(order: SampleRequest | None, role: int) -> int:
    """Frames of one clip's window; 0 where there is no clip."""
    if order is None or len(order.parts) <= role:
        return 0
    part = order.parts[role]
    return part.window.num_frames if part.clip and part.window else 0

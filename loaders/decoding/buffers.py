"""The memory of a batch's frames, taken before they are decoded, so that nothing is copied.

    requests of a batch --shape that all clips of a role agree in--> one buffer for each role

Records and windows say how large the frames of a batch will be. Where all clips of a role agree,
or the spec gives a size, each decoder writes to its own slot of the buffer. Where a clip is not
what its record says, its frames get memory of their own, and the collator copies or refuses them.
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
        """A tensor of bytes in it, not initialised."""
        ...


class OwnMemory:
    """Ordinary memory of this process."""

    def take(self, shape: tuple[int, ...]) -> Tensor:
        """See `Memory`."""
        return torch.empty(shape, dtype=torch.uint8)


@dataclass(frozen=True, kw_only=True, slots=True)
class BatchBuffers:
    """The memory of one batch."""

    memory: Memory
    """Where the buffers were taken from."""
    packed: bool = False
    """Whether clips lie end to end instead of being padded."""
    size: tuple[int, int] | None = None
    """Height and width of its frames, where its bucket says them."""
    frames: dict[int, Tensor] = field(default_factory=dict)
    """Clip of a sample, the same for all samples, to (B, T, ...), packed (1, L, ...)."""
    begins: dict[int, list[int]] = field(default_factory=dict)
    """Where the frames of each slot begin in a packed buffer, and where the last end."""

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
    """Size and length of the video."""
    max_batch_bytes: int
    """Most bytes of one tensor; for a larger one, nothing is taken here."""
    roles: int
    """Clips of a sample, if all samples have the same number; else 0."""

    def __call__(
        self,
        requests: Sequence[SampleRequest | None],
        memory: Memory,
        *,
        packed: bool = False,
        size: tuple[int, int] | None = None,
    ) -> BatchBuffers:
        """Takes the buffers of a batch."""
        buffers = BatchBuffers(memory=memory, packed=packed, size=size)
        for role in range(self.roles if self.video else 0):
            lengths = [_length(request, role) for request in requests]
            if (frame_shape := self._shape(requests, role)) is None:
                continue
            if packed:
                buffers.begins[role] = [0, *accumulate(lengths)]
                whole = (1, sum(lengths), *frame_shape)
            else:
                longest = max([*lengths, (self.video and self.video.fixed_frames) or 0])
                whole = (len(requests), longest, *frame_shape)
            if 0 < math.prod(whole) <= self.max_batch_bytes:
                buffers.frames[role] = memory.take(whole)
        return buffers

    def _shape(self, requests: Sequence[SampleRequest | None], role: int) -> tuple[int, ...] | None:
        """Shape of one frame, if all clips of a role agree in it."""
        known = [
            (request.video, request.clips[role].clip)
            for request in requests
            if request and len(request.clips) > role
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


def _length(request: SampleRequest | None, role: int) -> int:
    """Frames of one clip's window; 0 where there is no clip."""
    if request is None or len(request.clips) <= role:
        return 0
    clip_request = request.clips[role]
    return clip_request.window.num_frames if clip_request.clip and clip_request.window else 0

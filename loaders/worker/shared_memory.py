"""Batches across two processes without a copy of their frames: slots of memory that both map.

    decoding process: SharedSlot.take -> frames are decoded into it -> pack -> a small message
    trainer:          message, MappedSlot.lease -> unpack -> tensors that lie in the slot

A slot is memory without a name (`memfd`, elsewhere a file that was deleted at once), so nothing
is left behind however the processes end, and the size of /dev/shm does not matter. It grows to
the largest batch and is reused: no memory is allocated or cleared per batch.

A batch is a lease. It ends when the last tensor on it is gone, slices and NumPy views included;
only then is the slot written again. A trainer that keeps batches makes more slots, not wrong data.
"""

import io
import math
import mmap
import os
import pickle
import tempfile
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..batches.branch_batches import Batch
from ..batches.tv_tensors import Kind, kind_of, plain, wrapped

_ALIGNED_BYTES = 64
# A portable registration: pinned for every device of the process.
_PORTABLE = 1

_Placed = tuple[int, str, tuple[int, ...], tuple[int, ...], Kind | None]
"""First byte in the slot, dtype, shape, stride, and which tensor of torchvision it is."""


class SharedSlot:
    """The writing side: one batch after another."""

    def __init__(self, number: int) -> None:
        self.number = number
        """Both sides know the slot by it."""
        self.file = _unnamed_file(f"speakervid5m-{number}")
        """Its descriptor, which the other side receives."""
        self.num_bytes = 0
        """Length of the file."""
        self._used = 0
        self._maps: list[Tensor] = []

    def clear(self) -> None:
        """Begins the next batch, which overwrites the last."""
        self._used = 0
        del self._maps[:-1]

    def take(self, shape: tuple[int, ...]) -> Tensor:
        """See `buffers.Memory`."""
        return self._bytes(math.prod(shape)).reshape(shape)

    def place(self, tensor: Tensor) -> _Placed:
        """Where a tensor lies in the slot; it is copied there if it lies elsewhere."""
        kind, own = kind_of(tensor), plain(tensor.detach())
        assert own.device.type == "cpu"
        if (begin := self._begin_of(own)) is None:
            # Dense tensors keep their layout: frames store their channels last.
            model = torch.empty_like(own, device="meta")
            flat = self._bytes(own.numel() * own.element_size()).view(own.dtype)
            copy = flat.as_strided(own.shape, model.stride())
            copy.copy_(own)
            own, begin = copy, self._begin_of(copy)
        name = str(own.dtype).removeprefix("torch.")
        return begin or 0, name, tuple(own.shape), tuple(own.stride()), kind

    def _bytes(self, count: int) -> Tensor:
        begin = -(-self._used // _ALIGNED_BYTES) * _ALIGNED_BYTES
        self._used = begin + count
        if self._used > self.num_bytes:
            # An eighth more than needed: batches of nearly equal size grow a slot once.
            pages = -(-(self._used + self._used // 8) // mmap.PAGESIZE)
            self.num_bytes = pages * mmap.PAGESIZE
            os.ftruncate(self.file, self.num_bytes)
            mapped = mmap.mmap(self.file, self.num_bytes)
            # Tensors of this batch lie in the earlier maps, which show the same memory.
            self._maps.append(torch.frombuffer(mapped, dtype=torch.uint8))
        return self._maps[-1][begin : self._used] if self._maps else torch.empty(0).byte()

    def _begin_of(self, tensor: Tensor) -> int | None:
        address = tensor.data_ptr()
        for mapped in self._maps if tensor.numel() else ():
            if mapped.data_ptr() <= address < mapped.data_ptr() + len(mapped):
                return address - mapped.data_ptr()
        return None if tensor.numel() else 0


class MappedSlot:
    """The reading side of a slot."""

    def __init__(self, file: int) -> None:
        self._file = file
        self._map: mmap.mmap | None = None
        self._pinned: tuple[int, int] | None = None

    def lease(self, num_bytes: int, ended: Callable[[Any], object]) -> Tensor:
        """The slot's bytes, for one batch.

        Args:
            num_bytes: length of the slot now.
            ended: called when the last tensor on it is gone, with the event that the GPU must
                reach before the memory is written again, or None.
        """
        if self._map is None or len(self._map) != num_bytes:
            self._unpin()
            self._map = mmap.mmap(self._file, num_bytes)
        self._pin()
        array = np.frombuffer(self._map, np.uint8)
        lease = weakref.finalize(array, _end, ended, self._pinned is not None)
        lease.atexit = False
        return torch.from_numpy(array)

    def close(self) -> None:
        """Closes the descriptor; live batches stay valid."""
        self._unpin()
        self._map = None
        os.close(self._file)

    def _pin(self) -> None:
        # Only once the trainer has chosen its device: a context takes hundreds of MB.
        used = torch.cuda.is_initialized()  # type: ignore[no-untyped-call]
        if self._pinned or self._map is None or not used:
            return
        address = np.frombuffer(self._map, np.uint8).ctypes.data
        runtime = torch.cuda.cudart()  # type: ignore[no-untyped-call]
        torch.cuda.check_error(runtime.cudaHostRegister(address, len(self._map), _PORTABLE))
        self._pinned = address, len(self._map)

    def _unpin(self) -> None:
        if self._pinned:
            torch.cuda.synchronize()
            runtime = torch.cuda.cudart()  # type: ignore[no-untyped-call]
            torch.cuda.check_error(runtime.cudaHostUnregister(self._pinned[0]))
            self._pinned = None


def pack(batch: Batch, slot: SharedSlot) -> bytes:
    """A batch as a message; its tensors stay in the slot, or are copied there."""
    text = io.BytesIO()
    _Packer(text, slot).dump(batch)
    return text.getvalue()


def unpack(message: bytes, lease: Tensor) -> Batch:
    """The batch of a message from `pack`, its tensors in the leased slot."""
    batch: Batch = _Unpacker(io.BytesIO(message), lease).load()
    return batch


class _Packer(pickle.Pickler):
    def __init__(self, text: io.BytesIO, slot: SharedSlot) -> None:
        super().__init__(text, protocol=5)
        self._slot = slot

    def persistent_id(self, value: Any) -> _Placed | None:
        return self._slot.place(value) if isinstance(value, Tensor) else None


class _Unpacker(pickle.Unpickler):
    """Reads what this process's own child has written, and nothing else."""

    def __init__(self, text: io.BytesIO, lease: Tensor) -> None:
        super().__init__(text)
        self._lease = lease

    def persistent_load(self, placed: _Placed) -> Tensor:
        begin, name, shape, stride, kind = placed
        dtype: torch.dtype = getattr(torch, name)
        if not math.prod(shape):
            tensor = torch.empty(shape, dtype=dtype)
        else:
            last = sum((size - 1) * step for size, step in zip(shape, stride, strict=True))
            view = self._lease[begin : begin + (last + 1) * dtype.itemsize]
            tensor = view.view(dtype).as_strided(shape, stride)
        return wrapped(tensor, kind) if kind else tensor


def _end(ended: Callable[[Any], object], pinned: bool) -> None:
    event = None
    if pinned:
        # Copies to the GPU may still run when the batch is gone here. They were started on this
        # stream, or on one that it waits for.
        event = torch.cuda.Event()  # type: ignore[no-untyped-call]
        event.record()
    ended(event)


def _unnamed_file(name: str) -> int:
    if hasattr(os, "memfd_create"):
        return os.memfd_create(name)
    with tempfile.TemporaryFile(prefix=name) as file:
        return os.dup(file.fileno())

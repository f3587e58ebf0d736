"""Orders, reads and decoding of batches, each ahead of the next; the order of batches is kept.

    numbers --orders--> chunks of batches --begin reading--> threads decode --> slots of a batch

From a release that is not local, the media of a whole chunk are read at once: `prefetch_bytes`
of them, or a group of the block order. While one chunk is decoded the next one is under way.
"""

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from ..decoding.buffers import BatchBuffers, BufferAllocator, Memory
from ..decoding.byte_reader import ByteReader
from ..decoding.decode_sample import LoadedSample, SampleDecoder
from ..requests.byte_ranges import Get
from ..requests.request_planner import RequestPlanner
from ..requests.sample_request import SampleRequest
from ..sampling.batch_sampler import BatchRows

Slots = list[LoadedSample | None]
TakeMemory = Callable[[], Memory]


Loaded = tuple[BatchRows, Slots, BatchBuffers]
"""What was chosen, its samples, and the memory that their pictures were decoded to."""
_Batch = tuple[BatchRows, list[SampleRequest | None]]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Chunk:
    batches: list[_Batch]
    get: Get


@dataclass(frozen=True, kw_only=True, slots=True)
class Pipeline:
    """Makes slots of samples from row numbers."""

    order: RequestPlanner
    """Says what a sample needs."""
    transfer: ByteReader
    """Brings it."""
    fetch: SampleDecoder
    """Decodes it."""
    rooms: BufferAllocator
    """Takes the memory of a batch."""
    num_workers: int
    """Threads that decode; 0: who iterates."""
    prefetch: int
    """Batches that are decoded ahead."""
    prefetch_bytes: int
    """Of media under way, where the release is not local."""

    def run(self, chosen: Iterable[BatchRows], epoch: int, memory: TakeMemory) -> Generator[Loaded]:
        """Loads batches one after another.

        Args:
            chosen: their rows.
            epoch: of the windows.
            memory: gives the memory of each batch, when its decoding begins.
        """
        readers = self.transfer.pool()
        try:
            batches = self._ordered(iter(chosen), epoch, readers)
            run = self._decoded if self.num_workers else self._here
            yield from run(batches, memory)
        finally:
            if readers:
                readers.shutdown(wait=True, cancel_futures=True)

    def _here(self, batches: Iterator[tuple[_Batch, Get]], memory: TakeMemory) -> Iterator[Loaded]:
        for (chosen, orders), get in batches:
            rooms = self.rooms(orders, memory(), packed=chosen.packed, size=chosen.size)
            yield (
                chosen,
                [
                    None if order is None else self.fetch(order, get, rooms.of(slot))
                    for slot, order in enumerate(orders)
                ],
                rooms,
            )

    def _decoded(
        self, batches: Iterator[tuple[_Batch, Get]], memory: TakeMemory
    ) -> Generator[Loaded]:
        pool = ThreadPoolExecutor(self.num_workers, thread_name_prefix="speakervid5m-loader")
        pending: deque[tuple[BatchRows, list[Future[LoadedSample] | None], BatchBuffers]] = deque()
        try:
            for (chosen, orders), get in batches:
                rooms = self.rooms(orders, memory(), packed=chosen.packed, size=chosen.size)
                futures = [
                    None if one is None else pool.submit(self.fetch, one, get, rooms.of(slot))
                    for slot, one in enumerate(orders)
                ]
                pending.append((chosen, futures, rooms))
                if len(pending) > self.prefetch:
                    yield _results(*pending.popleft())
            while pending:
                yield _results(*pending.popleft())
        finally:
            pool.shutdown(wait=True, cancel_futures=True)

    def _ordered(
        self, chosen: Iterator[BatchRows], epoch: int, readers: ThreadPoolExecutor | None
    ) -> Iterator[tuple[_Batch, Get]]:
        chunks = self._chunks(chosen, epoch, readers)
        waiting: deque[_Chunk] = deque()
        for chunk in chunks:
            waiting.append(chunk)
            if readers and len(waiting) < 2:
                continue
            yield from _batches(waiting.popleft())
        while waiting:
            yield from _batches(waiting.popleft())

    def _chunks(
        self, chosen: Iterator[BatchRows], epoch: int, readers: ThreadPoolExecutor | None
    ) -> Iterator[_Chunk]:
        batches: list[_Batch] = []
        num_bytes, last, is_first = 0, None, True
        for one in chosen:
            # The first batch goes alone, so that it does not wait for others.
            enough = is_first or num_bytes >= self.prefetch_bytes // 2
            full = one.group_end != last if one.group_end else enough
            if batches and (full or not readers):
                yield self._begun(batches, readers)
                batches, num_bytes, is_first = [], 0, False
            orders = [None if n is None else self.order(n, epoch, one.size) for n in one.numbers]
            batches.append((one, orders))
            last = one.group_end
            num_bytes += sum(
                stretch.end - stretch.begin
                for order in orders
                if order
                for stretch in order.stretches
            )
        if batches:
            yield self._begun(batches, readers)

    def _begun(self, batches: list[_Batch], readers: ThreadPoolExecutor | None) -> _Chunk:
        stretches = (
            one for _, orders in batches for order in orders if order for one in order.stretches
        )
        return _Chunk(batches=batches, get=self.transfer.begin(stretches, readers))


def _batches(chunk: _Chunk) -> Iterator[tuple[_Batch, Get]]:
    return ((batch, chunk.get) for batch in chunk.batches)


def _results(
    chosen: BatchRows, futures: list[Future[LoadedSample] | None], rooms: BatchBuffers
) -> Loaded:
    return chosen, [None if future is None else future.result() for future in futures], rooms

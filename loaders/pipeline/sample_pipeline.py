"""Requests, reads and decoding of batches, each ahead of the next; the order of batches is kept.

    row numbers --requests--> chunks of batches --reads begin--> threads decode --> slots of a batch

A release that is not local is read a chunk at a time: `prefetch_bytes` of media, or one group of
the block order. The next chunk is being read while this one is decoded.
"""

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from ...release import ByteReader, GetBytes
from ..decoding.buffers import BatchBuffers, BufferAllocator, Memory
from ..decoding.decode_sample import LoadedSample, SampleDecoder
from ..requests.request_planner import RequestPlanner
from ..requests.sample_request import SampleRequest
from ..sampling.batch_sampler import BatchRows

Slots = list[LoadedSample | None]
TakeMemory = Callable[[], Memory]

Loaded = tuple[BatchRows, Slots, BatchBuffers]
"""The rows of a batch, their samples, and the buffers that hold their frames."""
_Batch = tuple[BatchRows, list[SampleRequest | None]]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Chunk:
    batches: list[_Batch]
    get: GetBytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Pipeline:
    """Loads the samples of batches, in threads."""

    planner: RequestPlanner
    """Says what a sample needs."""
    reader: ByteReader
    """Reads its bytes."""
    decoder: SampleDecoder
    """Decodes it."""
    allocator: BufferAllocator
    """Takes the memory of a batch."""
    num_workers: int
    """Threads that decode; 0: the thread that iterates."""
    prefetch: int
    """Batches that are decoded ahead."""
    prefetch_bytes: int
    """Bytes of media that are read ahead, where the release is not local."""

    def run(
        self, batch_rows: Iterable[BatchRows], epoch: int, memory: TakeMemory
    ) -> Generator[Loaded]:
        """Loads batches one after another.

        Args:
            batch_rows: the rows of each batch.
            epoch: of the windows.
            memory: gives the memory of each batch, when its decoding begins.
        """
        with self.reader.pool() as readers:
            batches = self._requested(iter(batch_rows), epoch, readers)
            run = self._decoded if self.num_workers else self._here
            yield from run(batches, memory)

    def _here(
        self, batches: Iterator[tuple[_Batch, GetBytes]], memory: TakeMemory
    ) -> Iterator[Loaded]:
        for (rows, requests), get in batches:
            buffers = self.allocator(requests, memory(), packed=rows.packed, size=rows.size)
            yield (
                rows,
                [
                    None if request is None else self.decoder(request, get, buffers.of(slot))
                    for slot, request in enumerate(requests)
                ],
                buffers,
            )

    def _decoded(
        self, batches: Iterator[tuple[_Batch, GetBytes]], memory: TakeMemory
    ) -> Generator[Loaded]:
        pool = ThreadPoolExecutor(self.num_workers, thread_name_prefix="speakervid5m-loader")
        pending: deque[tuple[BatchRows, list[Future[LoadedSample] | None], BatchBuffers]] = deque()
        try:
            for (rows, requests), get in batches:
                buffers = self.allocator(requests, memory(), packed=rows.packed, size=rows.size)
                futures = [
                    None
                    if request is None
                    else pool.submit(self.decoder, request, get, buffers.of(slot))
                    for slot, request in enumerate(requests)
                ]
                pending.append((rows, futures, buffers))
                if len(pending) > self.prefetch:
                    yield _results(*pending.popleft())
            while pending:
                yield _results(*pending.popleft())
        finally:
            pool.shutdown(wait=True, cancel_futures=True)

    def _requested(
        self, batch_rows: Iterator[BatchRows], epoch: int, readers: ThreadPoolExecutor | None
    ) -> Iterator[tuple[_Batch, GetBytes]]:
        waiting: deque[_Chunk] = deque()
        for chunk in self._chunks(batch_rows, epoch, readers):
            waiting.append(chunk)
            if readers and len(waiting) < 2:
                continue
            yield from _batches(waiting.popleft())
        while waiting:
            yield from _batches(waiting.popleft())

    def _chunks(
        self, batch_rows: Iterator[BatchRows], epoch: int, readers: ThreadPoolExecutor | None
    ) -> Iterator[_Chunk]:
        batches: list[_Batch] = []
        num_bytes, last_group, is_first = 0, None, True
        for rows in batch_rows:
            # The first batch goes alone, so that it does not wait for others.
            enough = is_first or num_bytes >= self.prefetch_bytes // 2
            full = rows.group_end != last_group if rows.group_end else enough
            if batches and (full or not readers):
                yield self._begun(batches, readers)
                batches, num_bytes, is_first = [], 0, False
            requests = [
                None if number is None else self.planner(number, epoch, rows.size)
                for number in rows.numbers
            ]
            batches.append((rows, requests))
            last_group = rows.group_end
            num_bytes += sum(
                byte_range.end - byte_range.begin
                for request in requests
                if request
                for byte_range in request.byte_ranges
            )
        if batches:
            yield self._begun(batches, readers)

    def _begun(self, batches: list[_Batch], readers: ThreadPoolExecutor | None) -> _Chunk:
        byte_ranges = (
            byte_range
            for _, requests in batches
            for request in requests
            if request
            for byte_range in request.byte_ranges
        )
        return _Chunk(batches=batches, get=self.reader.begin(byte_ranges, readers))


def _batches(chunk: _Chunk) -> Iterator[tuple[_Batch, GetBytes]]:
    return ((batch, chunk.get) for batch in chunk.batches)


def _results(
    rows: BatchRows, futures: list[Future[LoadedSample] | None], buffers: BatchBuffers
) -> Loaded:
    return rows, [None if future is None else future.result() for future in futures], buffers

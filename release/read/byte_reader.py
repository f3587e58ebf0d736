"""Bytes of media values: slices of a memory map, or few long range reads.

    byte ranges that will be needed --sorted, near ones coalesced--> few range reads, in threads
        --> the bytes of each range, compared with their checksum

The caller bounds what is in flight: the reads are freed with the function that gives their bytes.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

from ..errors import DamagedRelease
from ..format.byte_ranges import MediaRange
from .samples import Samples

MAX_GAP_BYTES = 1 << 16
"""Unneeded bytes between two reads that are always coalesced (ours)."""
MAX_WASTE = 0.05
"""Share of a longer read that may be unneeded bytes (ours)."""
MAX_READ_BYTES = 32 << 20
"""Most bytes of one coalesced read, if no single range is longer (ours)."""
_IO_THREADS = 6


@dataclass(frozen=True, slots=True)
class ByteRange:
    """Bytes of a shard: one value of a media column, or the part of it that a window needs."""

    place: MediaRange
    """Where the whole value lies."""
    begin: int
    """First byte, from the first of the value."""
    end: int
    """End, exclusive."""

    @classmethod
    def whole(cls, place: MediaRange) -> "ByteRange":
        """All bytes of a value."""
        return cls(place, 0, place.num_bytes)

    @property
    def is_whole(self) -> bool:
        """Whether it is the whole value, so that its checksum can be compared."""
        return (self.begin, self.end) == (0, self.place.num_bytes)

    @property
    def first_byte(self) -> int:
        """In the shard."""
        return self.place.offset_bytes + self.begin

    @property
    def last_byte(self) -> int:
        """In the shard, exclusive."""
        return self.place.offset_bytes + self.end


GetBytes = Callable[[ByteRange], memoryview]
"""Gives the bytes of a range; waits for them."""


class ByteReader:
    """Reads byte ranges of the shards of one config."""

    def __init__(self, samples: Samples) -> None:
        self._samples = samples

    def begin(self, byte_ranges: Iterable[ByteRange], pool: ThreadPoolExecutor | None) -> GetBytes:
        """Begins to read; local ranges are read when they are asked for.

        Args:
            byte_ranges: all that will be asked for.
            pool: threads that wait for the network.
        """
        if pool is None:
            return self._get
        reading = _Reading(self._samples, byte_ranges, pool, self._get)
        return reading.get

    @contextmanager
    def pool(self) -> Iterator[ThreadPoolExecutor | None]:
        """Threads for the reads; None where the release is local."""
        if self._samples.release.files.is_local:
            yield None
            return
        pool = ThreadPoolExecutor(_IO_THREADS, thread_name_prefix="speakervid5m-reader")
        try:
            yield pool
        finally:
            pool.shutdown(wait=True, cancel_futures=True)

    def _get(self, byte_range: ByteRange) -> memoryview:
        if byte_range.is_whole:
            return self._samples.view(byte_range.place)
        files, place = self._samples.release.files, byte_range.place
        files.check(place.path, self._samples.release.manifest)
        return files.read_range(
            place.path, byte_range.first_byte, byte_range.end - byte_range.begin
        )


class _Reading:
    def __init__(
        self,
        samples: Samples,
        byte_ranges: Iterable[ByteRange],
        pool: ThreadPoolExecutor,
        again: GetBytes,
    ) -> None:
        self._samples, self._again = samples, again
        self._begins: dict[str, list[int]] = {}
        self._reads: dict[str, list[Future[memoryview]]] = {}
        for path, begin, end in coalesced(byte_ranges):
            self._begins.setdefault(path, []).append(begin)
            self._reads.setdefault(path, []).append(pool.submit(self._read, path, begin, end))

    def get(self, byte_range: ByteRange) -> memoryview:
        path, first = byte_range.place.path, byte_range.first_byte
        number = bisect_right(self._begins[path], first) - 1
        begin, read = self._begins[path][number], self._reads[path][number].result()
        data = read[first - begin : byte_range.last_byte - begin]
        if byte_range.is_whole:
            try:
                self._samples.check(byte_range.place, data)
            except DamagedRelease:
                # Damaged in transfer, or in the shard: a second read tells which.
                return self._again(byte_range)
        return data

    def _read(self, path: str, begin: int, end: int) -> memoryview:
        files = self._samples.release.files
        files.check(path, self._samples.release.manifest)
        return files.read_range(path, begin, end - begin)


def coalesced(byte_ranges: Iterable[ByteRange]) -> list[tuple[str, int, int]]:
    """Path, first byte and end of the reads that bring all ranges, sorted by path and offset."""
    reads: list[tuple[str, int, int]] = []
    waste = 0
    for path, begin, end in sorted(
        {(wanted.place.path, wanted.first_byte, wanted.last_byte) for wanted in byte_ranges}
    ):
        if reads:
            old_path, old_begin, old_end = reads[-1]
            longest, gap = max(end, old_end), max(0, begin - old_end)
            worth = gap <= MAX_GAP_BYTES or waste + gap <= MAX_WASTE * (longest - old_begin)
            fits = longest - old_begin <= MAX_READ_BYTES or end <= old_end
            if old_path == path and worth and fits:
                reads[-1] = (path, old_begin, longest)
                waste += gap
                continue
        reads.append((path, begin, end))
        waste = 0
    return reads

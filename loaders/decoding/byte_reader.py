"""Bytes of media to where they are decoded: slices of a memory map, or long range reads.

    reads of the next samples --sorted, joined where they are near--> few range reads, in threads
        --> a piece each, compared with its checksum

What is in flight is bounded by whoever begins: a reading is dropped when its samples are done.
"""

from bisect import bisect_right
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor

from ...release import DamagedRelease, Samples
from ..requests.byte_ranges import ByteRange, Get, coalesced

_IO_THREADS = 6


class ByteReader:
    """Gets stretches of the shards of one config."""

    def __init__(self, samples: Samples) -> None:
        self._samples = samples
        self.is_local = samples.release.files.is_local

    def begin(self, stretches: Iterable[ByteRange], pool: ThreadPoolExecutor | None) -> Get:
        """Begins to read; local stretches are looked at when they are asked for.

        Args:
            stretches: all that will be asked for.
            pool: threads that wait for the network.
        """
        if pool is None:
            return self._get
        reading = _Reading(self._samples, stretches, pool, self._get)
        return reading.get

    def pool(self) -> ThreadPoolExecutor | None:
        """Threads for the reads, where there is something to wait for."""
        if self.is_local:
            return None
        return ThreadPoolExecutor(_IO_THREADS, thread_name_prefix="speakervid5m-reader")

    def _get(self, stretch: ByteRange) -> memoryview:
        if stretch.is_whole:
            return self._samples.view(stretch.place)
        files, place = self._samples.release.files, stretch.place
        files.check(place.path, self._samples.release.manifest)
        return files.read_range(place.path, stretch.first_byte, stretch.end - stretch.begin)


class _Reading:
    def __init__(
        self,
        samples: Samples,
        stretches: Iterable[ByteRange],
        pool: ThreadPoolExecutor,
        again: Get,
    ) -> None:
        self._samples, self._again = samples, again
        self._begins: dict[str, list[int]] = {}
        self._reads: dict[str, list[Future[memoryview]]] = {}
        for path, begin, end in coalesced(stretches):
            self._begins.setdefault(path, []).append(begin)
            self._reads.setdefault(path, []).append(pool.submit(self._read, path, begin, end))

    def get(self, stretch: ByteRange) -> memoryview:
        path, first = stretch.place.path, stretch.first_byte
        number = bisect_right(self._begins[path], first) - 1
        begin, data = self._begins[path][number], self._reads[path][number].result()
        piece = data[first - begin : stretch.last_byte - begin]
        if stretch.is_whole:
            try:
                self._samples.check(stretch.place, piece)
            except DamagedRelease:
                # Damaged on its way, or in the shard: the second reading tells.
                return self._again(stretch)
        return piece

    def _read(self, path: str, begin: int, end: int) -> memoryview:
        files = self._samples.release.files
        files.check(path, self._samples.release.manifest)
        return files.read_range(path, begin, end - begin)

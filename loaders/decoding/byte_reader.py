"""Bytes of media for the decoders: slices of a memory map, or long range reads.

    byte ranges of the next samples --sorted, near ones coalesced--> few range reads, in threads
        --> the bytes of each range, compared with their checksum

The caller bounds what is in flight: the reads are freed when their samples are done.
"""

from bisect import bisect_right
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor

from ...release import DamagedRelease, Samples
from ..requests.byte_ranges import ByteRange, Get, coalesced

_IO_THREADS = 6


class ByteReader:
    """Reads byte ranges of the shards of one config."""

    def __init__(self, samples: Samples) -> None:
        self._samples = samples
        self.is_local = samples.release.files.is_local

    def begin(self, byte_ranges: Iterable[ByteRange], pool: ThreadPoolExecutor | None) -> Get:
        """Begins to read; local ranges are read when they are asked for.

        Args:
            byte_ranges: all that will be asked for.
            pool: threads that wait for the network.
        """
        if pool is None:
            return self._get
        reading = _Reading(self._samples, byte_ranges, pool, self._get)
        return reading.get

    def pool(self) -> ThreadPoolExecutor | None:
        """Threads for the reads; None where the release is local."""
        if self.is_local:
            return None
        return ThreadPoolExecutor(_IO_THREADS, thread_name_prefix="speakervid5m-reader")

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
        again: Get,
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

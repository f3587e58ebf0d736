"""Which bytes of a shard a sample needs, and the few long reads that bring those of many samples.

byte ranges --coalesced--> (path, first byte, end) of each read
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ...release import MediaRange

MAX_GAP_BYTES = 1 << 16
"""Unneeded bytes between two reads that are always coalesced (ours)."""
MAX_WASTE = 0.05
"""Share of a longer read that may be unneeded bytes (ours)."""
MAX_READ_BYTES = 32 << 20
"""Most bytes of one coalesced read, if no single range is longer (ours)."""


@dataclass(frozen=True, slots=True)
class ByteRange:
    """Bytes of a shard: one value of a media column, or the part of it that a window needs."""

    place: MediaRange
    """Where the whole value lies."""
    begin: int
    """First byte, from the first of the value."""
    end: int
    """End, exclusive."""

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


Get = Callable[[ByteRange], memoryview]
"""Gives the bytes of a range; waits for them."""


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

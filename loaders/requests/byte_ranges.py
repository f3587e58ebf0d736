"""Which bytes of a shard a sample needs, and the few long reads that bring the bytes of many."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ...release import MediaRange

MAX_GAP_BYTES = 1 << 16
"""Bytes that nobody asked for, between two reads that are joined whatever they bring (ours)."""
MAX_WASTE = 0.05
"""Share of a longer read that may be such bytes (ours)."""
MAX_READ_BYTES = 32 << 20
"""Of one joined read, if no single piece is longer (ours)."""


@dataclass(frozen=True, slots=True)
class ByteRange:
    """Bytes of a shard: a whole piece of media, or the part of it that a window needs."""

    place: MediaRange
    """The piece."""
    begin: int
    """First byte, from the piece's first."""
    end: int
    """End, exclusive."""

    @property
    def is_whole(self) -> bool:
        """Whether the piece's checksum can be compared."""
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
"""Gives the bytes of a stretch; waits for them."""


def coalesced(stretches: Iterable[ByteRange]) -> list[tuple[str, int, int]]:
    """Path, first byte and end of the reads that bring all stretches, by path and place."""
    found: list[tuple[str, int, int]] = []
    waste = 0
    for path, begin, end in sorted(
        {(one.place.path, one.first_byte, one.last_byte) for one in stretches}
    ):
        if found:
            old_path, old_begin, old_end = found[-1]
            longest, gap = max(end, old_end), max(0, begin - old_end)
            worth = gap <= MAX_GAP_BYTES or waste + gap <= MAX_WASTE * (longest - old_begin)
            fits = longest - old_begin <= MAX_READ_BYTES or end <= old_end
            if old_path == path and worth and fits:
                found[-1] = (path, old_begin, longest)
                waste += gap
                continue
        found.append((path, begin, end))
        waste = 0
    return found

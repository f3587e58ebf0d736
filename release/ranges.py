"""Where each piece of media lies in a Parquet file: one contiguous stretch, found and checked.

Media columns are PLAIN and uncompressed, so a value stands in the file as its length (4 bytes,
little-endian) and its bytes, values one after another with page headers between. It is found by
looking for it, and every byte is compared: whatever is recorded is true of this file.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow.parquet as pq
import xxhash

from .errors import DamagedRelease

_NEEDLE_BYTES = 64


@dataclass(frozen=True, slots=True)
class MediaRange:
    """One piece of media in a shard."""

    path: str
    """The shard, relative to the release."""
    offset_bytes: int
    """Of its first byte in the shard."""
    num_bytes: int
    """Length."""
    xxh3_64: int
    """Checksum of the bytes."""


def locate(
    data: memoryview, begin: int, end: int, values: Sequence[bytes | None]
) -> list[tuple[int, int, int] | None]:
    """Finds values in a column chunk, in order.

    Args:
        data: the whole file.
        begin: first byte of the column chunk.
        end: its end, exclusive.
        values: what Parquet gives for the chunk, in order; None for nulls.

    Returns:
        (offset_bytes, num_bytes, xxh3_64) of each, None for nulls.

    Raises:
        DamagedRelease: a value does not lie in one piece.
    """
    chunk = data[begin:end]
    text = chunk.tobytes()
    found: list[tuple[int, int, int] | None] = []
    position = 0
    for value in values:
        if value is None:
            found.append(None)
            continue
        needle = len(value).to_bytes(4, "little") + value[:_NEEDLE_BYTES]
        position = text.find(needle, position)
        while position >= 0 and text[position + 4 : position + 4 + len(value)] != value:
            position = text.find(needle, position + 1)
        if position < 0:
            raise DamagedRelease(
                "a media value does not lie in one piece of its column chunk; the Parquet writer "
                "compressed it or split it, which this format cannot index"
            )
        position += 4
        found.append((begin + position, len(value), xxhash.xxh3_64_intdigest(value)))
        position += len(value)
    return found


def chunk_bounds(metadata: pq.FileMetaData, row_group: int, path: str) -> tuple[int, int]:
    """First byte and end of a leaf column's chunk.

    Args:
        metadata: of the file.
        row_group: its index.
        path: leaf in dots, as `responder_video.bytes`.
    """
    group = metadata.row_group(row_group)
    for number in range(group.num_columns):
        column = group.column(number)
        if column.path_in_schema == path:
            begin = column.dictionary_page_offset or column.data_page_offset
            return begin, begin + column.total_compressed_size
    raise DamagedRelease(f"the shard has no column {path!r}")


def footer_digest(tail: bytes) -> int:
    """xxh3-64 of a Parquet file's footer, given at least its last bytes.

    Raises:
        DamagedRelease: it does not end as Parquet files do.
    """
    if tail[-4:] != b"PAR1":
        raise DamagedRelease("does not end as a Parquet file: it was cut off or overwritten")
    size = int.from_bytes(tail[-8:-4], "little") + 8
    return xxhash.xxh3_64_intdigest(tail[-size:])

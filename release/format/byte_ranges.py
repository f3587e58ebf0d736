"""The byte range of each media value in a Parquet file, located and checked.

    column chunk, its values --locate--> offset, length and checksum of each value
    ranges of an index part --check_order--> nothing, or DamagedRelease

Media columns are PLAIN and uncompressed. The file holds each value as its length (4 bytes,
little-endian) and its bytes; values follow each other, with page headers between them. `locate`
searches for each value and compares every byte, so each recorded range is true of this file.

A checksum says what the bytes are, not which row they belong to. The order of the values says that:
it is the order of the rows, and `check_order` compares the two whenever ranges are read.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import xxhash
from numpy.typing import NDArray

from ..errors import DamagedRelease

_NEEDLE_BYTES = 64
_LENGTH_BYTES = 4
"""Of the length that precedes a PLAIN value (Parquet)."""
_SHARD_BITS = 43
"""Of an offset in a shard (ours: 8 TB; the Hub takes files of 50 GB)."""


@dataclass(frozen=True, slots=True)
class MediaRange:
    """The byte range of a media value in a shard."""

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
        DamagedRelease: a value is not contiguous in the file.
    """
    chunk = data[begin:end]
    text = chunk.tobytes()
    ranges: list[tuple[int, int, int] | None] = []
    position = 0
    for value in values:
        if value is None:
            ranges.append(None)
            continue
        needle = len(value).to_bytes(4, "little") + value[:_NEEDLE_BYTES]
        position = text.find(needle, position)
        while position >= 0 and text[position + 4 : position + 4 + len(value)] != value:
            position = text.find(needle, position + 1)
        if position < 0:
            raise DamagedRelease(
                "a media value is not contiguous in its column chunk; the Parquet writer "
                "compressed it or split it, which this format cannot index"
            )
        position += 4
        ranges.append((begin + position, len(value), xxhash.xxh3_64_intdigest(value)))
        position += len(value)
    return ranges


def check_order(names: Sequence[str], table: Mapping[str, pa.Array], path: str) -> None:
    """Compares the order of the ranges in an index part with that of its rows.

    A shard orders its values by row group, then column, then row. So a range that belongs to
    another row or column is out of order.

    Args:
        names: media columns, in the order of a shard.
        table: `bucket`, `row`, `row_group` if known, and `{name}_offset_bytes` and
            `{name}_num_bytes` of each media column.
        path: of the index part, for errors.

    Raises:
        DamagedRelease: rows or ranges are out of order, overlap, or are invalid.
    """
    bucket, row = _whole(table["bucket"]), _whole(table["row"])
    group = _whole(table["row_group"]) if "row_group" in table else np.zeros_like(bucket)
    begins = np.flatnonzero(np.diff(bucket, prepend=-1))
    shard = np.cumsum(np.diff(bucket, prepend=-1) != 0) - 1
    expected = np.arange(len(bucket)) - begins[shard] if len(bucket) else row
    ascending = (np.diff(bucket) >= 0).all() and (np.diff(group)[np.diff(bucket) == 0] >= 0).all()
    if not ascending or (row != expected).any() or (bucket < 0).any():
        raise DamagedRelease(f"{path}: its rows are not in the order of the shards; {_ADVICE}")
    changes = (np.diff(bucket, prepend=-1) != 0) | (np.diff(group, prepend=-1) != 0)
    group_of_row = np.cumsum(changes) - 1
    # First byte and end of each column in each row group.
    num_groups = int(group_of_row[-1]) + 1 if len(group_of_row) else 0
    first = np.full((num_groups, len(names)), np.iinfo(np.int64).max)
    last = np.full((num_groups, len(names)), -1)
    for number, name in enumerate(names):
        owner, start, end = _ranges_of(name, table, path)
        start, end = start + (shard[owner] << _SHARD_BITS), end + (shard[owner] << _SHARD_BITS)
        if wrong := np.flatnonzero(start[1:] < end[:-1] + _LENGTH_BYTES).tolist():
            raise _out_of_order(path, name, int(owner[wrong[0] + 1]))
        groups = group_of_row[owner]
        begin = np.flatnonzero(np.diff(groups, prepend=-1))
        first[groups[begin], number] = start[begin]
        last[groups[begin], number] = end[np.append(begin[1:], len(end))[: len(begin)] - 1]
    if "row_group" not in table:
        return
    ends = np.maximum.accumulate(last.reshape(-1))
    wrong = np.flatnonzero(first.reshape(-1)[1:] < ends[:-1]).tolist()
    if wrong:
        wrong_group, number = divmod(wrong[0] + 1, len(names))
        row_number = int(np.flatnonzero(group_of_row == wrong_group)[0])
        raise _out_of_order(path, names[number], row_number)


_ADVICE = "run `speakervid5m reindex`, which reads the shards alone"


def _out_of_order(path: str, name: str, row: int) -> DamagedRelease:
    return DamagedRelease(
        f"{path}: the range of {name} in row {row} is out of order, so it may be another sample's; "
        f"{_ADVICE}"
    )


def _ranges_of(
    name: str, table: Mapping[str, pa.Array], path: str
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Row, first byte and end of every media value of a column, row by row."""
    offsets, sizes = table[f"{name}_offset_bytes"], table[f"{name}_num_bytes"]
    owners = pa.array(np.arange(len(offsets)))
    if pa.types.is_list(offsets.type):
        if not pc.list_value_length(offsets).equals(pc.list_value_length(sizes)):
            raise DamagedRelease(f"{path}: {name} has offsets without lengths; {_ADVICE}")
        owners = pc.list_parent_indices(offsets)
        offsets, sizes = offsets.flatten(), sizes.flatten()
    known = offsets.is_valid()
    start, size = _whole(offsets.filter(known)), _whole(sizes.filter(known))
    limit = 1 << _SHARD_BITS
    end = start + np.minimum(size, limit)
    if (
        not sizes.is_valid().equals(known)
        or (start < 0).any()
        or (size < 0).any()
        or (start >= limit).any()
        or (end >= limit).any()
    ):
        raise DamagedRelease(f"{path}: {name} has an invalid range; {_ADVICE}")
    return _whole(owners.filter(known)), start, end


def _whole(values: pa.Array) -> NDArray[np.int64]:
    """Whole numbers; nulls become -1."""
    numbers: NDArray[np.int64] = pc.fill_null(values.cast(pa.int64()), -1).to_numpy()
    return numbers


def chunk_bounds(metadata: pq.FileMetaData, row_group: int, path: str) -> tuple[int, int]:
    """First byte and end of a leaf column's chunk.

    Args:
        metadata: of the file.
        row_group: its index.
        path: dotted name of the leaf, as `responder_video.bytes`.
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
        DamagedRelease: the file does not end like a Parquet file.
    """
    if tail[-4:] != b"PAR1":
        raise DamagedRelease("does not end as a Parquet file: it was cut off or overwritten")
    size = int.from_bytes(tail[-8:-4], "little") + 8
    return xxhash.xxh3_64_intdigest(tail[-size:])

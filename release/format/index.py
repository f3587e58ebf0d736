"""The index's three tables: `scan`, `text` and `frames`, made from a shard's rows.

    samples, byte ranges, media --> rows --write_index--> index/<config>/*.parquet

`scan` holds ids, scores, categories and the byte range of every media value; `text` holds
transcripts and intervals; `frames` holds every frame of every video. Rows of `scan` and `text`
correspond one to one.
"""

from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from ...records import Branch, Column, columns_of
from ..layout import IndexTable
from .shard import Cells, media_values

PLACE_TYPES = {"offset_bytes": pa.int64(), "num_bytes": pa.int64(), "xxh3_64": pa.uint64()}
"""What `scan` holds for every media value, and the types."""

_FRAMES = pa.schema(
    [
        ("sample_id", pa.string()),
        ("column", pa.string()),
        ("position", pa.int32()),
        ("codec_header", pa.binary()),
        ("time_base_numerator", pa.int64()),
        ("time_base_denominator", pa.int64()),
        ("pts", pa.list_(pa.int64())),
        ("size_bytes", pa.list_(pa.int64())),
        ("offset_bytes", pa.list_(pa.int64())),
        ("is_key", pa.list_(pa.bool_())),
    ]
)


@cache
def index_schema(branch: Branch, table: IndexTable) -> pa.Schema:
    """The Arrow schema of an index table, the same in every release."""
    if table == "frames":
        return _FRAMES
    columns = columns_of(branch)
    fields = [("sample_id", pa.string())]
    fields += [
        (column.name, column.type)
        for column in columns
        if column.table == table and column.name != "sample_id"
    ]
    if table == "scan":
        fields += [("bucket", pa.int32()), ("row", pa.int64()), ("row_group", pa.int32())]
        for column in columns:
            for name, kind in PLACE_TYPES.items() if column.table == "media" else ():
                fields.append((f"{column.name}_{name}", pa.list_(kind) if column.many else kind))
    return pa.schema(fields)


def frame_rows(cells: Cells, media: Iterable[Column]) -> Iterator[Cells]:
    """One row for every video of a sample.

    Args:
        cells: of the sample, as its shard has them.
        media: the media columns.
    """
    # Only writers need FFmpeg; readers of an index do not.
    from ...media import frame_table

    for column in media:
        if column.medium != "video":
            continue
        for position, data in enumerate(media_values(cells[column.name], column)):
            if data is None:
                continue
            table = frame_table(data)
            yield {
                "sample_id": cells["sample_id"],
                "column": column.name,
                "position": position,
                "codec_header": table.codec_header,
                "time_base_numerator": table.time_base.numerator,
                "time_base_denominator": table.time_base.denominator,
                "pts": table.pts,
                "size_bytes": table.size_bytes,
                "offset_bytes": table.offset_bytes,
                "is_key": table.is_key,
            }


def write_index(path: Path, schema: pa.Schema, rows: Iterable[Cells]) -> None:
    """Writes an index part from rows, which may have further columns."""
    chosen = [{name: row[name] for name in schema.names} for row in rows]
    write_index_table(path, pa.Table.from_pylist(chosen, schema=schema))


def write_index_table(path: Path, table: pa.Table) -> None:
    """Writes an index part."""
    pq.write_table(table, path, compression="zstd", row_group_size=100_000)

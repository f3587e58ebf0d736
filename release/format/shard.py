"""One shard: an ordinary Parquet file whose media are stored uncompressed.

    rows --write_shard--> shard, and the byte range of every media value

Rows are written in row groups of about 64 MB. Then every media value is located in the file and
compared; the index is made from these ranges.
"""

import mmap
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ...records import Branch, Column, Sample, columns_of, to_row
from ..layout import ROW_GROUP_BYTES, ROW_GROUP_ROWS
from .byte_ranges import chunk_bounds, locate
from .upgrades import declared

Cells = dict[str, Any]
"""A row of a shard or of an index, by column."""

MediaValue = bytes | list[bytes | None] | None
"""The content of a media column in a row: a list where the column has a value for each turn."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """A sample and the bytes of its media: what a writer takes."""

    sample: Sample
    """The record."""
    media: Mapping[str, MediaValue]
    """Media column to bytes; columns left out are null."""


def write_shard(
    path: Path, schema: pa.Schema, media: Sequence[Column], rows: Iterable[Cells]
) -> list[Cells]:
    """Writes rows in order and returns the byte ranges of their media.

    Args:
        path: file to write; the caller chooses its name.
        schema: of the shard.
        media: its media columns, which stay uncompressed.
        rows: at least one.

    Returns:
        For every row `row`, `row_group`, and for every media column `{column}_offset_bytes`,
        `{column}_num_bytes`, `{column}_xxh3_64`: None, a number, or a list of them.
    """
    with _shard_writer(path, schema, {column.name for column in media}) as writer:
        for group in _row_groups(rows, media):
            table = pa.Table.from_pylist(group, schema=schema)
            writer.write_table(table, row_group_size=len(group))
    return locate_all(path, media)


def media_columns(branch: Branch) -> list[Column]:
    """The columns of a branch that hold media."""
    return [column for column in columns_of(branch) if column.table == "media"]


def _shard_writer(path: Path, schema: pa.Schema, names: Collection[str]) -> pq.ParquetWriter:
    """Opens a shard to write: columns of these names stay uncompressed, the others do not."""
    leaves = leaf_paths(schema)
    plain = [leaf for leaf in leaves if leaf.split(".")[0] not in names]
    return pq.ParquetWriter(
        path,
        schema,
        compression={leaf: "zstd" if leaf in plain else "none" for leaf in leaves},
        use_dictionary=plain,
        write_statistics=plain,
        write_page_index=True,
        use_content_defined_chunking=True,
    )


def open_bytes(path: Path) -> mmap.mmap:
    """A memory map of a file, for reading."""
    with path.open("rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


@cache
def leaf_paths(schema: pa.Schema) -> tuple[str, ...]:
    """The leaf columns of a shard, as Parquet names them."""
    sink = pa.BufferOutputStream()
    pq.ParquetWriter(sink, schema).close()
    schema = pq.ParquetFile(pa.BufferReader(sink.getvalue())).metadata.schema
    return tuple(schema.column(number).path for number in range(len(schema.names)))


def leaf_of(column: Column) -> str:
    """The leaf that holds a media column's bytes."""
    inner = f"{column.name}.list.element" if column.many else column.name
    return inner if _is_bare(column) else f"{inner}.bytes"


def _is_bare(column: Column) -> bool:
    """Whether a column holds plain bytes, not the struct that `datasets` uses for media."""
    kind = column.type.value_type if column.many else column.type
    return bool(pa.types.is_binary(kind))


def _row_groups(rows: Iterable[Cells], media: Sequence[Column]) -> Iterator[list[Cells]]:
    group: list[Cells] = []
    size = 0
    for row in rows:
        group.append(row)
        for column in media:
            size += sum(len(value or b"") for value in media_values(row[column.name], column))
        if size >= ROW_GROUP_BYTES or len(group) >= ROW_GROUP_ROWS:
            yield group
            group, size = [], 0
    if group:
        yield group


def cells_of(row: Row, media: Sequence[Column]) -> Cells:
    """The cells of a sample and its media, as a shard stores them."""
    cells = to_row(row.sample)
    for column in media:
        content = row.media.get(column.name)
        if column.many:
            turns = content if isinstance(content, list) else [None] * len(row.sample.clips)
            names = [clip.clip_id for clip in row.sample.clips]
            cells[column.name] = [
                cell_of(column, value, name) for value, name in zip(turns, names, strict=True)
            ]
        else:
            assert not isinstance(content, list), f"{column.name} takes one media value a row"
            prefix = column.name.removesuffix(column.medium or "")
            cells[column.name] = cell_of(column, content, cells.get(f"{prefix}clip_id"))
    return cells


def cell_of(column: Column, value: bytes | None, name: str | None) -> Any:
    """The cell of a shard's column that holds these bytes.

    Args:
        column: the media column.
        value: the bytes.
        name: id of the clip, if known.
    """
    if value is None or column.medium == "pose":
        return value
    ending = "mp4" if column.medium == "video" else "flac"
    return {"bytes": value, "path": f"{name}.{ending}" if name else None}


def read_cells(path: Path, schema: pa.Schema) -> Iterator[Cells]:
    """The rows of a shard, media included, in the columns of a schema.

    Raises:
        DamagedRelease: no version of the format lacks a column, or has another type.
    """
    with pq.ParquetFile(path) as file:
        for group in range(file.num_row_groups):
            yield from declared(file.read_row_group(group), schema).to_pylist()


def locate_all(path: Path, media: Sequence[Column]) -> list[Cells]:
    """Byte ranges of the media of a finished shard, as `write_shard` returns them.

    Raises:
        DamagedRelease: a value is not contiguous in the file.
    """
    located: list[Cells] = []
    with pq.ParquetFile(path) as file, open_bytes(path) as data, memoryview(data) as view:
        for number in range(file.num_row_groups):
            table = file.read_row_group(number, columns=[column.name for column in media])
            rows: list[Cells] = [
                {"row": len(located) + offset, "row_group": number}
                for offset in range(table.num_rows)
            ]
            for column in media:
                begin, end = chunk_bounds(file.metadata, number, leaf_of(column))
                cells = [media_values(cell, column) for cell in table[column.name].to_pylist()]
                flat = [value for cell in cells for value in cell]
                places = iter(locate(view, begin, end, flat))
                for row, cell in zip(rows, cells, strict=True):
                    _note(row, column, [next(places) for _ in cell])
            located += rows
    return located


def media_values(cell: Any, column: Column) -> list[bytes | None]:
    """The bytes in a cell as Parquet returns it: one value, or one for each turn."""
    values = (cell or []) if column.many else [cell]
    if _is_bare(column):
        return list(values)
    return [None if value is None else value["bytes"] for value in values]


def _note(row: Cells, column: Column, places: list[tuple[int, int, int] | None]) -> None:
    for number, name in enumerate(("offset_bytes", "num_bytes", "xxh3_64")):
        numbers = [None if place is None else place[number] for place in places]
        row[f"{column.name}_{name}"] = numbers if column.many else numbers[0]

"""Compares a shard with its rows of the index, value by value.

shard, rows of its index --compare_shard--> problems, and the rows that belong together
"""

from collections.abc import Iterator, Sequence
from typing import Any

import xxhash

from ...records import Column
from ..format.index import PLACE_TYPES
from ..format.shard import Cells, media_values
from ..format.tables import ShardedTable
from ..format.upgrades import declared
from ..read.samples import Release
from .report import VerifyReport

Value = tuple[Column, int, bytes]
"""A stored value: its media column, its position in the cell, and its bytes."""


def compare_shard(
    release: Release,
    table: ShardedTable,
    path: str,
    index: Sequence[Cells],
    report: VerifyReport,
    label: str,
) -> Iterator[tuple[Cells, str, list[Value]]]:
    """Compares every cell of a shard with the index.

    Args:
        release: whose files match their digests.
        table: the table.
        path: of the shard.
        index: its rows of the index.
        report: receives the problems.
        label: of the table, for problems.

    Yields:
        For each row of the index that has a row of the shard: the row, its name for problems, and
        the values that both have.
    """
    media = {column.name for column in table.media}
    plain = [name for name in table.schema.names if name not in media]
    with release.files.parquet(path, release.manifest) as file:
        if file.metadata.num_rows != len(index):
            report.note(path, f"has {file.metadata.num_rows} rows, the index {len(index)}")
        rows = enumerate(index)
        for group in range(file.num_row_groups):
            cells = declared(file.read_row_group(group), table.schema).to_pylist()
            for stored, (number, row) in zip(cells, rows, strict=False):
                where = f"{label} {row['sample_id']}"
                if (row["row"], row.get("row_group", group)) != (number, group):
                    report.note(where, f"is row {number} of group {group} in {path}")
                if row["sample_id"] != stored["sample_id"]:
                    report.note(
                        where,
                        f"the shard's row is {stored['sample_id']}: index and shard do not "
                        "correspond",
                    )
                    continue
                for name in plain:
                    if repr(row[name]) != repr(stored[name]):
                        report.note(where, f"{name} differs between index and shard")
                yield row, where, [*_values(release, table, path, row, stored, report, where)]


def _values(
    release: Release,
    table: ShardedTable,
    path: str,
    row: Cells,
    stored: Cells,
    report: VerifyReport,
    where: str,
) -> Iterator[Value]:
    for column in table.media:
        values = media_values(stored[column.name], column)
        cells = [row[f"{column.name}_{name}"] for name in PLACE_TYPES]
        places = list(zip(*cells, strict=True)) if column.many else [tuple(cells)]
        for number, (place, value) in enumerate(zip(places, values, strict=True)):
            problem = _compare(release, path, place, value)
            if problem is not None:
                report.note(f"{where} {column.name}", problem)
            if value is not None:
                yield column, number, value


def _compare(
    release: Release, path: str, place: tuple[Any, ...], value: bytes | None
) -> str | None:
    offset, size, checksum = place
    if value is None or offset is None:
        is_null = value is None and offset is None
        return None if is_null else "is null in only one of index and shard"
    data = release.files.read_range(path, offset, size)
    if data != value or xxhash.xxh3_64_intdigest(data) != checksum:
        return f"{path}: the {size} bytes at {offset} are not the value that Parquet returns"
    return None

"""Rows in the columns of the shards, made from the index and byte ranges alone.

    row numbers, columns --> index, coalesced reads --> Arrow table

Reading 2 of a shard's 100 rows costs 2 rows' bytes.
"""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from ...records import columns_of, schema_of
from ..format.byte_ranges import MediaRange
from ..format.shard import cell_of, media_columns
from .byte_reader import ByteRange, ByteReader
from .samples import Samples


def read_rows_of(samples: Samples, numbers: Sequence[int], columns: Sequence[str]) -> pa.Table:
    """Reads some rows, in this order, with some columns of a shard.

    Args:
        samples: of a config.
        numbers: of the rows.
        columns: names of columns that the config has, media columns too.

    Raises:
        DamagedRelease: media are not what was written.
    """
    branch = samples.config.branch
    schema = pa.schema([schema_of(branch).field(name) for name in columns])
    media = {column.name: column for column in media_columns(branch) if column.name in columns}
    chosen = samples.take(numbers)
    id_columns = {
        name: f"{name.removesuffix(column.medium or '')}clip_id" for name, column in media.items()
    }
    plain = [name for name in columns if name not in media]
    known = {column.name for column in columns_of(branch)}
    needed = {name for name in id_columns.values() if name in known}
    table = chosen.table(list(dict.fromkeys([*plain, *needed])) or ["sample_id"])
    places = {
        name: [chosen.ranges(number, name) for number in range(len(chosen))] for name in media
    }
    data = _read(
        samples, [place for cells in places.values() for cell in cells for place in _flat(cell)]
    )
    arrays: dict[str, Any] = {name: table[name] for name in plain}
    for name, column in media.items():
        if column.many:
            turns = chosen.table(["turns"])["turns"].to_pylist()
            clip_ids: list[Any] = [[turn["clip_id"] for turn in run] for run in turns]
        elif id_columns[name] in known:
            clip_ids = table[id_columns[name]].to_pylist()
        else:
            clip_ids = [None] * len(chosen)
        cells = []
        for place, clip_id in zip(places[name], clip_ids, strict=True):
            if isinstance(place, list):
                pairs = zip(place, clip_id, strict=True)
                cells.append(
                    [
                        cell_of(column, data[turn] if turn else None, turn_id)
                        for turn, turn_id in pairs
                    ]
                )
            else:
                cells.append(cell_of(column, data[place] if place else None, clip_id))
        arrays[name] = pa.array(cells, schema.field(name).type)
    return pa.table([arrays[name] for name in columns], schema=schema)


def media_bytes_of(samples: Samples, columns: Sequence[str]) -> int:
    """Bytes of these media columns, over all rows."""
    total = 0
    for column in media_columns(samples.config.branch):
        if column.name in columns:
            sizes = samples.table([f"{column.name}_num_bytes"])[0]
            for size in sizes.to_pylist():
                total += sum(turn or 0 for turn in size or ()) if column.many else size or 0
    return total


def _flat(cell: MediaRange | list[MediaRange | None] | None) -> list[MediaRange]:
    places = cell if isinstance(cell, list) else [cell]
    return [place for place in places if place is not None]


def _read(samples: Samples, places: Sequence[MediaRange]) -> dict[MediaRange, bytes]:
    reader = ByteReader(samples)
    wanted = {place: ByteRange.whole(place) for place in places}
    with reader.pool() as pool:
        get = reader.begin(wanted.values(), pool)
        return {place: bytes(get(byte_range)) for place, byte_range in wanted.items()}

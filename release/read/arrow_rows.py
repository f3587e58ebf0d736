"""Rows as the shards have them, made from the index and byte ranges: nothing else is read.

For whoever keeps a few rows of many: of a shard with a hundred rows, two that a query kept cost
the bytes of two. Reads that lie near each other are joined where the release is not local.
"""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
from fsspec.utils import merge_offset_ranges

from ...records import columns_of, schema_of
from ..errors import DamagedRelease
from ..format.byte_ranges import MediaRange
from ..format.shard import cell_of, media_columns
from ..storage.retries import retrying
from .samples import Samples

_MAX_GAP_BYTES = 1 << 16
"""Bytes that nobody asked for, between two reads that are joined (ours: as the loaders')."""


def read_rows_of(samples: Samples, numbers: Sequence[int], columns: Sequence[str]) -> pa.Table:
    """Some rows, in this order, with some columns of a shard.

    Args:
        samples: of a config.
        numbers: of the rows.
        columns: names, of media too, all of which the config has.

    Raises:
        DamagedRelease: media are not what was written.
    """
    branch = samples.config.branch
    schema = pa.schema([schema_of(branch).field(name) for name in columns])
    media = {
        media_column.name: media_column
        for media_column in media_columns(branch)
        if media_column.name in columns
    }
    chosen = samples.take(numbers)
    names = {
        name: f"{name.removesuffix(medium.medium or '')}clip_id" for name, medium in media.items()
    }
    plain = [one for one in columns if one not in media]
    known = {one.name for one in columns_of(branch)}
    needed = {one for one in names.values() if one in known}
    table = chosen.table(list(dict.fromkeys([*plain, *needed])) or ["sample_id"])
    places = {
        name: [chosen.ranges(number, name) for number in range(len(chosen))] for name in media
    }
    data = _read(samples, [one for found in places.values() for row in found for one in _flat(row)])
    arrays: dict[str, Any] = {name: table[name] for name in plain}
    for name, column in media.items():
        if column.many:
            turns = chosen.table(["turns"])["turns"].to_pylist()
            clips: list[Any] = [[turn["clip_id"] for turn in run] for run in turns]
        else:
            clips = table[names[name]].to_pylist() if names[name] in known else [None] * len(chosen)
        cells = []
        for place, clip in zip(places[name], clips, strict=True):
            if isinstance(place, list):
                pairs = zip(place, clip, strict=True)
                cells.append(
                    [cell_of(column, data[one] if one else None, who) for one, who in pairs]
                )
            else:
                cells.append(cell_of(column, data[place] if place else None, clip))
        arrays[name] = pa.array(cells, schema.field(name).type)
    return pa.table([arrays[name] for name in columns], schema=schema)


def media_bytes_of(samples: Samples, columns: Sequence[str]) -> int:
    """Bytes of these media columns of all rows."""
    total = 0
    for column in media_columns(samples.config.branch):
        if column.name in columns:
            sizes = samples.table([f"{column.name}_num_bytes"])[0]
            for size in sizes.to_pylist():
                total += sum(one or 0 for one in size or ()) if column.many else size or 0
    return total


def _flat(place: Any) -> list[MediaRange]:
    places = place if isinstance(place, list) else [place]
    return [one for one in places if one is not None]


def _read(samples: Samples, places: Sequence[MediaRange]) -> dict[MediaRange, bytes]:
    files = samples.release.files
    wanted = list(dict.fromkeys(places))
    if files.is_local:
        return {one: samples.read(one) for one in wanted}
    for path in dict.fromkeys(one.path for one in wanted):
        files.check(path, samples.release.manifest)
    for one in wanted:
        files.check_range(one.path, one.offset_bytes, one.num_bytes)

    paths, starts, ends = merge_offset_ranges(
        [files.path(one.path) for one in wanted],
        [one.offset_bytes for one in wanted],
        [one.offset_bytes + one.num_bytes for one in wanted],
        max_gap=_MAX_GAP_BYTES,
    )

    def read() -> list[bytes]:
        found: list[bytes] = files.system.cat_ranges(paths, starts, ends, on_error="raise")
        return found

    data = retrying(read, files.address()) if wanted else []
    found = {}
    for one in wanted:
        for path, start, end, piece in zip(paths, starts, ends, data, strict=True):
            first = one.offset_bytes - start
            if path == files.path(one.path) and first >= 0 and one.offset_bytes < end:
                found[one] = _checked(samples, one, piece[first : first + one.num_bytes])
                break
    return found


def _checked(samples: Samples, place: MediaRange, data: bytes) -> bytes:
    try:
        samples.check(place, memoryview(data))
    except DamagedRelease:
        # Damaged on its way, or in the shard: the second reading tells.
        return samples.read(place)
    return data

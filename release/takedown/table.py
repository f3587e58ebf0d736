"""A table after a retraction: untouched buckets stay, others are written without removed rows.

    previous table, removed rows --retract_rows--> shards and index parts in the new folder

The table may be a config or an encoder's features for it. The result has the bytes that a first
write of the remaining rows would have.
"""

import shutil
from collections.abc import Collection, Iterator, Mapping
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ..format.index import write_index_table
from ..format.shard import Cells, read_cells
from ..format.tables import ShardedTable
from ..format.upgrades import declared
from ..layout import index_part
from ..read.samples import Release
from ..write.bucket import BucketJob, BucketStore, BuiltBucket
from ..write.change import Change
from ..write.tables import merge_index


def retract_rows(
    change: Change,
    store: BucketStore,
    table: ShardedTable,
    removed: Mapping[int, Collection[str]],
    digests: Mapping[int, str],
) -> dict[int, BuiltBucket]:
    """Writes a table of the previous release without some rows into the new one.

    Args:
        change: the previous release, and the folder of the new one.
        store: of built buckets.
        table: the table.
        removed: bucket to the ids of its removed samples.
        digests: touched bucket to the digest of what remains, see `BucketJob`; a bucket of which
            nothing remains has none.

    Returns:
        The buckets that were written again.
    """
    built: dict[int, BuiltBucket] = {}
    for bucket, name in table.buckets(change.release.manifest.files).items():
        if bucket not in removed:
            change.link([name])
        elif bucket in digests:
            rows = partial(_remaining, change.intact(name), table, removed[bucket])
            job = BucketJob(table=table, bucket=bucket, digest=digests[bucket], rows=rows)
            built[bucket] = store.build(job)
            change.add(name, built[bucket])
    _write_parts(change, table, removed.keys(), built)
    return built


def _remaining(path: Path, table: ShardedTable, removed: Collection[str]) -> Iterator[Cells]:
    rows = read_cells(path, table.schema)
    return (cells for cells in rows if cells["sample_id"] not in removed)


def _write_parts(
    change: Change,
    table: ShardedTable,
    touched: Collection[int],
    built: Mapping[int, BuiltBucket],
) -> None:
    """Links the index parts that hold no touched bucket, and writes the others."""
    manifest = change.release.manifest
    num_buckets = manifest.configs[table.config.name].num_buckets
    touched_parts = {index_part(bucket, num_buckets) for bucket in touched}
    for name in table.index:
        parts = table.parts(manifest.files, name)
        change.link(path for number, path in parts.items() if number not in touched_parts)
    for number in sorted(touched_parts):
        _write_part(change, table, number, touched, built)


def _write_part(
    change: Change,
    table: ShardedTable,
    number: int,
    touched: Collection[int],
    built: Mapping[int, BuiltBucket],
) -> None:
    tables = {name: _read(change.release, table.part(name, number)) for name in table.index}
    first = next(iter(tables.values()))
    drafts = change.new / ".drafts"
    drafts.mkdir()
    for name, whole in tables.items():
        buckets = _buckets_of(whole, first)
        files = []
        for bucket in np.unique(first["bucket"].to_numpy()).tolist():
            if bucket in built:
                files.append(built[bucket].index(name))
            elif bucket not in touched:
                rows = np.flatnonzero(buckets == bucket)
                # Written and read again, so that pages begin where a first write puts them. The
                # schema is that of a first write: lists read from Parquet name their items
                # differently.
                start, count = (int(rows[0]), len(rows)) if len(rows) else (0, 0)
                chosen = declared(whole.slice(start, count).combine_chunks(), table.index[name])
                files.append(drafts / f"{name}-{bucket}.parquet")
                write_index_table(files[-1], chosen.cast(table.index[name]))
        merge_index(change, table, name, number, files)
    shutil.rmtree(drafts)


def _read(release: Release, path: str) -> pa.Table:
    with release.files.parquet(path, release.manifest) as file:
        return file.read()


def _buckets_of(rows: pa.Table, first: pa.Table) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """The bucket of each row of an index table, by the rows of the first one."""
    places = pc.index_in(rows["sample_id"], value_set=first["sample_id"]).to_numpy()
    buckets: np.ndarray[tuple[int], np.dtype[np.int64]] = first["bucket"].to_numpy()[places]
    return buckets

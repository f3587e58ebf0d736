"""Tables of a new release: buckets are built or found, linked, indexed and counted.

jobs --write_tables--> shards and index parts in the new folder --config_entry--> counts
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ...records import CONFIGS, MEDIA_ROLES, Branch, Listener, Progress
from ..format.index import write_index_table
from ..format.tables import ConfigTable, ShardedTable
from ..layout import index_part
from ..manifest import ConfigEntry, digest_of
from .bucket import BucketJob, BucketStore, BuiltBucket
from .change import Change
from .durable_files import link


def write_tables(
    change: Change,
    store: BucketStore,
    jobs: Sequence[BucketJob],
    num_buckets: Mapping[str, int],
    progress: Listener,
) -> None:
    """Builds the buckets of tables, and links them into the new release.

    Args:
        change: has the folder of the new release.
        store: of built buckets.
        jobs: all buckets of these tables.
        num_buckets: by config.
        progress: called for every bucket.
    """
    built: dict[ShardedTable, dict[int, BuiltBucket]] = {}
    for number, job in enumerate(jobs):
        name = job.table.shard(job.bucket)
        progress(Progress("write", number, len(jobs), "shards", name))
        bucket = built.setdefault(job.table, {})[job.bucket] = store.build(job)
        change.add(name, bucket)
    progress(Progress("write", len(jobs), len(jobs), "shards"))
    for table, buckets in built.items():
        parts: dict[int, list[BuiltBucket]] = {}
        for number in sorted(buckets):
            part = index_part(number, num_buckets[table.config.name])
            parts.setdefault(part, []).append(buckets[number])
        for part, group in parts.items():
            for name in table.index:
                merge_index(change, table, name, part, [bucket.index(name) for bucket in group])


def merge_index(
    change: Change, table: ShardedTable, name: str, part: int, files: Sequence[Path]
) -> None:
    """Writes an index part from the rows of its buckets, in bucket order."""
    target = change.new / table.part(name, part)
    if len(files) == 1 and not table.rewrites_parts:
        link(files[0], target)
    elif files:
        target.parent.mkdir(parents=True, exist_ok=True)
        rows = pa.concat_tables([pq.read_table(file) for file in files])
        write_index_table(target, rows.combine_chunks() if table.rewrites_parts else rows)


def config_entry(change: Change, name: str, num_buckets: int) -> ConfigEntry | None:
    """The manifest's entry of a config, counted from its new index; None without rows."""
    table, config = ConfigTable(CONFIGS[name]), CONFIGS[name]
    folder = change.new / config.folder
    shards = [f"{config.folder}/{path.name}" for path in sorted(folder.glob("*.parquet"))]
    if not shards:
        return None
    num_rows = num_bytes = 0
    sources: set[str] = set()
    seconds: dict[int, float] = {}
    for path in sorted(change.new.glob(table.part("scan", 0).replace("0000", "*"))):
        rows = pq.read_table(path, columns=_counted(table))
        num_rows += rows.num_rows
        sources.update(pc.unique(rows["conversation_id"]).to_pylist())
        for column in rows.column_names:
            if column.endswith("_num_bytes"):
                sizes = rows[column]
                flat = pc.list_flatten(sizes) if pa.types.is_list(sizes.type) else sizes
                num_bytes += pc.sum(flat).as_py() or 0
        durations = _durations(rows, config.branch).tolist()
        for bucket, duration in zip(rows["bucket"].to_pylist(), durations, strict=True):
            seconds[bucket] = seconds.get(bucket, 0.0) + duration
    return ConfigEntry(
        num_rows=num_rows,
        num_buckets=num_buckets,
        num_sources=len(sources),
        num_media_bytes=num_bytes,
        clip_seconds=round(sum(seconds.values()), 3),
        config_digest=digest_of({path: change.entry(path).sha256 for path in shards}),
    )


def _counted(table: ShardedTable) -> list[str]:
    sizes = [f"{column.name}_num_bytes" for column in table.media]
    return ["conversation_id", "bucket", *sizes, *_times(table.config.branch)]


def _times(branch: Branch) -> list[str]:
    if branch == "multi_turn":
        return ["duration_seconds"]
    return [
        f"{prefix}{end}_seconds" for prefix, _ in MEDIA_ROLES[branch] for end in ("start", "end")
    ]


def _durations(rows: pa.Table, branch: Branch) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Seconds of all clips of each row."""
    if branch == "multi_turn":
        seconds: np.ndarray[tuple[int], np.dtype[np.float64]] = rows["duration_seconds"].to_numpy()
        return seconds
    total = np.zeros(rows.num_rows)
    for prefix, _ in MEDIA_ROLES[branch]:
        of_clip = pc.subtract(rows[f"{prefix}end_seconds"], rows[f"{prefix}start_seconds"])
        total += np.nan_to_num(of_clip.to_numpy())
    return total

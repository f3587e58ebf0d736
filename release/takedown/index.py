"""Shards and index of a config after a retraction: the rest is linked, or sliced and written.

    release, touched buckets --link_shards, write_index_parts, count_config--> new folder, counts

The result has the bytes that a first write of the remaining rows would have.
"""

import shutil
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ...records import CONFIGS, MEDIA_ROLES
from ..format.index import index_schema, write_index_table
from ..format.upgrades import declared
from ..layout import INDEX_TABLES, index_part, index_path
from ..manifest import ConfigEntry, digest_of
from ..read.samples import Release
from ..write.bucket import SHARD, BuiltBucket
from ..write.durable_files import link

TouchedBuckets = Mapping[int, BuiltBucket | None]
"""Number of a touched bucket to its remaining rows; None if no rows remain."""


def link_shards(release: Release, new: Path, name: str, touched: TouchedBuckets) -> None:
    """Links every shard: untouched ones from the release, touched ones from their built buckets."""
    built_shards = {CONFIGS[name].shard(bucket): built for bucket, built in touched.items()}
    for path in release.manifest.shards(name):
        built = built_shards.get(path)
        if built is not None:
            link(built.folder / SHARD, new / path)
        elif path not in built_shards:
            link(Path(release.files.path(path)), new / path)


def write_index_parts(release: Release, new: Path, name: str, touched: TouchedBuckets) -> None:
    """Links the index parts that hold no touched bucket, and writes the others."""
    num_buckets = release.manifest.configs[name].num_buckets
    touched_parts = {index_part(bucket, num_buckets) for bucket in touched}
    for path in release.manifest.files:
        if path.startswith(f"index/{name}/"):
            number = int(Path(path).stem.rpartition("-")[2], 16)
            if number not in touched_parts:
                link(Path(release.files.path(path)), new / path)
    for number in sorted(touched_parts):
        _write_index_part(release, new, name, number, touched)


def _write_index_part(
    release: Release, new: Path, name: str, number: int, touched: TouchedBuckets
) -> None:
    tables = {table: _read(release, index_path(name, table, number)) for table in INDEX_TABLES}
    buckets = tables["scan"]["bucket"].to_numpy()
    place = pa.table({"sample_id": tables["scan"]["sample_id"], "bucket": buckets})
    of_frames = _buckets_of(tables["frames"]["sample_id"], place)
    remaining = [int(bucket) for bucket in np.unique(buckets) if touched.get(int(bucket), True)]
    drafts = new / "index" / ".drafts"
    for table, whole in tables.items():
        files = []
        for bucket in remaining:
            built = touched.get(bucket)
            if built is not None:
                files.append(built.folder / f"{table}.parquet")
                continue
            rows = np.flatnonzero((of_frames if table == "frames" else buckets) == bucket)
            # Written and read again, so that pages begin where a first write puts them. The schema
            # is that of a first write: lists read from Parquet name their items differently.
            first, count = (int(rows[0]), len(rows)) if len(rows) else (0, 0)
            draft = drafts / f"{table}-{bucket}.parquet"
            draft.parent.mkdir(parents=True, exist_ok=True)
            schema = index_schema(CONFIGS[name].branch, table)
            chosen = declared(whole.slice(first, count).combine_chunks(), schema)
            write_index_table(draft, chosen.cast(schema))
            files.append(draft)
        target = new / index_path(name, table, number)
        if len(files) == 1:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(files[0], target)
        elif files:
            target.parent.mkdir(parents=True, exist_ok=True)
            write_index_table(target, pa.concat_tables([pq.read_table(file) for file in files]))
    shutil.rmtree(drafts, ignore_errors=True)


def _read(release: Release, path: str) -> pa.Table:
    with release.files.parquet(path, release.manifest) as file:
        return file.read()


def _buckets_of(
    ids: pa.ChunkedArray, place: pa.Table
) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    rows = pc.index_in(ids, value_set=place["sample_id"]).to_numpy()
    buckets: np.ndarray[tuple[int], np.dtype[np.int64]] = place["bucket"].to_numpy()[rows]
    return buckets


def count_config(
    release: Release, new: Path, name: str, touched: TouchedBuckets
) -> ConfigEntry | None:
    """The manifest's entry of a touched config; None if no rows remain."""
    config, previous = CONFIGS[name], release.manifest.configs[name]
    if not any((new / config.folder).glob("*.parquet")):
        return None
    num_rows = num_bytes = 0
    sources: set[str] = set()
    seconds: dict[int, float] = {}
    for path in sorted((new / "index" / name).glob("scan-*.parquet")):
        table = pq.read_table(path)
        num_rows += table.num_rows
        sources.update(pc.unique(table["conversation_id"]).to_pylist())
        for column in table.column_names:
            if column.endswith("_num_bytes"):
                sizes = table[column]
                flat = pc.list_flatten(sizes) if pa.types.is_list(sizes.type) else sizes
                num_bytes += pc.sum(flat).as_py() or 0
        durations = _durations(table, name).tolist()
        for bucket, duration in zip(table["bucket"].to_pylist(), durations, strict=True):
            seconds[bucket] = seconds.get(bucket, 0.0) + duration
    shards = {}
    built_shards = {config.shard(bucket): built for bucket, built in touched.items()}
    for shard in release.manifest.shards(name):
        built = built_shards.get(shard)
        if shard not in built_shards or built is not None:
            shards[shard] = built.sha256 if built else release.manifest.files[shard].sha256
    return ConfigEntry(
        num_rows=num_rows,
        num_buckets=previous.num_buckets,
        num_sources=len(sources),
        num_media_bytes=num_bytes,
        clip_seconds=round(sum(seconds.values()), 3),
        config_digest=digest_of(shards),
    )


def _durations(table: pa.Table, name: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Seconds of all clips of each row."""
    if CONFIGS[name].branch == "multi_turn":
        seconds: np.ndarray[tuple[int], np.dtype[np.float64]] = table["duration_seconds"].to_numpy()
        return seconds
    total = np.zeros(table.num_rows)
    for prefix, _ in MEDIA_ROLES[CONFIGS[name].branch]:
        seconds_of_clip = pc.subtract(
            table[f"{prefix}end_seconds"], table[f"{prefix}start_seconds"]
        )
        total += np.nan_to_num(seconds_of_clip.to_numpy())
    return total

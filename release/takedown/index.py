"""Shards and index of a config from which rows were taken: what stays is linked or sliced.

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

Parts = Mapping[int, BuiltBucket | None]
"""Touched bucket to what is left of it."""


def link_shards(release: Release, new: Path, name: str, parts: Parts) -> None:
    """Links every shard: untouched ones of the release, touched ones of their parts."""
    touched = {CONFIGS[name].shard(bucket): part for bucket, part in parts.items()}
    for path in release.manifest.shards(name):
        part = touched.get(path)
        if part is not None:
            link(part.folder / SHARD, new / path)
        elif path not in touched:
            link(Path(release.files.path(path)), new / path)


def write_parts(release: Release, new: Path, name: str, parts: Parts) -> None:
    """Links the parts of the index that hold no touched bucket, and writes the others."""
    num_buckets = release.manifest.configs[name].num_buckets
    touched = {index_part(bucket, num_buckets) for bucket in parts}
    for path in release.manifest.files:
        if path.startswith(f"index/{name}/"):
            number = int(Path(path).stem.rpartition("-")[2], 16)
            if number not in touched:
                link(Path(release.files.path(path)), new / path)
    for number in sorted(touched):
        _write_part(release, new, name, number, parts)


def _write_part(release: Release, new: Path, name: str, number: int, parts: Parts) -> None:
    tables = {table: _read(release, index_path(name, table, number)) for table in INDEX_TABLES}
    buckets = tables["scan"]["bucket"].to_numpy()
    place = pa.table({"sample_id": tables["scan"]["sample_id"], "bucket": buckets})
    of_frames = _buckets_of(tables["frames"]["sample_id"], place)
    here = [int(bucket) for bucket in np.unique(buckets) if parts.get(int(bucket), True)]
    drafts = new / "index" / ".drafts"
    for table, whole in tables.items():
        files = []
        for bucket in here:
            part = parts.get(bucket)
            if part is not None:
                files.append(part.folder / f"{table}.parquet")
                continue
            rows = np.flatnonzero((of_frames if table == "frames" else buckets) == bucket)
            # Written and read again, so that pages fall where a first write puts them; of the
            # schema of a first write, since lists that were read name their items otherwise.
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
    found = pc.index_in(ids, value_set=place["sample_id"]).to_numpy()
    chosen: np.ndarray[tuple[int], np.dtype[np.int64]] = place["bucket"].to_numpy()[found]
    return chosen


def count_config(release: Release, new: Path, name: str, parts: Parts) -> ConfigEntry | None:
    """What the manifest says of a config that was touched; None where nothing is left."""
    config, before = CONFIGS[name], release.manifest.configs[name]
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
        for bucket, lasting in zip(
            table["bucket"].to_pylist(), _seconds(table, name).tolist(), strict=True
        ):
            seconds[bucket] = seconds.get(bucket, 0.0) + lasting
    shards = {}
    touched = {config.shard(bucket): part for bucket, part in parts.items()}
    for shard in release.manifest.shards(name):
        part = touched.get(shard)
        if shard not in touched or part is not None:
            shards[shard] = part.sha256 if part else release.manifest.files[shard].sha256
    return ConfigEntry(
        num_rows=num_rows,
        num_buckets=before.num_buckets,
        num_sources=len(sources),
        num_media_bytes=num_bytes,
        clip_seconds=round(sum(seconds.values()), 3),
        config_digest=digest_of(shards),
    )


def _seconds(table: pa.Table, name: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """How long the clips of each row last together."""
    if CONFIGS[name].branch == "multi_turn":
        found: np.ndarray[tuple[int], np.dtype[np.float64]] = table["duration_seconds"].to_numpy()
        return found
    total = np.zeros(table.num_rows)
    for prefix, _ in MEDIA_ROLES[CONFIGS[name].branch]:
        lasting = pc.subtract(table[f"{prefix}end_seconds"], table[f"{prefix}start_seconds"])
        total += np.nan_to_num(lasting.to_numpy())
    return total

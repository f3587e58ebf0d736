"""Features of a release from which rows were taken: what stays is linked, or written without them.

The result has the bytes that encoding what remains would have.
"""

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ...records import CONFIGS, Sample, sample_id
from ..format.features import FeatureEntry, features_index, features_shard
from ..layout import index_part
from ..manifest import ConfigEntry
from ..write.bucket import BuiltBucket
from ..write.durable_files import link
from ..write.rewrite import Rewriting
from .writer import (
    FeatureRow,
    build_features_bucket,
    built_index,
    built_shard,
    read_feature_rows,
    write_features_index,
)

Touched = Mapping[str, Mapping[int, BuiltBucket | None]]
"""Config to touched bucket to what is left of its shard."""
Features = dict[str, Mapping[str, Any]]


def retract_features(
    work: Rewriting,
    touched: Touched,
    removed: Mapping[str, Mapping[int, Sample]],
    entries: Mapping[str, ConfigEntry],
) -> Features:
    """Puts the features of what stays into the new folder.

    Args:
        work: the release, and the folder of the next one.
        touched: buckets whose shards were written anew.
        removed: config to position to sample that goes.
        entries: configs that still have rows.

    Returns:
        What the manifest says of features then.
    """
    found: Features = {}
    for name, values in work.release.manifest.facts.features.items():
        entry = FeatureEntry.from_dict(values)
        configs: dict[str, str] = {}
        for config, digest in entry.configs.items():
            if config not in entries:
                continue
            gone = {sample_id(sample) for sample in removed.get(config, {}).values()}
            _config(work, entry, config, touched.get(config, {}), gone)
            fresh = digest == work.release.manifest.configs[config].config_digest
            configs[config] = entries[config].config_digest if fresh else digest
        if configs:
            found[name] = {**values, "configs": configs}
    return found


def _config(
    work: Rewriting,
    entry: FeatureEntry,
    config: str,
    touched: Mapping[int, BuiltBucket | None],
    gone: set[str],
) -> None:
    release, new, name = work.release, work.new, entry.form.name
    num_buckets = release.manifest.configs[config].num_buckets
    folders: dict[int, Path] = {}
    parts: dict[int, list[int]] = {}
    for path in release.manifest.shards(config):
        bucket = int(Path(path).stem.rpartition("-")[2], 16)
        shard = features_shard(name, CONFIGS[config], bucket)
        old = Path(release.files.path(shard))
        parts.setdefault(index_part(bucket, num_buckets), []).append(bucket)
        if bucket not in touched:
            link(old, new / shard)
        elif (part := touched[bucket]) is not None:
            release.files.check(shard, release.manifest)
            rows = partial(_staying, old, entry, config, gone)
            folders[bucket] = build_features_bucket(
                Path(release.root), entry, config, bucket, part.sha256, rows
            )
            link(built_shard(folders[bucket]), new / shard)
    for part_number, buckets in parts.items():
        index = features_index(name, config, part_number)
        old = Path(release.files.path(index))
        if not touched.keys() & set(buckets):
            link(old, new / index)
            continue
        release.files.check(index, release.manifest)
        whole = pq.read_table(old)
        tables: list[pa.Table] = []
        for bucket in buckets:
            if bucket in folders:
                tables.append(pq.read_table(built_index(folders[bucket])))
            elif bucket not in touched:
                tables.append(whole.filter(pc.equal(whole["bucket"], bucket)))
        if tables:
            write_features_index(new / index, tables)


def _staying(path: Path, entry: FeatureEntry, config: str, gone: set[str]) -> Iterator[FeatureRow]:
    return (row for row in read_feature_rows(path, entry, config) if row.sample_id not in gone)

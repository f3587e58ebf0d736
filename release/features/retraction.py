"""Features after a retraction: untouched shards are linked, others written without removed rows.

    release, touched buckets --retract_features--> features in the new folder, manifest entries

The result has the bytes that encoding the remaining rows would have.
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
"""Config to touched bucket to its remaining rows; None if no rows remain."""
FeatureFacts = dict[str, Mapping[str, Any]]
"""Encoder to what the manifest says of its features."""


def retract_features(
    work: Rewriting,
    touched: Touched,
    removed: Mapping[str, Mapping[int, Sample]],
    entries: Mapping[str, ConfigEntry],
) -> FeatureFacts:
    """Writes the features of the remaining rows into the new folder.

    Args:
        work: the previous release, and the folder of the new one.
        touched: buckets whose shards were written again.
        removed: config to position to removed sample.
        entries: configs that still have rows.

    Returns:
        What the manifest says of features.
    """
    facts: FeatureFacts = {}
    for name, values in work.release.manifest.facts.features.items():
        entry = FeatureEntry.from_dict(values)
        configs: dict[str, str] = {}
        for config, digest in entry.configs.items():
            if config not in entries:
                continue
            removed_ids = {sample_id(sample) for sample in removed.get(config, {}).values()}
            _retract_config(work, entry, config, touched.get(config, {}), removed_ids)
            is_current = digest == work.release.manifest.configs[config].config_digest
            configs[config] = entries[config].config_digest if is_current else digest
        if configs:
            facts[name] = {**values, "configs": configs}
    return facts


def _retract_config(
    work: Rewriting,
    entry: FeatureEntry,
    config: str,
    touched: Mapping[int, BuiltBucket | None],
    removed_ids: set[str],
) -> None:
    release, new, name = work.release, work.new, entry.form.name
    num_buckets = release.manifest.configs[config].num_buckets
    folders: dict[int, Path] = {}
    parts: dict[int, list[int]] = {}
    for path in release.manifest.shards(config):
        bucket = int(Path(path).stem.rpartition("-")[2], 16)
        shard = features_shard(name, CONFIGS[config], bucket)
        previous = Path(release.files.path(shard))
        parts.setdefault(index_part(bucket, num_buckets), []).append(bucket)
        if bucket not in touched:
            link(previous, new / shard)
        elif (built := touched[bucket]) is not None:
            release.files.check(shard, release.manifest)
            rows = partial(_remaining, previous, entry, config, removed_ids)
            folders[bucket] = build_features_bucket(
                Path(release.root), entry, config, bucket, built.sha256, rows
            )
            link(built_shard(folders[bucket]), new / shard)
    for part_number, buckets in parts.items():
        index = features_index(name, config, part_number)
        previous = Path(release.files.path(index))
        if not touched.keys() & set(buckets):
            link(previous, new / index)
            continue
        release.files.check(index, release.manifest)
        table = pq.read_table(previous)
        tables: list[pa.Table] = []
        for bucket in buckets:
            if bucket in folders:
                tables.append(pq.read_table(built_index(folders[bucket])))
            elif bucket not in touched:
                tables.append(table.filter(pc.equal(table["bucket"], bucket)))
        if tables:
            write_features_index(new / index, tables)


def _remaining(
    path: Path, entry: FeatureEntry, config: str, removed_ids: set[str]
) -> Iterator[FeatureRow]:
    rows = read_feature_rows(path, entry, config)
    return (row for row in rows if row.sample_id not in removed_ids)

"""Writes features into a release: one built bucket after another, links, manifest, swap.

    rows of features --write_features--> shards, index parts, manifest

Features are a sharded table like the samples of a config: `release.write` builds and links them.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...records import CONFIGS, Listener, silent
from ..format.features import FeatureEntry, FeaturesTable, digest_of_build, features_folder
from ..format.shard import Cells
from ..format.tables import ConfigTable
from ..layout import work_folder
from ..manifest import Manifest
from ..read.samples import Release
from ..write.bucket import BucketJob, BucketStore
from ..write.change import Documents, changing
from ..write.tables import write_tables

FeatureValue = NDArray[Any] | list[NDArray[Any] | None] | None
"""The numbers of one media column of a row: a list where the column has one for each turn."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FeatureRow:
    """The features of a sample: what the writer takes."""

    sample_id: str
    """Id of the sample."""
    values: Mapping[str, FeatureValue]
    """Media column to numbers; columns left out are null."""


BucketRows = Callable[[Release, str, int], Iterator[FeatureRow]]
"""Takes a release, a config and a bucket; returns its rows in the order of its shard."""


def write_features(
    root: Path,
    entry: FeatureEntry,
    bucket_rows: BucketRows,
    *,
    configs: Sequence[str],
    documents: Documents | None = None,
    progress: Listener = silent,
) -> Manifest:
    """Adds the features of an encoder to a release, by the folder swap.

    Args:
        root: the release.
        entry: form, terms and build; this function fills in its `configs`.
        bucket_rows: returns the values; called for buckets that are not built yet.
        configs: which to write. Others keep their features of this encoder if the build is the
            same.
        documents: writes cards and figures.
        progress: called for every bucket.

    Raises:
        ReleaseError: no release, a damaged one, or another process writes it.
        ValueError: an array has another form than the entry's.
    """
    name = entry.form.name
    with changing(root) as change:
        release = change.release
        files, facts = release.manifest.files, release.manifest.facts
        kept = _kept(release, entry, configs)
        folders = tuple(f"{features_folder(name, config)}/" for config in kept)
        # Other features of this encoder are written now, or are of another build.
        change.link(
            file
            for file in files
            if file.startswith(folders) or not file.startswith(f"features/{name}/")
        )
        jobs = []
        for table in (FeaturesTable(entry, CONFIGS[config]) for config in configs):
            for bucket, path in ConfigTable(table.config).buckets(files).items():
                rows = partial(_cells, bucket_rows, release, table, bucket)
                jobs.append(
                    BucketJob(table=table, bucket=bucket, digest=files[path].sha256, rows=rows)
                )
        num_buckets = {key: config.num_buckets for key, config in release.manifest.configs.items()}
        write_tables(change, features_buckets(change.root), jobs, num_buckets, progress)
        digests = {
            config: release.manifest.configs[config].config_digest
            for config in CONFIGS
            if config in kept or config in configs
        }
        features = {**facts.features, name: replace(entry, configs=digests).to_dict()}
        facts = replace(facts, features=dict(sorted(features.items())))
        return change.finish(facts, release.manifest.configs, documents)


def _kept(release: Release, entry: FeatureEntry, configs: Sequence[str]) -> list[str]:
    """Configs whose features have the same build and shards, and that this call does not write."""
    values = release.manifest.facts.features.get(entry.form.name)
    if values is None:
        return []
    previous = FeatureEntry.from_dict(values)
    if digest_of_build(previous) != digest_of_build(entry):
        return []
    return [
        config
        for config, digest in previous.configs.items()
        if config not in configs
        and config in release.manifest.configs
        and release.manifest.configs[config].config_digest == digest
    ]


def features_buckets(root: Path) -> BucketStore:
    """The store of built shards of features."""
    return BucketStore(features_store(root))


def features_store(root: Path) -> Path:
    """Folder of the built shards of features."""
    return work_folder(root) / "features" / "parts"


def _cells(
    bucket_rows: BucketRows, release: Release, table: FeaturesTable, bucket: int
) -> Iterator[Cells]:
    for row in bucket_rows(release, table.config.name, bucket):
        yield _cells_of(row, table)


def _cells_of(row: FeatureRow, table: FeaturesTable) -> Cells:
    cells: Cells = {"sample_id": row.sample_id}
    for column in table.media:
        value = row.values.get(column.name)
        arrays = value if isinstance(value, list) else [value]
        for array in arrays:
            if array is not None:
                table.entry.form.check(array.shape, array.dtype)
        data = [
            None if array is None else np.ascontiguousarray(array).tobytes() for array in arrays
        ]
        shapes = [None if array is None else list(array.shape) for array in arrays]
        many = isinstance(value, list)
        cells[column.name] = data if many else data[0]
        cells[f"{column.name}_shape"] = shapes if many else shapes[0]
    return cells

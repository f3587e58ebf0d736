"""Writes features into a release: one built bucket after another, links, manifest, swap.

    rows of features --build_features_bucket--> shard and index rows --write_features--> release

A built bucket belongs to a config, is named by a digest of its content, and is in the work folder.
A stopped run continues with the complete ones, and an unchanged bucket is not written again.
"""

import hashlib
import json
import math
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from ...records import CONFIGS
from ..errors import ReleaseError
from ..format.features import (
    FeatureEntry,
    feature_columns,
    features_folder,
    features_index,
    features_index_schema,
    features_schema,
    features_shard,
)
from ..format.index import write_index_table
from ..format.shard import locate_columns, shard_writer
from ..layout import ROW_GROUP_BYTES, ROW_GROUP_ROWS, belongs, index_part, work_folder
from ..manifest import Manifest
from ..read.samples import Release
from ..write.durable_files import footer_of, link, sync, write_synced
from ..write.rewrite import Documents, is_document, rewriting

FEATURES_VERSION = 1
"""Goes up when the same values would be written as other bytes."""

_SHARD, _INDEX, _FACTS = "shard.parquet", "index.parquet", "part.json"

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
Progress = Callable[[int, int, str], None]
"""Takes the numbers of buckets done and in total, and the shard that is next."""


def write_features(
    root: Path,
    entry: FeatureEntry,
    bucket_rows: BucketRows,
    *,
    configs: Sequence[str],
    documents: Documents | None = None,
    progress: Progress | None = None,
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
    with rewriting(root) as work:
        release, new = work.release, work.new
        kept = _kept(release, entry, configs)
        for config in kept:
            prefix = f"{features_folder(name, config)}/"
            work.link(file for file in release.manifest.files if file.startswith(prefix))
        work.link(
            file
            for file in release.manifest.files
            if belongs(file)
            and not file.startswith(f"features/{name}/")  # linked above, or of another build
            and not (documents and is_document(file))
        )
        buckets = [(config, path) for config in configs for path in release.manifest.shards(config)]
        built: dict[str, list[tuple[int, Path]]] = {}
        for number, (config, path) in enumerate(buckets):
            if progress is not None:
                progress(number, len(buckets), path)
            bucket = int(Path(path).stem.rpartition("-")[2], 16)
            sha256 = release.manifest.files[path].sha256
            rows = partial(bucket_rows, release, config, bucket)
            folder = build_features_bucket(root, entry, config, bucket, sha256, rows)
            built.setdefault(config, []).append((bucket, folder))
        for config, folders in built.items():
            num_buckets = release.manifest.configs[config].num_buckets
            link_features(new, name, config, num_buckets, folders)
        digests = {
            config: release.manifest.configs[config].config_digest
            for config in CONFIGS
            if config in kept or config in built
        }
        facts = release.manifest.facts
        features = {**facts.features, name: replace(entry, configs=digests).to_dict()}
        facts = replace(facts, features=dict(sorted(features.items())))
        return work.finish(facts, release.manifest.configs, documents)


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


def digest_of_build(entry: FeatureEntry) -> str:
    """Digest of everything that decides an encoder's values."""
    values = {name: value for name, value in entry.to_dict().items() if name != "configs"}
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()


def build_features_bucket(
    root: Path,
    entry: FeatureEntry,
    config: str,
    bucket: int,
    sha256: str,
    rows: Callable[[], Iterator[FeatureRow]],
) -> Path:
    """Finds the built bucket, or builds it.

    Args:
        root: the release.
        entry: entry of the encoder.
        config: name of the config.
        bucket: number of the bucket.
        sha256: digest of the shard that was encoded.
        rows: returns the values; called only to build the bucket.

    Returns:
        Its folder.
    """
    identity = [FEATURES_VERSION, digest_of_build(entry), config, bucket, sha256]
    name = hashlib.sha256(json.dumps(identity).encode()).hexdigest()[:40]
    store = features_store(root)
    folder = store / name
    if not _is_whole(folder):
        shutil.rmtree(folder, ignore_errors=True)
        draft = store / f"{name}.tmp"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True)
        _build(draft, entry, config, bucket, rows())
        draft.rename(folder)
    return folder


def built_shard(folder: Path) -> Path:
    """The shard of a built bucket."""
    return folder / _SHARD


def built_index(folder: Path) -> Path:
    """The index rows of a built bucket."""
    return folder / _INDEX


def features_store(root: Path) -> Path:
    """Folder of the built buckets of features."""
    return work_folder(root) / "features" / "parts"


def _is_whole(folder: Path) -> bool:
    facts = folder / _FACTS
    return facts.exists() and json.loads(facts.read_text()) == {
        name: footer_of(folder / name) for name in (_SHARD, _INDEX) if (folder / name).exists()
    }


def _build(
    folder: Path, entry: FeatureEntry, config: str, bucket: int, rows: Iterable[FeatureRow]
) -> None:
    branch, medium = CONFIGS[config].branch, entry.form.media[0]
    columns = feature_columns(branch, medium)
    schema = features_schema(branch, medium)
    index_rows: list[dict[str, Any]] = []
    media = [column.name for column in columns]
    with shard_writer(folder / _SHARD, schema, media) as writer:
        for group in _row_groups(rows):
            values = [_cells(row, entry, media) for row in group]
            writer.write_table(pa.Table.from_pylist(values, schema), row_group_size=len(group))
            names = [name for name in schema.names if name not in media]
            index_rows += [{name: row.get(name) for name in names} for row in values]
    if not index_rows:
        raise ReleaseError(f"bucket {bucket} of {config} has no rows; empty buckets have no file")
    places = locate_columns(folder / _SHARD, columns)
    index_rows = [
        {**row, **place, "bucket": bucket} for row, place in zip(index_rows, places, strict=True)
    ]
    index = features_index_schema(branch, medium)
    write_index_table(folder / _INDEX, pa.Table.from_pylist(index_rows, index))
    for name in (_SHARD, _INDEX):
        sync(folder / name)
    footers = {name: footer_of(folder / name) for name in (_SHARD, _INDEX)}
    write_synced(folder / _FACTS, json.dumps(footers))


def _row_groups(rows: Iterable[FeatureRow]) -> Iterator[list[FeatureRow]]:
    group: list[FeatureRow] = []
    size = 0
    for row in rows:
        group.append(row)
        size += sum(_num_bytes(value) for value in row.values.values())
        if size >= ROW_GROUP_BYTES or len(group) >= ROW_GROUP_ROWS:
            yield group
            group, size = [], 0
    if group:
        yield group


def _num_bytes(value: FeatureValue) -> int:
    if isinstance(value, list):
        return sum(_num_bytes(turn) for turn in value)
    return 0 if value is None else value.nbytes


def _cells(row: FeatureRow, entry: FeatureEntry, columns: Sequence[str]) -> dict[str, Any]:
    cells: dict[str, Any] = {"sample_id": row.sample_id}
    for name in columns:
        value = row.values.get(name)
        arrays = value if isinstance(value, list) else [value]
        for array in arrays:
            if array is not None:
                entry.form.check(array.shape, array.dtype)
        data = [
            None if array is None else np.ascontiguousarray(array).tobytes() for array in arrays
        ]
        shapes = [None if array is None else list(array.shape) for array in arrays]
        many = isinstance(value, list)
        cells[name] = data if many else data[0]
        cells[f"{name}_shape"] = shapes if many else shapes[0]
    return cells


def link_features(
    new: Path, encoder: str, config: str, num_buckets: int, folders: Iterable[tuple[int, Path]]
) -> None:
    """Links the shards of a config into a release, and writes their index parts."""
    parts: dict[int, list[Path]] = {}
    for bucket, folder in sorted(folders):
        link(folder / _SHARD, new / features_shard(encoder, CONFIGS[config], bucket))
        parts.setdefault(index_part(bucket, num_buckets), []).append(folder / _INDEX)
    for part, files in parts.items():
        target = new / features_index(encoder, config, part)
        write_features_index(target, [pq.read_table(file) for file in files])


def write_features_index(target: Path, tables: Sequence[pa.Table]) -> None:
    """Writes an index part of features; its bytes depend on the rows alone."""
    target.parent.mkdir(parents=True, exist_ok=True)
    write_index_table(target, pa.concat_tables(tables).combine_chunks())


def read_feature_rows(path: Path, entry: FeatureEntry, config: str) -> Iterator[FeatureRow]:
    """Reads the rows of a shard of features, as the writer takes them."""
    columns = feature_columns(CONFIGS[config].branch, entry.form.media[0])
    with pq.ParquetFile(path) as file:
        for group in range(file.num_row_groups):
            for row in file.read_row_group(group).to_pylist():
                values: dict[str, FeatureValue] = {}
                for column in columns:
                    data, shape = row[column.name], row[f"{column.name}_shape"]
                    if column.many:
                        pairs = zip(data or [], shape or [], strict=True)
                        values[column.name] = [_array(entry, *pair) for pair in pairs]
                    else:
                        values[column.name] = _array(entry, data, shape)
                yield FeatureRow(sample_id=row["sample_id"], values=values)


def _array(entry: FeatureEntry, data: bytes | None, shape: list[int] | None) -> NDArray[Any] | None:
    if data is None or shape is None:
        return None
    assert len(data) == math.prod(shape) * entry.form.stored.itemsize
    return np.frombuffer(data, entry.form.stored).reshape(shape)

"""Features to shards, and into a release: parts, links, manifest, swap.

A part is a bucket of one config, named by what it was made of, and lies in the work folder: a run
that was stopped goes on with the parts that are whole, and a bucket that did not change is not
written again.
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
    """What the writer takes: the features of one sample."""

    sample_id: str
    """Which."""
    values: Mapping[str, FeatureValue]
    """Media column to numbers; columns left out are null."""


RowsOf = Callable[[Release, str, int], Iterator[FeatureRow]]
"""Gives the rows of a bucket of a config of the release that is written, in its shard's order."""
Told = Callable[[int, int, str], None]
"""Takes buckets done, buckets in all, and the one at hand."""


def write_features(
    root: Path,
    entry: FeatureEntry,
    rows_of: RowsOf,
    *,
    configs: Sequence[str],
    documents: Documents | None = None,
    progress: Told | None = None,
) -> Manifest:
    """Adds the features of an encoder to a release, by the folder swap.

    Args:
        root: the release.
        entry: form, terms and build; its `configs` are filled in here.
        rows_of: gives the values; called for buckets that are not there yet.
        configs: which to write. Others keep what they have of this encoder if it is of the same
            build.
        documents: writes cards and figures anew.
        progress: told of every bucket.

    Raises:
        ReleaseError: no release, a damaged one, or another process writes it.
        ValueError: an array is not of the entry's form.
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
        parts: dict[str, list[tuple[int, Path]]] = {}
        for number, (config, path) in enumerate(buckets):
            if progress is not None:
                progress(number, len(buckets), path)
            bucket = int(Path(path).stem.rpartition("-")[2], 16)
            sha256 = release.manifest.files[path].sha256
            rows = partial(rows_of, release, config, bucket)
            folder = build_features_bucket(root, entry, config, bucket, sha256, rows)
            parts.setdefault(config, []).append((bucket, folder))
        for config, found in parts.items():
            link_features(new, name, config, release.manifest.configs[config].num_buckets, found)
        digests = {
            config: release.manifest.configs[config].config_digest
            for config in CONFIGS
            if config in kept or config in parts
        }
        facts = release.manifest.facts
        features = {**facts.features, name: replace(entry, configs=digests).to_dict()}
        facts = replace(facts, features=dict(sorted(features.items())))
        return work.finish(facts, release.manifest.configs, documents)


def _kept(release: Release, entry: FeatureEntry, configs: Sequence[str]) -> list[str]:
    """Configs whose features are of the same build and shards, and that are not written now."""
    found = release.manifest.facts.features.get(entry.form.name)
    if found is None:
        return []
    before = FeatureEntry.from_dict(found)
    if digest_of_build(before) != digest_of_build(entry):
        return []
    return [
        config
        for config, digest in before.configs.items()
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
    """Finds the part of this bucket, or builds it.

    Args:
        root: the release.
        entry: of the encoder.
        config: which config.
        bucket: which bucket.
        sha256: of the shard that was encoded.
        rows: gives the values; called only to build the part.
    """
    asked = [FEATURES_VERSION, digest_of_build(entry), config, bucket, sha256]
    name = hashlib.sha256(json.dumps(asked).encode()).hexdigest()[:40]
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
    """The shard of a part."""
    return folder / _SHARD


def built_index(folder: Path) -> Path:
    """The index rows of a part."""
    return folder / _INDEX


def features_store(root: Path) -> Path:
    """Where the parts of features lie."""
    return work_folder(root) / "features" / "parts"


def _is_whole(folder: Path) -> bool:
    facts = folder / _FACTS
    return facts.exists() and json.loads(facts.read_text()) == {
        one: footer_of(folder / one) for one in (_SHARD, _INDEX) if (folder / one).exists()
    }


def _build(
    folder: Path, entry: FeatureEntry, config: str, bucket: int, rows: Iterable[FeatureRow]
) -> None:
    branch, medium = CONFIGS[config].branch, entry.form.media[0]
    columns = feature_columns(branch, medium)
    schema = features_schema(branch, medium)
    noted: list[dict[str, Any]] = []
    media = [column.name for column in columns]
    with shard_writer(folder / _SHARD, schema, media) as writer:
        for group in _row_groups(rows):
            values = [_cells(row, entry, media) for row in group]
            writer.write_table(pa.Table.from_pylist(values, schema), row_group_size=len(group))
            names = [name for name in schema.names if name not in media]
            noted += [{name: row.get(name) for name in names} for row in values]
    if not noted:
        raise ReleaseError(f"bucket {bucket} of {config} has no rows; empty buckets have no file")
    places = locate_columns(folder / _SHARD, columns)
    whole = [{**row, **place, "bucket": bucket} for row, place in zip(noted, places, strict=True)]
    index = features_index_schema(branch, medium)
    write_index_table(folder / _INDEX, pa.Table.from_pylist(whole, index))
    for one in (_SHARD, _INDEX):
        sync(folder / one)
    footers = {one: footer_of(folder / one) for one in (_SHARD, _INDEX)}
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
        return sum(_num_bytes(one) for one in value)
    return 0 if value is None else value.nbytes


def _cells(row: FeatureRow, entry: FeatureEntry, columns: Sequence[str]) -> dict[str, Any]:
    cells: dict[str, Any] = {"sample_id": row.sample_id}
    for name in columns:
        value = row.values.get(name)
        values = value if isinstance(value, list) else [value]
        for one in values:
            if one is not None:
                entry.form.check(one.shape, one.dtype)
        data = [None if one is None else np.ascontiguousarray(one).tobytes() for one in values]
        shapes = [None if one is None else list(one.shape) for one in values]
        many = isinstance(value, list)
        cells[name] = data if many else data[0]
        cells[f"{name}_shape"] = shapes if many else shapes[0]
    return cells


def link_features(
    new: Path, encoder: str, config: str, num_buckets: int, found: Iterable[tuple[int, Path]]
) -> None:
    """Links the shards of a config into a release, and joins their index to parts."""
    parts: dict[int, list[Path]] = {}
    for bucket, folder in sorted(found):
        link(folder / _SHARD, new / features_shard(encoder, CONFIGS[config], bucket))
        parts.setdefault(index_part(bucket, num_buckets), []).append(folder / _INDEX)
    for part, files in parts.items():
        target = new / features_index(encoder, config, part)
        write_features_index(target, [pq.read_table(file) for file in files])


def write_features_index(target: Path, tables: Sequence[pa.Table]) -> None:
    """Writes one part of an index of features: the same bytes, whatever the tables come from."""
    target.parent.mkdir(parents=True, exist_ok=True)
    write_index_table(target, pa.concat_tables(tables).combine_chunks())


def read_feature_rows(path: Path, entry: FeatureEntry, config: str) -> Iterator[FeatureRow]:
    """The rows of a shard of features, as the writer takes them."""
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

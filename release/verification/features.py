"""Verifies features: every range, checksum and shape, row by row against the index.

release --check_features--> problems, and a count of the values compared
"""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import xxhash

from ..errors import DamagedRelease
from ..format.features import (
    FeatureEntry,
    FeatureRange,
    feature_columns,
    features_folder,
    features_shard,
    range_of,
)
from ..format.index import PLACE_TYPES
from ..read.samples import Release, Samples

Finding = tuple[str, str]
"""Place and description of a problem."""


def check_features(release: Release) -> Iterator[Finding | int]:
    """Verifies all features of a release whose files match their digests.

    Yields:
        A finding for each problem; 1 for each value that was compared.
    """
    for name, values in release.manifest.facts.features.items():
        try:
            entry = FeatureEntry.from_dict(values)
        except DamagedRelease as error:
            yield "manifest.json", str(error)
            continue
        if entry.form.name != name:
            yield "manifest.json", f"features of {name} are called {entry.form.name}"
            continue
        for config, digest in entry.configs.items():
            known = release.manifest.configs.get(config)
            if known is None or known.config_digest != digest:
                yield f"{name} {config}", "other shards were encoded than these; encode again"
                continue
            yield from _check_config(release.whole(config), entry)
    for path in release.manifest.files:
        if (
            path.startswith("features/")
            and path.split("/")[1] not in release.manifest.facts.features
        ):
            yield path, "the manifest does not say which encoder made it"


def _check_config(samples: Samples, entry: FeatureEntry) -> Iterator[Finding | int]:
    release, config = samples.release, samples.config
    columns = feature_columns(config.branch, entry.form.media[0])
    scan = samples.table(
        ["sample_id", "bucket", *(f"{column.name}_offset_bytes" for column in columns)]
    ).to_pylist()
    folder = features_folder(entry.form.name, config.name)
    index: list[dict[str, Any]] = []
    for path in sorted(
        path for path in release.manifest.files if path.startswith(f"{folder}/index-")
    ):
        with release.files.parquet(path, release.manifest) as file:
            index += file.read().to_pylist()
    if [row["sample_id"] for row in index] != [row["sample_id"] for row in scan]:
        yield folder, "its index has other rows than the scan"
        return
    for bucket in sorted({row["bucket"] for row in scan}):
        shard = features_shard(entry.form.name, config, bucket)
        if shard not in release.manifest.files:
            yield shard, "is missing"
            continue
        rows = [(a, b) for a, b in zip(scan, index, strict=True) if a["bucket"] == bucket]
        with pq.ParquetFile(Path(release.files.path(shard))) as file:
            groups = (
                row
                for group in range(file.num_row_groups)
                for row in file.read_row_group(group).to_pylist()
            )
            if file.metadata.num_rows != len(rows):
                yield shard, f"has {file.metadata.num_rows} rows, the index {len(rows)}"
                continue
            for (own, place), stored in zip(rows, groups, strict=True):
                where = f"{entry.form.name} {config.name} {own['sample_id']}"
                if stored["sample_id"] != own["sample_id"]:
                    yield where, f"is in another row of {shard}"
                    continue
                for column in columns:
                    names = [f"{column.name}_{kind}" for kind in (*PLACE_TYPES, "shape")]
                    places = [place[name] for name in names]
                    media, value = own[f"{column.name}_offset_bytes"], stored[column.name]
                    if not column.many:
                        media, value = [media], [value]
                        places = [[field] for field in places]
                    if len(media or []) != len(places[0] or []):
                        yield f"{where} {column.name}", "has another number of values than media"
                        continue
                    for medium, data, *at in zip(media, value, *places, strict=True):
                        yield from _check_value(
                            release, entry, f"{where} {column.name}", shard, medium, data, tuple(at)
                        )


def _check_value(
    release: Release,
    entry: FeatureEntry,
    where: str,
    shard: str,
    media: int | None,
    data: bytes | None,
    place: tuple[Any, ...],
) -> Iterator[Finding | int]:
    stored: FeatureRange | None = range_of(shard, place)
    if (stored is None) != (data is None):
        yield where, "is null in only one of index and shard"
        return
    if stored is None or data is None:
        return
    yield 1
    if media is None:
        yield where, "has features but no media"
    at = stored.place
    read = release.files.read_range(shard, at.offset_bytes, at.num_bytes)
    if bytes(read) != data or xxhash.xxh3_64_intdigest(read) != at.xxh3_64:
        yield where, f"{shard}: the {at.num_bytes} bytes at {at.offset_bytes} are not the value"
    if math.prod(stored.shape) * entry.form.stored.itemsize != at.num_bytes:
        yield where, f"{at.num_bytes} bytes are not {list(stored.shape)} of {entry.form.dtype}"
    try:
        entry.form.check(stored.shape, entry.form.stored)
    except ValueError as error:
        yield where, str(error)

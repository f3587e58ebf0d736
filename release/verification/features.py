"""Verifies features: every range, checksum and shape, row by row against the index.

release --check_features--> problems, and a count of the values compared
"""

import math
from collections.abc import Iterator, Mapping

from ...records import CONFIGS, Column
from ..errors import DamagedRelease
from ..format.features import FeatureEntry, FeaturesTable
from ..format.shard import Cells
from ..read.samples import Release
from .report import VerifyReport
from .shard import compare_shard


def check_features(release: Release, report: VerifyReport) -> None:
    """Verifies all features of a release whose files match their digests."""
    manifest = release.manifest
    for name, values in manifest.facts.features.items():
        try:
            entry = FeatureEntry.from_dict(values)
        except DamagedRelease as error:
            report.note("manifest.json", str(error))
            continue
        if entry.form.name != name:
            report.note("manifest.json", f"features of {name} are called {entry.form.name}")
            continue
        for config, digest in entry.configs.items():
            known = manifest.configs.get(config)
            if known is None or known.config_digest != digest:
                report.note(
                    f"{name} {config}", "other shards were encoded than these; encode again"
                )
                continue
            _check_table(release, FeaturesTable(entry, CONFIGS[config]), report)
    for path in manifest.files:
        if path.startswith("features/") and path.split("/")[1] not in manifest.facts.features:
            report.note(path, "the manifest does not say which encoder made it")


def _check_table(release: Release, table: FeaturesTable, report: VerifyReport) -> None:
    manifest, config = release.manifest, table.config
    offsets = [f"{column.name}_offset_bytes" for column in table.media]
    scan = release.whole(config.name).table(["sample_id", "bucket", *offsets]).to_pylist()
    index: list[Cells] = []
    for path in table.parts(manifest.files, "index").values():
        with release.files.parquet(path, manifest) as file:
            index += file.read().to_pylist()
    label = f"{table.entry.form.name} {config.name}"
    if [row["sample_id"] for row in index] != [row["sample_id"] for row in scan]:
        report.note(label, "its index has other rows than the scan")
        return
    media = {row["sample_id"]: row for row in scan}
    buckets: dict[int, list[Cells]] = {row["bucket"]: [] for row in scan}
    for row in index:
        buckets[media[row["sample_id"]]["bucket"]].append(row)
    shards = table.buckets(manifest.files)
    for bucket, rows in sorted(buckets.items()):
        if bucket not in shards:
            report.note(table.shard(bucket), "is missing")
            continue
        for row, where, values in compare_shard(
            release, table, shards[bucket], rows, report, label
        ):
            own = media[row["sample_id"]]
            report.num_features += len(values)
            for column in table.media:
                encoded = {number: value for of, number, value in values if of is column}
                for problem in _problems(table.entry, column, own, row, encoded):
                    report.note(f"{where} {column.name}", problem)


def _problems(
    entry: FeatureEntry,
    column: Column,
    media: Cells,
    features: Cells,
    encoded: Mapping[int, bytes],
) -> Iterator[str]:
    """What is wrong with the values of a row, whose bytes are those of the index."""
    offsets, shapes = media[f"{column.name}_offset_bytes"], features[f"{column.name}_shape"]
    if not column.many:
        offsets, shapes = [offsets], [shapes]
    if len(offsets or []) != len(shapes or []):
        yield "has another number of values than media"
        return
    for number, value in encoded.items():
        if offsets[number] is None:
            yield "has features but no media"
        shape = tuple(shapes[number] or ())
        if math.prod(shape) * entry.form.stored.itemsize != len(value):
            yield f"{len(value)} bytes are not {list(shape)} of {entry.form.dtype}"
        try:
            entry.form.check(shape, entry.form.stored)
        except ValueError as error:
            yield str(error)

"""`verify`: checks every file, byte range, row and rule of a release.

    folder of a release --verify--> VerifyReport: problems, and counts of what was checked

Nothing is trusted: files are hashed, each media value is read at its range and compared with what
Parquet returns, each frame is decoded, and each sample is made from its row again.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import yaml

from ...records import (
    Column,
    Listener,
    Progress,
    Sample,
    bucket_of,
    from_row,
    sample_tier,
    silent,
)
from ..address import safe_root
from ..card import front_matter
from ..errors import ReleaseError
from ..format.shard import Cells
from ..format.tables import ConfigTable
from ..gates import gate_from
from ..layout import CARD, belongs
from ..manifest import digest_of
from ..read.samples import Release, Samples
from ..storage.files import MAX_CARD_BYTES, Files
from ..write.durable_files import sha256_of
from .features import check_features
from .report import VerifyReport
from .shard import compare_shard


def verify(root: str, *, decode: bool = True, progress: Listener = silent) -> VerifyReport:
    """Checks everything.

    Args:
        root: a local folder.
        decode: whether all video and audio is decoded too.
        progress: called for every config.

    Raises:
        ReleaseError: the manifest is missing or damaged.
    """
    files = Files(root)
    if not files.is_local:
        raise ReleaseError(
            f"verify reads every byte, so it needs a local folder, not {safe_root(root)!r}"
        )
    release = Release(files)
    report = VerifyReport()
    whole = set(_check_files(release, report))
    if CARD in whole:
        _check_card(release, report)
    sources: dict[str, set[str]] = {}
    for number, name in enumerate(release.configs):
        progress(Progress("verify", number, len(release.configs), "configs", name))
        needed = [*release.manifest.shards(name)]
        needed += [path for path in release.manifest.files if path.startswith(f"index/{name}/")]
        if not whole.issuperset(needed):
            continue
        try:
            sources[name] = _check_config(release.whole(name), report, decode=decode)
        except (ValueError, TypeError, KeyError, IndexError, OSError, pa.ArrowException) as error:
            report.note(name, f"cannot be checked: {error}")
    _check_features(release, report, whole)
    held_out = sources.pop("vidchatbench", set())
    for name, training in sources.items():
        for source in sorted(held_out & training):
            what = f"source {source} is also in vidchatbench; test sources must leave training"
            report.note(name, what)
    return report


def _check_files(release: Release, report: VerifyReport) -> Iterator[str]:
    files, manifest = release.files, release.manifest
    present = {name for name in files.walk() if belongs(name)}
    for name in sorted(present - set(manifest.files) - {"manifest.json"}):
        report.note(name, "the manifest does not know this file")
    for name, entry in manifest.files.items():
        if name not in present:
            report.note(name, "is missing")
            continue
        report.num_files += 1
        size = files.system.size(files.path(name))
        if size != entry.num_bytes:
            what = f"has {size} bytes, the manifest says {entry.num_bytes}"
            report.note(name, what)
        elif sha256_of(Path(files.path(name))) != entry.sha256:
            report.note(name, "does not match its sha256: it was altered")
        elif entry.num_rows is not None and entry.num_rows != (
            num_rows := pq.read_metadata(files.path(name)).num_rows
        ):
            what = f"has {num_rows} rows, the manifest says {entry.num_rows}"
            report.note(name, what)
        else:
            yield name


def _check_features(release: Release, report: VerifyReport, whole: set[str]) -> None:
    if not all(file in whole for file in release.manifest.files if file.startswith("features/")):
        return
    try:
        check_features(release, report)
    except (ValueError, TypeError, KeyError, IndexError, OSError, pa.ArrowException) as error:
        report.note("features", f"cannot be checked: {error}")


def _check_card(release: Release, report: VerifyReport) -> None:
    """Compares card and manifest: `datasets` finds files, and keys its cache, by the card."""
    parts = release.files.read(CARD, MAX_CARD_BYTES).decode("utf-8", "replace").split("---\n", 2)
    try:
        listed = [
            {key: config[key] for key in ("config_name", "description", "data_files")}
            for config in yaml.safe_load(parts[1])["configs"]
        ]
    except (IndexError, KeyError, TypeError, ValueError, RecursionError, yaml.YAMLError) as error:
        report.note(CARD, f"its YAML lists no configs: {str(error)[:200]!r}")
        return
    for config in front_matter(release.manifest.configs, release.manifest.facts)["configs"]:
        config.pop("default", None)
        if config not in listed:
            what = f"its YAML and the manifest differ on {config['config_name']}"
            report.note(CARD, what)


def _check_config(samples: Samples, report: VerifyReport, *, decode: bool) -> set[str]:
    """Checks a config row by row, and returns its sources."""
    release, config, entry = samples.release, samples.config, samples.entry
    manifest, table = release.manifest, ConfigTable(config)
    shards = {path: manifest.files[path].sha256 for path in manifest.shards(config.name)}
    if digest_of(shards) != entry.config_digest:
        report.note(config.name, "its config_digest does not match its data files")
    index, position = samples.table(), 0
    for path in shards:
        num_rows = pq.read_metadata(release.files.path(path)).num_rows
        rows = index.slice(position, num_rows).to_pylist()
        position += len(rows)
        frames = _frames_of(samples, rows)
        report.num_rows += len(rows)
        for row, where, values in compare_shard(
            release, table, path, rows, report, label=config.name
        ):
            try:
                sample = from_row(config.branch, row)
            except (ValueError, KeyError, TypeError) as error:
                report.note(where, f"is not a valid sample: {error}")
                continue
            for what in _broken_rules(samples, path, row, sample):
                report.note(where, what)
            report.num_media += len(values)
            for column, number, value in values if decode else ():
                if column.medium != "pose":
                    key = row["sample_id"], column.name, number
                    _decode(value, column, where, report, frames.get(key, {}))
    counts = pc.value_counts(index["sample_id"])
    for repeated in counts.filter(pc.greater(counts.field("counts"), 1)).to_pylist():
        report.note(f"{config.name} {repeated['values']}", "is in the config twice")
    sources = set(pc.unique(index["conversation_id"]).to_pylist())
    if position != index.num_rows:
        what = f"{position} rows in the shards, {index.num_rows} in the index"
        report.note(config.name, what)
    if len(sources) != entry.num_sources:
        what = f"{len(sources)} sources, the manifest says {entry.num_sources}"
        report.note(config.name, what)
    return sources


def _frames_of(
    samples: Samples, rows: Sequence[Cells]
) -> dict[tuple[str, str, int], Mapping[str, Any]]:
    return {
        (video["sample_id"], video["column"], video["position"]): video
        for bucket in sorted({row["bucket"] for row in rows})
        for video in samples.frames_of(bucket).to_pylist()
    }


def _broken_rules(
    samples: Samples, path: str, row: dict[str, Any], sample: Sample
) -> Iterator[str]:
    config, entry, facts = samples.config, samples.entry, samples.release.manifest.facts
    if sample.sample_id != row["sample_id"]:
        yield f"its id should be {sample.sample_id}"
    bucket = bucket_of(sample.clips[0].source_id, entry.num_buckets)
    if config.shard(bucket) != path or row["bucket"] != bucket:
        yield f"belongs to {config.shard(bucket)}, not {path}"
    if row["tier"] != sample_tier(sample):
        yield f"has tier {row['tier']}, its clips make it {sample_tier(sample)}"
    if config.tier is not None and row["tier"] != config.tier:
        yield f"has tier {row['tier']} and is in {config.name}"
    if len({clip.source_id for clip in sample.clips}) > 1:
        yield "mixes clips of several sources"
    if facts.origin == "curated":
        gates = [gate_from(gate) for gate in facts.gates]
        for clip in sample.clips:
            for gate in gates:
                needed = gate.stage == "base" or clip.tier == "sft"
                if needed and gate.answer(clip) in ("fail", "unknown"):
                    yield f"{clip.clip_id} fails gate {gate.name}: {gate.expression}"


def _decode(
    data: bytes, column: Column, where: str, report: VerifyReport, indexed: Mapping[str, Any]
) -> None:
    # Only decoding needs FFmpeg.
    from ...media import MediaError, count_frames, frame_table, read_audio

    try:
        if column.medium == "audio":
            read_audio(data)
            return
        report.num_frames += count_frames(data)
        table = frame_table(data)
    except (MediaError, RuntimeError) as error:
        report.note(where, f"{column.name} does not decode: {error}")
        return
    for name in ("codec_header", "pts", "size_bytes", "offset_bytes", "is_key"):
        value = getattr(table, name)
        if indexed.get(name) != (list(value) if isinstance(value, tuple) else value):
            what = f"{column.name}: {name} in the frames table differs from the video"
            report.note(where, what)

"""`verify`: every file, every byte range, every row, every rule of a release, and what is wrong.

Nothing is believed: files are hashed, each piece of media is read at its range and compared with
what Parquet gives, each picture is decoded, and each sample is made from its row again.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import xxhash

from ..records import (
    Column,
    Sample,
    bucket_of,
    columns_of,
    from_row,
    sample_id,
    sample_tier,
)
from .errors import ReleaseError
from .gates import GATES
from .layout import belongs
from .opening import Files
from .parts import sha256_of
from .samples import Release, Samples
from .shard import media_values

Told = Callable[[int, int, str], None]
"""Takes configs done, configs in all, and what is looked at."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong."""

    where: str
    """A file, or a config and a sample."""
    what: str
    """What is wrong with it."""


@dataclass(slots=True)
class VerifyReport:
    """What was looked at, and what was found."""

    problems: list[Problem] = field(default_factory=list)
    """Everything that is wrong; empty if the release is whole."""
    num_files: int = 0
    """Files hashed."""
    num_rows: int = 0
    """Rows made into samples."""
    num_media: int = 0
    """Pieces of media compared."""
    num_frames: int = 0
    """Pictures decoded."""

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems


def verify(root: str, *, decode: bool = True, progress: Told | None = None) -> VerifyReport:
    """Looks at everything.

    Args:
        root: a local folder.
        decode: whether every picture and sound is decoded as well.
        progress: told of every config.

    Raises:
        ReleaseError: there is no manifest to verify against.
    """
    files = Files(root)
    if not files.is_local:
        raise ReleaseError(f"verify reads every byte, so it needs a local folder, not {root!r}")
    release = Release(files)
    report = VerifyReport()
    whole = set(_check_files(release, report))
    for number, name in enumerate(release.configs):
        if progress is not None:
            progress(number, len(release.configs), name)
        needed = [*release.manifest.shards(name)]
        needed += [path for path in release.manifest.files if path.startswith(f"index/{name}/")]
        if whole.issuperset(needed):
            _check_config(release[name], report, decode=decode)
    return report


def _check_files(release: Release, report: VerifyReport) -> Iterator[str]:
    files, manifest = release.files, release.manifest
    there = {name for name in files.walk() if belongs(name)}
    for name in sorted(there - set(manifest.files) - {"manifest.json"}):
        report.problems.append(Problem(name, "the manifest does not know this file"))
    for name, entry in manifest.files.items():
        if name not in there:
            report.problems.append(Problem(name, "is missing"))
            continue
        report.num_files += 1
        size = files.system.size(files.path(name))
        if size != entry.num_bytes:
            what = f"has {size} bytes, the manifest says {entry.num_bytes}"
            report.problems.append(Problem(name, what))
        elif sha256_of(Path(files.path(name))) != entry.sha256:
            report.problems.append(Problem(name, "does not match its sha256: it was altered"))
        else:
            yield name


def _check_config(samples: Samples, report: VerifyReport, *, decode: bool) -> None:
    name, branch = samples.config.name, samples.config.branch
    index = samples.table()
    rows = index.to_pylist()
    media = [column for column in columns_of(branch) if column.table == "media"]
    seen: set[str] = set()
    position = 0
    for path in samples.release.manifest.shards(name):
        with samples.release.files.parquet(path, samples.release.manifest) as file:
            for stored in _stored_rows(file, media):
                if position >= len(rows):
                    report.problems.append(Problem(path, "has more rows than the index"))
                    return
                row = rows[position]
                where = f"{name} {row['sample_id']}"
                _check_row(samples, path, row, stored, media, where, report, decode)
                if row["sample_id"] in seen:
                    report.problems.append(Problem(where, "stands in the config twice"))
                seen.add(row["sample_id"])
                position += 1
                report.num_rows += 1
    if position != len(rows):
        what = f"{position} rows in the shards, {len(rows)} in the index"
        report.problems.append(Problem(name, what))


def _stored_rows(file: pq.ParquetFile, media: list[Column]) -> Iterator[dict[str, Any]]:
    names = ["sample_id", *(column.name for column in media)]
    for group in range(file.num_row_groups):
        yield from file.read_row_group(group, columns=names).to_pylist()


def _check_row(
    samples: Samples,
    path: str,
    row: dict[str, Any],
    stored: dict[str, Any],
    media: list[Column],
    where: str,
    report: VerifyReport,
    decode: bool,
) -> None:
    if row["sample_id"] != stored["sample_id"]:
        what = f"the shard's row is {stored['sample_id']}: index and shard do not correspond"
        report.problems.append(Problem(where, what))
        return
    try:
        sample = from_row(samples.config.branch, row)
    except (ValueError, KeyError, TypeError) as error:
        report.problems.append(Problem(where, f"makes no sample: {error}"))
        return
    for what in _broken_rules(samples, path, row, sample):
        report.problems.append(Problem(where, what))
    for column in media:
        values = media_values(stored[column.name], column)
        found = [row[f"{column.name}_{name}"] for name in ("offset_bytes", "num_bytes", "xxh3_64")]
        places = list(zip(*found, strict=True)) if column.many else [tuple(found)]
        for place, value in zip(places, values, strict=True):
            _check_media(samples, path, place, value, f"{where} {column.name}", report)
            if decode and value is not None and column.medium != "pose":
                _decode(value, column, where, report)


def _broken_rules(
    samples: Samples, path: str, row: dict[str, Any], sample: Sample
) -> Iterator[str]:
    config, entry, facts = samples.config, samples.entry, samples.release.manifest.facts
    if sample_id(sample) != row["sample_id"]:
        yield f"its id should be {sample_id(sample)}"
    bucket = bucket_of(sample.clips[0].source_id, entry.num_buckets)
    if config.shard(bucket) != path or row["bucket"] != bucket:
        yield f"belongs to {config.shard(bucket)}, not {path}"
    if row["tier"] != sample_tier(sample):
        yield f"is called {row['tier']}, its clips make it {sample_tier(sample)}"
    if config.tier is not None and row["tier"] != config.tier:
        yield f"is of tier {row['tier']} and stands in {config.name}"
    if len({clip.source_id for clip in sample.clips}) > 1:
        yield "mixes clips of several sources"
    if facts.origin == "curated":
        applied = {gate["name"] for gate in facts.gates}
        for clip in sample.clips:
            for gate in GATES:
                needed = gate.name in applied and (gate.stage == "base" or clip.tier == "sft")
                if needed and gate.answer(clip) in ("fail", "unknown"):
                    yield f"{clip.clip_id} fails gate {gate.name}: {gate.expression}"


def _check_media(
    samples: Samples,
    path: str,
    place: tuple[Any, ...],
    value: bytes | None,
    where: str,
    report: VerifyReport,
) -> None:
    offset, size, checksum = place
    if value is None or offset is None:
        if value is not None or offset is not None:
            report.problems.append(Problem(where, "is null on one side of index and shard only"))
        return
    report.num_media += 1
    data = samples.release.files.read_range(path, offset, size)
    if data != value or xxhash.xxh3_64_intdigest(data) != checksum:
        what = f"{path}: the {size} bytes at {offset} are not the value that Parquet gives"
        report.problems.append(Problem(where, what))


def _decode(data: bytes, column: Column, where: str, report: VerifyReport) -> None:
    # Only those who decode need FFmpeg.
    from ..media import MediaError, count_frames, read_audio

    try:
        if column.medium == "video":
            report.num_frames += count_frames(data)
        else:
            read_audio(data)
    except (MediaError, RuntimeError) as error:
        report.problems.append(Problem(where, f"{column.name} does not decode: {error}"))

"""`verify`: checks every file, byte range, row and rule of a release.

    folder of a release --verify--> VerifyReport: problems, and counts of what was checked

Nothing is trusted: files are hashed, each media value is read at its range and compared with what
Parquet returns, each frame is decoded, and each sample is made from its row again.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import xxhash
import yaml

from ...records import (
    Column,
    Sample,
    bucket_of,
    columns_of,
    from_row,
    sample_id,
    sample_tier,
    schema_of,
)
from ..address import safe_root
from ..card import front_matter
from ..errors import ReleaseError
from ..format.index import PLACE_TYPES
from ..format.shard import media_values
from ..format.upgrades import declared
from ..gates import gate_from
from ..layout import CARD, belongs
from ..manifest import digest_of
from ..read.samples import Release, Samples
from ..storage.files import MAX_CARD_BYTES, Files
from ..write.durable_files import sha256_of
from .features import check_features

Progress = Callable[[int, int, str], None]
"""Takes the numbers of configs done and in total, and the config that is next."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem of a release."""

    where: str
    """A file, or a config and a sample."""
    what: str
    """What is wrong with it."""


@dataclass(slots=True)
class VerifyReport:
    """What was checked, and the problems."""

    problems: list[Problem] = field(default_factory=list)
    """All problems; empty if the release is intact."""
    num_files: int = 0
    """Files hashed."""
    num_rows: int = 0
    """Rows made into samples."""
    num_media: int = 0
    """Media values compared."""
    num_frames: int = 0
    """Frames decoded."""
    num_features: int = 0
    """Values of features compared."""

    @property
    def ok(self) -> bool:
        """Whether there are no problems."""
        return not self.problems


def verify(root: str, *, decode: bool = True, progress: Progress | None = None) -> VerifyReport:
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
        if progress is not None:
            progress(number, len(release.configs), name)
        needed = [*release.manifest.shards(name)]
        needed += [path for path in release.manifest.files if path.startswith(f"index/{name}/")]
        if not whole.issuperset(needed):
            continue
        try:
            sources[name] = _ConfigCheck(release.whole(name), report, decode=decode).run()
        except (ValueError, TypeError, KeyError, IndexError, OSError, pa.ArrowException) as error:
            report.problems.append(Problem(name, f"cannot be checked: {error}"))
    _check_features(release, report, whole)
    held_out = sources.pop("vidchatbench", set())
    for name, training in sources.items():
        for source in sorted(held_out & training):
            what = f"source {source} is also in vidchatbench; test sources must leave training"
            report.problems.append(Problem(name, what))
    return report


def _check_files(release: Release, report: VerifyReport) -> Iterator[str]:
    files, manifest = release.files, release.manifest
    present = {name for name in files.walk() if belongs(name)}
    for name in sorted(present - set(manifest.files) - {"manifest.json"}):
        report.problems.append(Problem(name, "the manifest does not know this file"))
    for name, entry in manifest.files.items():
        if name not in present:
            report.problems.append(Problem(name, "is missing"))
            continue
        report.num_files += 1
        size = files.system.size(files.path(name))
        if size != entry.num_bytes:
            what = f"has {size} bytes, the manifest says {entry.num_bytes}"
            report.problems.append(Problem(name, what))
        elif sha256_of(Path(files.path(name))) != entry.sha256:
            report.problems.append(Problem(name, "does not match its sha256: it was altered"))
        elif entry.num_rows is not None and entry.num_rows != (
            num_rows := pq.read_metadata(files.path(name)).num_rows
        ):
            what = f"has {num_rows} rows, the manifest says {entry.num_rows}"
            report.problems.append(Problem(name, what))
        else:
            yield name


def _check_features(release: Release, report: VerifyReport, whole: set[str]) -> None:
    if not all(file in whole for file in release.manifest.files if file.startswith("features/")):
        return
    try:
        for finding in check_features(release):
            if isinstance(finding, int):
                report.num_features += finding
            else:
                report.problems.append(Problem(*finding))
    except (ValueError, TypeError, KeyError, IndexError, OSError, pa.ArrowException) as error:
        report.problems.append(Problem("features", f"cannot be checked: {error}"))


def _check_card(release: Release, report: VerifyReport) -> None:
    """Compares card and manifest: `datasets` finds files, and keys its cache, by the card."""
    parts = release.files.read(CARD, MAX_CARD_BYTES).decode("utf-8", "replace").split("---\n", 2)
    try:
        listed = [
            {key: config[key] for key in ("config_name", "description", "data_files")}
            for config in yaml.safe_load(parts[1])["configs"]
        ]
    except (IndexError, KeyError, TypeError, ValueError, RecursionError, yaml.YAMLError) as error:
        report.problems.append(Problem(CARD, f"its YAML lists no configs: {str(error)[:200]!r}"))
        return
    for config in front_matter(release.manifest.configs)["configs"]:
        config.pop("default", None)
        if config not in listed:
            what = f"its YAML and the manifest differ on {config['config_name']}"
            report.problems.append(Problem(CARD, what))


class _ConfigCheck:
    """Checks a config row by row, shard and index side by side."""

    def __init__(self, samples: Samples, report: VerifyReport, *, decode: bool) -> None:
        self._samples = samples
        self._report = report
        self._decode = decode
        self._columns = columns_of(samples.config.branch)
        self._schema = schema_of(samples.config.branch)
        self._media = [column for column in self._columns if column.table == "media"]
        self._frames: dict[tuple[str, str, int], dict[str, Any]] = {}

    def run(self) -> set[str]:
        """Checks everything, and returns the sources of the config."""
        samples, name = self._samples, self._samples.config.name
        entry, manifest = samples.entry, samples.release.manifest
        shards = {path: manifest.files[path].sha256 for path in manifest.shards(name)}
        if digest_of(shards) != entry.config_digest:
            self._note(name, "its config_digest does not match its data files")
        index = samples.table()
        sample_ids: set[str] = set()
        sources: set[str] = set()
        position = 0
        for path in shards:
            with samples.release.files.parquet(path, manifest) as file:
                rows = index.slice(position, file.metadata.num_rows).to_pylist()
                self._frames = self._frames_of(rows)
                if len(rows) < file.metadata.num_rows:
                    self._note(path, "has more rows than the index")
                position += len(rows)
                numbers = iter(range(len(rows)))
                for group in range(file.num_row_groups):
                    table = declared(file.read_row_group(group), self._schema)
                    for stored, number in zip(table.to_pylist(), numbers, strict=False):
                        row = rows[number]
                        where = f"{name} {row['sample_id']}"
                        if (row["row"], row["row_group"]) != (number, group):
                            self._note(where, f"is row {number} of group {group} in {path}")
                        self._check_row(path, row, stored, where)
                        if row["sample_id"] in sample_ids:
                            self._note(where, "is in the config twice")
                        sample_ids.add(row["sample_id"])
                        sources.add(row["conversation_id"])
                        self._report.num_rows += 1
        if position != index.num_rows:
            self._note(name, f"{position} rows in the shards, {index.num_rows} in the index")
        if len(sources) != entry.num_sources:
            self._note(name, f"{len(sources)} sources, the manifest says {entry.num_sources}")
        return sources

    def _note(self, where: str, what: str) -> None:
        self._report.problems.append(Problem(where, what))

    def _frames_of(self, rows: list[dict[str, Any]]) -> dict[tuple[str, str, int], dict[str, Any]]:
        frames = {}
        for bucket in sorted({row["bucket"] for row in rows}):
            for video in self._samples.frames_of(bucket).to_pylist():
                frames[video["sample_id"], video["column"], video["position"]] = video
        return frames

    def _check_row(
        self, path: str, row: dict[str, Any], stored: dict[str, Any], where: str
    ) -> None:
        if row["sample_id"] != stored["sample_id"]:
            what = f"the shard's row is {stored['sample_id']}: index and shard do not correspond"
            self._note(where, what)
            return
        for column in self._columns:
            same = column.table == "media" or repr(row[column.name]) == repr(stored[column.name])
            if not same:
                self._note(where, f"{column.name} differs between index and shard")
        try:
            sample = from_row(self._samples.config.branch, row)
        except (ValueError, KeyError, TypeError) as error:
            self._note(where, f"is not a valid sample: {error}")
            return
        for what in _broken_rules(self._samples, path, row, sample):
            self._note(where, what)
        for column in self._media:
            values = media_values(stored[column.name], column)
            cells = [row[f"{column.name}_{name}"] for name in PLACE_TYPES]
            places = list(zip(*cells, strict=True)) if column.many else [tuple(cells)]
            for number, (place, value) in enumerate(zip(places, values, strict=True)):
                self._check_media(path, place, value, f"{where} {column.name}")
                if self._decode and value is not None and column.medium != "pose":
                    key = row["sample_id"], column.name, number
                    _decode(value, column, where, self._report, self._frames.get(key, {}))

    def _check_media(
        self, path: str, place: tuple[Any, ...], value: bytes | None, where: str
    ) -> None:
        offset, size, checksum = place
        if value is None or offset is None:
            if value is not None or offset is not None:
                self._note(where, "is null in only one of index and shard")
            return
        self._report.num_media += 1
        data = self._samples.release.files.read_range(path, offset, size)
        if data != value or xxhash.xxh3_64_intdigest(data) != checksum:
            what = f"{path}: the {size} bytes at {offset} are not the value that Parquet returns"
            self._note(where, what)


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
        report.problems.append(Problem(where, f"{column.name} does not decode: {error}"))
        return
    for name in ("codec_header", "pts", "size_bytes", "offset_bytes", "is_key"):
        value = getattr(table, name)
        if indexed.get(name) != (list(value) if isinstance(value, tuple) else value):
            what = f"{column.name}: {name} in the frames table differs from the video"
            report.problems.append(Problem(where, what))

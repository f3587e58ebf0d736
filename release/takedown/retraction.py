"""Retraction: removes sources, people or clips from a release, and keeps them out.

    request --plan_retraction--> samples to remove --retract--> touched buckets, index, counts,
    tombstones, cards, manifest --> swap

A sample is removed if any of its clips is, or if its audio, its history or the voices of its scene
come from what is retracted. Untouched shards are hard links to the previous release.
"""

import hashlib
import json
import shutil
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ...records import (
    CONFIGS,
    ListeningSample,
    MultiTurnSample,
    OffScreenVoice,
    Sample,
    bucket_of,
    sample_id,
)
from ..errors import DamagedRelease, ReleaseError
from ..features.retraction import retract_features
from ..format.shard import Row
from ..gates import count_answers, gate_from
from ..layout import belongs, work_folder
from ..manifest import ConfigEntry, ReleaseFacts
from ..read.samples import Release
from ..tombstones.pending import has_newer_tombstones, rows_of_sources
from ..tombstones.records import REMOVALS, TAKEDOWN, TOMBSTONES, Removal, Request, Takedown
from ..tombstones.rule import TakedownRule
from ..write.bucket import BucketContent, BuiltBucket, build_bucket
from ..write.durable_files import sha256_of
from ..write.reindex import read_rows
from ..write.rewrite import Documents, Rewriting, is_document, rewriting
from .index import count_config, link_shards, write_index_parts

_KNOWN_FOLDERS = ("data/", "index/", "takedown/", "figures/", "cards/")


@dataclass(frozen=True, kw_only=True, slots=True)
class RetractionPlan:
    """What a retraction would remove and keep."""

    removed: Mapping[str, Mapping[int, Sample]]
    """Config to position in index order to sample."""
    kept: Mapping[str, Sequence[tuple[str, Sample]]]
    """Source to its remaining samples, with their config."""
    unknown: tuple[str, ...]
    """Ids of the request that neither the release nor its tombstones name."""

    @property
    def num_removed(self) -> int:
        """Samples, over all configs."""
        return sum(len(rows) for rows in self.removed.values())


@dataclass(frozen=True, kw_only=True, slots=True)
class RetractReport:
    """The result of a retraction."""

    num_removed: Mapping[str, int]
    """Samples by config."""
    num_buckets: int
    """Shards written again or dropped."""
    changed: bool
    """False if everything had been retracted before."""


def plan_retraction(release: Release, request: Request) -> RetractionPlan:
    """Finds the samples that a request touches, and changes nothing.

    Pending rows, which tombstones name and readers leave out, are among them.
    """
    takedown, pending = Takedown.read(release.files), release.pending
    pending_sources = {
        release.whole(name)[int(number)].clips[0].source_id
        for name, numbers in pending.items()
        for number in numbers
    }
    by_source: dict[str, list[tuple[str, int, Sample]]] = {}
    for source, name, number, sample in rows_of_sources(
        release, pending_sources | {source for _, _, source in request.ids()}
    ):
        by_source.setdefault(source, []).append((name, number, sample))
    removed: dict[str, dict[int, Sample]] = {}
    kept: dict[str, list[tuple[str, Sample]]] = {}
    known: set[str] = set(by_source)
    for source, rows in by_source.items():
        clips = [clip for *_, sample in rows for clip in sample.clips]
        rule = TakedownRule(source, clips, request)
        known |= {clip.clip_id for clip in clips}
        for name, number, sample in rows:
            known |= _people(sample)
            if rule.touches(sample) or number in pending.get(name, ()):
                removed.setdefault(name, {})[number] = sample
            else:
                kept.setdefault(source, []).append((name, sample))
    unknown = tuple(
        name
        for kind, name, _ in request.ids()
        if name not in known and not takedown.names(kind, name)
    )
    return RetractionPlan(removed=removed, kept=kept, unknown=unknown)


def _people(sample: Sample) -> set[str]:
    """Person ids of everyone in a sample: in clips, their scenes, off screen, or in the history."""
    voices = {clip.voice for clip in sample.clips}
    voices |= {scene_voice.voice for clip in sample.clips for scene_voice in clip.scene_voices}
    people = {clip.person_id for clip in sample.clips}
    if isinstance(sample, ListeningSample) and isinstance(sample.speaker, OffScreenVoice):
        people.add(sample.speaker.person_id)
        voices.add(sample.speaker.voice)
    if isinstance(sample, MultiTurnSample):
        voices |= {turn.voice for turn in sample.history}
    source = sample.clips[0].source_id
    speakers = {f"{source}#{voice}" for voice in voices if voice is not None}
    return speakers | {person for person in people if person is not None}


def retract(
    root: Path, request: Request, *, date: str, documents: Documents | None = None
) -> RetractReport:
    """Removes what a request names, by the folder swap; an unknown id changes nothing.

    Args:
        root: the release.
        request: what to remove; an empty one removes pending rows alone.
        date: written into the tombstones, ISO 8601.
        documents: writes cards and figures; without it they are removed, since they may show
            what is retracted.

    Raises:
        ValueError: an id that the release does not know.
        ReleaseError: no release, a damaged one, or another process writes it.
    """
    with rewriting(root, removes_pending=True) as work:
        release = work.release
        _refuse_unknown_files(release)
        plan = plan_retraction(release, request)
        if plan.unknown:
            raise ValueError(
                f"{str(root)!r} contains no {', '.join(plan.unknown[:5])}; nothing was "
                "changed. Ids are those of the columns source_id, person_id and clip_id"
            )
        if not plan.num_removed and not has_newer_tombstones(release):
            shutil.rmtree(work.new)
            return RetractReport(num_removed={}, num_buckets=0, changed=False)
        return _rewrite(work, plan, request, date, documents)


def _refuse_unknown_files(release: Release) -> None:
    encoders = (f"features/{name}/" for name in release.manifest.facts.features)
    known = (*_KNOWN_FOLDERS, *encoders)
    for name in release.manifest.files:
        if "/" in name and not name.startswith(known):
            raise ReleaseError(
                f"{release.root}: nothing is known of {name}, which may hold what is retracted; "
                "remove it from the release first. Nothing was changed"
            )


def _rewrite(
    work: Rewriting, plan: RetractionPlan, request: Request, date: str, documents: Documents | None
) -> RetractReport:
    release, new = work.release, work.new
    manifest = release.manifest
    store = work_folder(Path(release.root)) / "parts"
    entries: dict[str, ConfigEntry] = {}
    removals: list[Removal] = []
    touched: dict[str, dict[int, BuiltBucket | None]] = {}
    num_buckets = 0
    for name in release.configs:
        entry = manifest.configs[name]
        removed = plan.removed.get(name, {})
        built = _build_buckets(store, release, name, removed)
        num_buckets += len(built)
        touched[name] = built
        link_shards(release, new, name, built)
        write_index_parts(release, new, name, built)
        after = count_config(release, new, name, built) if built else entry
        if after is not None:
            entries[name] = after
        if removed:
            removals.append(
                Removal(
                    date=date,
                    config=name,
                    config_digest_before=entry.config_digest,
                    config_digest_after=after.config_digest if after else "",
                    rows=tuple(sorted(removed)),
                )
            )
    others = (
        name
        for name in manifest.files
        if belongs(name)
        and not is_document(name)
        and not name.startswith(("data/", "index/", "features/"))
        and name not in (TOMBSTONES, REMOVALS, TAKEDOWN)
    )
    work.link(others)
    fresh = Takedown(tombstones=request.tombstones(date), removals=tuple(removals))
    now = {name: entry.config_digest for name, entry in manifest.configs.items()}
    Takedown.read(release.files).until(now).plus(fresh).write(new)
    facts = _facts(manifest.facts, entries, plan)
    facts = replace(facts, features=retract_features(work, touched, plan.removed, entries))
    written = work.finish(facts, entries, documents)
    _prune(store, {file.sha256 for file in written.files.values()})
    return RetractReport(
        num_removed={name: len(rows) for name, rows in plan.removed.items()},
        num_buckets=num_buckets,
        changed=True,
    )


def _build_buckets(
    store: Path, release: Release, name: str, removed: Mapping[int, Sample]
) -> dict[int, BuiltBucket | None]:
    """The remaining rows of touched buckets, built; None for a bucket without any."""
    buckets: dict[int, set[str]] = {}
    entry = release.manifest.configs[name]
    for sample in removed.values():
        bucket = bucket_of(sample.clips[0].source_id, entry.num_buckets)
        buckets.setdefault(bucket, set()).add(sample_id(sample))
    built: dict[int, BuiltBucket | None] = {}
    if not buckets:
        return built
    present = Counter(release.whole(name).table(["bucket"])["bucket"].to_pylist())
    for bucket, gone in sorted(buckets.items()):
        if present[bucket] == len(gone):
            built[bucket] = None
            continue
        path = CONFIGS[name].shard(bucket)
        file = Path(release.files.path(path))
        release.files.check(path, release.manifest)
        sha256 = sha256_of(file)
        if sha256 != release.manifest.files[path].sha256:
            raise DamagedRelease(f"{file} was altered; copy it again, nothing was changed")
        digest = hashlib.sha256(json.dumps([sha256, sorted(gone)]).encode()).hexdigest()

        def rows(file: Path = file, gone: set[str] = gone) -> Iterator[Row]:
            for row in read_rows(file, CONFIGS[name].branch):
                if sample_id(row.sample) not in gone:
                    yield row

        content = BucketContent(digest=f"retracted {digest}", rows=rows)
        built[bucket] = build_bucket(store, name, CONFIGS[name].branch, bucket, content)
    return built


def _facts(
    facts: ReleaseFacts, entries: Mapping[str, ConfigEntry], plan: RetractionPlan
) -> ReleaseFacts:
    """The facts without what was removed: gates' counts, and reasons for configs now empty."""
    kept = {
        clip.clip_id for rows in plan.kept.values() for _, sample in rows for clip in sample.clips
    }
    removed = {
        clip.clip_id: clip
        for rows in plan.removed.values()
        for sample in rows.values()
        for clip in sample.clips
        if clip.clip_id not in kept
    }
    counts = {name: Counter(answers) for name, answers in facts.gate_counts.items()}
    gates = [gate_from(gate) for gate in facts.gates]
    for name, answers in count_answers(removed.values(), gates).items():
        if name in counts:
            counts[name].subtract(answers)
    empty = {name: _why_empty(name) for name in plan.removed if name not in entries}
    return replace(
        facts,
        gate_counts={
            name: {answer: number for answer, number in sorted(count.items()) if number}
            for name, count in counts.items()
        },
        empty_configs={**facts.empty_configs, **empty},
    )


def _why_empty(name: str) -> str:
    if name == "vidchatbench":
        return "no test pair belongs to a source of this release"
    return "no sample of this branch and tier in the sources of this release"


def _prune(store: Path, digests: Collection[str]) -> None:
    """Deletes built buckets, finished or not, that are not shards of the release."""
    for folder in store.iterdir() if store.exists() else ():
        facts = folder / "part.json"
        if not facts.exists() or json.loads(facts.read_text())["sha256"] not in digests:
            shutil.rmtree(folder, ignore_errors=True)

"""Retraction: removes sources, people or clips from a release, and keeps them out.

    request --plan_retraction--> samples to remove --retract--> touched buckets, index, counts,
    tombstones, cards, manifest --> swap

A sample is removed if any of its clips is, or if its audio, its history or the voices of its scene
come from what is retracted. Untouched shards are hard links to the previous release.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ...records import (
    CONFIGS,
    ListeningSample,
    MultiTurnSample,
    OffScreenVoice,
    Sample,
    bucket_of,
)
from ..errors import ReleaseError
from ..features.writer import features_buckets
from ..format.features import FeatureEntry, FeaturesTable
from ..format.tables import ConfigTable
from ..gates import count_answers, gate_from
from ..manifest import ConfigEntry, Manifest, ReleaseFacts
from ..read.samples import Release
from ..tombstones.pending import has_newer_tombstones, rows_of_sources
from ..tombstones.records import Removal, Request, Takedown
from ..tombstones.rule import TakedownRule
from ..write.change import Change, Documents, changing, is_document
from ..write.tables import config_entry
from ..write.writer import built_buckets
from .table import retract_rows

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
    with changing(root, applies_takedown=True) as change:
        release = change.release
        _refuse_unknown_files(release)
        plan = plan_retraction(release, request)
        if plan.unknown:
            raise ValueError(
                f"{str(root)!r} contains no {', '.join(plan.unknown[:5])}; nothing was "
                "changed. Ids are those of the columns source_id, person_id and clip_id"
            )
        if not plan.num_removed and not has_newer_tombstones(release):
            return RetractReport(num_removed={}, num_buckets=0, changed=False)
        return _rewrite(change, plan, request, date, documents)


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
    change: Change, plan: RetractionPlan, request: Request, date: str, documents: Documents | None
) -> RetractReport:
    release, manifest = change.release, change.release.manifest
    store, values = built_buckets(change.root), features_buckets(change.root)
    encoders = [FeatureEntry.from_dict(entry) for entry in manifest.facts.features.values()]
    entries: dict[str, ConfigEntry] = {}
    removals: list[Removal] = []
    num_buckets = 0
    for name in release.configs:
        entry, config, removed = manifest.configs[name], CONFIGS[name], plan.removed.get(name, {})
        table, ids = ConfigTable(config), _by_bucket(removed.values(), entry.num_buckets)
        built = retract_rows(change, store, table, ids, _digests(release, table, ids))
        num_buckets += len(ids)
        after = config_entry(change, name, entry.num_buckets) if removed else entry
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
        if after is None:
            continue
        entries[name] = after
        # As if the remaining rows had been encoded: by the digests of their shards.
        shards = {bucket: remaining.entry.sha256 for bucket, remaining in built.items()}
        for encoder in encoders:
            if name in encoder.configs:
                retract_rows(change, values, FeaturesTable(encoder, config), ids, shards)
    change.link(
        name
        for name in manifest.files
        if not is_document(name) and not name.startswith(("data/", "index/", "features/"))
    )
    states = {name: entry.config_digest for name, entry in manifest.configs.items()}
    added = Takedown(tombstones=request.tombstones(date), removals=tuple(removals))
    takedown = change.takedown.until(states).plus(added)
    facts = _facts(manifest.facts, entries, plan)
    facts = replace(facts, features=_features(encoders, manifest, entries))
    written = change.finish(facts, entries, documents, takedown=takedown)
    store.prune(written.files.values())
    return RetractReport(
        num_removed={name: len(rows) for name, rows in plan.removed.items()},
        num_buckets=num_buckets,
        changed=True,
    )


def _by_bucket(removed: Iterable[Sample], num_buckets: int) -> dict[int, set[str]]:
    """Ids of removed samples by bucket."""
    ids: dict[int, set[str]] = {}
    for sample in removed:
        bucket = bucket_of(sample.clips[0].source_id, num_buckets)
        ids.setdefault(bucket, set()).add(sample.sample_id)
    return ids


def _digests(
    release: Release, table: ConfigTable, removed: Mapping[int, Collection[str]]
) -> dict[int, str]:
    """Digests of what remains of touched buckets; buckets of which nothing remains have none."""
    if not removed:
        return {}
    present = Counter(release.whole(table.config.name).table(["bucket"])["bucket"].to_pylist())
    digests: dict[int, str] = {}
    for bucket, ids in removed.items():
        if present[bucket] > len(ids):
            values = [release.manifest.files[table.shard(bucket)].sha256, sorted(ids)]
            digests[bucket] = f"retracted {hashlib.sha256(json.dumps(values).encode()).hexdigest()}"
    return digests


def _features(
    encoders: Iterable[FeatureEntry], manifest: Manifest, entries: Mapping[str, ConfigEntry]
) -> dict[str, Mapping[str, Any]]:
    """What the new manifest says of features; what was encoded of other shards still was."""
    features: dict[str, Mapping[str, Any]] = {}
    for encoder in encoders:
        configs = {
            name: entries[name].config_digest
            if digest == manifest.configs[name].config_digest
            else digest
            for name, digest in encoder.configs.items()
            if name in entries
        }
        if configs:
            features[encoder.form.name] = replace(encoder, configs=configs).to_dict()
    return features


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

"""A catalogue and a store in, a release out, and a report of what is in it and what is not."""

from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from pathlib import Path

from ...records import CONFIGS, Listener, silent
from ...release import (
    Manifest,
    Release,
    ReleaseFacts,
    changing,
    gate_from,
    work_folder,
    write_contents,
)
from .clip_store import CutStore
from .gather import gather
from .takedown import KeptCatalogue


@dataclass(frozen=True, kw_only=True, slots=True)
class WriteReport:
    """What a release holds now."""

    manifest: Manifest
    """The manifest as written."""
    num_sources: int
    """Sources with at least one sample."""
    num_samples: dict[str, int]
    """Samples by config."""
    num_left_out: dict[str, int]
    """Samples by config that lack a clip: it could not be cut, or is not cut yet."""


def write_catalogue(
    catalogue: KeptCatalogue,
    store: CutStore | None,
    facts: ReleaseFacts,
    *,
    drop_missing: bool = False,
    documents: Callable[[Path], None] | None = None,
    progress: Listener = silent,
) -> WriteReport:
    """Gathers everything that is ready and writes it; shards that stay the same cost nothing.

    Args:
        catalogue: which samples there are, and of which release.
        store: has their media; None writes null media.
        facts: what the manifest says besides the counts; reasons for empty configs and the
            gates' counts are added.
        drop_missing: whether sources may leave the release though they were not retracted.
        documents: writes further documents into the new folder before its manifest.
        progress: called with what is done.

    Raises:
        ValueError: sources, or all media, would leave the release.
    """
    gates = [gate_from(gate) for gate in facts.gates]
    with changing(catalogue.out, applies_takedown=True) as change:
        # Something may have been retracted while clips were cut.
        catalogue.apply(change.previous)
        previous = change.previous
        facts = replace(facts, num_buckets={**facts.num_buckets, **catalogue.num_buckets})
        gathered = gather(catalogue, store, facts.num_buckets, gates, progress)
        kept_ids, touched_ids = frozenset(catalogue.source_ids()), catalogue.touched_ids()
        if previous is not None and not drop_missing:
            leaving = previous.source_ids() - (kept_ids - gathered.waiting)
            lost = [name for name in leaving if not catalogue.retracted.touches(name)]
            _refuse_losses(previous, catalogue.out, facts, lost)
        empty = {
            name: facts.empty_configs.get(name) or _why_empty(name, gathered.num_left_out)
            for name in CONFIGS
            if not gathered.num_samples[name]
        }
        # The repository is that of the release here, not of one that the catalogue reads.
        facts = replace(
            facts, empty_configs=empty, gate_counts=gathered.gate_counts, repository=None
        )
        manifest = write_contents(
            change,
            gathered.contents,
            facts,
            retracted=catalogue.retracted,
            documents=documents,
            progress=progress,
        )
    if store is not None:
        # A run that was cutting during the takedown may have stored retracted clips.
        for source_id in touched_ids:
            kept = source_id in kept_ids
            store.keep(source_id, catalogue.source(source_id).requests if kept else ())
    return WriteReport(
        manifest=manifest,
        num_sources=gathered.num_sources,
        num_samples={name: gathered.num_samples[name] for name in CONFIGS},
        num_left_out=dict(gathered.num_left_out),
    )


def _refuse_losses(
    previous: Release, out: Path, facts: ReleaseFacts, lost: Collection[str]
) -> None:
    """Samples leave a release by a takedown or on request, never because files are missing."""
    if previous.manifest.facts.with_media and not facts.with_media:
        raise ValueError(
            f"{str(out)!r} holds media, which would leave it: nothing was changed. Give another "
            "--out for the release without media, or --drop-missing"
        )
    if facts.with_media and not previous.manifest.facts.with_media:
        # Only annotations leave it, and they come back with the videos.
        return
    if lost:
        raise ValueError(
            f"{len(lost)} sources of {str(out)!r} ({', '.join(sorted(lost)[:3])}"
            f"{' ...' if len(lost) > 3 else ''}) would leave the release: nothing was changed. "
            f"They are not in the annotations any more, or their clips are not in "
            f"{str(work_folder(out) / 'cuts')!r} and were not cut now: give their videos, without "
            "--limit and --sources, or pass --drop-missing to remove them"
        )


def _why_empty(name: str, left_out: Counter[str]) -> str:
    if left_out[name]:
        return f"none of its {left_out[name]} samples could be cut from the videos that are there"
    if name == "vidchatbench":
        return "no test pair belongs to a source of this release"
    return "no sample of this branch and tier in the sources of this release"

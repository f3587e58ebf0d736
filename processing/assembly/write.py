"""Writes what a catalogue and a store hold as a release, and says what is in it and what not."""

from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from pathlib import Path

from ...records import CONFIGS, Listener, Progress, silent
from ...release import (
    Files,
    Manifest,
    NotARelease,
    Release,
    ReleaseFacts,
    gate_from,
    open_release,
    work_folder,
    write_release,
)
from ...release.takedown import Takedown
from .catalogue import Catalogue, requests_of
from .clip_store import CutStore
from .gather import gather
from .takedown import KeptCatalogue, without_retracted


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
    """Samples by config of which a piece could not be cut, or is not cut yet."""


def write_catalogue(
    out: Path,
    catalogue: Catalogue,
    store: CutStore | None,
    facts: ReleaseFacts,
    *,
    drop_missing: bool = False,
    taken_back: Takedown | None = None,
    documents: Callable[[Path], None] | None = None,
    progress: Listener = silent,
) -> WriteReport:
    """Gathers everything that is ready and writes it; shards that stay the same cost nothing.

    Args:
        out: the release.
        catalogue: which samples there are.
        store: where their media is; None writes media null.
        facts: what the manifest says beside the counts; reasons for empty configs and the
            gates' counts are added.
        drop_missing: whether sources may leave the release though nobody took them back.
        taken_back: what was taken back from a release that the catalogue is of, beside what was
            from `out`.
        documents: writes further documents into the new folder before its manifest.
        progress: told where it is.

    Raises:
        ValueError: sources, or all media, would leave the release that stands at `out`.
    """
    gates = [gate_from(gate) for gate in facts.gates]
    taken_back = taken_back or Takedown()
    kept = without_retracted(catalogue, out)
    if isinstance(kept, KeptCatalogue):
        facts = replace(facts, num_buckets={**facts.num_buckets, **kept.num_buckets})
    takedown = Takedown.read(Files(str(out))).plus(taken_back)
    gathered = gather(kept, store, facts.num_buckets, gates, progress)
    before = _release_before(out)
    held = before.source_ids() if before else frozenset()
    there = frozenset(kept.source_ids())
    if before is not None and not drop_missing:
        left = held - (there - gathered.waiting)
        _refuse_losses(before, out, facts, [one for one in left if not taken_back.touches(one)])
    empty = {
        name: facts.empty_configs.get(name) or _why_empty(name, gathered.num_left_out)
        for name in CONFIGS
        if not gathered.num_samples[name]
    }
    manifest = write_release(
        out,
        gathered.contents,
        replace(
            facts,
            empty_configs=empty,
            gate_counts=gathered.gate_counts,
            repository=before.manifest.facts.repository if before else None,
        ),
        documents=_Documents(takedown, documents),
        progress=lambda done, total, what: progress(Progress("write", done, total, "shards", what)),
    )
    if store is not None and takedown.tombstones:
        # Whoever cut while something was taken back has cut of it, too.
        for source_id in sorted({*catalogue.source_ids(), *held}):
            if takedown.touches(source_id):
                store.keep(
                    source_id, requests_of(kept.samples(source_id)) if source_id in there else []
                )
    return WriteReport(
        manifest=manifest,
        num_sources=gathered.num_sources,
        num_samples={name: gathered.num_samples[name] for name in CONFIGS},
        num_left_out=dict(gathered.num_left_out),
    )


@dataclass(frozen=True, slots=True)
class _Documents:
    """Takes over what was taken back, then writes the others."""

    takedown: Takedown
    others: Callable[[Path], None] | None

    def __call__(self, folder: Path) -> None:
        if self.takedown.tombstones:
            self.takedown.write(folder)
        if self.others is not None:
            self.others(folder)


def _release_before(out: Path) -> Release | None:
    try:
        return open_release(str(out))
    except NotARelease:
        return None


def _refuse_losses(before: Release, out: Path, facts: ReleaseFacts, lost: Collection[str]) -> None:
    """What a release holds leaves it by a takedown, or by what is asked; not for want of files."""
    if before.manifest.facts.with_media and not facts.with_media:
        raise ValueError(
            f"{str(out)!r} holds media, which would leave it: nothing was changed. Give another "
            "--out for the release without media, or --drop-missing"
        )
    if facts.with_media and not before.manifest.facts.with_media:
        # Only annotations leave it, which come back with the videos.
        return
    if lost:
        raise ValueError(
            f"{len(lost)} sources of {str(out)!r} ({', '.join(sorted(lost)[:3])}"
            f"{' ...' if len(lost) > 3 else ''}) would leave the release: nothing was changed. "
            f"They are not in the annotations any more, or their clips are not in "
            f"{str(work_folder(out) / 'cuts')!r} and were not cut now: give their videos, without "
            "--limit and --sources. With --drop-missing they leave"
        )


def _why_empty(name: str, left_out: Counter[str]) -> str:
    if left_out[name]:
        return f"none of its {left_out[name]} samples could be cut from the videos that are there"
    if name == "vidchatbench":
        return "no test pair belongs to a source of this release"
    return "no sample of this branch and tier in the sources of this release"

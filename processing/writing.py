"""Writes what a catalogue and a store hold as a release, and says what is in it and what not."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from ..records import CONFIGS
from ..release import (
    Manifest,
    NotARelease,
    Release,
    ReleaseFacts,
    gate_from,
    open_release,
    work_folder,
    write_release,
)
from .catalogue import Catalogue
from .contents import gather
from .progress import Listener, Progress, silent
from .purging import KeptCatalogue, honour_takedown
from .store import CutStore


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
        documents: writes further documents into the new folder before its manifest.
        progress: told where it is.

    Raises:
        ValueError: sources, or all media, would leave the release that stands at `out`.
    """
    gates = [gate_from(gate) for gate in facts.gates]
    kept = honour_takedown(catalogue, out)
    if isinstance(kept, KeptCatalogue):
        facts = replace(facts, num_buckets={**facts.num_buckets, **kept.num_buckets})
    gathered = gather(kept, store, facts.num_buckets, gates, progress)
    if before := _release_before(out):
        if not drop_missing:
            _refuse_losses(before, out, facts, frozenset(kept.source_ids()) - gathered.waiting)
        facts = replace(facts, repository=before.manifest.facts.repository)
    empty = {
        name: facts.empty_configs.get(name) or _why_empty(name, gathered.num_left_out)
        for name in CONFIGS
        if not gathered.num_samples[name]
    }
    manifest = write_release(
        out,
        gathered.contents,
        replace(facts, empty_configs=empty, gate_counts=gathered.gate_counts),
        documents=documents,
        progress=lambda done, total, what: progress(Progress("write", done, total, "shards", what)),
    )
    return WriteReport(
        manifest=manifest,
        num_sources=gathered.num_sources,
        num_samples={name: gathered.num_samples[name] for name in CONFIGS},
        num_left_out=dict(gathered.num_left_out),
    )


def _release_before(out: Path) -> Release | None:
    try:
        return open_release(str(out))
    except NotARelease:
        return None


def _refuse_losses(before: Release, out: Path, facts: ReleaseFacts, there: frozenset[str]) -> None:
    """What a release holds leaves it by a takedown, or by what is asked; not for want of files."""
    if before.manifest.facts.with_media and not facts.with_media:
        raise ValueError(
            f"{str(out)!r} holds media, which would leave it: nothing was changed. Give another "
            "--out for the release without media, or --drop-missing"
        )
    if lost := sorted(before.source_ids() - there):
        raise ValueError(
            f"{len(lost)} sources of {str(out)!r} ({', '.join(lost[:3])}"
            f"{' ...' if len(lost) > 3 else ''}) would leave the release: nothing was changed. "
            f"They are not in the annotations any more, or neither their clips in "
            f"{str(work_folder(out) / 'cuts')!r} nor their videos are there. With --drop-missing "
            "they leave"
        )


def _why_empty(name: str, left_out: Counter[str]) -> str:
    if left_out[name]:
        return f"none of its {left_out[name]} samples could be cut from the videos that are there"
    if name == "vidchatbench":
        return "no test pair belongs to a source of this release"
    return "no sample of this branch and tier in the sources of this release"

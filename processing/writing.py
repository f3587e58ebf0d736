"""Writes what a catalogue and a store hold as a release, and says what is in it and what not."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from ..records import CONFIGS
from ..release import Manifest, ReleaseFacts, gate_from, write_release
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
        documents: writes further documents into the new folder before its manifest.
        progress: told where it is.
    """
    gates = [gate_from(gate) for gate in facts.gates]
    kept = honour_takedown(catalogue, out)
    if isinstance(kept, KeptCatalogue):
        facts = replace(facts, num_buckets={**facts.num_buckets, **kept.num_buckets})
    gathered = gather(kept, store, facts.num_buckets, gates, progress)
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


def _why_empty(name: str, left_out: Counter[str]) -> str:
    if left_out[name]:
        return f"none of its {left_out[name]} samples could be cut from the videos that are there"
    if name == "vidchatbench":
        return "no test pair belongs to a source of this release"
    return "no sample of this branch and tier in the sources of this release"

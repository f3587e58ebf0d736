"""`curate`: videos through the stages, and a release from what is finished.

find -> stages (pending units only) -> clips -> gates -> plan -> cut -> gather -> write, swap
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from ...records import BRANCHES, Branch, Clip
from ...release import (
    Gate,
    ReleaseFacts,
    describe_gates,
    finish_swap,
    gate_from,
    open_release,
    work_folder,
)
from ..assumptions import Assumptions
from ..cutting import CutSettings
from ..engines import Local, RunReport, Source, StageStore, Stop, run_stages
from ..importing import cutting_facts
from ..planning import Plan, make_plan
from ..progress import Listener, silent
from ..purging import honour_takedown
from ..sources import in_shard
from ..stages.measured import clips_of
from ..store import CutStore
from ..wave import CutReport, cut_sources
from ..weights import weights_folder
from ..writing import WriteReport, write_catalogue
from .catalogue import CuratedCatalogue, TieringReport, clarity_gate
from .finding import FoundSources, find_own_sources
from .profile import Profile, missing, profile_of


@dataclass(frozen=True, kw_only=True, slots=True)
class CurateOptions:
    """What `curate` is asked for."""

    videos: tuple[Path, ...]
    """Folders and files."""
    out: Path
    """The release; its work folder stands beside it."""
    profile: str = "embedded"
    """Name of a profile."""
    backends: Mapping[str, str] = field(default_factory=dict)
    """Stage to another backend than the profile's own."""
    weights: Path | None = None
    """Folder of weights; see `weights_folder`."""
    assumptions: Assumptions = field(default_factory=Assumptions)
    """Values that the paper does not publish."""
    settings: CutSettings = field(default_factory=CutSettings)
    """How clips are cut and encoded."""
    branches: tuple[Branch, ...] = BRANCHES
    """What is written."""
    test_sources: frozenset[str] = frozenset()
    """Sources whose dialogue pairs are the benchmark."""
    shard: tuple[int, int] | None = None
    """(i, n): run and cut only the sources of shard i of n, and write nothing."""
    retry_failed: bool = False
    """Run again what has failed before."""
    refreeze: bool = False
    """Compute percentile gates anew."""
    thresholds: Mapping[str, float] = field(default_factory=dict)
    """Gate name to another threshold."""
    jobs: int = 1
    """Processes that cut."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CurateReport:
    """What one run did."""

    found: FoundSources
    """The videos."""
    stages: RunReport
    """The stages."""
    tiering: TieringReport | None = None
    """Gates and branches; None for a shard."""
    plan: Plan | None = None
    """What the finished sources give."""
    cut: CutReport | None = None
    """What was cut."""
    written: WriteReport | None = None
    """The release."""

    @property
    def has_rejects(self) -> bool:
        """Whether anything was left out."""
        return bool(self.stages.failures or (self.cut and self.cut.rejects))


def look_at_store(options: CurateOptions, progress: Listener = silent) -> CurateReport:
    """How things stand: what is done, failed and pending. Runs nothing."""
    store = _store(options)
    found = _find(options, progress)
    stages = _profile(options).stages(weights_folder(options.weights))
    report = run_stages(stages, found.sources, store, dry_run=True)
    return CurateReport(found=found, stages=report)


def curate(
    options: CurateOptions,
    *,
    documents: Callable[[Path], None] | None = None,
    progress: Listener = silent,
) -> CurateReport:
    """Runs what is pending and writes the release; see the module.

    Raises:
        FileNotFoundError: no video there.
        ValueError: no such profile, backend or gate.
        NotReady: packages or weights are missing; says which, and what to do.
        ReleaseError: `out` is something else than a release, or locked by another run.
    """
    profile, store = _profile(options), _store(options)
    weights = weights_folder(options.weights)
    _gates(options, profile, ())
    missing(profile, weights).check()
    found = _find(options, progress)
    store.sweep()
    engine = Local()
    try:
        with Stop() as stop:
            stages = run_stages(
                profile.stages(weights),
                found.sources,
                store,
                engine=engine,
                stop=stop,
                retry_failed=options.retry_failed,
                progress=progress,
            )
    finally:
        engine.close()
    clips = _finished(found.sources, stages, store)
    catalogue = _catalogue(options, profile, clips)
    cut = cut_sources(
        honour_takedown(catalogue, options.out),
        {one.source_id: one.path for one in found.sources if one.source_id in clips},
        CutStore(work_folder(options.out) / "cuts", options.settings),
        jobs=options.jobs,
        progress=progress,
    )
    if options.shard is not None:
        return CurateReport(found=found, stages=stages, cut=cut)
    plan, written = _write(options, profile, catalogue, documents, progress)
    return CurateReport(
        found=found,
        stages=stages,
        tiering=catalogue.report,
        plan=plan,
        cut=cut,
        written=written,
    )


def retier(
    options: CurateOptions,
    *,
    documents: Callable[[Path], None] | None = None,
    progress: Listener = silent,
) -> CurateReport:
    """Applies gates anew to what is finished: no model, no video decoded but for new clips."""
    report = look_at_store(options, progress)
    profile, store = _profile(options), _store(options)
    catalogue = _catalogue(options, profile, _finished(report.found.sources, report.stages, store))
    plan, written = _write(options, profile, catalogue, documents, progress)
    return replace(report, tiering=catalogue.report, plan=plan, written=written)


@dataclass(frozen=True, kw_only=True, slots=True)
class Measured:
    """Every clip of the finished sources before the gates, and the gates."""

    report: CurateReport
    """How the stages stand, and what the gates made of the clips."""
    clips: tuple[Clip, ...]
    """By source and time."""
    gates: tuple[Gate, ...]
    """As applied."""

    def clip(self, clip_id: str) -> Clip:
        """One of the clips.

        Raises:
            ValueError: there is none of that name.
        """
        for clip in self.clips:
            if clip.clip_id == clip_id:
                return clip
        some = ", ".join(clip.clip_id for clip in self.clips[:2])
        raise ValueError(f"no clip {clip_id!r} among {len(self.clips)} ({some}, ...)")


def measured(options: CurateOptions, progress: Listener = silent) -> Measured:
    """What the stages have measured so far; runs nothing."""
    report = look_at_store(options, progress)
    found = _finished(report.found.sources, report.stages, _store(options))
    catalogue = _catalogue(options, _profile(options), found)
    return Measured(
        report=replace(report, tiering=catalogue.report),
        clips=tuple(clip for clips in found.values() for clip in clips),
        gates=catalogue.gates,
    )


def _profile(options: CurateOptions) -> Profile:
    return profile_of(options.profile, options.backends)


def _store(options: CurateOptions) -> StageStore:
    return StageStore(work_folder(options.out) / "stages")


def _find(options: CurateOptions, progress: Listener) -> FoundSources:
    digests = work_folder(options.out) / "digests.json"
    found = find_own_sources(options.videos, digests, progress)
    chosen = tuple(one for one in found.sources if in_shard(one.source_id, options.shard))
    return replace(found, sources=chosen)


def _finished(
    sources: Sequence[Source], report: RunReport, store: StageStore
) -> dict[str, list[Clip]]:
    clips = {}
    for source in sources:
        key = report.keys[source.source_id].get("annotated")
        part = store.find("annotated", key) if key else None
        if part is not None:
            clips[source.source_id] = clips_of(part.tables()["clips"])
    return clips


def _catalogue(
    options: CurateOptions, profile: Profile, clips: Mapping[str, Sequence[Clip]]
) -> CuratedCatalogue:
    gates = _gates(options, profile, [clip for found in clips.values() for clip in found])
    return CuratedCatalogue(
        clips, gates, options.assumptions, options.branches, options.test_sources
    )


def _gates(options: CurateOptions, profile: Profile, clips: Collection[Clip]) -> tuple[Gate, ...]:
    """The gates as applied; a frozen percentile is kept until it is frozen anew."""
    gates = (*profile.gates, _frozen_clarity(options) or clarity_gate(clips))
    names = {gate.name for gate in gates}
    if unknown := sorted(set(options.thresholds) - names):
        raise ValueError(f"no gate {unknown[0]!r}; there are {', '.join(sorted(names))}")
    return tuple(
        replace(gate, threshold=options.thresholds[gate.name], source="set by hand")
        if gate.name in options.thresholds
        else gate
        for gate in gates
    )


def _before(options: CurateOptions) -> ReleaseFacts | None:
    """What the release says of itself now, if it is there."""
    finish_swap(options.out)
    return open_release(str(options.out)).manifest.facts if options.out.exists() else None


def _frozen_clarity(options: CurateOptions) -> Gate | None:
    before = _before(options)
    if options.refreeze or before is None:
        return None
    return next((gate_from(gate) for gate in before.gates if gate["name"] == "clarity"), None)


def _write(
    options: CurateOptions,
    profile: Profile,
    catalogue: CuratedCatalogue,
    documents: Callable[[Path], None] | None,
    progress: Listener,
) -> tuple[Plan, WriteReport]:
    plan, before = make_plan(catalogue, progress), _before(options)
    store = CutStore(work_folder(options.out) / "cuts", options.settings)
    facts = ReleaseFacts(
        origin="curated",
        # Counted once and kept, so that later videos find their shards.
        num_buckets=before.num_buckets if before else plan.num_buckets,
        gates=describe_gates(catalogue.gates),
        assumptions=options.assumptions.to_dict(),
        backends=backend_facts(profile, weights_folder(options.weights), options.settings),
    )
    written = write_catalogue(
        options.out, catalogue, store, facts, documents=documents, progress=progress
    )
    return plan, written


def backend_facts(profile: Profile, weights: Path, settings: CutSettings) -> dict[str, Any]:
    """What measured, for the manifest."""
    stages = {
        stage.name: asdict(stage.backend) | {"version": stage.version, "params": stage.params}
        for stage in profile.stages(weights)
    }
    return {profile.name: stages, "left_out": list(profile.left_out)} | cutting_facts(settings)

"""`curate`: videos through the stages, and a release from what is finished.

find -> stages (pending units only) -> scores -> gates -> plan -> cut -> gather -> write, swap
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ....records import Listener, Progress, silent
from ....release import (
    Files,
    FunnelStep,
    Gate,
    ReleaseFacts,
    describe_gates,
    open_release,
    tiers_of,
    work_folder,
)
from ....release.takedown import Takedown
from ...assembly.clip_store import CutStore
from ...assembly.cut_sources import CutReport, cut_sources
from ...assembly.destination import destination
from ...assembly.plan import make_plan
from ...assembly.source_files import in_shard
from ...assembly.takedown import without_retracted
from ...assembly.write import write_catalogue
from ...engines import RunReport, Stage, Stop, run_stages, temporary_name
from ...engines.capacity import lacks_name
from ...official.import_release import cutting_facts
from ...weights import weights_folder
from ..profiles.profile import missing
from .catalogue import CuratedCatalogue, StoredClips, TieringReport
from .clipless import clipless_sources
from .estimate import CannotRun, estimate
from .find_videos import FoundSources, find_own_sources
from .funnel import funnel_of
from .options import CurateOptions, CurateReport
from .previous_release import (
    PAUSE_SECONDS,
    changes,
    frozen_clarity,
    refuse_another_profile,
    refuse_forgotten_tests,
    refuse_lost_sources,
    release_before,
    settle,
    stages_before,
)
from .recorded import record
from .resolve import chosen_stages, engine_asked, profile_asked, stages_of, store_of
from .scoring import SCORES, TASTED, clarity_gate, scores_of, with_thresholds
from .unused import drop_unused_cuts

Documents = Callable[[Path], None]
_WRITING = "writing"
"""Whoever holds this in the store cuts and writes; no unit has such a key."""


def look_at_store(options: CurateOptions, progress: Listener = silent) -> CurateReport:
    """How things stand: what is done, failed and pending. Runs nothing."""
    found = _find(options, progress)
    store = store_of(options)
    report = run_stages(stages_of(options), found.sources, store, dry_run=True)
    tiers = tiers_of(scores_of(report, store), gates_of(options, report))
    lost = clipless_sources(report, found, store, tiers)
    return CurateReport(found=found, stages=report, clipless=lost)


def curate(
    options: CurateOptions,
    *,
    documents: Documents | None = None,
    progress: Listener = silent,
) -> CurateReport:
    """Runs what is pending and writes the release; see the module.

    A run that is stopped, or that ends before the last stage, writes no release.

    Raises:
        FileNotFoundError: no video there.
        ValueError: no such profile, backend, stage or gate; a source of the release would leave
            it, or one of its benchmark would enter training.
        NotReady: packages or weights are missing; says which, and what to do.
        CannotRun: a device, memory or disk does not suffice; says what to do.
        OSError: `out` cannot be written; the disk is full (`NoSpace`).
        ReleaseError: `out` is something else than a release, or locked by another run.
    """
    check_gates(options)
    if lacks := lacks_name(options.device):
        raise CannotRun(lacks)
    missing(profile_asked(options), weights_folder(options.weights)).check()
    with destination(options.out, options.videos):
        return _curate(options, documents, progress)


def _curate(
    options: CurateOptions, documents: Documents | None, progress: Listener
) -> CurateReport:
    stages, store = stages_of(options), store_of(options)
    chosen = chosen_stages(options, [stage.name for stage in stages])
    looked = look_at_store(options, progress)
    found = looked.found
    refuse_forgotten_tests(options, found)
    if SCORES in chosen and options.shard is None:
        _refuse_lost_videos(options, found)
    with engine_asked(options) as engine:
        if lacks := estimate(options, looked, engine).lacks:
            raise CannotRun(lacks)
        record(options)
        with Stop(options.limit_seconds) as stop:
            report = run_stages(
                stages,
                found.sources,
                store,
                engine=engine,
                stop=stop,
                chosen=chosen,
                limit=options.limit,
                retry_failed=options.retry_failed,
                progress=progress,
            )
    done = CurateReport(found=found, stages=report)
    if report.stopped or (SCORES not in chosen and options.shard is None):
        return done
    if options.shard is not None:
        if chosen[-1] != stages[-2].name:
            return done
        catalogue, _ = _catalogue(options, report)
        return replace(done, cut=_cut(options, found, catalogue, stop, progress))
    return _written(options, stages, done, documents, stop, progress)


def retier(
    options: CurateOptions,
    *,
    rewrite: bool = True,
    documents: Documents | None = None,
    progress: Listener = silent,
) -> CurateReport:
    """Applies gates anew to what is finished: no model, no video decoded but for new clips.

    Args:
        options: the same as of the run, with other thresholds.
        rewrite: whether the release is written too; else only `RELEASE.work/tiers.parquet` is.
        documents: see `curate`.
        progress: told where it is.

    Raises:
        ValueError: another profile than the release's, a source of it would leave, or one of its
            benchmark would enter training.
        NotReady: there is no release yet to say what measured it, and packages or weights of the
            run are missing: nothing is found without them.
    """
    check_gates(options)
    with destination(options.out, options.videos):
        return _retier(options, rewrite, documents, progress)


def _retier(
    options: CurateOptions, rewrite: bool, documents: Documents | None, progress: Listener
) -> CurateReport:
    refuse_another_profile(options)
    stages = stages_before(options)
    if stages is None:
        missing(profile_asked(options), weights_folder(options.weights)).check()
        stages = stages_of(options)
    found, store = _find(options, progress), store_of(options)
    refuse_forgotten_tests(options, found)
    _refuse_lost_videos(options, found)
    record(options)
    # Its one unit is a copy of what stands in the store; it is there unless a run was stopped.
    report = run_stages(stages, found.sources, store, chosen=(SCORES,))
    done = CurateReport(found=found, stages=report)
    if rewrite:
        return _written(options, stages, done, documents, Stop(), progress)
    tiers = _tiers(options, report, gates_of(options, report))
    lost = clipless_sources(report, found, store, tiers)
    return replace(done, tiering=TieringReport.of(tiers), clipless=lost)


def gates_of(options: CurateOptions, report: RunReport) -> tuple[Gate, ...]:
    """The gates as applied; a frozen percentile is kept until it is frozen anew.

    Raises:
        ValueError: another threshold for a gate that there is not.
    """
    clarity = frozen_clarity(options)
    if clarity is None and (clarity := clarity_gate(report, store_of(options))):
        clarity = clarity if options.limit is None else replace(clarity, source=TASTED)
    gates = (*profile_asked(options).gates, clarity or _ANY_CLARITY)
    applied = with_thresholds(gates, options.thresholds)
    return applied if clarity or "clarity" in options.thresholds else applied[:-1]


def backend_facts(options: CurateOptions, stages: Sequence[Stage]) -> dict[str, Any]:
    """What measured, for the manifest."""
    profile = profile_asked(options)
    measured = {
        stage.name: asdict(stage.backend) | {"version": stage.version, "params": stage.params}
        for stage in stages
        if stage.name in profile.tools
    }
    facts = {profile.name: measured, "left_out": list(profile.left_out)}
    return facts | cutting_facts(options.settings)


def check_gates(options: CurateOptions) -> None:
    """Refuses another threshold for a gate that there is not, before anything is read.

    Raises:
        ValueError: says which there are.
    """
    with_thresholds([*profile_asked(options).gates, _ANY_CLARITY], options.thresholds)


_ANY_CLARITY = Gate(
    name="clarity",
    stage="base",
    field="clarity",
    comparison=">=",
    threshold=0.0,
    applies_to="everybody",
    source="no source is finished yet",
)
"""Stands for the percentile before there is one, so that its name is known."""


def _find(options: CurateOptions, progress: Listener) -> FoundSources:
    digests = work_folder(options.out) / "digests.json"
    found = find_own_sources(options.videos, digests, progress)
    settle(options)
    takedown = Takedown.read(Files(str(options.out)))
    gone = {source.source_id for source in found.sources if takedown.touches(source.source_id)}
    chosen = tuple(
        source
        for source in found.sources
        if source.source_id not in gone and in_shard(source.source_id, options.shard)
    )
    taken_down = tuple(source.path for source in found.sources if source.source_id in gone)
    return replace(found, sources=chosen, taken_down=taken_down)


@contextmanager
def _turn(options: CurateOptions, progress: Listener) -> Iterator[None]:
    """One run at a time cuts and writes; the next waits, and finds most of it done."""
    while True:
        with store_of(options).claim(_WRITING) as ours:
            if ours:
                yield
                return
        progress(Progress("write", 0, 1, "releases", waits_for="lock"))
        time.sleep(PAUSE_SECONDS)


def _catalogue(
    options: CurateOptions, report: RunReport
) -> tuple[CuratedCatalogue, tuple[Gate, ...]]:
    gates = gates_of(options, report)
    clips = StoredClips(report, store_of(options))
    catalogue = CuratedCatalogue(
        clips, gates, options.assumptions, options.branches, options.test_sources
    )
    return catalogue, gates


def _tiers(options: CurateOptions, report: RunReport, gates: Sequence[Gate]) -> pa.Table:
    """The tier of every clip, which is kept beside the store."""
    tiers = tiers_of(scores_of(report, store_of(options)), gates)
    path = work_folder(options.out) / "tiers.parquet"
    draft = temporary_name(path)
    pq.write_table(tiers, draft, compression="zstd")
    draft.replace(path)
    return tiers


def _written(
    options: CurateOptions,
    stages: Sequence[Stage],
    done: CurateReport,
    documents: Documents | None,
    stop: Stop,
    progress: Listener,
) -> CurateReport:
    """Tiers, cuts what is new, writes the release."""
    with _turn(options, progress):
        catalogue, gates = _catalogue(options, done.stages)
        refuse_lost_sources(
            options,
            catalogue.source_ids(),
            "finished",
            "stages failed, or `run` has not measured them since another version of speakervid5m "
            "wrote the release",
        )
        tiers = _tiers(options, done.stages, gates)
        tiering = TieringReport.of(tiers)
        cut = _cut(options, done.found, catalogue, stop, progress)
        if cut.stopped:
            return replace(done, tiering=tiering, cut=cut)
        funnel = funnel_of(done.stages, tiering)
        report = _write(options, stages, done, catalogue, funnel, documents, progress)
        released = open_release(str(options.out)).source_ids()
        lost = clipless_sources(
            done.stages,
            done.found,
            store_of(options),
            tiers,
            catalogue=catalogue,
            cut=cut,
            released=released,
        )
        drop_unused_cuts(catalogue, done.found, _cuts_of(options), released=released)
        return replace(report, tiering=tiering, cut=cut, clipless=lost)


def _cuts_of(options: CurateOptions) -> CutStore:
    return CutStore(work_folder(options.out) / "cuts", options.settings)


def _refuse_lost_videos(options: CurateOptions, found: FoundSources) -> None:
    refuse_lost_sources(
        options,
        [source.source_id for source in found.sources],
        "among the videos",
        "give all folders that the release was made from",
    )


def _cut(
    options: CurateOptions,
    found: FoundSources,
    catalogue: CuratedCatalogue,
    stop: Stop,
    progress: Listener,
) -> CutReport:
    finished = set(catalogue.source_ids())
    with stop:
        return cut_sources(
            without_retracted(catalogue, options.out),
            {
                source.source_id: source.path
                for source in found.sources
                if source.source_id in finished
            },
            _cuts_of(options),
            jobs=options.jobs,
            stop=stop,
            progress=progress,
        )


def _write(
    options: CurateOptions,
    stages: Sequence[Stage],
    done: CurateReport,
    catalogue: CuratedCatalogue,
    funnel: tuple[FunnelStep, ...],
    documents: Documents | None,
    progress: Listener,
) -> CurateReport:
    release = release_before(options)
    before = release.manifest.facts if release else None
    plan = make_plan(catalogue, progress, growth=_growth(options, done.found, catalogue))
    store = _cuts_of(options)
    facts = ReleaseFacts(
        origin="curated",
        # Counted once and kept, so that later videos find their shards.
        num_buckets=before.num_buckets
        if before and options.expected_hours is None
        else plan.num_buckets,
        gates=describe_gates(catalogue.gates),
        funnel=funnel,
        assumptions=options.assumptions.to_dict(),
        backends=backend_facts(options, stages),
    )
    written = write_catalogue(
        options.out,
        catalogue,
        store,
        facts,
        drop_missing=options.drop_missing,
        documents=documents,
        progress=progress,
    )
    changed = () if before is None else tuple(changes(before, written.manifest.facts))
    return replace(done, plan=plan, written=written, changed=changed)


def _growth(options: CurateOptions, found: FoundSources, catalogue: CuratedCatalogue) -> float:
    """How many times as many hours are expected as are here; a limit is for a first taste."""
    lengths = {
        source.source_id: (source.duration_seconds or 0.0) / 3600 for source in found.sources
    }
    expected, hours = options.expected_hours, sum(lengths.values())
    if options.limit is not None:
        expected = hours if expected is None else expected
        hours = sum(lengths.get(source_id, 0.0) for source_id in catalogue.source_ids())
    return max(1.0, expected / hours) if expected and hours else 1.0

"""`curate` and `retier`: videos through the stages, and a release from what is finished.

find -> stages (pending units only) -> scores -> gates -> plan -> cut -> gather -> write, swap
                                                `---------- write_release.py ----------------'
"""

from dataclasses import replace

from ....records import Listener, silent
from ....release import tiers_of
from ...assembly.destination import destination
from ...engines import Stop, run_stages
from ...engines.capacity import lacks_name
from ...weights import weights_folder
from ..profiles.profile import missing
from ..tiers.catalogue import TieringReport
from ..tiers.clipless import clipless_sources
from ..tiers.scoring import SCORES, scores_of
from .applied_gates import check_gates, gates_of
from .estimate import CannotRun, estimate
from .options import CurateOptions, CurateReport
from .previous_release import previous_stages, refuse_another_profile, refuse_forgotten_tests
from .recorded import record
from .resolve import chosen_stages, open_engine, resolved_profile, stages_of, store_of
from .sources import find_sources, refuse_lost_videos
from .write_release import Documents, catalogue_of, cut_clips, save_tiers, write_release


def curation_status(options: CurateOptions, progress: Listener = silent) -> CurateReport:
    """What is done, failed and pending. Runs nothing."""
    videos = find_sources(options, progress)
    store = store_of(options)
    report = run_stages(stages_of(options), videos.sources, store, dry_run=True)
    tiers = tiers_of(scores_of(report, store), gates_of(options, report))
    lost = clipless_sources(report, videos.sources, store, tiers)
    return CurateReport(videos=videos, stages=report, clipless=lost)


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
    missing(resolved_profile(options), weights_folder(options.weights)).check()
    with destination(options.out, options.videos):
        return _curate(options, documents, progress)


def _curate(
    options: CurateOptions, documents: Documents | None, progress: Listener
) -> CurateReport:
    stages, store = stages_of(options), store_of(options)
    chosen = chosen_stages(options, [stage.name for stage in stages])
    status = curation_status(options, progress)
    videos = status.videos
    refuse_forgotten_tests(options, videos)
    if SCORES in chosen and options.shard is None:
        refuse_lost_videos(options, videos)
    with open_engine(options) as engine:
        if lacks := estimate(options, status, engine).lacks:
            raise CannotRun(lacks)
        record(options)
        with Stop(options.limit_seconds) as stop:
            report = run_stages(
                stages,
                videos.sources,
                store,
                engine=engine,
                stop=stop,
                chosen=chosen,
                limit=options.limit,
                retry_failed=options.retry_failed,
                progress=progress,
            )
    done = CurateReport(videos=videos, stages=report)
    if report.stopped or (SCORES not in chosen and options.shard is None):
        return done
    if options.shard is not None:
        if chosen[-1] != stages[-2].name:
            return done
        catalogue = catalogue_of(options, report)
        return replace(done, cut=cut_clips(options, videos, catalogue, stop, progress))
    return write_release(options, stages, done, documents, stop, progress)


def retier(
    options: CurateOptions,
    *,
    rewrite: bool = True,
    documents: Documents | None = None,
    progress: Listener = silent,
) -> CurateReport:
    """Applies changed gates to what is finished: no model runs, only new clips are decoded.

    Args:
        options: the same as of the run, with other thresholds.
        rewrite: whether the release is written too; else only `RELEASE.work/tiers.parquet` is.
        documents: see `curate`.
        progress: receives progress events.

    Raises:
        ValueError: another profile than the release's, a source of it would leave, or one of its
            benchmark would enter training.
        NotReady: no release says yet which backends measured it, and packages or weights of the
            run are missing, so that no result can be found.
    """
    check_gates(options)
    with destination(options.out, options.videos):
        return _retier(options, rewrite, documents, progress)


def _retier(
    options: CurateOptions, rewrite: bool, documents: Documents | None, progress: Listener
) -> CurateReport:
    refuse_another_profile(options)
    stages = previous_stages(options)
    if stages is None:
        missing(resolved_profile(options), weights_folder(options.weights)).check()
        stages = stages_of(options)
    videos, store = find_sources(options, progress), store_of(options)
    refuse_forgotten_tests(options, videos)
    refuse_lost_videos(options, videos)
    record(options)
    # Its one unit copies results of the store; it exists unless a run was stopped.
    report = run_stages(stages, videos.sources, store, chosen=(SCORES,))
    done = CurateReport(videos=videos, stages=report)
    if rewrite:
        return write_release(options, stages, done, documents, Stop(), progress)
    tiers = save_tiers(options, report, gates_of(options, report))
    lost = clipless_sources(report, videos.sources, store, tiers)
    return replace(done, tiering=TieringReport.of(tiers), clipless=lost)

"""`curate` and `retier`: videos through the stages, and a release from what is finished.

options -> curation -> find -> stages (pending units only) -> scores, gates, tiers -> plan -> cut ->
gather -> write, swap                                         `------ write_release.py -------'
"""

from dataclasses import replace

from ....records import Listener, silent
from ...assembly.destination import destination
from ...engines import Stop, run_stages
from ...engines.capacity import lacks_name
from ..tiers.scoring import SCORES
from .curation import Curation
from .estimate import CannotRun, estimate
from .find_videos import find_sources, require_places
from .judge import judge, save_tiers, with_tiers
from .options import CurateOptions
from .previous_release import (
    as_measured,
    refuse_another_profile,
    refuse_forgotten_tests,
    refuse_lost_videos,
)
from .recorded import record
from .report import CurateReport
from .write_release import Documents, cut_shard, write_release


def curation_status(options: CurateOptions, progress: Listener = silent) -> CurateReport:
    """What is done, failed and pending. Runs nothing."""
    status = _status(Curation.of(options), progress)
    return with_tiers(status, judge(status))


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
    curation = Curation.of(options)
    if lacks := lacks_name(options.device):
        raise CannotRun(lacks)
    curation.missing.check()
    require_places(options.videos)
    with destination(options.out, options.videos):
        return _curate(curation, documents, progress)


def _status(curation: Curation, progress: Listener) -> CurateReport:
    videos = find_sources(curation, progress)
    stages = run_stages(curation.stages, videos.sources, curation.store, dry_run=True)
    return CurateReport(curation=curation, videos=videos, stages=stages)


def _curate(curation: Curation, documents: Documents | None, progress: Listener) -> CurateReport:
    options, chosen = curation.options, curation.chosen
    status = _status(curation, progress)
    refuse_forgotten_tests(curation, status.videos)
    if SCORES in chosen and options.shard is None:
        refuse_lost_videos(curation, status.videos)
    with curation.open_engine() as engine:
        if lacks := estimate(status, engine).lacks:
            raise CannotRun(lacks)
        record(options, curation.profile)
        with Stop(options.limit_seconds) as stop:
            report = run_stages(
                curation.stages,
                status.videos.sources,
                curation.store,
                engine=engine,
                stop=stop,
                chosen=chosen,
                limit=options.limit,
                retry_failed=options.retry_failed,
                progress=progress,
            )
    done = replace(status, stages=report)
    if report.stopped:
        return done
    if SCORES in chosen:
        return write_release(done, documents, stop, progress)
    if options.shard is not None and chosen[-1] == curation.stages[-2].name:
        return cut_shard(done, stop, progress)
    return done


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
    curation = Curation.of(options)
    require_places(options.videos)
    with destination(options.out, options.videos):
        refuse_another_profile(curation)
        curation = as_measured(curation)
        videos = find_sources(curation, progress)
        refuse_forgotten_tests(curation, videos)
        refuse_lost_videos(curation, videos)
        record(options, curation.profile)
        # Its one unit copies results of the store; it exists unless a run was stopped.
        stages = run_stages(curation.stages, videos.sources, curation.store, chosen=(SCORES,))
        done = CurateReport(curation=curation, videos=videos, stages=stages)
        if rewrite:
            return write_release(done, documents, Stop(), progress)
        judgement = judge(done)
        save_tiers(done, judgement)
        return with_tiers(done, judgement)

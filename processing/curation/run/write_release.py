"""The second half of a run: tiers, clips that are cut, and the release from what is finished.

stored results, gates --> tiers.parquet --> catalogue --> cut clips --> release (a new one swapped
in) --> report: what was written, left out, changed; cuts that nobody needs are removed
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ....records import Listener, Progress, atomic_file
from ....release import (
    FunnelStep,
    Gate,
    ReleaseFacts,
    describe_gates,
    open_release,
    tiers_of,
    work_folder,
)
from ...assembly.clip_store import CutStore
from ...assembly.cut_sources import CutReport, cut_sources
from ...assembly.plan import make_plan
from ...assembly.takedown import without_retracted
from ...assembly.write import write_catalogue
from ...engines import RunReport, Stage, Stop
from ..tiers.catalogue import CuratedCatalogue, StoredClips, TieringReport
from ..tiers.clipless import clipless_sources
from ..tiers.funnel import funnel_of
from ..tiers.scoring import scores_of
from ..tiers.unused_cuts import drop_unused_cuts
from .applied_gates import gates_of
from .find_videos import FoundSources
from .options import CurateOptions, CurateReport
from .previous_release import (
    PAUSE_SECONDS,
    changes,
    open_previous_release,
    refuse_lost_sources,
)
from .resolve import resolved_profile, store_of

Documents = Callable[[Path], None]
"""Writes the cards of a release into its folder."""
_WRITING = "writing"
"""Claim in the store of the one run that cuts and writes; no unit has such a key."""


def write_release(
    options: CurateOptions,
    stages: Sequence[Stage],
    done: CurateReport,
    documents: Documents | None,
    stop: Stop,
    progress: Listener,
) -> CurateReport:
    """Tiers, cuts what is new, writes the release.

    Args:
        options: of the run.
        stages: what measured the clips.
        done: videos and stages so far.
        documents: writes the cards.
        stop: ends the cutting early.
        progress: receives progress events.

    Raises:
        ValueError: a source of the release is not finished.
    """
    with _only_writer(options, progress):
        catalogue = catalogue_of(options, done.stages)
        refuse_lost_sources(
            options,
            catalogue.source_ids(),
            "finished",
            "stages failed, or `run` has not measured them since another version of speakervid5m "
            "wrote the release",
        )
        tiers = save_tiers(options, done.stages, catalogue.gates)
        tiering = TieringReport.of(tiers)
        cut = cut_clips(options, done.videos, catalogue, stop, progress)
        if cut.stopped:
            return replace(done, tiering=tiering, cut=cut)
        funnel = funnel_of(done.stages, tiering)
        report = _write(options, stages, done, catalogue, funnel, documents, progress)
        released = open_release(str(options.out)).source_ids()
        lost = clipless_sources(
            done.stages,
            done.videos.sources,
            store_of(options),
            tiers,
            catalogue=catalogue,
            cut=cut,
            released=released,
        )
        drop_unused_cuts(catalogue, done.videos.sources, _cut_store(options), released=released)
        return replace(report, tiering=tiering, cut=cut, clipless=lost)


def catalogue_of(options: CurateOptions, report: RunReport) -> CuratedCatalogue:
    """The samples of the finished sources, under the gates as applied."""
    clips = StoredClips(report, store_of(options))
    gates = gates_of(options, report)
    return CuratedCatalogue(
        clips, gates, options.assumptions, options.branches, options.test_sources
    )


def save_tiers(options: CurateOptions, report: RunReport, gates: Sequence[Gate]) -> pa.Table:
    """The tier of every clip, saved as `RELEASE.work/tiers.parquet`."""
    tiers = tiers_of(scores_of(report, store_of(options)), gates)
    path = work_folder(options.out) / "tiers.parquet"
    with atomic_file(path) as draft:
        pq.write_table(tiers, draft, compression="zstd")
    return tiers


def cut_clips(
    options: CurateOptions,
    videos: FoundSources,
    catalogue: CuratedCatalogue,
    stop: Stop,
    progress: Listener,
) -> CutReport:
    """Cuts every clip of the finished sources that the store does not hold yet."""
    finished = set(catalogue.source_ids())
    with stop:
        return cut_sources(
            without_retracted(catalogue, options.out),
            {
                source.source_id: source.path
                for source in videos.sources
                if source.source_id in finished
            },
            _cut_store(options),
            jobs=options.jobs,
            stop=stop,
            progress=progress,
        )


def backend_facts(options: CurateOptions, stages: Sequence[Stage]) -> dict[str, Any]:
    """Which backends measured, for the manifest."""
    profile = resolved_profile(options)
    measured = {
        stage.name: asdict(stage.backend) | {"version": stage.version, "params": stage.params}
        for stage in stages
        if stage.name in profile.models
    }
    facts = {profile.name: measured, "left_out": list(profile.left_out)}
    return facts | options.settings.facts()


@contextmanager
def _only_writer(options: CurateOptions, progress: Listener) -> Iterator[None]:
    """One run at a time cuts and writes; the next waits, and most of its work is done by then."""
    while True:
        with store_of(options).claim(_WRITING) as ours:
            if ours:
                yield
                return
        progress(Progress("write", 0, 1, "releases", waits_for="lock"))
        time.sleep(PAUSE_SECONDS)


def _cut_store(options: CurateOptions) -> CutStore:
    return CutStore(work_folder(options.out) / "cuts", options.settings)


def _write(
    options: CurateOptions,
    stages: Sequence[Stage],
    done: CurateReport,
    catalogue: CuratedCatalogue,
    funnel: tuple[FunnelStep, ...],
    documents: Documents | None,
    progress: Listener,
) -> CurateReport:
    release = open_previous_release(options)
    previous = release.manifest.facts if release else None
    plan = make_plan(catalogue, progress, growth=_growth(options, done.videos, catalogue))
    facts = ReleaseFacts(
        origin="curated",
        # Counted once and kept, so that later videos find their shards.
        num_buckets=previous.num_buckets
        if previous and options.expected_hours is None
        else plan.num_buckets,
        gates=describe_gates(catalogue.gates),
        funnel=funnel,
        assumptions=options.assumptions.to_dict(),
        backends=backend_facts(options, stages),
    )
    written = write_catalogue(
        options.out,
        catalogue,
        _cut_store(options),
        facts,
        drop_missing=options.drop_missing,
        documents=documents,
        progress=progress,
    )
    changed = () if previous is None else tuple(changes(previous, written.manifest.facts))
    return replace(done, plan=plan, written=written, changed=changed)


def _growth(options: CurateOptions, videos: FoundSources, catalogue: CuratedCatalogue) -> float:
    """Expected hours over present hours; with `limit`, a first try, no growth is expected."""
    lengths = {
        source.source_id: (source.duration_seconds or 0.0) / 3600 for source in videos.sources
    }
    expected, hours = options.expected_hours, sum(lengths.values())
    if options.limit is not None:
        expected = hours if expected is None else expected
        hours = sum(lengths.get(source_id, 0.0) for source_id in catalogue.source_ids())
    return max(1.0, expected / hours) if expected and hours else 1.0

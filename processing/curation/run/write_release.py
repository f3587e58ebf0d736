"""The second half of a run: tiers, clips that are cut, and the release from what is finished.

stored results, gates --> tiers.parquet --> catalogue --> cut clips --> release (a new one swapped
in) --> report: what was written, left out, changed; cuts that nobody needs are removed
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from ....records import CONFIGS, Listener, Progress
from ....release import FunnelStep, Gate, ReleaseFacts, describe_gates, open_release
from ...assembly.cut_sources import CutReport, cut_sources
from ...assembly.plan import Plan, make_plan
from ...assembly.takedown import KeptCatalogue
from ...assembly.write import write_catalogue
from ...branches import why_left_out
from ...engines import Stop
from ..tiers.catalogue import CuratedCatalogue, StoredClips
from ..tiers.clipless import clipless_sources
from ..tiers.funnel import TieringReport, funnel_of
from ..tiers.unused_cuts import drop_unused_cuts
from .curation import Curation
from .judge import Judgement, judge, save_tiers
from .previous_release import changes, refuse_lost_sources
from .report import CurateReport

Documents = Callable[[Path], None]
"""Writes the cards of a release into its folder."""
PAUSE_SECONDS = 0.5
"""Wait between two attempts to become the one run that writes (ours)."""
_WRITING = "writing"
"""Claim in the store of the one run that cuts and writes; no unit has such a key."""


def write_release(
    done: CurateReport, documents: Documents | None, stop: Stop, progress: Listener
) -> CurateReport:
    """Tiers, cuts what is new, writes the release.

    Args:
        done: videos and stages so far.
        documents: writes the cards.
        stop: ends the cutting early.
        progress: receives progress events.

    Raises:
        ValueError: a source of the release is not finished.
    """
    with _only_writer(done.curation, progress):
        curation = done.curation.reopened()
        done = replace(done, curation=curation)
        refuse_lost_sources(
            curation,
            [name for name, keys in done.stages.keys.items() if "annotated" in keys],
            "finished",
            "stages failed, or `run` has not measured them since another version of speakervid5m "
            "wrote the release",
        )
        judgement = judge(done)
        save_tiers(done, judgement)
        tiering = TieringReport.of(judgement.tiers)
        funnel = funnel_of(done.stages, tiering)
        curated = _curated(done, judgement)
        catalogue = KeptCatalogue(curated, curation.options.out, curation.previous)
        cut = _cut(done, catalogue, stop, progress)
        done = replace(done, tiering=tiering, cut=cut)
        if cut.stopped:
            return done
        done = _write(done, catalogue, judgement.gates, funnel, documents, progress)
        released = open_release(str(curation.options.out)).source_ids()
        lost = clipless_sources(
            done.stages,
            done.videos.sources,
            curation.store,
            judgement.tiers,
            catalogue=catalogue,
            cut=cut,
            released=released,
        )
        drop_unused_cuts(curated, catalogue, done.videos.sources, curation.cuts, released=released)
        return replace(done, clipless=lost)


def cut_shard(done: CurateReport, stop: Stop, progress: Listener) -> CurateReport:
    """Cuts the finished sources of a shard, for the run that will write the release."""
    curation = done.curation.reopened()
    done = replace(done, curation=curation)
    curated = _curated(done, judge(done))
    catalogue = KeptCatalogue(curated, curation.options.out, curation.previous)
    return replace(done, cut=_cut(done, catalogue, stop, progress))


def backend_facts(curation: Curation) -> dict[str, Any]:
    """Which backends measured, for the manifest."""
    profile = curation.profile
    measured = {
        stage.name: asdict(stage.backend) | {"version": stage.version, "params": stage.params}
        for stage in curation.stages
        if stage.name in profile.models
    }
    facts = {profile.name: measured, "left_out": list(profile.left_out)}
    return facts | curation.options.settings.facts()


@contextmanager
def _only_writer(curation: Curation, progress: Listener) -> Iterator[None]:
    """One run at a time cuts and writes; the next waits, and most of its work is done by then."""
    while True:
        with curation.store.claim(_WRITING) as ours:
            if ours:
                yield
                return
        progress(Progress("write", 0, 1, "releases", waits_for="lock"))
        time.sleep(PAUSE_SECONDS)


def _curated(done: CurateReport, judgement: Judgement) -> CuratedCatalogue:
    options = done.curation.options
    return CuratedCatalogue(
        StoredClips(done.stages, done.curation.store),
        judgement.gates,
        options.assumptions,
        options.branches,
        options.test_sources,
        options.tiers,
    )


def _cut(done: CurateReport, catalogue: KeptCatalogue, stop: Stop, progress: Listener) -> CutReport:
    """Cuts every clip of the finished sources that the store does not hold yet."""
    finished = set(catalogue.source_ids())
    videos = {source.source_id: source.path for source in done.videos.sources}
    with stop:
        return cut_sources(
            catalogue,
            {name: path for name, path in videos.items() if name in finished},
            done.curation.cuts,
            jobs=done.curation.options.jobs,
            stop=stop,
            progress=progress,
        )


def _write(
    done: CurateReport,
    catalogue: KeptCatalogue,
    gates: tuple[Gate, ...],
    funnel: tuple[FunnelStep, ...],
    documents: Documents | None,
    progress: Listener,
) -> CurateReport:
    curation, options = done.curation, done.curation.options
    previous = curation.previous.manifest.facts if curation.previous else None
    plan = make_plan(catalogue, progress, growth=_growth(done, catalogue))
    facts = ReleaseFacts(
        origin="curated",
        num_buckets=_num_buckets(curation, plan),
        empty_configs={
            name: reason
            for name, config in CONFIGS.items()
            if (reason := why_left_out(config, options.branches, options.tiers))
        },
        gates=describe_gates(gates),
        funnel=funnel,
        assumptions=options.assumptions.to_dict(),
        backends=backend_facts(curation),
        publication=options.publication,
    )
    written = write_catalogue(
        catalogue,
        curation.cuts,
        facts,
        drop_missing=options.drop_missing,
        documents=documents,
        progress=progress,
    )
    changed = () if previous is None else tuple(changes(previous, written.manifest.facts))
    return replace(done, plan=plan, written=written, changed=changed)


def _num_buckets(curation: Curation, plan: Plan) -> dict[str, int]:
    """Counted once and kept, so that later videos find their shards."""
    if curation.previous is None or curation.options.expected_hours is not None:
        return plan.num_buckets
    manifest = curation.previous.manifest
    kept = {
        name: manifest.facts.num_buckets[name]
        for name in manifest.configs
        if name in manifest.facts.num_buckets
    }
    return plan.num_buckets | kept


def _growth(done: CurateReport, catalogue: KeptCatalogue) -> float:
    """Expected hours over present hours; with `limit`, a first try, no growth is expected."""
    options = done.curation.options
    lengths = {
        source.source_id: (source.duration_seconds or 0.0) / 3600 for source in done.videos.sources
    }
    expected, hours = options.expected_hours, sum(lengths.values())
    if options.limit is not None:
        expected = hours if expected is None else expected
        hours = sum(lengths.get(source_id, 0.0) for source_id in catalogue.source_ids())
    return max(1.0, expected / hours) if expected and hours else 1.0

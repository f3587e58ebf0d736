"""`speakervid5m curate`: long two-person videos in, a release out."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from speakervid5m.processing import Assumptions, Stopped
from speakervid5m.processing.curation import (
    CurateReport,
    TieringReport,
    chosen_tracks,
    curate,
    curation_status,
    retier,
    scored_clips,
)
from speakervid5m.records import encode

from ..official.import_release import print_cut, print_some, print_written
from ..release.card import card_documents
from ..release.retract import finish_retraction
from ..release.said import Said, published
from ..terminal.arguments import argument, flag, option
from ..terminal.exit_codes import DONE, DONE_WITH_REJECTS, FAILED
from ..terminal.formatting import table
from ..terminal.option_groups import with_option_groups
from ..terminal.progress_display import ProgressDisplay
from .options import Curated, Gates, Jobs, Running, Writing
from .plan import print_plan
from .report import write_report

app = typer.Typer(
    help="Makes a release of long videos of two people.",
    epilog="""\
exit status: 0 done; 1 stopped by an error, or cannot run; 2 wrong command
line; 3 done, but something was left out (`status` says what and why).

Ctrl-C, SIGTERM and --time-limit let running units finish; the same command
continues. Two runs on one release share the work. Slurm: --shard i/n in
every job, then --finish once.
""",
)
OfVideos = Annotated[Assumptions, ["cut_range"]]
"""Without the choice between two ranges of the official dump."""


@app.command("plan")
@with_option_groups
def run_plan(curated: Curated, running: Running, jobs: Jobs = 1) -> int:
    """Shows stages, backends, licences, cost, and what is missing."""
    return DONE if print_plan(running.onto(curated.options(jobs=jobs))) else FAILED


@app.command("run")
@with_option_groups
def run_curate(
    curated: Curated,
    running: Running,
    writing: Writing,
    said: Said,
    assumptions: OfVideos,
    gate: Gates = None,
    jobs: Jobs = 1,
    retry_failed: Annotated[bool, flag("--retry-failed", "run failed units again")] = False,
    dry_run: Annotated[bool, flag("--dry-run", "the same as plan")] = False,
) -> int:
    """Runs pending stages, and writes the release."""
    options = writing.onto(running.onto(curated.options(gates=gate, jobs=jobs)))
    options = replace(
        options,
        assumptions=assumptions,
        retry_failed=retry_failed,
        publication=said.onto(published(options.out)),
    )
    if dry_run:
        return DONE if print_plan(options) else FAILED
    with ProgressDisplay() as display:
        finish_retraction(options.out)
        report = curate(options, documents=card_documents(), progress=display)
    _print_stages(report)
    if report.cut is not None:
        print_cut(report.cut)
    if report.tiering is not None:
        _print_tiering(report.tiering)
    _print_clipless(report)
    if report.written is not None:
        print_written(report.written)
        _print_changed(report)
    elif report.stopped is not None:
        print(f"{_stopped(report.stopped)}, or with --finish to write what is finished")
        return FAILED
    elif options.shard is not None:
        print("shard done; when all shards are, run once with --finish to write the release")
    else:
        print(
            "no release was written: the last stage did not run; the same command without --until "
            "or --stages goes on from here"
        )
    return DONE_WITH_REJECTS if report.has_rejects else DONE


@app.command("status")
@with_option_groups
def run_status(curated: Curated) -> int:
    """Shows the progress of every stage, and failures."""
    report = curation_status(curated.options())
    _print_stages(report)
    _print_clipless(report)
    print_some("  tracks", chosen_tracks(report))
    return DONE_WITH_REJECTS if report.has_rejects else DONE


@app.command("inspect")
@with_option_groups
def run_inspect(
    clip: Annotated[str, argument("CLIP", "a clip key")], curated: Curated, gate: Gates = None
) -> int:
    """Shows one clip: every score, and every gate's answer."""
    curation = scored_clips(curated.options(gates=gate))
    chosen = curation.clip(clip)
    tier, reasons = curation.tier(chosen.clip_id)
    # The tier in the store is a placeholder: the gates decide it.
    fields = encode(chosen) | {
        "tier": tier or "dropped",
        "tier_decided_by": ", ".join(reasons) or "no gate fails",
        "profile": curation.report.curation.profile.name,
    }
    print(table(("field", "value"), list(fields.items())))
    print()
    rows = [
        (gate.name, gate.expression, gate.answer(chosen), gate.source) for gate in curation.gates
    ]
    print(table(("gate", "rule", "answer", "source"), rows))
    return DONE


@app.command("report")
@with_option_groups
def run_report(
    curated: Curated,
    page: Annotated[
        Path | None, option("FILE", "file to write", show_default="RELEASE.work/curation.html")
    ] = None,
    gate: Gates = None,
) -> int:
    """Writes an HTML page: losses per step, scores and gates, dropped clips."""
    print(write_report(curated.options(gates=gate), page))
    return DONE


@app.command("retier")
@with_option_groups
def run_retier(
    curated: Curated,
    writing: Writing,
    assumptions: OfVideos,
    gate: Gates = None,
    jobs: Jobs = 1,
    dry_run: Annotated[
        bool,
        flag(
            "--dry-run", "print the new tiers, write RELEASE.work/tiers.parquet, keep the release"
        ),
    ] = False,
) -> int:
    """Applies other thresholds to finished clips; loads no model."""
    options = writing.onto(curated.options(gates=gate, jobs=jobs))
    options = replace(options, assumptions=assumptions)
    with ProgressDisplay() as display:
        finish_retraction(options.out)
        report = retier(options, rewrite=not dry_run, documents=card_documents(), progress=display)
    assert report.tiering is not None, "retier ends in tiers"
    _print_tiering(report.tiering)
    _print_clipless(report)
    if report.stopped is not None:
        print(_stopped(report.stopped))
        return FAILED
    if report.written is None:
        print("the release is unchanged; without --dry-run it is written with these tiers")
        return DONE
    assert report.cut is not None, "a written release has been cut"
    print_cut(report.cut)
    print_written(report.written)
    _print_changed(report)
    return DONE_WITH_REJECTS if report.cut.rejects else DONE


def _stopped(why: Stopped) -> str:
    words = {"interrupted": "interrupted", "time_limit": "time limit reached"}[why]
    return f"{words}: running units were finished and kept; run the same command again to continue"


def _print_stages(report: CurateReport) -> None:
    print(f"profile: {report.curation.profile.name}")
    print(f"videos: {len(report.videos.sources)}")
    print_some("  duplicate file or id", [path.name for path in report.videos.doubles])
    print_some("  retracted, and ignored", [path.name for path in report.videos.taken_down])
    print_some("  cannot be read", [f"{path}: {why}" for path, why in report.videos.unreadable])
    rows = [
        (
            name,
            count.num_done,
            count.num_done_before,
            count.num_failed,
            count.num_blocked,
            count.num_pending,
        )
        for name, count in report.stages.counts.items()
    ]
    print(table(("stage", "now", "before", "failed", "blocked", "pending"), rows))
    names = {source.source_id: source.name for source in report.videos.sources}
    lines = [
        f"{failure.source_id} ({names.get(failure.source_id, 'all')}) in {failure.stage}: "
        f"{failure.reason}: {failure.detail}"
        for failure in report.stages.failures
    ]
    print_some("  failed", lines)


def _print_clipless(report: CurateReport) -> None:
    lines = [
        f"{clipless.source.source_id} ({clipless.source.name}) in {clipless.step}: "
        f"{clipless.reason}: {clipless.detail}"
        for clipless in report.clipless
    ]
    print_some("  gave no clip", lines)


def _print_changed(report: CurateReport) -> None:
    if report.changed:
        print("changed since the release was last written: " + "; ".join(report.changed))


def _print_tiering(report: TieringReport) -> None:
    tiers = ", ".join(f"{name} {count}" for name, count in sorted(report.num_by_tier.items()))
    print(f"clips: {report.num_clips}: {tiers or 'none'}")
    for title, counts in (("dropped by", report.dropped_by), ("not SFT by", report.not_sft_by)):
        if counts:
            reasons = sorted((str(name), count) for name, count in counts.items())
            print(f"  {title}: " + ", ".join(f"{name} {count}" for name, count in reasons))

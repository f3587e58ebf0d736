"""`speakervid5m curate`: long two-person videos in, a release out."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from speakervid5m.processing import Assumptions, Stopped
from speakervid5m.processing.curation import (
    CurateOptions,
    CurateReport,
    chosen_tracks,
    curate,
    curation_status,
    retier,
    scored_clips,
)
from speakervid5m.records import encode, own_command, typed_path

from ..release.card import card_documents
from ..release.retract import finish_retraction
from ..release.said import Said, published
from ..terminal.arguments import ClipNames, ManyNames, argument, flag, option
from ..terminal.exit_codes import DONE, FAILED
from ..terminal.formatting import table
from ..terminal.option_groups import with_option_groups
from ..terminal.progress_display import ProgressDisplay
from ..terminal.reports import cut_section, written_section
from ..terminal.result import Result, Section, shortened
from .config_file import ConfiguredCommand
from .options import Curated, Gates, Jobs, Running, Writing
from .plan import plan_result
from .report import write_report
from .sections import clipless_section, rejects_of, stages_section, tiering_section

app = typer.Typer(
    help="Makes a release of long videos of two people.",
    epilog="""\
exit status: 0 done; 1 stopped by an error, or cannot run; 2 wrong command
line. What was left out is counted, and `speakervid5m rejects` lists it; with
--strict the status is 3.

Ctrl-C, SIGTERM and --time-limit let running units finish; the same command
continues. Two runs on one release share the work. Slurm: --shard i/n in
every job, then --finish once.
""",
)
OfVideos = Annotated[Assumptions, ["cut_range"]]
"""Without the choice between two ranges of the official dump."""


@app.command("plan", cls=ConfiguredCommand)
@with_option_groups
def run_plan(curated: Curated, running: Running, gate: Gates = None, jobs: Jobs = 1) -> Result:
    """Shows stages, backends, licences, cost, and what is missing."""
    options = running.onto(curated.options(gates=gate, jobs=jobs))
    return plan_result(options, _command("run", options))


@app.command("run", cls=ConfiguredCommand)
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
) -> Result:
    """Runs pending stages, and writes the release."""
    options = writing.onto(running.onto(curated.options(gates=gate, jobs=jobs)))
    options = replace(
        options,
        assumptions=assumptions,
        retry_failed=retry_failed,
        publication=said.onto(published(options.out)),
    )
    if dry_run:
        return plan_result(options, _command("run", options))
    with ProgressDisplay() as display:
        finish_retraction(options.out)
        report = curate(options, documents=card_documents(), progress=display)
    sections = [stages_section(report)]
    if report.cut is not None:
        sections.append(cut_section(report.cut))
    if report.tiering is not None:
        sections.append(tiering_section(report.tiering))
    sections.append(clipless_section(report))
    if report.written is not None:
        return _written(report, sections)
    if report.stopped is not None:
        line = f"{_stopped(report.stopped)}, or with --finish to write what is finished"
    elif options.shard is not None:
        line = "shard done; when all shards are, run once with --finish to write the release"
    else:
        line = (
            "no release was written: the last stage did not run; the same command without --until "
            "or --stages goes on from here"
        )
    return Result(
        sections=[*sections, Section(values={"stopped": report.stopped}, lines=[line])],
        rejects=rejects_of(report),
        rejects_of=options.out,
        next=[_command("status", options)],
        status=DONE if report.stopped is None else FAILED,
    )


@app.command("status")
@with_option_groups
def run_status(curated: Curated) -> Result:
    """Shows the progress of every stage, and failures."""
    options = curated.options()
    report = curation_status(options)
    tracks = chosen_tracks(report)
    is_pending = any(count.num_pending for count in report.stages.counts.values())
    return Result(
        sections=[
            stages_section(report),
            clipless_section(report),
            Section(values={"tracks": tracks}, lines=shortened("  tracks", tracks)),
        ],
        rejects=rejects_of(report),
        rejects_of=options.out,
        next=[_command("run" if is_pending else "report", options)],
    )


@app.command("inspect", cls=ClipNames)
@with_option_groups
def run_inspect(
    clip: Annotated[str, argument("CLIP", "a clip key")], curated: Curated, gate: Gates = None
) -> Result:
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
    rows = [
        (gate.name, gate.expression, gate.answer(chosen), gate.source) for gate in curation.gates
    ]
    names = ("gate", "rule", "answer", "source")
    values = {"clip": fields, "gates": [dict(zip(names, row, strict=True)) for row in rows]}
    lines = [table(("field", "value"), list(fields.items())), "", table(names, rows)]
    return Result(sections=[Section(values=values, lines=lines)])


@app.command("report")
@with_option_groups
def run_report(
    curated: Curated,
    page: Annotated[
        Path | None, option("FILE", "file to write", show_default="RELEASE.work/curation.html")
    ] = None,
    gate: Gates = None,
) -> Result:
    """Writes an HTML page: losses per step, scores and gates, dropped clips."""
    options = curated.options(gates=gate)
    return Result(out=write_report(options, page), next=[_command("retier", options)])


@app.command("retier", cls=ManyNames)
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
) -> Result:
    """Applies other thresholds to finished clips; loads no model."""
    options = writing.onto(curated.options(gates=gate, jobs=jobs))
    options = replace(options, assumptions=assumptions)
    with ProgressDisplay() as display:
        finish_retraction(options.out)
        report = retier(options, rewrite=not dry_run, documents=card_documents(), progress=display)
    assert report.tiering is not None, "retier ends in tiers"
    sections = [tiering_section(report.tiering), clipless_section(report)]
    if report.stopped is not None:
        line = Section(values={"stopped": report.stopped}, lines=[_stopped(report.stopped)])
        return Result(sections=[*sections, line], status=FAILED)
    if report.written is None:
        words = "the release is unchanged; without --dry-run it is written with these tiers"
        return Result(sections=[*sections, Section(lines=[words])])
    assert report.cut is not None, "a written release has been cut"
    return _written(report, [*sections, cut_section(report.cut)])


def _written(report: CurateReport, sections: Sequence[Section]) -> Result:
    """The end of a command that wrote the release."""
    assert report.written is not None, "asked before"
    options = report.curation.options
    root = typed_path(options.out)
    changed = "changed since the release was last written: " + "; ".join(report.changed)
    return Result(
        sections=[
            *sections,
            written_section(report.written),
            Section(
                values={"changed": report.changed}, lines=[changed] if report.changed else []
            ),
        ],
        out=options.out,
        rejects=rejects_of(report),
        rejects_of=options.out,
        next=[
            _command("report", options), own_command("verify", root), own_command("explore", root)
        ],
    )  # fmt: skip


def _command(name: str, options: CurateOptions) -> str:
    """Another command on the same videos and release, as it is typed."""
    places = (*map(typed_path, options.videos), "--out", typed_path(options.out))
    return own_command("curate", name, *places)


def _stopped(why: Stopped) -> str:
    words = {"interrupted": "interrupted", "time_limit": "time limit reached"}[why]
    return f"{words}: running units were finished and kept; run the same command again to continue"

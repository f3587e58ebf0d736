"""`speakervid5m curate`: long two-person videos in, a release out.

plan      show stages, backends, licences, cost, and what is missing
run       run pending stages, write the release
status    show the progress of every stage, and failures
inspect   show one clip: every score, and every gate's answer
report    write an HTML page: losses per step, scores and gates, dropped clips
retier    apply other thresholds to finished clips; loads no model
"""

import argparse
import os
from dataclasses import fields
from pathlib import Path

from speakervid5m.processing import WEIGHTS_VARIABLE, Assumptions, CutSettings, Stopped, read_ids
from speakervid5m.processing.curation import (
    PROFILES,
    CurateOptions,
    CurateReport,
    TieringReport,
    chosen_tracks,
    curate,
    curation_status,
    recorded,
    retier,
    scored_clips,
)
from speakervid5m.records import encode

from ..official.import_release import print_cut, print_some, print_written
from ..release.card import card_documents
from ..release.retract import finish_retraction
from ..terminal.exit_codes import DONE, DONE_WITH_REJECTS, FAILED
from ..terminal.formatting import table
from ..terminal.progress_display import ProgressDisplay
from .arguments import add_engine_arguments, add_release_arguments, backend, threshold
from .plan import print_plan
from .report import write_report

_EPILOG = """\
exit status: 0 done; 1 stopped by an error, or cannot run; 2 wrong command line; 3 done, but
something was left out (`status` says what and why).

Ctrl-C, SIGTERM and --time-limit let running units finish; the same command continues. Two runs on
one release share the work. Slurm: --shard i/n in every job, then --finish once.
"""


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the command and its own commands."""
    parser = commands.add_parser(
        "curate",
        help="your own videos -> release",
        description=__doc__,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    subparsers = parser.add_subparsers(
        required=True, metavar="plan|run|status|inspect|report|retier"
    )
    for name, function, text in (
        ("plan", run_plan, "show stages, backends and cost"),
        ("run", run_curate, "run pending stages, write the release"),
        ("status", run_status, "show the progress of every stage"),
        ("inspect", run_inspect, "show one clip and its gates"),
        ("report", run_report, "write an HTML page"),
        ("retier", run_retier, "apply other thresholds, without models"),
    ):
        command = subparsers.add_parser(name, help=text)
        command.set_defaults(run=function)
        if name == "inspect":
            command.add_argument("clip", help="a clip key")
        command.add_argument("videos", type=Path, nargs="+", help="folders and files")
        command.add_argument("--out", type=Path, required=True, help="the release")
        command.add_argument(
            "--profile", choices=sorted(PROFILES),
            help="set of models (default: that of the last run on this release, with its --backend "
            "and --weights; at first embedded)",
        )  # fmt: skip
        command.add_argument(
            "--backend", action="append", default=[], type=backend, metavar="STAGE=NAME",
            help="another backend for a stage, see `plan`; may be repeated",
        )  # fmt: skip
        command.add_argument(
            "--weights", type=Path, metavar="FOLDER",
            help="folder of weights (default: SPEAKERVID5M_WEIGHTS, else "
            "~/.cache/speakervid5m/weights)",
        )  # fmt: skip
        if name == "report":
            command.add_argument(
                "--page", type=Path, help="file to write (default: RELEASE.work/curation.html)"
            )
        if name in ("run", "retier", "inspect", "report"):
            command.add_argument(
                "--gate", action="append", default=[], type=threshold, metavar="NAME=NUMBER",
                help="another threshold for a gate; may be repeated",
            )  # fmt: skip
        if name in ("run", "retier"):
            command.add_argument(
                "--refreeze",
                action="store_true",
                help="recompute the thresholds of percentile gates",
            )
            command.add_argument(
                "--drop-missing", action="store_true",
                help="remove sources from the release that are not among the videos, or not "
                "finished (without this the command is refused)",
            )  # fmt: skip
            add_release_arguments(command)
        if name == "retier":
            command.add_argument(
                "--dry-run", action="store_true",
                help="print the new tiers, write RELEASE.work/tiers.parquet, keep the release",
            )  # fmt: skip
        if name in ("plan", "run", "retier"):
            command.add_argument(
                "--jobs", type=int, default=1, metavar="N",
                help="processes for each stage (on a GPU as many as fit) and for cutting "
                "(default: %(default)s)",
            )  # fmt: skip
        if name in ("plan", "run"):
            add_engine_arguments(command)
        if name == "run":
            command.add_argument("--dry-run", action="store_true", help="the same as plan")
            command.add_argument(
                "--retry-failed", action="store_true", help="run failed units again"
            )


def run_plan(options: argparse.Namespace) -> int:
    """Runs `plan`."""
    return DONE if print_plan(_options(options)) else FAILED


def run_curate(options: argparse.Namespace) -> int:
    """Runs `run`."""
    if options.dry_run:
        return run_plan(options)
    display = ProgressDisplay()
    try:
        curate_options = _options(options)
        finish_retraction(curate_options.out)
        report = curate(curate_options, documents=card_documents(), progress=display)
    finally:
        display.close()
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
    elif curate_options.shard is not None:
        print("shard done; when all shards are, run once with --finish to write the release")
    else:
        print("no release was written: the last stage did not run")
    return DONE_WITH_REJECTS if report.has_rejects else DONE


def run_status(options: argparse.Namespace) -> int:
    """Runs `status`."""
    report = curation_status(_options(options))
    _print_stages(report)
    _print_clipless(report)
    print_some("  tracks", chosen_tracks(report))
    return DONE_WITH_REJECTS if report.has_rejects else DONE


def run_inspect(options: argparse.Namespace) -> int:
    """Runs `inspect`."""
    curation = scored_clips(_options(options))
    clip = curation.clip(options.clip)
    tier, reasons = curation.tier(clip.clip_id)
    # The tier in the store is a placeholder: the gates decide it.
    fields = encode(clip) | {
        "tier": tier or "dropped",
        "tier_decided_by": ", ".join(reasons) or "no gate fails",
        "profile": curation.report.curation.profile.name,
    }
    print(table(("field", "value"), list(fields.items())))
    print()
    rows = [(gate.name, gate.expression, gate.answer(clip), gate.source) for gate in curation.gates]
    print(table(("gate", "rule", "answer", "source"), rows))
    return DONE


def run_report(options: argparse.Namespace) -> int:
    """Runs `report`."""
    print(write_report(_options(options), options.page))
    return DONE


def run_retier(options: argparse.Namespace) -> int:
    """Runs `retier`."""
    display = ProgressDisplay()
    try:
        curate_options = _options(options)
        finish_retraction(curate_options.out)
        report = retier(
            curate_options,
            rewrite=not options.dry_run,
            documents=card_documents(),
            progress=display,
        )
    finally:
        display.close()
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


def _options(options: argparse.Namespace) -> CurateOptions:
    values = vars(options)
    names = [field.name for field in fields(Assumptions) if field.name in values]
    test_sources = values.get("test_sources")
    first, last = values.get("stages") or (None, values.get("until"))
    profile, backends, weights = _profile(options)
    return CurateOptions(
        videos=tuple(options.videos),
        out=options.out,
        profile=profile,
        backends=backends,
        weights=weights,
        assumptions=Assumptions.from_dict({name: values[name] for name in names}),
        settings=CutSettings(long_side=values.get("long_side", CutSettings().long_side)),
        test_sources=read_ids(test_sources) if test_sources else frozenset(),
        engine=values.get("engine", "local"),
        device=values.get("device", "cpu"),
        jobs=values.get("jobs", 1),
        first_stage=first,
        last_stage=last,
        limit=values.get("limit"),
        limit_seconds=values.get("time_limit"),
        shard=values.get("shard"),
        finish=values.get("finish", False),
        retry_failed=values.get("retry_failed", False),
        refreeze=values.get("refreeze", False),
        drop_missing=values.get("drop_missing", False),
        expected_hours=values.get("expected_hours"),
        thresholds=dict(values.get("gate", [])),
    )


def _profile(options: argparse.Namespace) -> tuple[str, dict[str, str], Path | None]:
    """Name, backends and weights: as typed, else as in the last run."""
    backends, previous = dict(options.backend), recorded(options.out)
    if previous is None or options.profile not in (None, previous.profile):
        return options.profile or "embedded", backends, options.weights
    if options.profile is None:
        backends = {**previous.backends, **backends}
    is_named = options.weights is not None or WEIGHTS_VARIABLE in os.environ
    return previous.profile, backends, options.weights if is_named else previous.weights


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

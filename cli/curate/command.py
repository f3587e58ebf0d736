"""`speakervid5m curate`: anyone's long two-person videos become a release.

plan      which stages, backends and licences; what they take, and what is missing
run       run what is pending, write the release
status    how every stage stands, and what has failed
inspect   one clip: every score, and what every gate says of it
report    one HTML page: what every step costs, scores and gates, what was dropped
retier    other thresholds on what is finished; no model is loaded
"""

import argparse
import os
from dataclasses import fields
from pathlib import Path
from typing import get_args

from speakervid5m.processing import WEIGHTS_VARIABLE, Assumptions, CutSettings, Stopped, read_ids
from speakervid5m.processing.curation import (
    PROFILES,
    CurateOptions,
    CurateReport,
    EngineName,
    TieringReport,
    chosen_tracks,
    curate,
    curation_status,
    profile_of,
    recorded,
    retier,
    scored_clips,
)
from speakervid5m.records import encode
from speakervid5m.release import curated_tier

from ..official.import_release import parse_shard, print_cut, print_some, print_written
from ..release.card import card_documents
from ..release.retract import complete
from ..terminal.screen import Screen, table
from .plan import print_plan
from .report import write_report

DONE, FAILED, DONE_WITH_REJECTS = 0, 1, 3

_EPILOG = """\
exit status: 0 all went well; 1 stopped by an error, or cannot run; 2 wrong command line; 3 done,
but something was left out (`status` says what and why).

Ctrl-C, SIGTERM and --time-limit let the units in flight end; the same command goes on. Two runs
on one release share the work. Slurm: --shard i/n in every job, then once --finish.
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
    parts = parser.add_subparsers(required=True, metavar="plan|run|status|inspect|report|retier")
    for name, function, what in (
        ("plan", run_plan, "which stages would run, by what, and what they take"),
        ("run", run_curate, "run what is pending, write the release"),
        ("status", run_status, "how every stage stands"),
        ("inspect", run_inspect, "one clip and its gates"),
        ("report", run_report, "one HTML page"),
        ("retier", run_retier, "other thresholds, no model"),
    ):
        part = parts.add_parser(name, help=what)
        part.set_defaults(run=function)
        if name == "inspect":
            part.add_argument("clip", help="a clip key")
        part.add_argument("videos", type=Path, nargs="+", help="folders and files")
        part.add_argument("--out", type=Path, required=True, help="the release")
        part.add_argument(
            "--profile", choices=sorted(PROFILES),
            help="(that of the last run on this release, with its --backend and --weights; at "
            "first embedded)",
        )  # fmt: skip
        part.add_argument(
            "--backend", action="append", default=[], type=_backend, metavar="STAGE=NAME",
            help="another backend for a stage, see `plan`; may come several times",
        )  # fmt: skip
        part.add_argument(
            "--weights", type=Path, metavar="FOLDER",
            help="(SPEAKERVID5M_WEIGHTS, else ~/.cache/speakervid5m/weights)",
        )  # fmt: skip
        if name == "report":
            part.add_argument("--page", type=Path, help="(RELEASE.work/curation.html)")
        if name in ("run", "retier", "inspect", "report"):
            part.add_argument(
                "--gate", action="append", default=[], type=_threshold, metavar="NAME=NUMBER",
                help="another threshold for a gate; may come several times",
            )  # fmt: skip
        if name in ("run", "retier"):
            part.add_argument("--refreeze", action="store_true", help="percentile gates anew")
            part.add_argument(
                "--drop-missing", action="store_true",
                help="sources of the release that are not among the videos, or not finished, "
                "leave it (else the command is refused)",
            )  # fmt: skip
            _add_release_arguments(part)
        if name == "retier":
            part.add_argument(
                "--dry-run", action="store_true",
                help="say the new tiers, write RELEASE.work/tiers.parquet, leave the release",
            )  # fmt: skip
        if name in ("plan", "run", "retier"):
            part.add_argument(
                "--jobs", type=int, default=1, metavar="N",
                help="processes for each stage, on a GPU as many as fit, and for cutting "
                "(%(default)s)",
            )  # fmt: skip
        if name in ("plan", "run"):
            _add_engine_arguments(part)
        if name == "run":
            part.add_argument("--dry-run", action="store_true", help="the same as plan")
            part.add_argument("--retry-failed", action="store_true", help="run failed units again")


def _add_engine_arguments(part: argparse.ArgumentParser) -> None:
    part.add_argument(
        "--engine", choices=get_args(EngineName), default="local",
        help="processes of this machine, a Ray cluster (RAY_ADDRESS, else one is started), or "
        "this very process (%(default)s)",
    )  # fmt: skip
    part.add_argument("--device", default="cpu", help="where models run: cpu, cuda:0 (%(default)s)")
    chosen = part.add_mutually_exclusive_group()
    chosen.add_argument("--stages", type=_stages, metavar="A..B", help="only from A to B")
    chosen.add_argument("--until", metavar="STAGE", help="no further than this stage")
    part.add_argument("--limit", type=int, metavar="N", help="begin so many videos at most")
    part.add_argument(
        "--time-limit", type=_span, metavar="SPAN", help="begin nothing after 90m, 2h, 30s"
    )
    share = part.add_mutually_exclusive_group()
    share.add_argument("--shard", type=parse_shard, metavar="I/N", help="part I of N, no release")
    share.add_argument("--finish", action="store_true", help="run no stage, write what is finished")


def _add_release_arguments(part: argparse.ArgumentParser) -> None:
    part.add_argument("--test-sources", type=Path, metavar="FILE", help="ids of the benchmark")
    part.add_argument(
        "--long-side", type=int, default=CutSettings().long_side, metavar="PIXELS",
        help="largest width or height of a clip (default: %(default)s)",
    )  # fmt: skip
    part.add_argument(
        "--expected-hours", type=float, metavar="HOURS",
        help="of video in the end; sets the number of shards (default: those of the first run)",
    )  # fmt: skip
    group = part.add_argument_group("assumptions", "values that the paper does not publish")
    for field in fields(Assumptions):
        # Which of the official dump's two ranges is cut has no meaning here.
        if field.name != "cut_range":
            name = "--" + field.name.replace("_", "-")
            group.add_argument(name, type=type(field.default), default=field.default, metavar="X")


def run_plan(options: argparse.Namespace) -> int:
    """Runs `plan`."""
    return DONE if print_plan(_options(options)) else FAILED


def run_curate(options: argparse.Namespace) -> int:
    """Runs `run`."""
    if options.dry_run:
        return run_plan(options)
    screen = Screen()
    try:
        wanted = _options(options)
        complete(wanted.out)
        report = curate(wanted, documents=card_documents(), progress=screen)
    finally:
        screen.close()
    _print_profile(wanted)
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
    elif wanted.shard is not None:
        print("this shard's work stands in the work folder; run once with --finish to write")
    else:
        print("no release was written: the last stage was not among those that ran")
    return DONE_WITH_REJECTS if report.has_rejects else DONE


def run_status(options: argparse.Namespace) -> int:
    """Runs `status`."""
    wanted = _options(options)
    report = curation_status(wanted)
    _print_profile(wanted)
    _print_stages(report)
    _print_clipless(report)
    print_some("  tracks", chosen_tracks(wanted, report))
    return DONE_WITH_REJECTS if report.has_rejects else DONE


def run_inspect(options: argparse.Namespace) -> int:
    """Runs `inspect`."""
    wanted = _options(options)
    found = scored_clips(wanted)
    clip = found.clip(options.clip)
    verdict = curated_tier(clip, found.gates)
    # What stands in the store has a tier of no meaning: gates give it.
    fields = encode(clip) | {
        "tier": verdict.tier or "dropped",
        "tier_decided_by": ", ".join(verdict.reasons) or "no gate fails",
        "profile": profile_of(wanted.profile, wanted.backends).name,
    }
    print(table(("field", "value"), list(fields.items())))
    print()
    rows = [(gate.name, gate.expression, gate.answer(clip), gate.source) for gate in found.gates]
    print(table(("gate", "rule", "answer", "source"), rows))
    return DONE


def run_report(options: argparse.Namespace) -> int:
    """Runs `report`."""
    print(write_report(_options(options), options.page))
    return DONE


def run_retier(options: argparse.Namespace) -> int:
    """Runs `retier`."""
    screen = Screen()
    try:
        wanted = _options(options)
        complete(wanted.out)
        report = retier(
            wanted,
            rewrite=not options.dry_run,
            documents=card_documents(),
            progress=screen,
        )
    finally:
        screen.close()
    assert report.tiering is not None, "retier ends in tiers"
    _print_tiering(report.tiering)
    _print_clipless(report)
    if report.stopped is not None:
        print(_stopped(report.stopped))
        return FAILED
    if report.written is None:
        print("the release stands as it was; without --dry-run it is written with these tiers")
        return DONE
    assert report.cut is not None, "what is written is cut"
    print_cut(report.cut)
    print_written(report.written)
    _print_changed(report)
    return DONE_WITH_REJECTS if report.cut.rejects else DONE


def _options(options: argparse.Namespace) -> CurateOptions:
    given = vars(options)
    names = [field.name for field in fields(Assumptions) if field.name in given]
    tested = given.get("test_sources")
    first, last = given.get("stages") or (None, given.get("until"))
    profile, backends, weights = _profile(options)
    return CurateOptions(
        videos=tuple(options.videos),
        out=options.out,
        profile=profile,
        backends=backends,
        weights=weights,
        assumptions=Assumptions.from_dict({name: given[name] for name in names}),
        settings=CutSettings(long_side=given.get("long_side", CutSettings().long_side)),
        test_sources=read_ids(tested) if tested else frozenset(),
        engine=given.get("engine", "local"),
        device=given.get("device", "cpu"),
        jobs=given.get("jobs", 1),
        first_stage=first,
        last_stage=last,
        limit=given.get("limit"),
        limit_seconds=given.get("time_limit"),
        shard=given.get("shard"),
        finish=given.get("finish", False),
        retry_failed=given.get("retry_failed", False),
        refreeze=given.get("refreeze", False),
        drop_missing=given.get("drop_missing", False),
        expected_hours=given.get("expected_hours"),
        thresholds=dict(given.get("gate", [])),
    )


def _profile(options: argparse.Namespace) -> tuple[str, dict[str, str], Path | None]:
    """Name, backends and weights: as typed; what was not typed is as of the last run."""
    typed, before = dict(options.backend), recorded(options.out)
    if before is None or options.profile not in (None, before.profile):
        return options.profile or "embedded", typed, options.weights
    if options.profile is None:
        typed = {**before.backends, **typed}
    named = options.weights is not None or WEIGHTS_VARIABLE in os.environ
    return before.profile, typed, options.weights if named else before.weights


def _threshold(text: str) -> tuple[str, float]:
    name, _, number = text.partition("=")
    try:
        return name, float(number)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not NAME=NUMBER, such as sft_face_sharpness=0.8"
        ) from None


def _backend(text: str) -> tuple[str, str]:
    stage, equals, name = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"{text!r} is not STAGE=NAME, such as voices=pyannote")
    return stage, name


def _stages(text: str) -> tuple[str | None, str | None]:
    first, dots, last = text.partition("..")
    if not dots:
        return text, text
    return first or None, last or None


def _span(text: str) -> float:
    units = {"s": 1, "m": 60, "h": 3600}
    number = text[:-1] if text[-1:] in units else text
    try:
        seconds = float(number) * units.get(text[-1:], 1)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no span of time such as 30s, 90m or 2h"
        ) from None
    return seconds


def _stopped(why: Stopped) -> str:
    words = {"interrupted": "interrupted", "time_limit": "the time is up"}[why]
    return f"{words}: what was begun is finished and kept; run the same command again to go on"


def _print_profile(options: CurateOptions) -> None:
    print(f"profile: {profile_of(options.profile, options.backends).name}")


def _print_stages(report: CurateReport) -> None:
    print(f"videos: {len(report.videos.sources)}")
    print_some("  the same bytes or id again", [path.name for path in report.videos.doubles])
    print_some("  taken back, and left alone", [path.name for path in report.videos.taken_down])
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
        f"{one.source.source_id} ({one.source.name}) in {one.step}: {one.reason}: {one.detail}"
        for one in report.clipless
    ]
    print_some("  gave no clip", lines)


def _print_changed(report: CurateReport) -> None:
    if report.changed:
        print("other than when the release was last written: " + "; ".join(report.changed))


def _print_tiering(report: TieringReport) -> None:
    tiers = ", ".join(f"{name} {count}" for name, count in sorted(report.num_by_tier.items()))
    print(f"clips: {report.num_clips}: {tiers or 'none'}")
    for title, found in (("dropped by", report.dropped_by), ("not SFT by", report.not_sft_by)):
        if found:
            reasons = sorted((str(name), count) for name, count in found.items())
            print(f"  {title}: " + ", ".join(f"{name} {count}" for name, count in reasons))

"""`speakervid5m curate`: anyone's long two-person videos become a release.

plan      which stages, backends and licences; what is done and what is not
run       run what is pending, write the release
status    how every stage stands, and what has failed
inspect   one clip: every score, and what every gate says of it
report    one HTML page: what every step costs, scores and gates, what was dropped
retier    other thresholds on what is finished; no model is loaded
"""

import argparse
from collections import Counter
from dataclasses import fields
from pathlib import Path

from speakervid5m.cards.curation_page import (
    FunnelRow,
    ScoreValues,
    Strip,
    write_curation_page,
)
from speakervid5m.processing import Assumptions, CutSettings
from speakervid5m.processing.curating import (
    PROFILES,
    TABLE,
    CurateOptions,
    CurateReport,
    Measured,
    TieringReport,
    curate,
    look_at_store,
    measured,
    missing,
    profile_of,
    retier,
    strip_of,
)
from speakervid5m.processing.weights import weights_folder
from speakervid5m.records import encode
from speakervid5m.release import work_folder

from .cards import card_documents
from .importing import parse_shard, print_cut, print_some, print_written, read_ids
from .retracting import complete
from .screen import Screen, size, table

DONE, DONE_WITH_REJECTS = 0, 3


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the command and its own commands."""
    parser = commands.add_parser(
        "curate",
        help="your own videos -> release",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parts = parser.add_subparsers(required=True, metavar="plan|run|status|inspect|report|retier")
    for name, function, what in (
        ("plan", run_plan, "which stages would run, and by what"),
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
        part.add_argument("--profile", choices=sorted(PROFILES), default="embedded")
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
        if name == "run":
            _add_run_arguments(part)


def _add_run_arguments(part: argparse.ArgumentParser) -> None:
    part.add_argument("--shard", type=parse_shard, metavar="I/N", help="part I of N, no release")
    part.add_argument("--retry-failed", action="store_true", help="run what has failed again")
    part.add_argument("--test-sources", type=Path, metavar="FILE", help="ids of the benchmark")
    part.add_argument("--jobs", type=int, default=1, metavar="N", help="processes that cut")
    part.add_argument(
        "--long-side", type=int, default=CutSettings().long_side, metavar="PIXELS",
        help="largest width or height of a clip (default: %(default)s)",
    )  # fmt: skip
    group = part.add_argument_group("assumptions", "values that the paper does not publish")
    for one in fields(Assumptions):
        # Which of the official dump's two ranges is cut has no meaning here.
        if one.name != "cut_range":
            name = "--" + one.name.replace("_", "-")
            group.add_argument(name, type=type(one.default), default=one.default, metavar="X")


def run_plan(options: argparse.Namespace) -> int:
    """Runs `plan`."""
    wanted = _options(options)
    report = look_at_store(wanted)
    profile, weights = profile_of(wanted.profile, wanted.backends), weights_folder(wanted.weights)
    print(f"profile {profile.name}: {profile.what}")
    rows = []
    for stage in profile.stages(weights):
        counts, backend = report.stages.counts[stage.name], stage.backend
        rows.append(
            (stage.name, backend.name, backend.licence,
             ", ".join(f"{one.file} ({one.licence})" for one in backend.files) or backend.weights,
             size(profile.tools[stage.name].num_bytes) if backend.files else "-",
             counts.num_done_before, counts.num_pending, counts.num_failed)
        )  # fmt: skip
    print(
        table(("stage", "backend", "licence", "weights", "size", "done", "pending", "failed"), rows)
    )
    for row in TABLE:
        if others := [tool.name for tool in getattr(row, wanted.profile)[1:]]:
            print(f"or --backend {row.stage}={' | '.join(others)}")
    print(f"gates of the paper that are left out: {', '.join(profile.left_out) or 'none'}")
    print("gates: " + "; ".join(f"{gate.name}: {gate.expression}" for gate in profile.gates))
    if lacking := missing(profile, weights):
        print(f"before it can run, {lacking}")
    return DONE


def run_curate(options: argparse.Namespace) -> int:
    """Runs `run`."""
    screen = Screen()
    try:
        wanted = _options(options)
        complete(wanted.out)
        report = curate(wanted, documents=card_documents(wanted.out), progress=screen)
    finally:
        screen.close()
    _print_stages(report)
    if report.cut is not None:
        print_cut(report.cut)
    if report.tiering is not None:
        _print_tiering(report.tiering)
    if report.written is not None:
        print_written(report.written)
    else:
        print("this shard's work stands in the work folder; run without --shard to write")
    return DONE_WITH_REJECTS if report.has_rejects else DONE


def run_status(options: argparse.Namespace) -> int:
    """Runs `status`."""
    report = look_at_store(_options(options))
    _print_stages(report)
    return DONE_WITH_REJECTS if report.has_rejects else DONE


def run_inspect(options: argparse.Namespace) -> int:
    """Runs `inspect`."""
    found = measured(_options(options))
    clip = found.clip(options.clip)
    print(table(("field", "value"), list(encode(clip).items())))
    print()
    rows = [(gate.name, gate.expression, gate.answer(clip), gate.source) for gate in found.gates]
    print(table(("gate", "rule", "answer", "source"), rows))
    return DONE


def run_report(options: argparse.Namespace) -> int:
    """Runs `report`."""
    wanted = _options(options)
    page = options.page or work_folder(wanted.out) / "curation.html"
    found = measured(wanted)
    write_curation_page(
        page,
        title=f"Curation of {len(found.report.found.sources)} videos",
        facts=_facts(wanted, found),
        funnel=_funnel(found),
        scores=_scores(found),
        strips=_strips(found),
    )
    print(page)
    return DONE


def _facts(wanted: CurateOptions, found: Measured) -> list[str]:
    profile = profile_of(wanted.profile, wanted.backends)
    left_out = ", ".join(profile.left_out) or "none"
    return [
        f"Profile {profile.name}: {profile.what}; {len(found.clips)} clips were measured.",
        f"Gates of the paper that this profile cannot answer and leaves out: {left_out}.",
    ]


def _funnel(found: Measured) -> list[FunnelRow]:
    rows = []
    for name, counts in found.report.stages.counts.items():
        reasons = Counter(one.reason for one in found.report.stages.failures if one.stage == name)
        rows.append(
            FunnelRow(
                step=f"{name} (sources)",
                kept=counts.num_done_before,
                lost=counts.num_failed,
                why=", ".join(f"{reason} {count}" for reason, count in sorted(reasons.items())),
            )
        )
    tiering = found.report.tiering
    assert tiering is not None, "what is measured is tiered"
    dropped, sft = tiering.num_by_tier["dropped"], tiering.num_by_tier["sft"]
    kept = tiering.num_clips - dropped
    for step, left, lost, why in (
        ("base gates (clips)", kept, dropped, tiering.dropped_by),
        ("SFT gates (clips)", sft, kept - sft, tiering.not_sft_by),
    ):
        words = ", ".join(f"{name} {count}" for name, count in sorted(why.items()))
        rows.append(FunnelRow(step=step, kept=left, lost=lost, why=words))
    return rows


def _scores(found: Measured) -> list[ScoreValues]:
    names = [*dict.fromkeys(gate.field for gate in found.gates), "motion_energy"]
    scores = []
    for name in names:
        values = [getattr(clip, name) for clip in found.clips]
        scores.append(
            ScoreValues(
                name=name,
                values=[value for value in values if value is not None],
                num_unmeasured=sum(value is None for value in values),
                thresholds={one.name: one.threshold for one in found.gates if one.field == name},
            )
        )
    return scores


def _strips(found: Measured, most: int = 6) -> dict[str, list[Strip]]:
    paths = {source.source_id: source.path for source in found.report.found.sources}
    strips: dict[str, list[Strip]] = {}
    for gate in found.gates:
        failed = [clip for clip in found.clips if gate.answer(clip) in ("fail", "unknown")]
        for clip in failed[:most]:
            frames = strip_of(paths[clip.source_id], clip)
            strips.setdefault(gate.name, []).append(Strip(clip_id=clip.clip_id, frames=frames))
    return strips


def run_retier(options: argparse.Namespace) -> int:
    """Runs `retier`."""
    screen = Screen()
    try:
        wanted = _options(options)
        complete(wanted.out)
        report = retier(wanted, documents=card_documents(wanted.out), progress=screen)
    finally:
        screen.close()
    assert report.tiering is not None, "retier ends in tiers"
    assert report.written is not None, "retier writes a release"
    _print_tiering(report.tiering)
    print_written(report.written)
    return DONE


def _options(options: argparse.Namespace) -> CurateOptions:
    given = vars(options)
    names = [one.name for one in fields(Assumptions) if one.name in given]
    tested = given.get("test_sources")
    return CurateOptions(
        videos=tuple(options.videos),
        out=options.out,
        profile=options.profile,
        backends=dict(options.backend),
        weights=options.weights,
        assumptions=Assumptions.from_dict({name: given[name] for name in names}),
        settings=CutSettings(long_side=given.get("long_side", CutSettings().long_side)),
        test_sources=read_ids(tested) if tested else frozenset(),
        shard=given.get("shard"),
        retry_failed=given.get("retry_failed", False),
        refreeze=given.get("refreeze", False),
        thresholds=dict(given.get("gate", [])),
        jobs=given.get("jobs", 1),
    )


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


def _print_stages(report: CurateReport) -> None:
    print(f"videos: {len(report.found.sources)}")
    print_some("  the same bytes or id again", [path.name for path in report.found.doubles])
    rows = [
        (name, one.num_done, one.num_done_before, one.num_failed, one.num_blocked, one.num_pending)
        for name, one in report.stages.counts.items()
    ]
    print(table(("stage", "now", "before", "failed", "blocked", "pending"), rows))
    lines = [
        f"{one.source_id} in {one.stage}: {one.reason}: {one.detail}"
        for one in report.stages.failures
    ]
    print_some("  failed", lines)


def _print_tiering(report: TieringReport) -> None:
    tiers = ", ".join(f"{name} {count}" for name, count in sorted(report.num_by_tier.items()))
    print(f"clips: {report.num_clips}: {tiers or 'none'}")
    for title, found in (
        ("dropped by", report.dropped_by),
        ("not SFT by", report.not_sft_by),
        ("no sample", report.branches.dropped),
    ):
        if found:
            reasons = sorted((str(name), count) for name, count in found.items())
            print(f"  {title}: " + ", ".join(f"{name} {count}" for name, count in reasons))

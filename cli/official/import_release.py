"""`speakervid5m import`: the published annotations and a folder of videos in, a release out."""

import argparse
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import get_args

from speakervid5m.processing import (
    Assumptions,
    CutReport,
    CutSettings,
    DumpReport,
    ImportOptions,
    ImportReport,
    SourceFolder,
    WriteReport,
    describe_dump,
    import_release,
    read_ids,
)
from speakervid5m.records import BRANCHES, CONFIGS, Branch, printable

from ..release.card import card_documents
from ..release.retract import finish_retraction
from ..terminal.arguments import positive_int, shard
from ..terminal.exit_codes import DONE, DONE_WITH_REJECTS
from ..terminal.formatting import size, table
from ..terminal.progress_display import ProgressDisplay

_SHOWN = 8
"""Printed lines of a list; the rest are counted."""

_EPILOG = """\
exit status: 0 done; 1 stopped by an error; 2 wrong command line; 3 done, but something was left
out (the table of rejects says what and why).

incremental imports: run it again when more videos have arrived. Clips are never cut twice, and
--delete-sources frees space. Slurm: --shard i/n in every job, then --finish once.
"""


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the command."""
    parser = commands.add_parser(
        "import",
        help="official annotations + videos -> release",
        description=__doc__,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=run, wrong_use=parser.error)
    parser.add_argument("dump", type=Path, help="folder of the downloaded annotations")
    parser.add_argument("--videos", type=Path, help="folder of the source videos")
    parser.add_argument("--out", type=Path, help="the release")
    parser.add_argument(
        "--describe", action="store_true",
        help="only print the keys and types of each kind of file, without content",
    )  # fmt: skip
    parser.add_argument(
        "--without-testset", action="store_true",
        help="ignore testset.json: sources of the benchmark may enter training",
    )  # fmt: skip
    parser.add_argument("--no-media", action="store_true", help="only ids, boxes and times")
    parser.add_argument("--branches", nargs="+", choices=BRANCHES, default=BRANCHES, metavar="B")
    parser.add_argument("--sources", type=Path, metavar="FILE", help="only these ids, one per line")
    parser.add_argument("--shard", type=shard, metavar="I/N", help="only cut part I of N")
    parser.add_argument(
        "--finish",
        action="store_true",
        help="cut nothing, write the release from what has been cut",
    )
    parser.add_argument("--dry-run", action="store_true", help="print what would be done")
    add_cutting_arguments(parser)
    group = parser.add_argument_group("assumptions", "values that the paper does not publish")
    for field in fields(Assumptions):
        name = "--" + field.name.replace("_", "-")
        if field.name == "cut_range":
            group.add_argument(name, choices=("scene", "tight"), default=field.default)
        else:
            kind = type(field.default)
            group.add_argument(name, type=kind, default=field.default, metavar="X")


def add_cutting_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of `import` and `materialize` about cutting."""
    parser.add_argument(
        "--limit", type=positive_int, metavar="N", help="cut at most N sources in this run"
    )
    parser.add_argument(
        "--jobs",
        type=positive_int,
        default=1,
        metavar="N",
        help="processes for cutting (default: %(default)s)",
    )
    parser.add_argument(
        "--delete-sources",
        action="store_true",
        help="delete a video once its clips are cut and verified",
    )
    parser.add_argument(
        "--drop-missing", action="store_true",
        help="remove sources from the release if neither their clips nor their videos are there "
        "(without this the command is refused)",
    )  # fmt: skip
    parser.add_argument(
        "--long-side", type=positive_int, default=CutSettings().long_side, metavar="PIXELS",
        help="largest width or height of a clip (default: %(default)s)",
    )  # fmt: skip


def run(options: argparse.Namespace) -> int:
    """Runs the command; returns its exit status."""
    if options.describe:
        return _describe(options.dump)
    if options.out is None:
        options.wrong_use("the following arguments are required: --out")
    import_options = _options(options)
    if options.dry_run:
        return _dry_run(import_options)
    display = ProgressDisplay()
    try:
        finish_retraction(import_options.out)
        documents = card_documents()
        report = import_release(import_options, documents=documents, progress=display)
    finally:
        display.close()
    _print_report(report)
    return DONE_WITH_REJECTS if report.has_rejects else DONE


def _describe(dump: Path) -> int:
    for line in describe_dump(dump):
        print(line)
    return DONE


def _options(options: argparse.Namespace) -> ImportOptions:
    if options.shard and (options.finish or options.no_media):
        raise ValueError(
            "--shard only cuts and writes no release; leave out --finish and --no-media"
        )
    if not (options.no_media or options.finish or options.videos):
        raise ValueError(
            "--videos FOLDER is needed to cut clips; --no-media writes a release without them"
        )
    assumptions = {field.name: getattr(options, field.name) for field in fields(Assumptions)}
    branches: tuple[Branch, ...] = tuple(
        branch for branch in get_args(Branch) if branch in options.branches
    )
    return ImportOptions(
        dump=options.dump,
        out=options.out,
        videos=None if options.finish or options.no_media else options.videos,
        assumptions=Assumptions.from_dict(assumptions),
        settings=CutSettings(long_side=options.long_side),
        branches=branches,
        drop_missing=options.drop_missing,
        source_ids=read_ids(options.sources) if options.sources else None,
        without_testset=options.without_testset,
        limit=options.limit,
        shard=options.shard,
        delete_sources=options.delete_sources,
        with_media=not options.no_media,
        jobs=options.jobs,
        dry_run=options.dry_run,
    )


def _dry_run(options: ImportOptions) -> int:
    display = ProgressDisplay()
    report = import_release(options, progress=display)
    display.close()
    _print_dump(report)
    plan = report.plan
    rows = [
        (name, plan.num_samples[name], size(plan.nominal_bytes[name]), plan.num_buckets[name])
        for name in CONFIGS
    ]
    print(table(("config", "samples", "about", "shards"), rows))
    if report.videos is not None:
        print(f"\n{len(report.videos.files)} of {plan.num_sources} sources have a video here")
    print("dry run: no video was read, no release written")
    return DONE


def _print_report(report: ImportReport) -> None:
    _print_dump(report)
    if report.videos is not None:
        print_videos(report.videos, report.plan.num_sources)
    if report.cut is not None:
        print_cut(report.cut)
    if report.written is not None:
        print_written(report.written)
    else:
        print("shard done; when all shards are, run once with --finish to write the release")


def _print_dump(report: ImportReport) -> None:
    dump: DumpReport = report.dump
    kinds = ", ".join(f"{name} {count}" for name, count in dump.num_records.items())
    print(f"annotations: {dump.counts.get('clips', 0)} clips of {report.plan.num_sources} sources")
    print(f"  records   {kinds}")
    for title, counts in (("repaired", dump.repairs), ("rejected", dump.rejects)):
        if counts:
            print(f"  {title}  " + ", ".join(f"{name} {count}" for name, count in counts.items()))
    missing = {name: n for name, n in dump.counts.items() if "without" in name and n}
    if missing:
        print("  lacking   " + ", ".join(f"{name} {count}" for name, count in missing.items()))
    for problem in [*(f"not there: {name}" for name in dump.missing), *dump.problems]:
        print(f"  note      {problem}")
    for note in report.benchmark.notes:
        print(f"  testset   {note}")
    print_some("  not an annotated source (--sources)", report.unknown_ids)
    if dump.rejects or report.benchmark.refused:
        print(f"  the rejects: {report.rejects_folder}/rejects-*.parquet")


def print_videos(videos: SourceFolder, num_sources: int) -> None:
    """Prints which videos were available."""
    print(f"videos: {len(videos.files)} of {num_sources} sources")
    print_some("  not an annotated source", [path.name for path in videos.unknown])
    print_some("  duplicate file of a source", [path.name for path in videos.doubles])


def print_cut(cut: CutReport) -> None:
    """Prints what was cut, and what failed."""
    print(
        f"cut: {cut.num_cut} sources now, {cut.num_done_before} before, {cut.num_pending} left "
        f"for the next run; {cut.num_clips} clips"
    )
    print_some("  tracks", [f"{source_id}: {choice}" for source_id, choice in cut.choices])
    print_some("  deleted", [path.name for path in cut.deleted])
    lines = [f"{reject.clip_id}: {reject.reason}: {reject.detail}" for reject in cut.rejects]
    print_some("  could not be cut", lines)


def print_written(written: WriteReport) -> None:
    """Prints the rows of each config."""
    manifest = written.manifest
    rows = []
    for name in CONFIGS:
        entry = manifest.configs.get(name)
        lost = written.num_left_out.get(name, 0)
        rows.append(
            (name, entry.num_rows, f"{entry.clip_seconds:.0f} s", size(entry.num_media_bytes), lost)
            if entry
            else (name, 0, "", "", lost)
        )
    print(table(("config", "samples", "of clips", "media", "left out"), rows))
    for name, why in manifest.facts.empty_configs.items():
        print(f"  {name} is empty: {why}")


def print_some(title: str, lines: Sequence[str]) -> None:
    """Prints the first lines of a list, and the number of the others."""
    for line in lines[:_SHOWN]:
        print(f"{title}: {printable(line)}")
    if len(lines) > _SHOWN:
        print(f"{title}: and {len(lines) - _SHOWN} more")

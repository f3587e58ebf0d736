"""`speakervid5m import`: the published annotations and a folder of videos in, a release out."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

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
from speakervid5m.records import BRANCHES, CONFIGS, printable, readable_size

from ..release.card import card_documents
from ..release.retract import finish_retraction
from ..terminal.arguments import (
    ShardOption,
    WrongUse,
    argument,
    flag,
    name_in,
    option,
    positive_int,
)
from ..terminal.exit_codes import DONE, DONE_WITH_REJECTS
from ..terminal.formatting import table
from ..terminal.option_groups import with_option_groups
from ..terminal.progress_display import ProgressDisplay

_SHOWN = 8
"""Printed lines of a list; the rest are counted."""

_EPILOG = """\
exit status: 0 done; 1 stopped by an error; 2 wrong command line; 3 done, but
something was left out (the table of rejects says what and why).

incremental imports: run it again when more videos have arrived. Clips are
never cut twice, and --delete-sources frees space. Slurm: --shard i/n in
every job, then --finish once.
"""

app = typer.Typer()


@dataclass(frozen=True, kw_only=True)
class Cutting:
    """How clips are cut."""

    limit: Annotated[
        int | None, option("N", "cut at most N sources in this run", parser=positive_int)
    ] = None
    jobs: Annotated[int, option("N", "processes for cutting", parser=positive_int)] = 1
    delete_sources: Annotated[
        bool, flag("--delete-sources", "delete a video once its clips are cut and verified")
    ] = False
    drop_missing: Annotated[
        bool,
        flag(
            "--drop-missing",
            "remove sources from the release if neither their clips nor their videos are "
            "there (without this the command is refused)",
        ),
    ] = False
    long_side: Annotated[
        int, option("PIXELS", "largest width or height of a clip", parser=positive_int)
    ] = CutSettings().long_side


class _ManyBranches(TyperCommand):
    """Lets several names follow one `--branches`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Writes the option before each of its names, as typer wants it."""
        written, option = list[str](), ""
        for word in args:
            if word.startswith("-"):
                option = word
            elif option == "--branches" and written[-1] != option:
                written.append(option)
            written.append(word)
        return super().parse_args(ctx, written)


@app.command("import", cls=_ManyBranches, epilog=_EPILOG)
@with_option_groups
def run_import(
    dump: Annotated[Path, argument("DUMP", "folder of the downloaded annotations")],
    cutting: Cutting,
    assumptions: Assumptions,
    videos: Annotated[Path | None, option("FOLDER", "folder of the source videos")] = None,
    out: Annotated[Path | None, option("RELEASE", "the release")] = None,
    describe: Annotated[
        bool,
        flag("--describe", "only print the keys and types of each kind of file, without content"),
    ] = False,
    without_testset: Annotated[
        bool,
        flag(
            "--without-testset", "ignore testset.json: sources of the benchmark may enter training"
        ),
    ] = False,
    no_media: Annotated[bool, flag("--no-media", "only ids, boxes and times")] = False,
    branches: Annotated[
        list[str] | None,
        option("B...", f"only these of {', '.join(BRANCHES)}", parser=name_in(BRANCHES)),
    ] = None,
    sources: Annotated[Path | None, option("FILE", "only these ids, one per line")] = None,
    test_sources: Annotated[
        Path | None,
        option("FILE", "more sources for the benchmark: ids, one per line, or `bench pairs --out`"),
    ] = None,
    shard: ShardOption = None,
    finish: Annotated[
        bool, flag("--finish", "cut nothing, write the release from what has been cut")
    ] = False,
    dry_run: Annotated[bool, flag("--dry-run", "print what would be done")] = False,
) -> int:
    """Makes a release of the published annotations and a folder of videos."""
    if describe:
        for line in describe_dump(dump):
            print(line)
        return DONE
    if out is None:
        raise WrongUse("--out RELEASE is required")
    if shard and (finish or no_media):
        raise ValueError(
            "--shard only cuts and writes no release; leave out --finish and --no-media"
        )
    if not (no_media or finish or videos):
        raise ValueError(
            "--videos FOLDER is needed to cut clips; --no-media writes a release without them"
        )
    options = ImportOptions(
        dump=dump,
        out=out,
        videos=None if finish or no_media else videos,
        assumptions=assumptions,
        settings=CutSettings(long_side=cutting.long_side),
        branches=tuple(branch for branch in BRANCHES if branch in (branches or BRANCHES)),
        drop_missing=cutting.drop_missing,
        source_ids=read_ids(sources) if sources else None,
        test_sources=read_ids(test_sources) if test_sources else frozenset(),
        without_testset=without_testset,
        limit=cutting.limit,
        shard=shard,
        delete_sources=cutting.delete_sources,
        with_media=not no_media,
        jobs=cutting.jobs,
        dry_run=dry_run,
    )
    if dry_run:
        return _dry_run(options)
    with ProgressDisplay() as display:
        finish_retraction(out)
        report = import_release(options, documents=card_documents(), progress=display)
    _print_report(report)
    return DONE_WITH_REJECTS if report.has_rejects else DONE


def _dry_run(options: ImportOptions) -> int:
    with ProgressDisplay() as display:
        report = import_release(options, progress=display)
    _print_dump(report)
    plan = report.plan
    rows = [
        (name, num_samples, readable_size(plan.nominal_bytes[name]), plan.num_buckets[name])
        for name, num_samples in plan.num_samples.items()
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
    rows: list[tuple[object, ...]] = []
    for name in CONFIGS:
        values: tuple[object, ...] = (0, "", "")
        if entry := manifest.configs.get(name):
            media = readable_size(entry.num_media_bytes)
            values = (entry.num_rows, f"{entry.clip_seconds:.0f} s", media)
        rows.append((name, *values, written.num_left_out.get(name, 0)))
    print(table(("config", "samples", "of clips", "media", "left out"), rows))
    for name, why in manifest.facts.empty_configs.items():
        print(f"  {name} is empty: {why}")


def print_some(title: str, lines: Sequence[str]) -> None:
    """Prints the first lines of a list, and the number of the others."""
    for line in lines[:_SHOWN]:
        print(f"{title}: {printable(line)}")
    if len(lines) > _SHOWN:
        print(f"{title}: and {len(lines) - _SHOWN} more")

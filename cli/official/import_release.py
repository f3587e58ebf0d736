"""`speakervid5m import`: the published annotations and a folder of videos in, a release out."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from speakervid5m.processing import (
    Assumptions,
    CutSettings,
    DumpReport,
    ImportOptions,
    ImportReport,
    describe_dump,
    import_release,
    read_ids,
)
from speakervid5m.records import (
    BRANCHES,
    TIERS,
    own_command,
    printable,
    readable_size,
    typed_path,
)
from speakervid5m.release import work_folder

from ..release.card import card_documents
from ..release.retract import finish_retraction
from ..terminal.arguments import (
    Branches,
    ManyNames,
    ShardOption,
    Tiers,
    WrongUse,
    argument,
    chosen_of,
    flag,
    option,
    positive_int,
)
from ..terminal.formatting import table
from ..terminal.option_groups import with_option_groups
from ..terminal.progress_display import ProgressDisplay
from ..terminal.reports import cut_rejects, cut_section, videos_section, written_section
from ..terminal.result import Result, Section, shortened

_EPILOG = """\
exit status: 0 done; 1 stopped by an error; 2 wrong command line. What was
left out is counted, and `rejects` lists it; with --strict the status is 3.

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


@app.command("import", cls=ManyNames, epilog=_EPILOG)
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
    branches: Branches = None,
    tiers: Tiers = None,
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
) -> Result:
    """Makes a release of the published annotations and a folder of videos."""
    if describe:
        keys = list(describe_dump(dump))
        return Result(sections=[Section(values={"description": keys}, lines=keys)])
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
        branches=chosen_of(BRANCHES, branches),
        tiers=chosen_of(TIERS, tiers),
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
    return _result(report, options)


def _dry_run(options: ImportOptions) -> Result:
    with ProgressDisplay() as display:
        report = import_release(options, progress=display)
    plan = report.plan
    rows = [
        (name, num_samples, readable_size(plan.nominal_bytes[name]), plan.num_buckets[name])
        for name, num_samples in plan.num_samples.items()
    ]
    lines = [table(("config", "samples", "about", "shards"), rows)]
    if report.videos is not None:
        lines.append(f"{len(report.videos.files)} of {plan.num_sources} sources have a video here")
    lines.append(
        "dry run: no video was read, no release written; the annotations as read stay in "
        f"{printable(str(work_folder(options.out)))} for the next run"
    )
    videos = [videos_section(report.videos, plan.num_sources).values] if report.videos else []
    return Result(
        sections=[
            _dump_section(report),
            *(Section(values=values) for values in videos),
            Section(values={"plan": plan}, lines=lines),
        ],
        rejects=_rejects(report),
        rejects_of=options.out,
        next=[_run_command(options)],
    )


def _run_command(options: ImportOptions) -> str:
    """The import itself, as it is typed."""
    videos = ["--videos", typed_path(options.videos)] if options.videos else ["--no-media"]
    return own_command(
        "import", typed_path(options.dump), *videos, "--out", typed_path(options.out)
    )


def _result(report: ImportReport, options: ImportOptions) -> Result:
    sections = [_dump_section(report)]
    if report.videos is not None:
        sections.append(videos_section(report.videos, report.plan.num_sources))
    if report.cut is not None:
        sections.append(cut_section(report.cut))
    if report.written is None:
        line = "shard done; when all shards are, run once with --finish to write the release"
        sections.append(Section(lines=[line]))
        return Result(sections=sections, rejects=_rejects(report), rejects_of=options.out)
    root = typed_path(options.out)
    return Result(
        sections=[*sections, written_section(report.written)],
        out=options.out,
        rejects=_rejects(report),
        rejects_of=options.out,
        next=[own_command("verify", root), own_command("explore", root)],
    )


def _rejects(report: ImportReport) -> dict[str, int]:
    """Reasons, and how much was left out for each: records, pairs of the benchmark, clips."""
    refused = Counter(reason for _, reason, _ in report.benchmark.refused)
    return dict(Counter(report.dump.rejects) + refused + cut_rejects(report.cut))


def _dump_section(report: ImportReport) -> Section:
    return Section(
        values={
            "annotations": {
                "num_sources": report.plan.num_sources,
                "num_records": report.dump.num_records,
                "counts": report.dump.counts,
                "repairs": report.dump.repairs,
                "rejects": report.dump.rejects,
                "missing": report.dump.missing,
                "problems": report.dump.problems,
                "unknown_ids": report.unknown_ids,
                "testset_notes": report.benchmark.notes,
            }
        },
        lines=_dump_lines(report),
    )


def _dump_lines(report: ImportReport) -> Iterator[str]:
    dump: DumpReport = report.dump
    kinds = ", ".join(f"{name} {count}" for name, count in dump.num_records.items())
    yield f"annotations: {dump.counts.get('clips', 0)} clips of {report.plan.num_sources} sources"
    yield f"  records   {kinds}"
    for title, counts in (("repaired", dump.repairs), ("rejected", dump.rejects)):
        if counts:
            yield f"  {title}  " + ", ".join(f"{name} {count}" for name, count in counts.items())
    missing = {name: n for name, n in dump.counts.items() if "without" in name and n}
    if missing:
        yield "  lacking   " + ", ".join(f"{name} {count}" for name, count in missing.items())
    for problem in [*(f"not there: {name}" for name in dump.missing), *dump.problems]:
        yield f"  note      {problem}"
    for note in report.benchmark.notes:
        yield f"  testset   {note}"
    yield from shortened("  not an annotated source (--sources)", report.unknown_ids)

"""`speakervid5m sources`: which videos the annotations need, which are there, and getting them."""

import argparse
from collections import Counter
from collections.abc import Collection, Sequence
from pathlib import Path

from speakervid5m.processing import (
    DEFAULT_URL,
    DOWNLOADED,
    FINAL_OUTCOMES,
    CutSettings,
    CutStore,
    DownloadOptions,
    SourceNeed,
    download,
    find_sources,
    read_ids,
    read_outcomes,
    require_videos,
    require_yt_dlp,
    sources_needed,
)
from speakervid5m.release import Files, work_folder
from speakervid5m.release.takedown import Takedown

from ..release.retract import complete
from ..terminal.screen import Screen
from .import_release import count, print_some

DONE, DONE_WITH_REJECTS = 0, 3

_EPILOG = """\
exit status: 0 all went well; 1 stopped by an error; 2 wrong command line; 3 done, but a video was
not to be had, now or before.

outcomes: private, members, age, region and unavailable are not asked for again without --retry;
blocked (the site takes this machine for a bot, or wants a pause), upcoming (a premiere, or a live
event) and failed are asked for by the next run.
"""


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the command."""
    parser = commands.add_parser(
        "sources",
        help="which videos are needed; get them",
        description=__doc__,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=run)
    parser.add_argument("dump", type=Path, help="annotations, or a file of ids, one a line")
    parser.add_argument("--videos", type=Path, help="folder of the videos that are there")
    parser.add_argument("--out", type=Path, default=Path("speakervid5m"), help="the release")
    parser.add_argument("--table", type=Path, metavar="FILE", help="write id, clips, hours, there")
    parser.add_argument(
        "--limit", type=count, metavar="N", help="at most N of the missing, most clips first"
    )
    group = parser.add_argument_group("getting them (you answer for having the right to)")
    group.add_argument("--download", action="store_true", help="get what is missing by yt-dlp")
    group.add_argument("--url", default=DEFAULT_URL, help="(default: %(default)s)")
    group.add_argument("--rate", type=float, metavar="MB", help="megabytes a second at most")
    group.add_argument("--pause", type=float, default=2.0, metavar="S", help="between two videos")
    group.add_argument(
        "--retry", action="store_true", help="also what was refused, or was cut and deleted"
    )


def run(options: argparse.Namespace) -> int:
    """Runs the command; returns its exit status."""
    # What is wrong is said before a dump is read, which takes long.
    wanted = _wanted(options) if options.download else None
    if options.videos is not None and wanted is None:
        require_videos(options.videos)
    if options.table is not None and not options.table.parent.is_dir():
        raise FileNotFoundError(f"no folder {str(options.table.parent)!r} for --table")
    screen = Screen()
    if options.dump.is_file():
        needs = [SourceNeed(name, None, None) for name in sorted(read_ids(options.dump))]
    else:
        needs = sources_needed(options.dump, options.out, progress=screen)
    complete(options.out)
    takedown = Takedown.read(Files(str(options.out)))
    taken_down = [one.source_id for one in needs if takedown.touches(one.source_id)]
    needs = [one for one in needs if one.source_id not in set(taken_down)]
    needs.sort(key=lambda need: (-(need.num_clips or 0), need.source_id))
    there: set[str] = set()
    if options.videos is not None and options.videos.exists():
        there = set(find_sources(options.videos, {one.source_id for one in needs}).files)
    screen.close()
    absent = [one for one in needs if one.source_id not in there]
    store = CutStore(work_folder(options.out) / "cuts", CutSettings())
    cut = {one.source_id for one in absent if store.was_cut(one.source_id)}
    known = {} if options.videos is None else read_outcomes(options.videos)
    refused = [
        known[one.source_id]
        for one in absent
        if one.source_id in known and known[one.source_id].outcome in FINAL_OUTCOMES
    ]
    left_out = set() if options.retry else cut | {one.source_id for one in refused}
    # The limit counts what is left to get: else a run would stop at what the last one met.
    missing = [one for one in absent if one.source_id not in left_out][: options.limit]
    print(
        f"{len(needs)} sources, {_of_clips(needs)}; {len(there)} videos are there"
        + (f", {len(cut)} were cut before and are gone" if cut else "")
    )
    print_some("  taken down, and not asked for", taken_down)
    if options.table is not None:
        _write_table(options.table, needs, there)
    if not options.retry:
        lines = [f"{one.source_id}: {one.outcome}" for one in refused]
        print_some("  refused before, and not asked for without --retry", lines)
    print_some("  missing", [_line_of(one) for one in missing])
    if wanted is None:
        return DONE
    return _download(wanted, [one.source_id for one in missing], had_refused=bool(refused))


def _wanted(options: argparse.Namespace) -> DownloadOptions:
    if options.videos is None:
        raise ValueError("--download needs --videos FOLDER, where the videos go")
    require_yt_dlp()
    return DownloadOptions(
        folder=options.videos,
        url=options.url,
        bytes_per_second=None if options.rate is None else options.rate * 1e6,
        pause_seconds=options.pause,
        retry=options.retry,
    )


def _of_clips(needs: Sequence[SourceNeed]) -> str:
    clips = [need.num_clips for need in needs if need.num_clips is not None]
    seconds = [need.seconds for need in needs if need.seconds is not None]
    if len(clips) < len(needs):
        return "clips and hours unknown (ids alone were given)"
    return f"{sum(clips)} clips, {sum(seconds) / 3600:.2f} hours of clips"


def _line_of(need: SourceNeed) -> str:
    if need.num_clips is None or need.seconds is None:
        return need.source_id
    return f"{need.source_id}  {need.num_clips} clips, {need.seconds / 60:.1f} min"


def _download(wanted: DownloadOptions, missing: Sequence[str], *, had_refused: bool) -> int:
    screen = Screen()
    results = list(download(missing, wanted, progress=screen))
    screen.close()
    counts = Counter(result.outcome for result in results)
    print("outcomes: " + (", ".join(f"{name} {n}" for name, n in sorted(counts.items())) or "none"))
    not_got = [one for one in results if one.outcome not in DOWNLOADED]
    print_some("  not got", [f"{one.source_id}: {one.outcome}: {one.detail}" for one in not_got])
    if len(results) < len(missing):
        print(
            f"  stopped: the site blocks this machine; {len(missing) - len(results)} were not "
            "asked for. Wait some hours, take a longer --pause, and run it again"
        )
    print(f"every id and its outcome: {wanted.folder / 'outcomes.json'}")
    return DONE_WITH_REJECTS if not_got or had_refused else DONE


def _write_table(path: Path, needs: Sequence[SourceNeed], there: Collection[str]) -> None:
    """Clips and seconds are empty where they are unknown."""
    lines = ["source_id\tclips\tseconds\tthere"]
    for need in needs:
        clips = "" if need.num_clips is None else need.num_clips
        seconds = "" if need.seconds is None else f"{need.seconds:.1f}"
        lines.append(f"{need.source_id}\t{clips}\t{seconds}\t{int(need.source_id in there)}")
    draft = path.with_name(f".{path.name}.tmp")
    draft.write_text("\n".join(lines) + "\n")
    draft.replace(path)

"""`speakervid5m sources`: annotations in; needed and missing videos, and downloads, out."""

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
from speakervid5m.records import atomic_file
from speakervid5m.release import Files, work_folder
from speakervid5m.release.takedown import Takedown

from ..release.retract import finish_retraction
from ..terminal.arguments import positive_int
from ..terminal.exit_codes import DONE, DONE_WITH_REJECTS
from ..terminal.progress_display import ProgressDisplay
from .import_release import print_some

_EPILOG = """\
exit status: 0 done; 1 stopped by an error; 2 wrong command line; 3 done, but a video could not be
downloaded, in this run or an earlier one.

outcomes: private, members, age, region and unavailable are not tried again without --retry;
blocked (the site suspects a bot, or limits the rate), upcoming (a premiere, or a live event) and
failed are tried again by the next run.
"""


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the command."""
    parser = commands.add_parser(
        "sources",
        help="list the needed videos, and download them",
        description=__doc__,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=run)
    parser.add_argument("dump", type=Path, help="annotations, or a file of ids, one per line")
    parser.add_argument("--videos", type=Path, help="folder of the available videos")
    parser.add_argument("--out", type=Path, default=Path("speakervid5m"), help="the release")
    parser.add_argument(
        "--table",
        type=Path,
        metavar="FILE",
        help="write a table: id, clips, seconds, and whether the video is there",
    )
    parser.add_argument(
        "--limit",
        type=positive_int,
        metavar="N",
        help="at most N of the missing videos, most clips first",
    )
    group = parser.add_argument_group("download (having the right to is your responsibility)")
    group.add_argument(
        "--download", action="store_true", help="download missing videos with yt-dlp"
    )
    group.add_argument("--url", default=DEFAULT_URL, help="URL of a video (default: %(default)s)")
    group.add_argument(
        "--rate", type=float, metavar="MB", help="at most this many megabytes per second"
    )
    group.add_argument(
        "--pause",
        type=float,
        default=2.0,
        metavar="S",
        help="seconds between two videos (default: %(default)s)",
    )
    group.add_argument(
        "--retry",
        action="store_true",
        help="also try videos that were refused, or that were cut and deleted",
    )


def run(options: argparse.Namespace) -> int:
    """Runs the command; returns its exit status."""
    # Wrong options fail before the dump is read, which takes long.
    download_options = _download_options(options) if options.download else None
    if options.videos is not None and download_options is None:
        require_videos(options.videos)
    if options.table is not None and not options.table.parent.is_dir():
        raise FileNotFoundError(f"no folder {str(options.table.parent)!r} for --table")
    display = ProgressDisplay()
    if options.dump.is_file():
        needs = [SourceNeed(name, None, None) for name in sorted(read_ids(options.dump))]
    else:
        needs = sources_needed(options.dump, options.out, progress=display)
    finish_retraction(options.out)
    takedown = Takedown.read(Files(str(options.out)))
    taken_down = [need.source_id for need in needs if takedown.touches(need.source_id)]
    needs = [need for need in needs if need.source_id not in set(taken_down)]
    needs.sort(key=lambda need: (-(need.num_clips or 0), need.source_id))
    present: set[str] = set()
    if options.videos is not None and options.videos.exists():
        present = set(find_sources(options.videos, {need.source_id for need in needs}).files)
    display.close()
    absent = [need for need in needs if need.source_id not in present]
    store = CutStore(work_folder(options.out) / "cuts", CutSettings())
    cut_ids = {need.source_id for need in absent if store.was_cut(need.source_id)}
    outcomes = {} if options.videos is None else read_outcomes(options.videos)
    refused = [
        outcomes[need.source_id]
        for need in absent
        if need.source_id in outcomes and outcomes[need.source_id].outcome in FINAL_OUTCOMES
    ]
    left_out = set() if options.retry else cut_ids | {refusal.source_id for refusal in refused}
    # The limit counts videos still to download, else a run would stop at old refusals.
    missing = [need for need in absent if need.source_id not in left_out][: options.limit]
    print(
        f"{len(needs)} sources, {_of_clips(needs)}; {len(present)} videos are there"
        + (f", {len(cut_ids)} were cut before and are gone" if cut_ids else "")
    )
    print_some("  retracted, and not requested", taken_down)
    if options.table is not None:
        _write_table(options.table, needs, present)
    if not options.retry:
        lines = [f"{refusal.source_id}: {refusal.outcome}" for refusal in refused]
        print_some("  refused before, and not tried again without --retry", lines)
    print_some("  missing", [_line_of(need) for need in missing])
    if download_options is None:
        return DONE
    return _download(
        download_options, [need.source_id for need in missing], had_refused=bool(refused)
    )


def _download_options(options: argparse.Namespace) -> DownloadOptions:
    if options.videos is None:
        raise ValueError("--download needs --videos FOLDER, the folder to download into")
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
        return "clips and hours unknown (only ids were given)"
    return f"{sum(clips)} clips, {sum(seconds) / 3600:.2f} hours of clips"


def _line_of(need: SourceNeed) -> str:
    if need.num_clips is None or need.seconds is None:
        return need.source_id
    return f"{need.source_id}  {need.num_clips} clips, {need.seconds / 60:.1f} min"


def _download(
    download_options: DownloadOptions, missing: Sequence[str], *, had_refused: bool
) -> int:
    display = ProgressDisplay()
    results = list(download(missing, download_options, progress=display))
    display.close()
    counts = Counter(result.outcome for result in results)
    print("outcomes: " + (", ".join(f"{name} {n}" for name, n in sorted(counts.items())) or "none"))
    failed = [result for result in results if result.outcome not in DOWNLOADED]
    print_some(
        "  not downloaded",
        [f"{result.source_id}: {result.outcome}: {result.detail}" for result in failed],
    )
    if len(results) < len(missing):
        print(
            f"  stopped: the site blocks this machine; {len(missing) - len(results)} videos were "
            "not requested. Wait some hours, use a longer --pause, and run it again"
        )
    print(f"every id and its outcome: {download_options.folder / 'outcomes.json'}")
    return DONE_WITH_REJECTS if failed or had_refused else DONE


def _write_table(path: Path, needs: Sequence[SourceNeed], present: Collection[str]) -> None:
    """Writes a row for each source; unknown clips and seconds are empty."""
    lines = ["source_id\tclips\tseconds\tthere"]
    for need in needs:
        clips = "" if need.num_clips is None else need.num_clips
        seconds = "" if need.seconds is None else f"{need.seconds:.1f}"
        lines.append(f"{need.source_id}\t{clips}\t{seconds}\t{int(need.source_id in present)}")
    with atomic_file(path) as draft:
        draft.write_text("\n".join(lines) + "\n")

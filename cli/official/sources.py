"""`speakervid5m sources`: annotations in; needed and missing videos, and downloads, out."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

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
from ..terminal.arguments import argument, flag, option, positive_int
from ..terminal.exit_codes import DONE, DONE_WITH_REJECTS
from ..terminal.option_groups import with_option_groups
from ..terminal.progress_display import ProgressDisplay
from .import_release import print_some

app = typer.Typer()

_EPILOG = """\
exit status: 0 done; 1 stopped by an error; 2 wrong command line; 3 done, but
a video could not be downloaded, in this run or an earlier one.

outcomes: private, members, age, region and unavailable are not tried again
without --retry; blocked (the site suspects a bot, or limits the rate),
upcoming (a premiere, or a live event) and failed are tried again by the
next run.
"""


@dataclass(frozen=True, kw_only=True)
class Downloading:
    """Download (having the right to is your responsibility)."""

    download: Annotated[bool, flag("--download", "download missing videos with yt-dlp")] = False
    url: Annotated[str, option("URL", "URL of a video")] = DEFAULT_URL
    rate: Annotated[float | None, option("MB", "at most this many megabytes per second")] = None
    pause: Annotated[float, option("S", "seconds between two videos")] = 2.0
    retry: Annotated[
        bool, flag("--retry", "also try videos that were refused, or that were cut and deleted")
    ] = False

    def options(self, videos: Path | None) -> DownloadOptions | None:
        """The options of a download into `videos`; None if none is wanted."""
        if not self.download:
            return None
        if videos is None:
            raise ValueError("--download needs --videos FOLDER, the folder to download into")
        require_yt_dlp()
        return DownloadOptions(
            folder=videos,
            url=self.url,
            bytes_per_second=None if self.rate is None else self.rate * 1e6,
            pause_seconds=self.pause,
            retry=self.retry,
        )


@app.command("sources", epilog=_EPILOG)
@with_option_groups
def run_sources(
    dump: Annotated[Path, argument("DUMP", "annotations, or a file of ids, one per line")],
    downloading: Downloading,
    videos: Annotated[Path | None, option("FOLDER", "folder of the available videos")] = None,
    out: Annotated[Path, option("RELEASE", "the release")] = Path("speakervid5m"),
    table: Annotated[
        Path | None,
        option("FILE", "write a table: id, clips, seconds, and whether the video is there"),
    ] = None,
    limit: Annotated[
        int | None,
        option("N", "at most N of the missing videos, most clips first", parser=positive_int),
    ] = None,
) -> int:
    """Lists the videos that annotations need, says which are missing, and downloads them."""
    # Wrong options fail before the dump is read, which takes long.
    download_options = downloading.options(videos)
    if videos is not None and download_options is None:
        require_videos(videos)
    if table is not None and not table.parent.is_dir():
        raise FileNotFoundError(f"no folder {str(table.parent)!r} for --table")
    if dump.is_file():
        needs = [SourceNeed(name, None, None) for name in sorted(read_ids(dump))]
    else:
        with ProgressDisplay() as display:
            needs = sources_needed(dump, out, progress=display)
    finish_retraction(out)
    takedown = Takedown.read(Files(str(out)))
    taken_down = [need.source_id for need in needs if takedown.touches(need.source_id)]
    needs = [need for need in needs if need.source_id not in set(taken_down)]
    needs.sort(key=lambda need: (-(need.num_clips or 0), need.source_id))
    present: set[str] = set()
    if videos is not None and videos.exists():
        present = set(find_sources(videos, {need.source_id for need in needs}).files)
    absent = [need for need in needs if need.source_id not in present]
    store = CutStore(work_folder(out) / "cuts", CutSettings())
    cut_ids = {need.source_id for need in absent if store.was_cut(need.source_id)}
    outcomes = {} if videos is None else read_outcomes(videos)
    refused = [
        outcomes[need.source_id]
        for need in absent
        if need.source_id in outcomes and outcomes[need.source_id].outcome in FINAL_OUTCOMES
    ]
    left_out = set() if downloading.retry else cut_ids | {refusal.source_id for refusal in refused}
    # The limit counts videos still to download, else a run would stop at old refusals.
    missing = [need for need in absent if need.source_id not in left_out][:limit]
    print(
        f"{len(needs)} sources, {_of_clips(needs)}; {len(present)} videos are there"
        + (f", {len(cut_ids)} were cut before and are gone" if cut_ids else "")
    )
    print_some("  retracted, and not requested", taken_down)
    if table is not None:
        _write_table(table, needs, present)
    if not downloading.retry:
        lines = [f"{refusal.source_id}: {refusal.outcome}" for refusal in refused]
        print_some("  refused before, and not tried again without --retry", lines)
    print_some("  missing", [_line_of(need) for need in missing])
    if download_options is None:
        return DONE
    return _download(
        download_options, [need.source_id for need in missing], had_refused=bool(refused)
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
    with ProgressDisplay() as display:
        results = list(download(missing, download_options, progress=display))
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

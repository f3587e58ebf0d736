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
from speakervid5m.records import atomic_file, own_command, typed_path
from speakervid5m.release import Files, work_folder
from speakervid5m.release.takedown import Takedown

from ..release.retract import finish_retraction
from ..terminal.arguments import argument, flag, option, positive_int
from ..terminal.option_groups import with_option_groups
from ..terminal.progress_display import ProgressDisplay
from ..terminal.result import Result, Section, shortened

app = typer.Typer()

_EPILOG = """\
exit status: 0 done; 1 stopped by an error; 2 wrong command line. With
--strict 3, if a video could not be downloaded, in this run or an earlier one.

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
) -> Result:
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
    not_tried = [] if downloading.retry else refused
    left_out = set() if downloading.retry else cut_ids | {refusal.source_id for refusal in refused}
    # The limit counts videos still to download, else a run would stop at old refusals.
    missing = [need for need in absent if need.source_id not in left_out][:limit]
    there = Section(
        values={
            "num_sources": len(needs),
            "num_clips": _known_sum([need.num_clips for need in needs]),
            "clip_seconds": _known_sum([need.seconds for need in needs]),
            "num_there": len(present),
            "num_cut_before": len(cut_ids),
            "retracted": taken_down,
            "refused": {refusal.source_id: refusal.outcome for refusal in refused},
            "missing": missing,
        },
        lines=[
            f"{len(needs)} sources, {_of_clips(needs)}; {len(present)} videos are there"
            + (f", {len(cut_ids)} were cut before and are gone" if cut_ids else ""),
            *shortened("  retracted, and not requested", taken_down),
            *shortened(
                "  refused before, and not tried again without --retry",
                [f"{refusal.source_id}: {refusal.outcome}" for refusal in not_tried],
            ),
            *shortened("  missing", [_line_of(need) for need in missing]),
        ],
    )
    if table is not None:
        _write_table(table, needs, present)
    if download_options is None:
        return Result(sections=[there], out=table, next=_next(missing, dump, videos, out))
    downloaded, counts = _download(download_options, [need.source_id for need in missing])
    rejects = Counter[str](refusal.outcome for refusal in not_tried)
    rejects.update(name for name in counts.elements() if name not in DOWNLOADED)
    return Result(
        sections=[there, downloaded],
        out=download_options.folder / "outcomes.json",
        rejects=rejects,
        next=[_import_command(dump, videos, out)] if dump.is_dir() else [],
    )


def _next(
    missing: Sequence[SourceNeed], dump: Path, videos: Path | None, out: Path
) -> Sequence[str]:
    if missing:
        folder = typed_path(videos or Path("videos"))
        paths = (typed_path(dump), "--videos", folder, "--out", typed_path(out))
        return [own_command("sources", *paths, "--download")]
    return [_import_command(dump, videos, out)] if dump.is_dir() and videos else []


def _import_command(dump: Path, videos: Path | None, out: Path) -> str:
    folder = typed_path(videos or Path("videos"))
    return own_command("import", typed_path(dump), "--videos", folder, "--out", typed_path(out))


def _known_sum(numbers: Sequence[float | None]) -> float | None:
    """The sum; None if a number is unknown."""
    known = [number for number in numbers if number is not None]
    return sum(known) if len(known) == len(numbers) else None


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


def _download(options: DownloadOptions, missing: Sequence[str]) -> tuple[Section, Counter[str]]:
    """What was downloaded, and how often each outcome came."""
    with ProgressDisplay() as display:
        results = list(download(missing, options, progress=display))
    counts = Counter[str](result.outcome for result in results)
    failed = [result for result in results if result.outcome not in DOWNLOADED]
    outcomes = ", ".join(f"{name} {n}" for name, n in sorted(counts.items())) or "none"
    lines = [
        f"outcomes: {outcomes}",
        *shortened(
            "  not downloaded",
            [f"{result.source_id}: {result.outcome}: {result.detail}" for result in failed],
        ),
    ]
    if len(results) < len(missing):
        lines.append(
            f"  stopped: the site blocks this machine; {len(missing) - len(results)} videos were "
            "not requested. Wait some hours, use a longer --pause, and run it again"
        )
    values = {"downloads": {result.source_id: result.outcome for result in results}}
    return Section(values=values, lines=lines), counts


def _write_table(path: Path, needs: Sequence[SourceNeed], present: Collection[str]) -> None:
    """Writes a row for each source; unknown clips and seconds are empty."""
    lines = ["source_id\tclips\tseconds\tthere"]
    for need in needs:
        clips = "" if need.num_clips is None else need.num_clips
        seconds = "" if need.seconds is None else f"{need.seconds:.1f}"
        lines.append(f"{need.source_id}\t{clips}\t{seconds}\t{int(need.source_id in present)}")
    with atomic_file(path) as draft:
        draft.write_text("\n".join(lines) + "\n")

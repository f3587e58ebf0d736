"""`speakervid5m sources`: which videos the annotations need, which are there, and getting them."""

import argparse
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from speakervid5m.processing import SourceNeed, find_sources, sources_needed
from speakervid5m.processing.downloading import DEFAULT_URL, DownloadOptions, download
from speakervid5m.processing.outcomes import GOT
from speakervid5m.release.opening import Files
from speakervid5m.release.retracted import Takedown

from .importing import print_some, read_ids
from .retracting import complete
from .screen import Screen

DONE, DONE_WITH_REJECTS = 0, 3


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the command."""
    parser = commands.add_parser(
        "sources", help="which videos are needed; get them", description=__doc__
    )
    parser.set_defaults(run=run)
    parser.add_argument("dump", type=Path, help="annotations, or a file of ids, one a line")
    parser.add_argument("--videos", type=Path, help="folder of the videos that are there")
    parser.add_argument("--out", type=Path, default=Path("speakervid5m"), help="the release")
    parser.add_argument("--table", type=Path, metavar="FILE", help="write id, clips, hours, there")
    parser.add_argument("--limit", type=int, metavar="N", help="at most N, most clips first")
    group = parser.add_argument_group("getting them (you answer for having the right to)")
    group.add_argument("--download", action="store_true", help="get what is missing by yt-dlp")
    group.add_argument("--url", default=DEFAULT_URL, help="(default: %(default)s)")
    group.add_argument("--rate", type=float, metavar="MB", help="megabytes a second at most")
    group.add_argument("--pause", type=float, default=2.0, metavar="S", help="between two videos")
    group.add_argument("--retry", action="store_true", help="ask again for what was refused")


def run(options: argparse.Namespace) -> int:
    """Runs the command; returns its exit status."""
    screen = Screen()
    if options.dump.is_file():
        needs = [SourceNeed(name, 0, 0.0) for name in sorted(read_ids(options.dump))]
    else:
        needs = sources_needed(options.dump, options.out, progress=screen)
    complete(options.out)
    takedown = Takedown.read(Files(str(options.out)))
    taken_down = [one.source_id for one in needs if takedown.touches(one.source_id)]
    needs = [one for one in needs if one.source_id not in taken_down]
    needs.sort(key=lambda need: (-need.num_clips, need.source_id))
    there: set[str] = set()
    if options.videos is not None and options.videos.exists():
        there = set(find_sources(options.videos, {one.source_id for one in needs}).files)
    screen.close()
    missing = [one for one in needs if one.source_id not in there][: options.limit]
    hours = sum(one.seconds for one in needs) / 3600
    print(
        f"{len(needs)} sources, {sum(one.num_clips for one in needs)} clips, {hours:.2f} hours of "
        f"clips; {len(there)} videos are there"
    )
    print_some("  taken down, and not asked for", taken_down)
    if options.table is not None:
        _write_table(options.table, needs, there)
    lines = [
        f"{one.source_id}  {one.num_clips} clips, {one.seconds / 60:.1f} min" for one in missing
    ]
    print_some("  missing", lines)
    if not options.download:
        return DONE
    if options.videos is None:
        raise ValueError("--download needs --videos FOLDER, where the videos go")
    return _download(options, [one.source_id for one in missing])


def _download(options: argparse.Namespace, missing: Sequence[str]) -> int:
    wanted = DownloadOptions(
        folder=options.videos,
        url=options.url,
        bytes_per_second=options.rate * 1e6 if options.rate else None,
        pause_seconds=options.pause,
        retry=options.retry,
    )
    screen = Screen()
    results = list(download(missing, wanted, progress=screen))
    screen.close()
    counts = Counter(result.outcome for result in results)
    print("outcomes: " + (", ".join(f"{name} {n}" for name, n in sorted(counts.items())) or "none"))
    refused = [one for one in results if one.outcome not in GOT]
    print_some("  not got", [f"{one.source_id}: {one.outcome}: {one.detail}" for one in refused])
    print(f"every id and its outcome: {options.videos / 'outcomes.json'}")
    return DONE_WITH_REJECTS if refused else DONE


def _write_table(path: Path, needs: Sequence[SourceNeed], there: set[str]) -> None:
    lines = ["source_id\tclips\tseconds\tthere"]
    lines += [
        f"{one.source_id}\t{one.num_clips}\t{one.seconds:.1f}\t{int(one.source_id in there)}"
        for one in needs
    ]
    draft = path.with_name(f".{path.name}.tmp")
    draft.write_text("\n".join(lines) + "\n")
    draft.replace(path)

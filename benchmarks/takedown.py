"""Taking back, looked at from outside: is anything left, and is anything else changed?

    python -m benchmarks.takedown --json build/takedown.json

A dump of planned shows with quick pictures (over 1,000 rows) is imported; 100 random sources,
then on a copy 100 random people, are taken back by the command. Every value of every column is
decoded and every byte of every file is searched, of the release and of its work folder, for ids,
words and media; what stays is compared, byte for byte, with an import that never had what went.
Last, the command is killed at random moments and run again.
"""

import argparse
import contextlib
import dataclasses
import hashlib
import io
import json
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Literal

from benchmarks.quick_shows import planned, write_shows_dump, write_videos
from benchmarks.traces import Sought, files_of, found_in
from speakervid5m.cli import main as command
from speakervid5m.cli.release.card import card_documents
from speakervid5m.processing import ImportOptions, import_release
from speakervid5m.processing.studio import ShowTruth
from speakervid5m.records import columns_of
from speakervid5m.release import Release, layout, open_release, verify, work_folder
from speakervid5m.release.takedown import Request, Takedown, plan_retraction

Asked = Literal["source", "person"]

_FIRST_SEED = 100
_DATE = "2026-11-25"
_BUCKET_BYTES = 1 << 20
"""Nominal bytes of a shard here, so that a small release has many."""


def word_of(show: ShowTruth, number: int) -> str:
    """A word that only this turn of this show says."""
    return "w" + hashlib.sha256(f"{show.source_id} {number}".encode()).hexdigest()[:14]


def shows_of(count: int) -> list[ShowTruth]:
    """Shows in which every turn can be told by a word of its own."""
    return [
        dataclasses.replace(
            show,
            turns=tuple(
                dataclasses.replace(turn, text=f"{turn.text} {word_of(show, number)}")
                for number, turn in enumerate(show.turns)
            ),
        )
        for show in planned(range(_FIRST_SEED, _FIRST_SEED + count))
    ]


def media_of(release: Release) -> Iterator[tuple[str, int, list[bytes]]]:
    """Config, position and media of every row."""
    for name in release.configs:
        samples = release[name]
        columns = [one.name for one in columns_of(samples.config.branch) if one.table == "media"]
        for number in range(len(samples)):
            found: list[bytes] = []
            for column in columns:
                value = samples.media(number, column)
                parts = value if isinstance(value, list) else [value]
                found += [bytes(one) for one in parts if one]
            yield name, number, found


def sought_of(release: Release, request: Request, shows: Iterable[ShowTruth]) -> Sought:
    """What the release holds of what is asked for: ids, words, and media that no kept row has."""
    removed = plan_retraction(release, request).removed
    gone: set[bytes] = set()
    kept: set[bytes] = set()
    for name, number, media in media_of(release):
        (gone if number in removed.get(name, {}) else kept).update(media)
    words = {
        word_of(show, number)
        for show in shows
        for number, turn in enumerate(show.turns)
        if show.source_id in request.sources or f"{show.source_id}#{turn.voice}" in request.people
    }
    text = repr([one for name in removed for one in removed[name].values()])
    said = frozenset(word for word in words if word in text)
    return Sought(
        names=request.sources | request.people | said,
        silent=frozenset(words - said),
        media=tuple(sorted(gone - kept)),
    )


def request_for(release: Release, asked: Asked, count: int) -> Request:
    """Random sources, or people, of a release."""
    clips = [clip for name in release.configs for one in release[name] for clip in one.clips]
    draw = random.Random(7)
    if asked == "source":
        known = sorted({clip.source_id for clip in clips})
        return Request(sources=frozenset(draw.sample(known, min(count, len(known) - 1))))
    people = sorted({clip.person_id for clip in clips if clip.person_id is not None})
    return Request(people=frozenset(draw.sample(people, min(count, len(people) - 1))))


def timed_retract(root: Path, request: Request) -> float:
    """By the command, as a user does; seconds."""
    listed = root.parent / "ids.txt"
    listed.write_text("\n".join(sorted(request.sources | request.people)) + "\n")
    began = time.perf_counter()
    with contextlib.redirect_stdout(io.StringIO()):
        status = command(["retract", str(root), "--list", str(listed), "--date", _DATE])
    assert status == 0, "the retraction failed"
    return time.perf_counter() - began


def time_takedowns(
    made: Path, shows: list[ShowTruth], asked: Asked, count: int, work: Path
) -> dict[str, Any]:
    """Takes back on a copy, and searches."""
    root = work / asked / "speakervid5m"
    shutil.copytree(made.parent, root.parent)
    release = open_release(str(root))
    request = request_for(release, asked, count)
    sought = sought_of(release, request, shows)
    before = found_in([root, work_folder(root)], sought)
    old, num_rows = files_of(root), sum(len(release[name]) for name in release.configs)
    media = {
        (name, release[name][number].sample_id): found for name, number, found in media_of(release)
    }
    seconds = timed_retract(root, request)
    after = found_in([root, work_folder(root)], sought, silent=True)
    left = open_release(str(root))
    same = all(
        media[name, left[name][number].sample_id] == found for name, number, found in media_of(left)
    )
    new = files_of(root)
    figures = {
        "rows_before": num_rows,
        "rows_after": sum(len(left[name]) for name in left.configs),
        "asked_for": len(request.sources) + len(request.people),
        "sought_names": len(sought.names),
        "sought_media": len(sought.media),
        "found_before": before.share(sought),
        "found_after": after.num_names + after.num_media,
        "kept_media_identical": same,
        "shards_unchanged": sum(old[name] == new[name] for name in new if name.startswith("data/")),
        "shards_written_anew": sum(
            old.get(name) != new[name] for name in new if name.startswith("data/")
        ),
        "verified": verify(str(root)).ok,
        "seconds": round(seconds, 2),
    }
    if asked == "source":
        figures["equals_an_import_without_them"] = new == _without(made, root, request, work)
    return figures


def _without(made: Path, root: Path, request: Request, work: Path) -> dict[str, bytes]:
    """The files of an import that never had these sources, with the same tombstones."""
    takedown = Takedown.read(open_release(str(root)).files)
    release = open_release(str(made))
    known = {
        clip.source_id for name in release.configs for one in release[name] for clip in one.clips
    }
    out = work / "without" / "speakervid5m"
    cards = card_documents()

    def documents(folder: Path) -> None:
        takedown.write(folder)
        if cards is not None:
            cards(folder)

    options = ImportOptions(
        dump=made.parent.parent / "dump",
        videos=made.parent.parent / "videos",
        out=out,
        source_ids=frozenset(known - request.sources),
    )
    import_release(options, documents=documents)
    return files_of(out)


def kill(made: Path, count: int, kills: int, work: Path) -> dict[str, int]:
    """Kills the command at random moments; how often the old and the new release stood there."""
    whole = work / "whole" / "speakervid5m"
    shutil.copytree(made.parent, whole.parent)
    old = files_of(whole)
    request = request_for(open_release(str(whole)), "source", count)
    listed = work / "killed.txt"
    listed.write_text("\n".join(sorted(request.sources)) + "\n")
    began = time.perf_counter()
    _retract(whole, listed).wait()
    lasts, new = time.perf_counter() - began, files_of(whole)
    draw, counts = random.Random(3), {"old": 0, "new": 0, "mixed": 0, "unfinished_after": 0}
    for number in range(kills):
        root = work / f"killed {number}" / "speakervid5m"
        shutil.copytree(made.parent, root.parent)
        child = _retract(root, listed)
        time.sleep(draw.uniform(0.0, 1.1) * lasts)
        child.send_signal(signal.SIGKILL)
        child.wait()
        stands = files_of(root) if root.exists() else None
        counts["old" if stands == old else "new" if stands == new else "mixed"] += (
            stands is not None
        )
        _retract(root, listed).wait()
        counts["unfinished_after"] += files_of(root) != new
        shutil.rmtree(root.parent)
    return counts


def _retract(root: Path, listed: Path) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-m", "speakervid5m.cli", "retract", str(root), "--list", str(listed),
         "--date", _DATE],
        stdout=subprocess.DEVNULL,
    )  # fmt: skip


def takedown(num_sources: int, count: int, kills: int, work: Path) -> dict[str, Any]:
    """The whole of it."""
    shows = shows_of(num_sources)
    write_videos(shows, work / "videos")
    write_shows_dump(shows, work / "dump")
    before, layout.BUCKET_BYTES = layout.BUCKET_BYTES, _BUCKET_BYTES
    try:
        made = work / "made" / "speakervid5m"
        options = ImportOptions(dump=work / "dump", videos=work / "videos", out=made)
        import_release(options, documents=card_documents())
        figures: dict[str, Any] = {
            "sources": time_takedowns(made, shows, "source", count, work),
            "people": time_takedowns(made, shows, "person", count, work),
        }
    finally:
        layout.BUCKET_BYTES = before
    figures["kills"] = kill(made, count, kills, work) if kills else {}
    return figures


def main() -> None:
    """Runs the benchmark."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sources", type=int, default=190, help="shows (%(default)s)")
    parser.add_argument("--retracted", type=int, default=100, help="of them (%(default)s)")
    parser.add_argument("--kills", type=int, default=20, help="(%(default)s)")
    parser.add_argument("--json", type=Path, help="where the figures go")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures = takedown(options.sources, options.retracted, options.kills, Path(folder))
    text = json.dumps(figures, indent=1)
    print(text)
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(text + "\n")


if __name__ == "__main__":
    main()

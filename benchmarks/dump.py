"""Reading a dump as this package does, beside the obvious way: unpack, glob, json.load.

    python -m benchmarks.dump --records 200000 --json build/dump.json

A record is a clip: its own JSON, its caption, its per-frame blur, and (where it speaks) its words;
and every source has two files more. Both ways end with everything that is known of a clip in one
place: ours with clips joined, checked and written as Parquet, the obvious one with dictionaries.
Each runs in a process of its own; `peak_memory_bytes` is that process's and, for ours, all its
workers' as if all had their peak at once.
"""

import argparse
import base64
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from speakervid5m.processing import import_annotations
from speakervid5m.processing.studio import (
    ShowFiles,
    ShowSpec,
    plan_show,
    show_files,
    write_dump,
)

_NUM_SHOWS = 12
_SHOW_SECONDS = 600.0


def make_dump(num_records: int, folder: Path) -> int:
    """Writes a dump of at least so many records; returns how many they are."""
    shows = [
        show_files(plan_show(ShowSpec(seed=seed, duration_seconds=_SHOW_SECONDS)))
        for seed in range(_NUM_SHOWS)
    ]
    count = 0

    def many() -> Iterator[ShowFiles]:
        nonlocal count
        number = 0
        while count < num_records:
            show = _renamed(shows[number % len(shows)], number)
            count += len(show.clips)
            number += 1
            yield show

    write_dump(many(), folder, num_archives=20)
    return count


def _renamed(show: ShowFiles, number: int) -> ShowFiles:
    """The same show under another id of the same length."""
    new = "x" + base64.b32encode(number.to_bytes(6, "big")).decode()[:10].lower()
    before, after = show.source_id.encode(), new.encode()
    return ShowFiles(
        new,
        {
            folder: [
                (name.replace(show.source_id, new), content.replace(before, after))
                for name, content in members
            ]
            for folder, members in show.members.items()
        },
        [name.replace(show.source_id, new) for name in show.clips],
        [name.replace(show.source_id, new) for name in show.sft],
    )


def read_ours(dump: Path, work: Path, jobs: int) -> int:
    """The package's way; returns the number of clips."""
    annotations = import_annotations(dump, work, cut_range="scene", jobs=jobs)
    return annotations.report.counts["clips"]


def read_obviously(dump: Path, work: Path) -> int:
    """What everybody writes first; returns the number of clips."""
    folders = ["merged_anno", *(f"raw_labels/{name}" for name in ("anno", "l_score", "asr"))]
    folders += ["raw_labels/scene_json", "raw_labels/speaker_json"]
    for folder in folders:
        for path in sorted((dump / folder).glob("*.tar.gz")):
            with tarfile.open(path) as archive:
                archive.extractall(work / folder, filter="data")
    clips: dict[str, dict[str, Any]] = {}
    sounds: dict[str, Any] = {}
    for folder in folders:
        for path in (work / folder).glob("**/*.json"):
            with path.open() as file:
                values = json.load(file)
            if folder in folders[:3]:
                if folder == "raw_labels/l_score":
                    values = {key: statistics.fmean(one) for key, one in values.items()}
                clips.setdefault(path.stem, {})[folder] = values
            else:
                sounds[path.stem] = values
    for name, values in clips.items():
        values["asr"] = sounds.get(name.rpartition("_")[0])
    return len(clips)


def measure(way: str, dump: Path, jobs: int) -> dict[str, float]:
    """Runs one way in a process of its own."""
    with tempfile.TemporaryDirectory(dir=dump.parent) as work:
        command = [sys.executable, "-m", "benchmarks.dump", "--run", way, str(dump), work]
        result = subprocess.run(
            [*command, "--jobs", str(jobs)], capture_output=True, text=True, check=True
        )
    measured: dict[str, float] = json.loads(result.stdout)
    return measured


def _run(way: str, dump: Path, work: Path, jobs: int) -> None:
    began = time.perf_counter()
    clips = read_ours(dump, work, jobs) if way == "ours" else read_obviously(dump, work)
    seconds = time.perf_counter() - began
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    worker = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    peak = (own + (jobs if way == "ours" else 0) * worker) * 1024
    print(json.dumps({"seconds": seconds, "clips": clips, "peak_memory_bytes": peak}))


def compare(num_records: int, folder: Path, *, jobs: int, obvious: bool = True) -> dict[str, Any]:
    """Makes a dump and measures both ways."""
    dump = folder / f"dump-{num_records}"
    count = make_dump(num_records, dump)
    num_bytes = sum(path.stat().st_size for path in dump.rglob("*") if path.is_file())
    ours = measure("ours", dump, jobs)
    report: dict[str, Any] = {
        "records": count,
        "dump_bytes": num_bytes,
        "jobs": jobs,
        "records_per_second": count / ours["seconds"],
        "peak_memory_bytes": ours["peak_memory_bytes"],
        "ours": ours,
    }
    if obvious:
        theirs = measure("obvious", dump, jobs)
        assert theirs["clips"] == ours["clips"] == count, "both ways must find every record"
        report |= {"obvious": theirs, "ratio": theirs["seconds"] / ours["seconds"]}
    shutil.rmtree(dump)
    return report


def main() -> None:
    """Runs the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=200_000)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--no-obvious", action="store_true", help="measure our way alone")
    parser.add_argument("--json", type=Path, help="where the figures go")
    parser.add_argument("--run", nargs=3, metavar=("WAY", "DUMP", "WORK"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.run:
        way, dump, work = options.run
        _run(way, Path(dump), Path(work), options.jobs)
        return
    with tempfile.TemporaryDirectory() as folder:
        report = compare(
            options.records, Path(folder), jobs=options.jobs, obvious=not options.no_obvious
        )
    text = json.dumps(report, indent=1)
    print(text)
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(text + "\n")


if __name__ == "__main__":
    main()

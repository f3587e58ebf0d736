"""Planned shows with quick pictures, and what tests ask of a release made of them."""

import dataclasses
import json
from pathlib import Path

from benchmarks.quick_shows import planned, write_shows_dump, write_video, write_videos
from speakervid5m.processing import ImportOptions, ImportReport, import_release

__all__ = [
    "TEN",
    "TESTED",
    "bytes_of",
    "parts",
    "planned",
    "reasons",
    "run",
    "write_shows_dump",
    "write_video",
    "write_videos",
]


TEN = range(20, 30)
"""Seeds of the shows that the imports are tested with."""
TESTED = 1
"""Which of them is the benchmark's."""


def bytes_of(root: Path) -> dict[str, bytes]:
    """Every file of a release, by name."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


def reasons(folder: Path) -> dict[str, int]:
    report: dict[str, int] = json.loads((folder / "report.json").read_text())["report"]["rejects"]
    return report


def run(shows: Path, out: Path, **changed: object) -> ImportReport:
    """Imports the ten shows."""
    options = ImportOptions(dump=shows / "dump", out=out, videos=shows / "videos")
    return import_release(dataclasses.replace(options, **changed))  # type: ignore[arg-type]


def parts(out: Path) -> list[Path]:
    """The parts of what was cut."""
    return sorted(out.with_name(f"{out.name}.work").glob("cuts/**/*.parquet"))

"""Planned shows with quick pictures, and what tests ask of a release made of them."""

import json
from pathlib import Path

from benchmarks.quick_shows import planned, write_shows_dump, write_video, write_videos

__all__ = ["bytes_of", "planned", "reasons", "write_shows_dump", "write_video", "write_videos"]


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

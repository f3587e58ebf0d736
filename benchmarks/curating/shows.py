"""What is curated: rendered shows, and one run of the command as a user types it."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from speakervid5m.processing.studio import ShowSpec, find_show, render_show

ROOT = Path(__file__).parents[2]
_FIRST_SEED = 2000
"""Seeds of no other benchmark."""


def rendered(folder: Path, num_shows: int, seconds: float) -> Path:
    """A folder with so many shows of 640 x 360; what is there already is kept."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(num_shows):
        spec = ShowSpec(seed=_FIRST_SEED + number, duration_seconds=seconds)
        if find_show(spec, folder) is None:
            render_show(spec, folder)
    return folder


def started(
    videos: Path, out: Path, engine: str, more: Sequence[str] = ()
) -> "subprocess.Popen[bytes]":
    """`speakervid5m curate run`, in a session of its own."""
    command = [sys.executable, "-m", "speakervid5m.cli", "curate", "run", str(videos)]
    # Rendered people need no weights.
    command += ["--profile", "embedded"]
    command += ["--out", str(out), "--engine", engine, *more]
    return subprocess.Popen(
        command,
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def files_of(root: Path, pattern: str = "*") -> dict[str, bytes]:
    """Files below a folder, by name."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob(pattern))
        if path.is_file()
    }

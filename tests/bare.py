"""A machine without FFmpeg's shared libraries and without Chromium, made of this one.

In a mount namespace of its own an empty file lies over each of them, so they are there by name and
do not load: nothing of ours is told, as on a machine that lacks them.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

_SCRIPT = r"""
for file in $(ldconfig -p | sed -n 's/.*=> //p' \
    | grep -E '/lib(avutil|avcodec|avformat|avfilter|avdevice|swscale|swresample|postproc)\.so') \
    $(command -v chromium chromium-browser google-chrome ffmpeg ffprobe); do
    mount --bind "$EMPTY" "$(readlink -f "$file")" || exit 99
done
exec "$@"
"""


def require_bare() -> None:
    """Skips where libraries cannot be hidden."""
    if sys.platform != "linux" or os.getuid() != 0 or shutil.which("unshare") is None:
        pytest.skip("only root on Linux can hide FFmpeg's libraries from a process")
    if subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False).returncode:
        pytest.skip("this machine lets nobody make a mount namespace")


def run_bare(
    command: Sequence[str],
    folder: Path,
    *,
    environment: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Runs a command in a folder of such a machine; what it said, and how it ended."""
    require_bare()
    empty = folder / ".empty"
    empty.touch()
    return subprocess.run(
        ["unshare", "-m", "sh", "-c", _SCRIPT, "sh", *command],
        cwd=folder,
        env={**os.environ, **(environment or {}), "EMPTY": str(empty)},
        capture_output=True,
        text=True,
        check=False,
    )

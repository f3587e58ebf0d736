"""A release is read where there is nothing of POSIX beyond what Python has everywhere."""

import os
import subprocess
import sys
from pathlib import Path

from tests.small_release import write_small_release

_CODE = """
import builtins, os, signal, socket, sys
import datasets  # whose own way without POSIX is its own

POSIX = {"fcntl", "grp", "pwd", "resource", "termios", "tty", "pty"}
plain = builtins.__import__

def imported(name, globals=None, *rest, **more):
    if name in POSIX and str((globals or {}).get("__name__")).startswith("speakervid5m"):
        raise ModuleNotFoundError(f"No module named {name!r}")
    return plain(name, globals, *rest, **more)

builtins.__import__ = imported
for module, names in (
    (os, "fork memfd_create sysconf sched_getaffinity O_DIRECTORY O_NOFOLLOW pread getloadavg"),
    (signal, "SIGKILL SIGHUP SIGALRM pthread_sigmask setitimer"),
    (socket, "send_fds recv_fds AF_UNIX"),
):
    for name in names.split():
        delattr(module, name)

import speakervid5m

samples = speakervid5m.open_release("speakervid5m")["dialogue_sft"]
rows = datasets.load_dataset("speakervid5m", "dialogue_sft", split="train", streaming=True)
next(iter(rows.decode(False)))
print(samples.where("responder_dover > 0")[0].responder.clip_id)
"""


def test_a_reader(tmp_path: Path) -> None:
    write_small_release(tmp_path / "speakervid5m")
    done = subprocess.run(
        [sys.executable, "-c", _CODE],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1]), "USE_TORCH": "0"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "_full_video_" in done.stdout

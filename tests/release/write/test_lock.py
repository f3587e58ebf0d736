import os
import subprocess
import sys
from pathlib import Path

import pytest

from speakervid5m.release import LockedRelease, release_lock, verify, work_folder
from tests.small_release import small_rows, write_rows

HOLD = """
import sys
from pathlib import Path
from speakervid5m.release import release_lock
with release_lock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_one_writer_at_a_time_and_the_lock_falls_with_its_holder(tmp_path: Path) -> None:
    root = tmp_path / "release"
    rows = small_rows(configs=["single_sft"], num_sources=1)
    command = [sys.executable, "-c", HOLD, str(root)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None and holder.stdout.readline() == b"held\n"
        with pytest.raises(LockedRelease, match=f"by process {holder.pid}"):
            write_rows(root, rows)
        assert not root.exists()
        holder.kill()
        holder.wait()
        write_rows(root, rows)
    assert verify(str(root)).ok


def test_readers_need_no_lock(small: Path) -> None:
    with release_lock(small):
        assert verify(str(small), decode=False).ok


def test_the_lock_names_its_holder_and_is_taken_once(tmp_path: Path) -> None:
    root = tmp_path / "release"
    with release_lock(root):
        assert (work_folder(root) / "lock.holder").read_text().strip() == str(os.getpid())
        with pytest.raises(LockedRelease), release_lock(root):
            pass
    with release_lock(root):
        pass

import os
import subprocess
import sys
from pathlib import Path

import pytest

from speakervid5m.records import (
    atomic_file,
    atomic_folder,
    file_lock,
    machine,
    sweep_draft,
    temporary_name,
)

KILLED = """
import os, signal, sys
from pathlib import Path
from speakervid5m.records import atomic_file, atomic_folder, file_lock
kind = {"file": atomic_file, "folder": atomic_folder, "lock": file_lock}[sys.argv[1]]
with kind(Path(sys.argv[2])) as draft:
    if sys.argv[1] == "file":
        draft.write_text("half")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def killed(kind: str, path: Path) -> int:
    process = subprocess.Popen([sys.executable, "-c", KILLED, kind, str(path)])
    assert process.wait() < 0
    return process.pid


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "new" / "a.json"
    with atomic_file(path) as draft:
        draft.write_text("first")
        assert not path.exists()
    with pytest.raises(ValueError), atomic_file(path) as draft:
        draft.write_text("half")
        raise ValueError
    assert path.read_text() == "first"
    killed("file", path)
    assert path.read_text() == "first"
    with atomic_file(path, tmp_path / "drafts") as draft:
        assert draft.parent == tmp_path / "drafts"
        draft.write_text("second")
    assert path.read_text() == "second"


def test_a_hard_link_keeps_its_content(tmp_path: Path) -> None:
    path, link = tmp_path / "a", tmp_path / "b"
    path.write_text("first")
    os.link(path, link)
    with atomic_file(path) as draft:
        draft.write_text("second")
    assert (path.read_text(), link.read_text()) == ("second", "first")


def test_a_folder_appears_whole_and_the_first_of_two_stays(tmp_path: Path) -> None:
    path = tmp_path / "new" / "a"
    with pytest.raises(ValueError), atomic_folder(path) as draft:
        (draft / "t").write_text("half")
        raise ValueError
    assert not list(path.parent.iterdir())
    with atomic_folder(path) as slow:
        (slow / "t").write_text("second")
        with atomic_folder(path) as fast:
            (fast / "t").write_text("first")
    assert (path / "t").read_text() == "first"
    assert list(path.parent.iterdir()) == [path]


def test_a_folder_that_cannot_get_its_name_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text("in the way")
    with pytest.raises(OSError), atomic_folder(path):
        pass
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_drafts_of_killed_processes_go_and_no_others(tmp_path: Path, kind: str) -> None:
    killed(kind, tmp_path / "a.parquet")
    (dead,) = tmp_path.glob(".*")
    ours = temporary_name(tmp_path / "b")
    foreign = tmp_path / ".c.elsewhere.1.abcdef"
    strange = tmp_path / ".d"
    for path in (ours, foreign, strange):
        path.touch()
    for path in (dead, ours, foreign, strange):
        sweep_draft(path)
    assert set(tmp_path.iterdir()) == {ours, foreign, strange}
    sweep_draft(ours, unlocked=True)
    os.utime(foreign, (0, 0))
    sweep_draft(foreign)
    sweep_draft(foreign)
    assert set(tmp_path.iterdir()) == {strange}


def test_no_two_drafts_have_one_name(tmp_path: Path) -> None:
    names = {temporary_name(tmp_path / "a.b") for _ in range(100)}
    assert len(names) == 100
    assert {name.name.rpartition(".")[0] for name in names} == {f".a.b.{machine()}.{os.getpid()}"}


def test_a_lock_says_who_holds_it_and_ends_with_its_process(tmp_path: Path) -> None:
    path = tmp_path / "new" / "lock"
    with file_lock(path) as other:
        assert other is None
        with file_lock(path) as mine:
            assert mine == f"process {os.getpid()}"
        with file_lock(path) as mine:
            assert mine is not None, "who did not get it does not release it"
    killed("lock", path)
    with file_lock(path, wait=True) as other:
        assert other is None


def test_a_file_system_without_locks_grants_what_is_optional(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(*_: object, **__: object) -> None:
        raise NotImplementedError

    monkeypatch.setattr("speakervid5m.records.system.atomic_files.FileLock.acquire", none)
    with file_lock(tmp_path / "lock", optional=True) as other:
        assert other is None
    with pytest.raises(NotImplementedError), file_lock(tmp_path / "lock"):
        pass

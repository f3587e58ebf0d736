"""kill -9 at any step of a write leaves the old release or the new one, never a mix."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from speakervid5m.release import (
    Manifest,
    NotARelease,
    UnfinishedRelease,
    finish_swap,
    open_release,
    verify,
    work_folder,
)
from tests.release.write.killed_writer import rows_of
from tests.small_release import write_rows

Run = Callable[[Path, str, int], str]


@pytest.fixture(scope="module")
def run() -> Iterator[Run]:
    """Writes in a child that dies at a step."""
    command = [sys.executable, "-m", "tests.release.write.killed_writer"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path.cwd()
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        ask, answer = process.stdin, process.stdout

        def one(root: Path, kind: str, step: int) -> str:
            ask.write(f"{root} {kind} {step}\n")
            ask.flush()
            return answer.readline().strip()

        yield one


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Manifest]:
    folder = tmp_path_factory.mktemp("expected")
    return {kind: write_rows(folder / kind, rows_of(kind)) for kind in ("old", "new")}


def steps_of(num_steps: int, last: int) -> list[int]:
    """Six over the whole write, and every one of the last, where the folders are swapped."""
    return sorted({num_steps * part // 6 for part in range(6)} | set(range(num_steps)[-last:]))


def whole(root: Path) -> Manifest:
    report = verify(str(root), decode=False)
    assert report.ok, report.problems[:3]
    return open_release(str(root)).manifest


def test_a_first_write(run: Run, tmp_path: Path, expected: dict[str, Manifest]) -> None:
    answer = run(tmp_path / "whole", "new", 1_000_000).split()
    assert answer[0] == "done" and whole(tmp_path / "whole") == expected["new"]
    for step in steps_of(int(answer[1]), 2):
        root = tmp_path / f"first{step}" / "release"
        assert run(root, "new", step) == "killed"
        with pytest.raises(NotARelease, match="is not there"):
            open_release(str(root))
        assert run(root, "new", 1_000_000).startswith("done")
        assert whole(root) == expected["new"]
        shutil.rmtree(root.parent)


def test_a_rewrite(run: Run, tmp_path: Path, expected: dict[str, Manifest]) -> None:
    base = tmp_path / "base" / "release"
    write_rows(base, rows_of("old"))
    trial = tmp_path / "trial"
    shutil.copytree(base.parent, trial)
    num_steps = int(run(trial / "release", "new", 1_000_000).split()[1])
    assert whole(trial / "release") == expected["new"]
    outcomes = set()
    for step in steps_of(num_steps, 30):
        root = tmp_path / f"again{step}" / "release"
        shutil.copytree(base.parent, root.parent)
        assert run(root, "new", step) == "killed"
        if root.exists():
            found = whole(root)
        else:
            with pytest.raises(UnfinishedRelease, match="while it replaced"):
                open_release(str(root))
            finish_swap(root)
            found = whole(root)
            outcomes.add("between")
        assert found in (expected["old"], expected["new"])
        outcomes.add("old" if found == expected["old"] else "new")
        assert run(root, "new", 1_000_000).startswith("done")
        assert whole(root) == expected["new"]
        left = {path.name for path in work_folder(root).iterdir()}
        assert left == {"lock", "lock.holder", "parts"}
        shutil.rmtree(root.parent)
    assert outcomes == {"old", "new", "between"}


@pytest.mark.parametrize("state", ["moved away", "only old", "swapped", "old half removed"])
def test_an_interrupted_swap_is_finished(
    tmp_path: Path, expected: dict[str, Manifest], state: str
) -> None:
    root = tmp_path / "release"
    work = work_folder(root)
    write_rows(tmp_path / "a", rows_of("old"))
    write_rows(tmp_path / "b", rows_of("new"))
    work.mkdir()
    (tmp_path / "a").rename(work / "old")
    if state in ("moved away", "only old"):
        (tmp_path / "b").rename(work / "new")
    else:
        (tmp_path / "b").rename(root)
    if state == "only old":
        (work / "new" / "manifest.json").unlink()
    if state == "old half removed":
        (work / "old" / "manifest.json").unlink()
        shutil.rmtree(work / "old" / "data")
    finish_swap(root)
    assert whole(root) == expected["old" if state == "only old" else "new"]
    assert not (work / "old").exists()
    finish_swap(root)
    assert write_rows(root, rows_of("new")) == expected["new"]

"""Releases to load, and a Python of its own to load them in."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from speakervid5m.release import open_release
from tests.small_release import write_small_release

CHECKOUT = Path(__file__).parents[2]

Run = Callable[..., Any]


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All nine configs; not to be changed."""
    root = tmp_path_factory.mktemp("builder") / "speakervid5m"
    write_small_release(root)
    return root


@pytest.fixture(scope="session")
def other(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Another release in a folder of the same name."""
    root = tmp_path_factory.mktemp("other") / "speakervid5m"
    write_small_release(root, seed=1, configs=["dialogue_sft", "single_sft"])
    return root


@pytest.fixture(scope="session")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As `small` to the last count, of other sources, in a folder of the same name."""
    root = tmp_path_factory.mktemp("twin") / "speakervid5m"
    write_small_release(root, seed=1)
    return root


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs a script in a fresh Python and returns what it hands to `answer`.

    With `ours` the checkout is on its path, else it is isolated and cannot import us. With
    `as_file` the script is a file, as processes that it spawns need.
    """

    def one(script: str, *, cwd: Path, ours: bool, as_file: bool = False, **variables: str) -> Any:
        answer = tmp_path / "answer.json"
        head = "import json, sys\ndef answer(value):\n"
        head += f"    open({str(answer)!r}, 'w').write(json.dumps(value))\n"
        # Without us, Arrow's threads may abort the interpreter's end: `datasets` sleeps for them.
        tail = "" if ours else "\nimport os\nos._exit(0)\n"
        known = {name: value for name, value in os.environ.items() if "SPEAKERVID" not in name}
        known |= {"HF_HOME": str(tmp_path / "hf"), "PYTHONPATH": str(CHECKOUT)} | variables
        command = [sys.executable, *([] if ours else ["-I"]), "-c", head + script + tail]
        if as_file:
            file = tmp_path / "script.py"
            file.write_text(head + script + tail)
            command[-2:] = [str(file)]
        done = subprocess.run(
            command, cwd=cwd, env=known, capture_output=True, text=True, timeout=110, check=False
        )
        assert done.returncode == 0, done.stderr[-3000:]
        return json.loads(answer.read_text())

    return one


def ids_of(root: Path | str, name: str) -> list[str]:
    """What a config holds, by the index."""
    found: list[str] = open_release(str(root))[name].table(["sample_id"])["sample_id"].to_pylist()
    return found

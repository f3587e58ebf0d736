"""With the base install alone: what starts, what works, and what says which extra it needs.

Every package that the base does not bring is hidden from a process of its own.
"""

import json
import os
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, packages_distributions, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from speakervid5m.records import install_command, requirements
from tests.fake_hub import fake_hub
from tests.small_release import write_small_release

ROOT = Path(__file__).parents[1]
_HIDE = """
import sys
hidden = frozenset({hidden!r})

class Seeing:
    def __init__(self, finder):
        self.finder = finder

    def find_spec(self, name, path=None, target=None):
        found = name.partition(".")[0] not in hidden
        return self.finder.find_spec(name, path, target) if found else None

    def __getattr__(self, name):
        return getattr(self.finder, name)

sys.meta_path[:] = map(Seeing, sys.meta_path)
"""
_READ = """
import speakervid5m, datasets
rows = datasets.load_dataset("speakervid5m", "dialogue_sft", split="train", streaming=True)
next(iter(rows.decode(False)))
samples = speakervid5m.open_release("speakervid5m")["dialogue_sft"]
print(len(samples), type(samples[0]).__name__)
try:
    samples.where("responder_dover > 0")
except ImportError as error:
    print(error)
"""
_RUN = """
import contextlib, io, json
from speakervid5m.cli import main
told = {{}}
for line in {lines!r}:
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        try:
            status = main(line)
        except SystemExit as stop:
            status = stop.code or 0
    told[" ".join(line)] = [status, out.getvalue()]
print(json.dumps(told))
"""


def plain(name: str) -> str:
    return name.lower().replace("_", "-")


def hidden_modules() -> list[str]:
    """Modules of all that is installed and that the base does not need."""
    kept, waiting = set[str](), [plain(one.name) for one in requirements()]
    while waiting:
        name = waiting.pop()
        if name in kept:
            continue
        kept.add(name)
        try:
            lines = requires(name) or []
        except PackageNotFoundError:
            continue
        needed = [Requirement(line) for line in lines]
        waiting += [
            plain(one.name)
            for one in needed
            if one.marker is None or one.marker.evaluate({"extra": ""})
        ]
    kept.add("speakervid5m")
    modules = packages_distributions().items()
    return sorted(name for name, owners in modules if not {plain(one) for one in owners} & kept)


def run_base(code: str, folder: Path, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", _HIDE.format(hidden=hidden_modules()) + code],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("base")
    write_small_release(made / "speakervid5m")
    return made


def test_commands_start_or_name_their_extra_and_a_release_is_read(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    loaders = install_command("loaders")
    names = ("demo", "sources", "import", "materialize", "curate", "encode", "retract")
    lines = [
        ["--help"],
        ["doctor"],
        ["verify", "speakervid5m", "--no-decode"],
        ["reindex", "--help"],
        ["card", "--help"],
        ["figures", "--help"],
        ["explore", "--help"],
        ["explore", "speakervid5m"],
        ["card", "speakervid5m"],
        *([name, "--help"] for name in names),
    ]
    *read, answers = run_base(_READ + _RUN.format(lines=lines), folder).splitlines()
    assert read == [
        "8 DialogueSample",
        f"where() needs DuckDB (No module named 'duckdb'): {loaders}",
    ]
    told = json.loads(answers)
    for line in ("--help", "doctor", "reindex --help", "card --help", "explore --help"):
        assert told[line][0] == 0, told[line]
    status, said = told["verify speakervid5m --no-decode"]
    assert status == 0 and "no problems\n" in said
    assert "No module named 'starlette'" in told["doctor"][1]
    assert install_command("explore") in told["explore speakervid5m"][1]
    assert install_command("cards") in told["card speakervid5m"][1]
    for name in names:
        status, said = told[f"{name} --help"]
        assert status == 0 or (f"`speakervid5m {name}` needs" in said and "install" in said), said


def test_a_release_is_published(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    lines = [["publish", "--help"], ["publish", "speakervid5m", "org/name", "--dry-run"]]
    lines.append(["publish", "speakervid5m", "org/name"])
    with fake_hub() as hub:
        told = json.loads(
            run_base(
                _RUN.format(lines=[[*line, "--i-hold-the-rights"] for line in lines]),
                folder,
                HF_ENDPOINT=hub.endpoint,
                HF_TOKEN="hf_fake",
                HF_HOME=str(tmp_path / "hf"),
            )
        )
    (_, (status, _)), (_, (dry, said)), (_, (sent, why)) = told.items()
    assert status == 0 and dry == 0 and "would be sent" in said
    # Its cards do not name the repository yet, and to write them takes the extra.
    assert sent == 1 and install_command("cards") in why

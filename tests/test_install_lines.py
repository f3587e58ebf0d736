"""The lines that the pages, the demo and the hints print can be typed where they are printed."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from speakervid5m.cli.demo import next_lines

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
ROOMS = ("records", "media", "release", "processing", "loaders", "cards", "vidchatbench", "cli")
_MARKED = "<!-- tested: these lines, in a fresh environment -->\n```sh\n(.*?)```"
_ADDRESS = "git+https://example.org/speakervid5m"


_IN_A_CLONE = "<!-- tested: in a fresh clone -->\n```sh\n(.*?)```"


def readme_lines() -> list[str]:
    """How the README says to install."""
    (block,) = re.findall(_MARKED, (ROOT / "README.md").read_text(), re.DOTALL)
    return str(block).splitlines()


def test_no_page_and_no_hint_asks_an_index_for_the_package() -> None:
    """Nobody has put it there, or somebody else might."""
    for page in PAGES:
        for line in re.findall(r".*pip install.*", page.read_text()):
            assert "speakervid5m" not in line or " @ git+" in line, (page.name, line)
    for room in ROOMS:
        for path in (ROOT / room).rglob("*.py"):
            assert not re.search(r"install [^\n]*speakervid5m\[", path.read_text()), path


def test_the_readme_says_how_to_install_a_checkout_and_an_address() -> None:
    checkout, address = readme_lines()
    assert "-e '.[all]'" in checkout and f"@ {_ADDRESS}'" in address
    extras = {
        name for page in PAGES for name in re.findall(r"-e '\.\[([\w,]+)\]'", page.read_text())
    }
    declared = (ROOT / "pyproject.toml").read_text()
    for name in {one for group in extras for one in group.split(",")}:
        assert f"\n{name} = [" in declared, name


def test_the_page_about_installing_says_the_same() -> None:
    page = (ROOT / "docs" / "install.md").read_text()
    assert [str(block).strip() for block in re.findall(_MARKED, page, re.DOTALL)] == readme_lines()


def test_the_lines_after_the_demo_hold_paths_as_a_shell_takes_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    out = tmp_path / 'my "demo" is $here'
    lines = [shlex.split(line) for line in next_lines(out)]
    root = f"{out.name}/speakervid5m"
    assert [words[-2:] for words in lines if words[-2] == "explore"] == [["explore", root]]
    (code,) = [words[words.index("-c") + 1] for words in lines if "-c" in words]
    compile(code, "the demo's line", "exec")
    assert all(shutil.which(words[0]) for words in lines), "each begins with what is there"


class _Fresh:
    """A fresh clone with a fresh environment that a shell has nothing else of ours of."""

    def __init__(self, folder: Path, uv: str) -> None:
        self.clone, self._uv = folder / "a clone", uv
        subprocess.run(["git", "clone", "-q", str(ROOT), str(self.clone)], check=True)
        self.run([uv, "venv", "--quiet", "--python", sys.executable, ".venv"])

    @property
    def surroundings(self) -> Mapping[str, str]:
        """As after `. .venv/bin/activate`, with uv where it is."""
        places = [self.clone / ".venv" / "bin", Path(self._uv).parent, "/usr/bin", "/bin"]
        kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        return kept | {
            "PATH": os.pathsep.join(map(str, places)),
            "VIRTUAL_ENV": str(self.clone / ".venv"),
        }

    def run(self, command: str | list[str], *, bare: bool = False) -> str:
        """What a command said, in the clone; `bare` with nothing on the PATH but the system's."""
        surroundings = dict(self.surroundings)
        if bare:
            surroundings["PATH"] = "/usr/bin:/bin"
            del surroundings["VIRTUAL_ENV"]
        done = subprocess.run(
            command,
            shell=isinstance(command, str),
            cwd=self.clone,
            env=surroundings,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
        return done.stdout


@pytest.fixture
def fresh(tmp_path: Path) -> _Fresh:
    beside = Path(sys.executable).with_name("uv")
    uv = shutil.which("uv") or (str(beside) if beside.is_file() else None)
    if uv is None:
        pytest.skip("no uv, which installs in seconds what it has in its cache")
    made = _Fresh(tmp_path, uv)
    asked = subprocess.run(
        [uv, "pip", "install", "--dry-run", "--quiet", "packaging"],
        env=made.surroundings,
        cwd=made.clone,
        capture_output=True,
        text=True,
        check=False,
    )
    if asked.returncode:
        pytest.skip(f"no package index answers: {asked.stderr.strip()[:200]}")
    return made


@pytest.mark.slow
@pytest.mark.timeout(3000)
def test_the_line_for_a_checkout(fresh: _Fresh) -> None:
    fresh.run(readme_lines()[0])
    assert "starlette" in fresh.run("speakervid5m doctor")
    assert "Usage" in fresh.run("speakervid5m explore --help")


@pytest.mark.slow
@pytest.mark.timeout(3000)
def test_the_line_for_an_address_and_the_hints_of_such_a_copy(fresh: _Fresh) -> None:
    line = readme_lines()[1].replace(_ADDRESS, f"git+{fresh.clone.as_uri()}")
    fresh.run(line.replace("[all]", ""))
    told = fresh.run("cd / && speakervid5m explore nowhere 2>&1 || true")
    hint = told.strip().split("): ", 1)[1]
    assert f"speakervid5m[explore] @ git+{fresh.clone.as_uri()}@" in hint
    fresh.run(f"cd / && {hint}")
    assert "A release is a folder" in fresh.run("cd / && speakervid5m explore nowhere 2>&1 || true")
    fresh.run(line)
    assert "curate" in fresh.run("cd / && speakervid5m curate --help")


@pytest.mark.slow
@pytest.mark.timeout(3000)
def test_the_demo_ends_with_lines_that_work(fresh: _Fresh) -> None:
    fresh.run("uv pip install -c constraints.txt -e '.[demo]'")
    said = fresh.run(".venv/bin/speakervid5m demo --out 'build/my demo'", bare=True)
    lines = said.split("Next:\n")[1].strip().splitlines()
    assert len(lines) == 4
    for line in map(str.strip, lines):
        if " explore " in line:
            # It serves until it is told to stop.
            told = fresh.run(
                f"timeout --signal=INT 60 {line} --port 0 --no-open || true", bare=True
            )
            assert "is shown at http://127.0.0.1:" in told
        else:
            assert fresh.run(line, bare=True).strip()


@pytest.mark.slow
@pytest.mark.timeout(3000)
def test_the_readme_from_the_clone_to_the_ten_lines(fresh: _Fresh) -> None:
    """In the order of the page: the demo, the explorer, then the ten lines next to the release."""
    text = (ROOT / "README.md").read_text()
    (block,) = re.findall(_IN_A_CLONE, text, re.DOTALL)
    (code,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert text.index(block) < text.index(code)
    *lines, explore = block.strip().splitlines()
    (fresh.clone / "ten_lines.py").write_text(code)
    # Its own environment, by this interpreter: the system's may be without pip.
    begin = ["set -eu", "rm -rf .venv", f"export PYTHON={shlex.quote(sys.executable)}"]
    shell = [*begin, *lines, f"timeout --signal=INT 60 {explore} --port 0 --no-open || true"]
    said = fresh.run("\n".join([*shell, "python ../../ten_lines.py"]), bare=True)
    assert "http://127.0.0.1:" in said
    assert "torch.Size([2, 16, 3, 128, 128])" in said

"""The guides' blocks run, in their order, in a folder as the page says it is."""

import io
import re
import shlex
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest
from typer.core import TyperCommand

from speakervid5m.cli import main
from tests.processing.shows import planned, write_shows_dump, write_videos

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
_BLOCK = re.compile(r"^```(sh|python)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_ELSEWHERE = (
    "hf download",
    "speakervid5m sources annotations --videos videos --out speakervid5m --download",
)
"""What needs a network; downloading is tested against a local server."""


def blocks(page: str) -> Iterator[tuple[str, str]]:
    """Language and code of every block of a page."""
    for found in _BLOCK.finditer((DOCS / page).read_text()):
        yield found[1], found[2]


def run_page(page: str) -> str:
    """Runs all blocks of a page here; what they printed."""
    said = io.StringIO()
    with redirect_stdout(said), redirect_stderr(said):
        for language, code in blocks(page):
            if language == "python":
                exec(compile(code, page, "exec"), {"__name__": page})
                continue
            for line in code.replace("\\\n", " ").splitlines():
                if not line.startswith(_ELSEWHERE):
                    program, *arguments = shlex.split(line, comments=True)
                    assert program == "speakervid5m", line
                    assert main(arguments) == 0, said.getvalue()
    return said.getvalue()


@pytest.mark.timeout(300)
def test_the_tutorial(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shows = planned((21, 23, 26, 27))
    write_videos(shows, tmp_path / "videos")
    write_shows_dump(shows, tmp_path / "annotations")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    said = run_page("tutorial.md")
    assert "'position'" in said and "dialogue_sft" in said
    assert list(tmp_path.glob("pair-*-responder.mp4"))
    assert (tmp_path / "needs.tsv").exists()


def command_lines() -> list[tuple[str, str]]:
    """Page and line of every command that a page shows, be it fenced or indented."""
    pages = [ROOT / "README.md", *sorted(DOCS.glob("*.md"))]
    return [
        (page.name, line)
        for page in pages
        for line in re.findall(r"^ *(speakervid5m [a-z].*)$", page.read_text(), re.MULTILINE)
        if " ... " not in line
    ]


@pytest.mark.parametrize(("page", "line"), command_lines())
def test_every_command_on_a_page_is_understood(
    page: str, line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = shlex.split(line.replace("$SLURM_ARRAY_TASK_ID", "0"), comments=True)[1:]
    # Everything is read; nothing runs.
    monkeypatch.setattr(TyperCommand, "invoke", lambda *_: 0)
    assert main(words) == 0, page


def test_every_benchmark_on_a_page_is_there() -> None:
    for page in [ROOT / "README.md", *sorted(DOCS.glob("*.md"))]:
        for name in re.findall(r"python -m (benchmarks(?:\.\w+)+)", page.read_text()):
            path = ROOT / name.replace(".", "/")
            assert path.with_suffix(".py").exists() or (path / "__main__.py").exists(), name


def test_what_the_guides_point_to_is_there() -> None:
    for page in sorted(DOCS.glob("*.md")):
        for link in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text()):
            assert link.startswith("https://") or (DOCS / link).exists(), (page.name, link)


def test_every_guide_is_reached_from_the_table_of_contents() -> None:
    reached, waiting = set(), ["README.md"]
    while waiting:
        page = waiting.pop()
        if page not in reached:
            reached.add(page)
            waiting += re.findall(r"\]\(([\w-]+\.md)(?:#[^)]*)?\)", (DOCS / page).read_text())
    assert {path.name for path in DOCS.glob("*.md")} <= reached


def test_the_commands_of_the_explorer_s_guide_are_understood(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    page = (DOCS / "explorer.md").read_text()
    lines = re.findall(r"^    (speakervid5m explore .*)$", page, re.MULTILINE)
    assert len(lines) == 4
    for line in lines:
        arguments = shlex.split(line)[1:]
        if "--export-space" in arguments:
            assert main(arguments) == 0
            assert (tmp_path / "space" / "app.py").exists()
        elif "://" not in line:
            # There is no release here; a flag that does not exist would be wrong use, status 2.
            assert main(arguments) == 1
    assert "A release is a folder with" in capsys.readouterr().err

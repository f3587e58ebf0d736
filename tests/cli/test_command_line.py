"""The command line itself: help pages, nearest names, verbosity, a closed pipe, strangers' text."""

import logging
import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import pytest
import typer
from typer.main import get_command, get_group

from speakervid5m.cli import main
from speakervid5m.cli.program import _COMMANDS, _app
from speakervid5m.cli.terminal.arguments import option
from speakervid5m.cli.terminal.option_groups import with_option_groups
from speakervid5m.cli.terminal.progress_display import ProgressDisplay
from speakervid5m.records import VERSION, Progress
from tests.processing.shows import write_video
from tests.small_release import write_small_release

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "speakervid5m.cli"]
OF_CURATE = ("plan", "run", "status", "inspect", "report", "retier")
WITHOUT_RESULT = [["publish"]]
PAGES = [
    [],
    *([name] for name in _COMMANDS),
    *(["curate", name] for name in OF_CURATE),
]


@pytest.fixture(autouse=True)
def no_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a plain pipe: nothing asks for colours, and the width is a terminal's."""
    for name in ("FORCE_COLOR", "GITHUB_ACTIONS", "PY_COLORS", "TERMINAL_WIDTH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))


def wrong_use(words: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as stop:
        main(words)
    assert stop.value.code == 2
    return capsys.readouterr().err


@pytest.mark.parametrize("words", PAGES, ids=" ".join)
def test_a_help_page_fits_a_terminal_and_a_pipe(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    if words[:1] == ["curate"]:
        pytest.importorskip("scipy", reason="the extra curate is not installed")
    assert main([*words, "--help"]) == 0
    page = capsys.readouterr().out
    assert f"Usage: {' '.join(['speakervid5m', *words])} " in page
    assert max(map(len, page.splitlines())) <= 80
    assert "\x1b" not in page and "<bool>" not in page
    for name in ("--help", "--quiet", "--verbose", "--json", "--strict")[
        : 3 if words in WITHOUT_RESULT else 5
    ]:
        assert name in page


def test_help_says_what_every_command_does_and_imports_none_of_them() -> None:
    code = (
        "import sys; from speakervid5m.cli import main; main(['--help']); "
        "print(sorted({*sys.modules} & {'pydantic', 'pyarrow', 'datasets', 'torch', 'numpy'}),"
        "sorted({name.split('.')[1] for name in sys.modules if name.startswith('speakervid5m.')}),"
        "[name for name in sys.modules if name.startswith('speakervid5m.cli.official')])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    *page, loaded = done.stdout.splitlines()
    assert loaded == "[] ['builder', 'cli', 'records', 'release'] []", done.stderr
    for name, (_, text, _) in _COMMANDS.items():
        assert any(re.fullmatch(rf"│ {name} +{re.escape(text)} +│", line) for line in page), name


@pytest.mark.parametrize("name", _COMMANDS)
def test_no_text_of_a_page_is_taken_for_markup(name: str) -> None:
    """`[x]` in a text of ours would be swallowed as a colour."""
    if name == "curate":
        pytest.importorskip("scipy", reason="the extra curate is not installed")
    program = get_group(_app)
    context = program.make_context("speakervid5m", [name])
    _, command, _ = program.resolve_command(context, [name])
    for each in (command, *getattr(command, "commands", {}).values()):
        texts = [each.help, each.epilog, *(getattr(param, "help", "") for param in each.params)]
        assert not any("[" in text for text in texts if text)


def test_help_in_a_locale_of_ascii_alone() -> None:
    done = subprocess.run(
        [*COMMAND, "curate", "run", "--help"],
        env=os.environ | {"PYTHONIOENCODING": "ascii:strict", "LC_ALL": "C", "PYTHONUTF8": "0"},
        capture_output=True,
    )
    assert done.returncode == 0, done.stderr
    assert "+- Where and how far stages run -" in done.stdout.decode("ascii")


def test_the_nearest_name_of_a_command_and_an_option_is_said(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert "Did you mean 'reindex'?" in wrong_use(["reindx"], capsys)
    assert "Did you mean 'status'?" in wrong_use(["curate", "statu"], capsys)
    assert "--no-decode" in wrong_use(["verify", "x", "--no-decod"], capsys)
    said = wrong_use(["import", "x", "--cut-range", "wide"], capsys)
    assert "'--cut-range': 'wide' is not one of 'scene', 'tight'" in said
    said = wrong_use(["encode", "x", "--encoder", "mimo"], capsys)
    assert "'mimo' is none of wan21, mimi, qwen25omni" in said
    assert said.startswith("Usage: speakervid5m encode [OPTIONS] {RELEASE}\nerror: ")


def test_the_version_and_the_error_in_full(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"{VERSION}\n"
    level = logging.getLogger().level
    for words in (["-v", "verify", "x"], ["verify", "-v", "x"], ["verify", "x", "--verbose"]):
        with pytest.raises(ValueError, match="A release is a folder"):
            main(words)
        assert logging.getLogger().level == level, "it holds for one call"


def test_quiet_shows_no_progress(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def shown() -> str:
        with ProgressDisplay() as display:
            display(Progress("cut", 3, 3, "sources"))
        return capsys.readouterr().err

    assert shown() == "cut          3/3 sources\n"
    level = logging.getLogger().level
    logging.getLogger().setLevel(logging.ERROR)
    try:
        assert not shown()
    finally:
        logging.getLogger().setLevel(level)
    levels = list[int]()

    def verify(*_: object, **__: object) -> None:
        levels.append(logging.getLogger().level)
        raise ValueError("enough")

    monkeypatch.setattr("speakervid5m.cli.release.verify.verify", verify)
    for words in (["-q", "verify", "x"], ["verify", "x", "--quiet"], ["verify", "x"]):
        assert main(words) == 1
    assert levels == [logging.ERROR, logging.ERROR, level]


@pytest.mark.parametrize("buffered", [True, False])
@pytest.mark.parametrize(
    "words",
    [
        ["--help"], ["--version"], ["doctor"], ["verify", "rel", "--no-decode"],
        ["import", "--describe", "."], ["explore", "--help"], ["materialize"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_a_closed_pipe_ends_quietly(words: list[str], buffered: bool, tmp_path: Path) -> None:
    if "rel" in words:
        write_small_release(tmp_path / "rel")
    reader, writer = os.pipe()
    os.close(reader)
    environment = os.environ | {"PYTHONUNBUFFERED": "" if buffered else "1"}
    try:
        for error in (writer, subprocess.PIPE):
            done = subprocess.run(
                [*COMMAND, *words], stdout=writer, stderr=error, cwd=tmp_path, env=environment
            )
            # What is wrong is said on standard error, if somebody reads that.
            is_wrong = words == ["materialize"] and error != writer
            assert done.returncode == (2 if is_wrong else 141)
            assert b"roken" not in (done.stderr or b"")
    finally:
        os.close(writer)


def test_a_pipe_that_breaks_elsewhere_is_an_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise BrokenPipeError(32, "a worker is gone")

    monkeypatch.setattr("speakervid5m.cli.release.verify.verify", broken)
    assert main(["verify", "x"]) == 1
    assert "a worker is gone" in capsys.readouterr().err


def test_ctrl_c_says_how_to_go_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("speakervid5m.cli.release.verify.verify", interrupted)
    assert main(["verify", "x"]) == 1
    assert "interrupted; run the same command again" in capsys.readouterr().err


def test_the_text_of_strangers_is_shown_as_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Names in brackets are no colours and no links; control characters are spelled out."""
    pytest.importorskip("cv2", reason="the extra curate is not installed")
    monkeypatch.setenv("FORCE_COLOR", "1")
    videos = tmp_path / "videos"
    videos.mkdir()
    name = "[red]a [link=x]talk[bold].mp4"
    (videos / name).write_text("no video")
    write_video(videos / "[bold]fine.mp4", 128, 72, 25, 1)
    out = ["--out", str(tmp_path / "out"), "--engine", "inline"]
    assert (
        main(["curate", "run", str(videos), *out, "--until", "probe", "--profile", "embedded"]) == 0
    )
    said = capsys.readouterr().out
    assert name in said and "\x1b" not in said
    assert main(["verify", "[red]nowhere[/red]"]) == 1
    assert "[red]nowhere[/red]" in capsys.readouterr().err
    said = wrong_use(["verify", "x", "--[bold]no\x1b[31m"], capsys)
    assert "--[bold]no" in said and "\x1b" not in said
    assert "'[red]x\\x1b'" in wrong_use(["import", "d", "--branches", "[red]x\x1b"], capsys)


def test_several_branches_after_one_option(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    seen = list[object]()

    def import_release(options: object, **_: object) -> None:
        seen.append(options.branches)  # type: ignore[attr-defined]
        raise ValueError("enough")

    monkeypatch.setattr("speakervid5m.cli.official.import_release.import_release", import_release)
    base = ["import", "dump", "--no-media", "--out", str(tmp_path / "x")]
    for words in (
        ["--branches", "single", "dialogue", "--dry-run"],
        ["--branches", "single", "--branches=dialogue", "--dry-run"],
        ["--dry-run", "--branches", "single", "dialogue"],
    ):
        assert main([*base, *words]) == 1
    assert seen == [("dialogue", "single")] * 3
    wrong_use(["import", "--branches", "single", "dump", "--out", "x"], capsys)


@dataclass(frozen=True, kw_only=True)
class Size:
    """How large it is.

    More of that.
    """

    width: Annotated[int, option("W", "its width")]
    height: float = 2.5
    depth: int = 7
    names: Annotated[list[str], option("N", "may be repeated")] = field(default_factory=list)


def test_the_fields_of_a_dataclass_become_options(capsys: pytest.CaptureFixture[str]) -> None:
    given = list[tuple[object, ...]]()
    app = typer.Typer(add_completion=False)

    @app.command()
    @with_option_groups
    def show(path: Path, size: Annotated[Size, ["depth"]], twice: bool = False) -> int:
        given.append((path, size, twice))
        return 0

    def typed(*words: str) -> object:
        return get_command(app).main(words, standalone_mode=False)

    assert typed("p", "--width", "3") == 0
    assert typed("p", "--width=3", "--height", "1", "--names", "a", "--names", "b", "--twice") == 0
    assert given == [
        (Path("p"), Size(width=3), False),
        (Path("p"), Size(width=3, height=1.0, names=["a", "b"]), True),
    ]
    with pytest.raises(typer.TyperException, match="--depth"):
        typed("p", "--width", "3", "--depth", "8")
    typed("--help")
    page = capsys.readouterr().out
    assert "─ How large it is ─" in page and "--depth" not in page and "More of" not in page


@pytest.mark.parametrize(
    ("end", "status"),
    [("return 3", 3), ("raise SystemExit(2)", 2), ("raise SystemExit", 0), ("raise OSError", 1)],
)
def test_a_process_ends_with_its_status_after_all_handlers(end: str, status: int) -> None:
    code = (
        "import atexit\nimport speakervid5m.cli as cli\n"
        f"def main():\n    atexit.register(print, 'a late line')\n    {end}\n"
        "cli.main = main\ncli.start()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (status, "a late line\n"), done.stderr

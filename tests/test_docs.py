"""The pages' blocks run, in their order, in a folder as the page says it is."""

import io
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest
from typer.core import TyperCommand

from speakervid5m.cli import main
from speakervid5m.cli.curate.config_file import ConfiguredCommand
from speakervid5m.records import SingleSample
from speakervid5m.release import Release, open_release
from tests.pages import DOCS, NEEDS, PAGES, ROOT, Block, runnable
from tests.processing.shows import planned, write_shows_dump, write_videos
from tests.small_release import write_small_release

MOST_MARKED = 12
"""Blocks of all pages together that need what a test lacks."""
STAND_INS = {
    "hub": "tests/cards/hub/test_publish.py",
    "gpu": "tests/processing/curation/vision/test_frame_pass_gpu.py",
    "cluster": "tests/processing/official/test_import_release.py",
    "your videos": "tests/test_docs.py",
}
"""Where the same is run on a local server, on a CPU, on one machine, on rendered videos."""
ELSEWHERE = {
    "tested: these lines, in a fresh environment": "tests/test_install_lines.py",
    "tested: in a fresh clone": "tests/test_install_lines.py",
    "tested: next to a release": "tests/test_readme.py",
}
"""Marks of blocks that another test runs."""


class Reader:
    """Somebody who types the blocks of a page, one after the other."""

    def __init__(self, names: Callable[[str], str] = str) -> None:
        """Begins without variables; `names` puts real ids where a page has examples."""
        self._names = names
        self._variables: dict[str, object] = {"__name__": "a page"}
        self._screen = io.StringIO()

    def follow(self, page: str) -> str:
        """Runs every block that no other test runs; returns what was printed."""
        for block in runnable(DOCS / page):
            if block.mark not in ELSEWHERE and not block.need:
                with redirect_stdout(self._screen), redirect_stderr(self._screen):
                    self._type(page, block)
        return self._screen.getvalue()

    def _type(self, page: str, block: Block) -> None:
        if block.language == "python":
            exec(compile(block.code, page, "exec"), self._variables)
            return
        for line in block.lines:
            words = shlex.split(self._names(line), comments=True)
            if words[:2] == ["speakervid5m", "explore"] and "--export-space" not in words:
                opens_a_page(words[1:])
            elif words[0] == "speakervid5m":
                assert main(words[1:]) == 0, f"{line}\n{self._screen.getvalue()}"
            else:
                assert is_a_benchmark(words), f"{page}: nothing runs {line!r}"


def opens_a_page(arguments: list[str]) -> None:
    """The explorer says where it serves, and answers until it is stopped."""
    command = [sys.executable, "-m", "speakervid5m.cli", *arguments, "--port", "0", "--no-open"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        assert any("http://127.0.0.1:" in line for line in server.stdout)
        server.terminate()


def is_a_benchmark(words: list[str]) -> bool:
    """Whether it is a benchmark, which has tests of its own, with options that it has."""
    if words[:2] != ["python", "-m"] or not words[2].startswith("benchmarks."):
        return False
    path = ROOT / words[2].replace(".", "/")
    files = [path.with_suffix(".py")] if path.with_suffix(".py").exists() else path.glob("*.py")
    source = "".join(file.read_text() for file in files)
    return all(f'"{word}"' in source for word in words if word.startswith("--"))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.timeout(600)
def test_the_tutorial(folder: Path) -> None:
    shows = planned((21, 23, 26, 27))
    write_videos(shows, folder / "videos")
    write_shows_dump(shows, folder / "annotations")
    reader = Reader()
    said = reader.follow("tutorial.md")
    assert "'position'" in said and "dialogue_sft" in said
    assert list(folder.glob("pair-*-responder.mp4"))
    assert (folder / "needs.tsv").exists()
    assert "testset.json:" in reader.follow("annotations.md")
    assert "nothing was left out" in reader.follow("rejects.md")


@pytest.mark.timeout(600)
def test_own_videos_and_curation(folder: Path) -> None:
    for package in ("cv2", "espeakng_loader", "onnxruntime", "scipy"):
        pytest.importorskip(package, reason="the extras demo and curate are not installed")
    from speakervid5m.processing.studio import ShowSpec, render_show

    show = render_show(ShowSpec(seed=2, duration_seconds=36), folder / "rendered")
    (folder / "talks").mkdir()
    shutil.move(folder / "rendered" / f"{show.video_name}.mp4", folder / "talks" / "a talk.mp4")

    def with_a_clip(line: str) -> str:
        # Later commands take the profile of the last run; the page's own needs weights.
        line = re.sub(r"curate (plan|run) talks/?", r"\g<0> --profile embedded", line)
        if " CLIP " not in line:
            return line
        return line.replace("CLIP", a_clip(open_release("speakervid5m")).clip.clip_id)

    said = Reader(with_a_clip).follow("own_videos.md")
    assert "tier_decided_by" in said
    assert "no problems" in said
    assert (folder / "speakervid5m.work" / "curation.html").exists()
    assert "sft_face_sharpness" in Reader(with_a_clip).follow("curation.md")


def a_clip(release: Release) -> SingleSample:
    """A sample of one clip, of whichever tier the release has."""
    name = next(name for name in release.configs if name.startswith("single_"))
    sample = release[name][0]
    assert isinstance(sample, SingleSample)
    return sample


@pytest.mark.parametrize(
    "page",
    [
        "backends.md",
        "command_line.md",
        "explorer.md",
        "loading.md",
        "accuracy.md",
        "accuracy_altered.md",
        "curation_measured.md",
        "official_dump.md",
        "publishing.md",
        "release.md",
        "vidchatbench.md",
    ],
)
def test_a_page_beside_a_release(page: str, folder: Path) -> None:
    write_small_release(folder / "speakervid5m")
    Reader().follow(page)


def test_takedown(folder: Path) -> None:
    write_small_release(folder / "speakervid5m", configs=["single_sft"])
    clips = [sample.clips[0] for sample in open_release("speakervid5m")["single_sft"]]
    first, second, third, fourth = sorted({clip.source_id for clip in clips})
    clip = next(clip.clip_id for clip in clips if clip.source_id == first)
    (folder / "requests.txt").write_text(f"{fourth}\n")

    def with_real_ids(line: str) -> str:
        line = line.replace("--clip BK6_XIz6-ZE_1920x1080_full_video_042_A_00", f"--clip={clip}")
        line = line.replace("--person 'BK6_XIz6-ZE#B'", f"'--person={second}#B'")
        return line.replace("--source BK6_XIz6-ZE", f"--source={third}")

    said = Reader(with_real_ids).follow("takedown.md")
    assert said.count("retracted:") == 3 and "dry run" in said


FOLLOWED = {
    "accuracy.md", "accuracy_altered.md", "annotations.md", "backends.md", "command_line.md",
    "curation.md",
    "curation_measured.md", "explorer.md", "loading.md", "official_dump.md", "own_videos.md",
    "publishing.md", "rejects.md", "release.md", "takedown.md", "tutorial.md",
    "vidchatbench.md",
}  # fmt: skip
"""Pages whose blocks run above."""


def test_every_block_runs_or_says_what_it_needs() -> None:
    marked = [(page.name, block) for page in PAGES for block in runnable(page) if block.need]
    assert {block.need for _, block in marked} <= set(NEEDS)
    assert len(marked) <= MOST_MARKED, [name for name, _ in marked]
    for path in [*STAND_INS.values(), *ELSEWHERE.values()]:
        assert (ROOT / path).exists()
    for page in PAGES:
        left = [block for block in runnable(page) if block.mark not in ELSEWHERE and not block.need]
        if page.name == "recipes.md":
            assert all(block.code.startswith("# recipe: ") for block in left)
        elif left:
            assert page.parent == DOCS and page.name in FOLLOWED, page.name


def command_lines() -> list[tuple[str, str]]:
    """Page and line of every command that a page shows, also those that need what a test lacks."""
    return [
        (page.name, line)
        for page in PAGES
        for block in runnable(page)
        for line in block.lines
        if line.startswith("speakervid5m ")
    ]


@pytest.mark.parametrize(("page", "line"), command_lines())
def test_every_command_on_a_page_is_understood(
    page: str, line: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As the line before it writes it.
    (folder / "talks.toml").write_text('videos = ["talks"]\nout = "speakervid5m"\n')
    words = shlex.split(line.replace("$SLURM_ARRAY_TASK_ID", "0"), comments=True)[1:]
    # Everything is read; nothing runs.
    monkeypatch.setattr(ConfiguredCommand, "invoke", lambda *_: 0)
    monkeypatch.setattr(TyperCommand, "invoke", lambda *_: 0)
    assert main(words) == 0, page


def test_every_benchmark_on_a_page_is_there() -> None:
    for page in PAGES:
        for line in re.findall(r"`(python -m benchmarks[^`]*)`", page.read_text()):
            assert is_a_benchmark(line.split()), (page.name, line)

"""Names that no terminal and no column holds as they are, on a machine whose text is ASCII."""

import dataclasses
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from speakervid5m.processing.curation import curate
from speakervid5m.release import open_release
from tests.processing.curation.run.conftest import Curated

NAME = b"-t\xff \n\x1b[31m" + "\N{RIGHT-TO-LEFT OVERRIDE}José.mp4".encode()
SHOWN = "-t\\xff \\x0a\\x1b[31m\\u202eJosé.mp4"
LONG = b"\xfe" * 251 + b".mp4"
COMMANDS = """
import sys
from speakervid5m.cli import main
for name in ("status", "report"):
    print(name, main(["curate", name, *sys.argv[1:]]))
"""


def test_any_name_can_be_curated_printed_and_written(curated: Curated, tmp_path: Path) -> None:
    work, videos = tmp_path / "out.work", os.fsencode(tmp_path / "v") + b"\xe9os"
    shutil.copytree(curated.out.with_name("speakervid5m.work"), work)
    for stage in ("clips", "annotated", "scores"):
        # They hold the names of before.
        shutil.rmtree(work / "stages" / stage)
    try:
        os.mkdir(videos)
        shutil.copy(
            os.fsencode(curated.folder / "my videos" / "talk 0.mp4"), os.path.join(videos, NAME)
        )
    except OSError:
        pytest.skip("this file system holds names in UTF-8 alone")
    for name, text in ((LONG, "not a video"), (b"e\x1b[2J\xfe.mp4", "")):
        with open(os.path.join(videos, name), "w", encoding="ascii") as file:
            file.write(text)
    os.symlink(b"/nowhere", os.path.join(videos, b"gone\n\xff.mp4"))
    out = tmp_path / "out"
    folder = Path(os.fsdecode(videos))
    curate(dataclasses.replace(curated.options, videos=(folder,), out=out))
    release = open_release(str(out))
    names = {one.clips[0].source_name for name in release.configs for one in release[name]}
    assert names == {SHOWN}
    done = subprocess.run(
        [sys.executable, "-c", COMMANDS, videos, "--out", str(out)],
        cwd=Path(__file__).parents[4],
        env=os.environ
        | {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "LC_ALL": "C"}
        | {"PYTHONIOENCODING": "ascii:strict"},
        capture_output=True,
        check=False,
    )
    said = (done.stdout + done.stderr).decode("ascii")
    assert "\nstatus 0\n" in said and said.rstrip().endswith("report 0"), said
    assert "gone\\x0a\\xff.mp4: No such file or directory" in said
    assert "\x1b" not in said, "nobody's name turns the screen red"
    page = (tmp_path / "out.work" / "curation.html").read_text("utf-8")
    assert "gone\\x0a\\xff.mp4" in page
    assert "e\\x1b[2J\\xfe.mp4" in page

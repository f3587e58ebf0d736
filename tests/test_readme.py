"""The README's code runs, and its commands exist."""

import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from speakervid5m.cli import main
from tests.processing.shows import write_video
from tests.small_release import write_small_release

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "README.md").read_text()


def run_block(page: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Runs the first Python block of a page next to a small release."""
    (code, *_) = re.findall(r"```python\n(.*?)```", (ROOT / page).read_text(), re.DOTALL)
    write_small_release(folder / "speakervid5m")
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "HF_HOME": str(folder / "hf")},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_ten_lines_run_next_to_a_release(tmp_path: Path) -> None:
    done = run_block("README.md", tmp_path)
    assert done.returncode == 0, done.stderr
    assert "torch.Size([2, 16, 3, 128, 128])" in done.stdout
    assert "'position'" in done.stdout


def test_a_dump_that_is_not_there_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "VIDEOS").mkdir()
    (line,) = re.findall(r"`speakervid5m (import .*?)`", TEXT)
    assert main(shlex.split(line)) == 1
    assert "no annotations in 'DUMP'" in capsys.readouterr().err
    assert "no annotations in 'DUMP'" in (ROOT / "docs" / "faq.md").read_text()


def test_every_way_in_is_a_command() -> None:
    lines = re.findall(r"^\| [^|]* \| `speakervid5m (\w+)[^`]*` \|", TEXT, re.MULTILINE)
    assert {"import", "curate", "explore", "verify", "publish", "retract"} <= {*lines}
    targets = re.findall(r"`make (\w+)`|^make (\w+)", TEXT, re.MULTILINE)
    makefile = (ROOT / "Makefile").read_text()
    for name in {name for pair in targets for name in pair if name}:
        assert f"\n{name}:" in makefile


def test_the_backend_of_its_page_runs(tmp_path: Path) -> None:
    for package in ("cv2", "onnxruntime"):
        pytest.importorskip(package, reason="the extra curate is not installed")
    from speakervid5m.processing.engines import Source, StageStore, run_stages

    guide = (ROOT / "docs" / "backends.md").read_text()
    (code,) = re.findall(r"```python\n(.*?)```", guide, re.DOTALL)
    assert code.count("\n") <= 30, "it says that it is short"
    names: dict[str, Any] = {}
    exec(compile(code, "docs/backends.md", "exec"), names)
    stages = [stage for stage in names["stages"] if stage.name in ("probe", "voices")]
    assert stages[1].backend.name == "loudness"
    write_video(tmp_path / "a.mp4", 64, 48, 250, 1)
    source = Source(source_id="x", path=tmp_path / "a.mp4", digest="0", name="a.mp4")
    store = StageStore(tmp_path)
    report = run_stages(stages, [source], store)
    assert not report.failures
    part = store.find("voices", report.keys["x"]["voices"])
    assert part is not None
    assert set(part.table("intervals")["voice"].to_pylist()) == {"A", "B"}


def test_the_reference_has_every_gate_and_assumption() -> None:
    from speakervid5m.processing import Assumptions
    from speakervid5m.processing.curation import PROFILES
    from speakervid5m.release import GATES

    guide = (ROOT / "docs" / "curation_reference.md").read_text()
    gates = {gate.name: gate for profile in PROFILES.values() for gate in profile.own_gates}
    for gate in (*GATES, *gates.values()):
        rule = f"| `{gate.name}` | {gate.field} {gate.comparison} {gate.threshold:g} |"
        assert rule in guide
        assert gate.source in guide
    for name, value in Assumptions().to_dict().items():
        if name != "cut_range":
            assert f"| `--{name.replace('_', '-')}` | {value} |" in guide

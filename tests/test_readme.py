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


def run_block(page: str, folder: Path, *, also: str = "") -> subprocess.CompletedProcess[str]:
    """Runs the first Python block of a page next to a small release, and one with such a word."""
    code, *others = re.findall(r"```python\n(.*?)```", (ROOT / page).read_text(), re.DOTALL)
    code += next(other for other in others if also in other) if also else ""
    write_small_release(folder / "speakervid5m")
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "HF_HOME": str(folder / "hf")},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_loading_guide_runs(tmp_path: Path) -> None:
    done = run_block("docs/loading.md", tmp_path, also="Packing")
    assert done.returncode == 0, done.stderr


def test_the_ten_lines_run_next_to_a_release(tmp_path: Path) -> None:
    done = run_block("README.md", tmp_path)
    assert done.returncode == 0, done.stderr
    assert "torch.Size([2, 16, 3, 128, 128])" in done.stdout
    assert "'position'" in done.stdout


def test_the_commands_of_the_readme_are_understood(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "VIDEOS").mkdir()
    lines = re.findall(r"^ *(speakervid5m (?:import|verify|materialize) .*)$", TEXT, re.MULTILINE)
    assert lines
    for line in lines:
        # There is no DUMP here; a flag that does not exist would be wrong use, status 2.
        assert main(shlex.split(line)[1:]) == 1
    assert "no annotations in 'DUMP'" in capsys.readouterr().err


def test_what_the_readme_points_to_is_there() -> None:
    for link in re.findall(r"\]\(([^)]+)\)", TEXT):
        assert link.startswith("https://") or (ROOT / link).exists(), link
    targets = re.findall(r"`make (\w+)`|^make (\w+)", TEXT, re.MULTILINE)
    makefile = (ROOT / "Makefile").read_text()
    for name in {one for pair in targets for one in pair if one}:
        assert f"\n{name}:" in makefile
    for name in re.findall(r"python -m (benchmarks\.\w+)", TEXT):
        assert (ROOT / f"{name.replace('.', '/')}.py").exists()


def test_the_backend_of_the_curation_guide_runs(tmp_path: Path) -> None:
    for package in ("cv2", "onnxruntime"):
        pytest.importorskip(package, reason="the extra curate is not installed")
    from speakervid5m.processing.engines import Source, StageStore, run_stages

    guide = (ROOT / "docs" / "curation.md").read_text()
    (code,) = re.findall(r"```python\n(.*?)```", guide, re.DOTALL)
    assert code.count("\n") <= 30, "it says that it is short"
    names: dict[str, Any] = {}
    exec(compile(code, "docs/curation.md", "exec"), names)
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


def test_the_curation_guide_has_every_gate_and_assumption() -> None:
    from speakervid5m.processing import Assumptions
    from speakervid5m.processing.curation import PROFILES
    from speakervid5m.release import GATES

    guide = (ROOT / "docs" / "curation.md").read_text()
    gates = {gate.name: gate for profile in PROFILES.values() for gate in profile.own_gates}
    for gate in (*GATES, *gates.values()):
        rule = f"| `{gate.name}` | {gate.field} {gate.comparison} {gate.threshold:g} |"
        assert rule in guide
        assert gate.source in guide
    for name, value in Assumptions().to_dict().items():
        if name != "cut_range":
            assert f"| `--{name.replace('_', '-')}` | {value} |" in guide


def test_the_commands_of_the_curation_guide_are_understood(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("cv2", reason="the extra curate is not installed")
    monkeypatch.chdir(tmp_path)
    guide = (ROOT / "docs" / "curation.md").read_text()
    lines = re.findall(r"^(speakervid5m curate .*?)(?: +#.*)?$", guide, re.MULTILINE)
    assert len(lines) >= 8
    for line in lines:
        words = shlex.split(line.replace("$SLURM_ARRAY_TASK_ID", "3"))[1:]
        # There is no folder of talks here; a flag that does not exist would be status 2.
        assert main(words) == 1, line
        said = capsys.readouterr().err
        assert "no video or folder" in said or "weights are missing" in said, said

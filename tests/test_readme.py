"""The README's code runs, and its commands exist."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from speakervid5m.cli import main
from tests.small_release import write_small_release

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "README.md").read_text()


def run_block(page: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Runs the first Python block of a page next to a small release."""
    code, *_ = re.findall(r"```python\n(.*?)```", (ROOT / page).read_text(), re.DOTALL)
    write_small_release(folder / "speakervid5m")
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "HF_HOME": str(folder / "hf")},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_first_block_of_the_loading_guide_runs(tmp_path: Path) -> None:
    done = run_block("docs/loading.md", tmp_path)
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


def test_the_stage_of_the_curation_guide_runs(tmp_path: Path) -> None:
    import pyarrow as pa

    from speakervid5m.processing.engines import Source, Stage, StageStore, Stateless, run_stages

    guide = (ROOT / "docs" / "curation.md").read_text()
    (code,) = re.findall(r"```python\n(.*?)```", guide, re.DOTALL)
    names: dict[str, object] = {}
    exec(compile(code, "docs/curation.md", "exec"), names)
    stage = names["stage"]
    assert isinstance(stage, Stage)
    voices = Stage(
        name="voices",
        what="two intervals",
        backend=stage.backend,
        load=Stateless(lambda _source, _inputs: {"intervals": pa.table({"voice": ["A", "B"]})}),
    )
    source = Source(source_id="x", path=tmp_path, digest="0", name="")
    store = StageStore(tmp_path)
    report = run_stages([voices, stage], [source], store)
    assert not report.failures
    part = store.find("loudness", report.keys["x"]["loudness"])
    assert part is not None
    assert part.tables()["loudness"]["num_intervals"].to_pylist() == [2]

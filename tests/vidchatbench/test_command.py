"""`bench run` and `bench verify`, as typed."""

from pathlib import Path

import pytest

from speakervid5m.cli import main


def test_a_model_is_run_and_its_replies_checked(
    small_root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root, out = str(small_root), tmp_path / "my replies"
    model = "tests.vidchatbench.models:shaking"
    assert main(["bench", "run", root, "--out", str(out), "--model", model]) == 0
    assert "8 replies (8 new), 0 failures" in capsys.readouterr().out
    assert main(["bench", "verify", root, str(out)]) == 0
    assert "8 of 8 replies can be judged" in capsys.readouterr().out
    next(out.rglob("*.mp4")).unlink()
    assert main(["bench", "verify", root, str(out)]) == 1
    assert "REFUSED: 1 problems" in capsys.readouterr().out

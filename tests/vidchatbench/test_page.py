"""The page's example runs as it stands there."""

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "vidchatbench.md"


def test_the_example_runs(capsys: pytest.CaptureFixture[str]) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    exec(compile(code, PAGE.name, "exec"), {"__name__": PAGE.name})
    estimate, comparison = capsys.readouterr().out.splitlines()
    assert "standard_error" in estimate and comparison.startswith("second_higher")

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from benchmarks import kernels

WAYS = {
    "sums": ["opencv", "torch", "torch, GPU", "triton, GPU"],
    "sharpness": ["opencv", "torch", "torch, GPU"],
    "look": ["CPU", "torch", "NVDEC, GPU"],
}


def test_a_small_run_compares_and_measures(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "out" / "kernels.json"
    size = ["--width", "384", "--height", "216", "--frames", "8", "--repeats", "2"]
    assert kernels.main(["--json", str(path), *size]) == 0
    found = json.loads(path.read_text())
    assert found["facts"]["size"] == [384, 216]
    by_name: dict[str, list[str]] = {}
    for row in found["rows"]:
        by_name.setdefault(row["name"], []).append(row["way"])
        if row["way"].endswith("GPU") and not torch.cuda.is_available():
            assert row["seconds"] is None and row["ratio"] is None
        else:
            assert row["seconds"] > 0 and len(row["all_seconds"]) == 2
            assert row["frames_per_second"] > 0 and row["ratio"] > 0
    assert by_name == WAYS
    said = capsys.readouterr().out
    assert ("no GPU" in said) is not torch.cuda.is_available()


def test_a_way_that_does_something_else_is_no_way() -> None:
    ways: dict[str, kernels.Way | None] = {
        "one": lambda: np.zeros(3),
        "gone": None,
        "other": lambda: np.ones(3),
    }
    with pytest.raises(ValueError, match="sums by other is not sums by one"):
        kernels.measured("sums", ways, 3, 1)
    del ways["other"]
    one, gone = kernels.measured("sums", ways, 3, 1)
    assert one["ratio"] == 1 and gone["seconds"] is None

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks import rebuild


def test_every_branch_of_twenty_shows_is_rebuilt_exactly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "out" / "rebuild.json"
    monkeypatch.setattr(sys, "argv", ["rebuild", "--seeds", "20", "--json", str(path)])
    rebuild.main()
    found: dict[str, Any] = json.loads(path.read_text())
    assert len(found["seeds"]) == 20
    for branch in ("dialogue", "single", "listening", "multi_turn"):
        scores = found["branches"][branch]
        assert scores["true"] > 50
        assert (scores["precision"], scores["recall"]) == (1.0, 1.0)
    assert 0 < found["listening_on_screen"] < found["branches"]["listening"]["true"]


def test_wrong_answers_are_seen() -> None:
    scores = rebuild._compare({("a",), ("b",)}, {("b",), ("c",), ("d",)})
    assert scores == {"found": 2, "true": 3, "precision": 0.5, "recall": 1 / 3}
    assert rebuild._compare(set(), {("a",)})["recall"] == 0.0
    assert rebuild._compare({("a",)}, set())["precision"] == 0.0

import json
import statistics
from pathlib import Path

from benchmarks.loading import measure
from benchmarks.loading.__main__ import main
from benchmarks.loading.measure import Cost, bootstrap, compared, in_turns, value


def test_a_ratio_is_theirs_by_ours_round_by_round() -> None:
    row = compared(
        "a", [Cost(1.0, 2.0), Cost(2.0, 2.0)], [Cost(2.0, 2.0), Cost(4.0, 6.0)], target=1.5
    )
    assert (row.ratio, row.low, row.high, row.cpu_ratio) == (2.0, 2.0, 2.0, 2.0)
    assert row.holds and row.to_dict()["holds"] is True
    assert value("b", [2.0], "s", target=1.0).holds is False
    assert value("c", [2.0], "s").holds is None


def test_an_interval_holds_the_median_and_narrows() -> None:
    few, many = [1.0, 2.0, 3.0, 4.0], [1.0, 2.0, 3.0, 4.0] * 50
    low, high = bootstrap(few)
    assert low <= statistics.median(few) <= high
    assert bootstrap(many)[1] - bootstrap(many)[0] < high - low


def test_contenders_take_turns() -> None:
    seen: list[str] = []
    found = in_turns({name: lambda name=name: seen.append(name) for name in "ab"}, 2)  # type: ignore[misc]
    assert seen == ["a", "b", "a", "b", "b", "a"] and len(found["a"]) == 2
    assert measure.resident_bytes() > 1 << 20


def test_a_short_run_writes_its_rows(tmp_path: Path) -> None:
    path = tmp_path / "out" / "loading.json"
    arguments = ["--quick", "--rounds", "1", "--rows", "6400", "--json", str(path), "--only"]
    assert main([*arguments, "resume", "remote", "scale"]) == 0
    found = json.loads(path.read_text())
    rows = {row["name"]: row for row in found["rows"]}
    assert all(row["low"] <= row["ratio"] <= row["high"] for row in rows.values())
    assert rows["resume: exact for (ranks, workers) 1x2, 2x1, 4x0"]["holds"]
    assert rows["resume: bytes of the state"]["holds"]
    assert rows["media bytes read when a filter keeps 10 %, of the bytes kept"]["ratio"] < 1.2
    assert any(name.endswith("open and read one record") for name in rows)

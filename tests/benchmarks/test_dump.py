from pathlib import Path

from benchmarks import dump


def test_both_ways_find_every_record(tmp_path: Path) -> None:
    report = dump.compare(300, tmp_path, jobs=1)
    assert report["records"] >= 300
    assert report["ours"]["clips"] == report["obvious"]["clips"] == report["records"]
    for name in ("records_per_second", "peak_memory_bytes", "ratio", "dump_bytes"):
        assert report[name] > 0
    assert not list(tmp_path.iterdir())

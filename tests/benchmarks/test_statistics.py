from pathlib import Path

from benchmarks.statistics import measured, write_index


def test_it_counts_every_row(tmp_path: Path) -> None:
    write_index(tmp_path, 2_000)
    found = measured(tmp_path)
    assert found["rows"] == 2_000
    assert 0 < found["people"] <= 2_000
    assert found["peak_memory_bytes"] > found["index_bytes"] > 0

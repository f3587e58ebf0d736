"""The search finds what is there, wherever it lies; and nothing is there after a takedown."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from benchmarks.takedown import takedown
from benchmarks.traces import Sought, found_in


def test_the_search_finds_values_and_bytes(tmp_path: Path) -> None:
    pieces = tuple(bytes([n]) * 3 + b"middle of %d" % n + bytes(300) for n in range(5))
    sought = Sought(names=frozenset(["an_id#A", "w0"]), silent=frozenset(["w1"]), media=pieces)
    nested = pa.array([[{"bytes": pieces[0], "path": "w0"}]])
    pq.write_table(pa.table({"turns": nested}), tmp_path / "a.parquet", compression="zstd")
    (tmp_path / "blob").write_bytes(b"x" * 13 + pieces[1] + pieces[2][:-1] + b"!")
    (tmp_path / "card.md").write_text("of an_id#A, w1")
    found = found_in([tmp_path, tmp_path / "nowhere"], sought)
    assert (found.num_names, found.num_media) == (2, 2)
    assert found_in([tmp_path], sought, silent=True).num_names == 3
    assert found.share(sought) == pytest.approx(4 / 7)


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_nothing_is_left_and_nothing_else_is_changed(tmp_path: Path) -> None:
    figures = takedown(num_sources=6, count=2, kills=0, work=tmp_path)
    for asked in ("sources", "people"):
        one = figures[asked]
        assert one["found_before"] == 1 and one["sought_names"] > 2 and one["sought_media"] > 4
        assert one["found_after"] == 0
        assert one["kept_media_identical"] and one["verified"]
        assert 0 < one["rows_after"] < one["rows_before"]
    assert figures["sources"]["equals_an_import_without_them"]

from pathlib import Path

from benchmarks.explorer import point_to_one_clip, visited
from benchmarks.loading.scale import write_large_index


def test_a_visit_is_measured_to_its_end(tmp_path: Path) -> None:
    write_large_index(tmp_path / "release", 64 * 16)
    point_to_one_clip(tmp_path / "release")
    found = visited(tmp_path / "release", tmp_path / "cache")
    assert found["clip bytes"] > 400_000
    names = ("first list", "first sample", "first clip, all bytes", "conversation")
    assert 0 < sum(found[name] for name in names) < 60

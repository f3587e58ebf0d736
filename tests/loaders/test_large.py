"""An index that does not stay in memory, and stored bytes without decoding."""

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.loading.scale import CONFIG as LARGE, write_large_index
from speakervid5m.loaders import Loader, RawLoader
from speakervid5m.release import DamagedRelease, Release, Samples, open_release
from speakervid5m.release.read import column_cache
from tests.small_release import write_small_release


@pytest.fixture
def mapped(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setattr(column_cache, "IN_MEMORY_ROWS", 0)
    monkeypatch.setenv(column_cache.CACHE_VARIABLE, str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.mark.parametrize("name", ["dialogue_sft", "listening_sft", "multi_turn_sft"])
def test_a_mapped_index_says_the_same(mapped: Path, small_root: Path, name: str) -> None:
    there = open_release(str(small_root))[name]
    mapped_rows, mapped_tables = list(there), there.table()
    column = {"dialogue_sft": "responder_video", "listening_sft": "listener_video"}.get(
        name, "turn_videos"
    )
    frames = [there.frames(number, column) for number in range(len(there))]
    assert list(mapped.rglob("*.arrow"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(column_cache, "IN_MEMORY_ROWS", 1000)
        here = open_release(str(small_root))[name]
        assert list(here) == mapped_rows and here.table().equals(mapped_tables)
        assert all(here.frames(number, column).equals(one) for number, one in enumerate(frames))


@pytest.mark.usefixtures("mapped")
def test_a_second_opening_reads_no_index(own_root: Path) -> None:
    expected = list(open_release(str(own_root))["single_sft"])
    for path in (own_root / "index").rglob("*.parquet"):
        path.unlink()
    assert list(open_release(str(own_root))["single_sft"]) == expected


def test_the_cache_of_an_earlier_index_is_deleted(mapped: Path, own_root: Path) -> None:
    list(open_release(str(own_root))["single_sft"])
    (first,) = {path.parents[1] for path in mapped.rglob("*.arrow")}
    manifest = json.loads((own_root / "manifest.json").read_text())
    name = "index/single_sft/text-0000.parquet"
    manifest["files"][name]["sha256"] = "0" * 64
    (own_root / "manifest.json").write_text(json.dumps(manifest))
    list(open_release(str(own_root))["single_sft"])
    (second,) = {path.parents[1] for path in mapped.rglob("*.arrow")}
    assert first != second and not first.exists()


@pytest.mark.usefixtures("mapped")
def test_a_large_index_is_opened_filtered_and_iterated(tmp_path: Path) -> None:
    write_large_index(tmp_path / "large", 64 * 160)
    samples = open_release(str(tmp_path / "large"))[LARGE]
    assert len(samples) == 64 * 160 == len({*samples.table(["sample_id"])["sample_id"].to_pylist()})
    kept = samples.where("responder_dover > 0.9")
    assert 0 < len(kept) < len(samples) / 5
    for shuffle in (True, "blocks"):
        arguments: dict[str, Any] = {"batch_size": 8, "video": None, "audio": None}
        loader = Loader(kept, **arguments, shuffle=shuffle)
        found = [one for batch in loader for one in batch.sample_ids]
        assert len(found) == len(set(found)) == len(kept) // 8 * 8


@pytest.mark.parametrize("workers", [0, 2])
def test_stored_bytes_come_as_they_are(release: Release, workers: int) -> None:
    samples = release["dialogue_sft"]
    loader = RawLoader(
        samples, ["responder_video", "responder_pose"], batch_size=3, num_workers=workers
    )
    orders = []
    for _ in range(2):
        found = [one for batch in loader for one in batch]
        orders.append([one.number for one in found])
        for one in found:
            plain = [None if data is None else bytes(data) for data in one.media]
            assert plain[0] == samples.media(one.number, "responder_video")
            assert plain[1] == samples.media(one.number, "responder_pose")
    assert orders[0] != orders[1] and sorted(orders[0]) == sorted(orders[1]) == list(range(8))


@pytest.mark.parametrize("workers", [0, 1])
def test_damaged_bytes_are_seen(own_root: Path, workers: int) -> None:
    samples: Samples = open_release(str(own_root))["single_sft"]
    place = samples.ranges(3, "video")
    assert place and not isinstance(place, list)
    path = own_root / place.path
    data = bytearray(path.read_bytes())
    data[place.offset_bytes + 5] ^= 1
    path.unlink()
    path.write_bytes(data)
    with pytest.raises(DamagedRelease, match="checksum"):
        list(
            RawLoader(
                open_release(str(own_root))["single_sft"],
                ["video"],
                batch_size=4,
                num_workers=workers,
            )
        )


def test_a_small_release_leaves_no_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(column_cache.CACHE_VARIABLE, str(tmp_path / "cache"))
    write_small_release(tmp_path / "speakervid5m", configs=["single_sft"], num_sources=1)
    assert list(open_release(str(tmp_path / "speakervid5m"))["single_sft"])
    assert not (tmp_path / "cache").exists()

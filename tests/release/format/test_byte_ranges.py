"""The central promise: the bytes at (shard, offset, length) are the value that Parquet gives."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest
import xxhash

from speakervid5m.media import count_frames, frame_table
from speakervid5m.records import CONFIGS, Clip, columns_of
from speakervid5m.release import DamagedRelease, MediaRange, open_release
from speakervid5m.release.format.byte_ranges import locate
from speakervid5m.release.format.shard import media_values
from tests.small_release import small_rows, write_rows


def check_ranges(root: Path, name: str) -> int:
    """Compares every piece of media of a config, three ways; returns how many there are."""
    samples = open_release(str(root))[name]
    media = [column for column in columns_of(samples.config.branch) if column.table == "media"]
    stored = [
        row
        for url in samples.shard_urls
        for row in pq.read_table(url, columns=["sample_id", *(c.name for c in media)]).to_pylist()
    ]
    assert len(stored) == len(samples) > 0
    compared = 0
    for number, row in enumerate(stored):
        assert row["sample_id"] == samples[number].sample_id
        for column in media:
            values = media_values(row[column.name], column)
            found = samples.ranges(number, column.name)
            places = found if isinstance(found, list) else [found]
            assert [place is None for place in places] == [value is None for value in values]
            for place, value in zip(places, values, strict=True):
                if not isinstance(place, MediaRange) or value is None:
                    continue
                data = (root / place.path).read_bytes()
                assert data[place.offset_bytes :][: place.num_bytes] == value
                assert xxhash.xxh3_64_intdigest(value) == place.xxh3_64
                assert samples.read(place) == value
                compared += 1
            assert samples.media(number, column.name) == (values if column.many else values[0])
    return compared


@pytest.mark.parametrize("name", CONFIGS)
def test_every_piece_of_media_lies_where_the_index_says(small: Path, name: str) -> None:
    assert check_ranges(small, name) > len(open_release(str(small))[name])


def test_ranges_hold_over_many_row_groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("speakervid5m.release.format.shard.ROW_GROUP_BYTES", 30_000)
    root = tmp_path / "release"
    write_rows(root, small_rows(configs=["single_sft", "multi_turn_sft"]), num_buckets=1)
    shard = root / "data/single/sft/train-0000.parquet"
    assert pq.ParquetFile(shard, memory_map=False).num_row_groups > 3
    assert check_ranges(root, "single_sft") > 16
    assert check_ranges(root, "multi_turn_sft") > 4
    groups = open_release(str(root))["single_sft"].table(["row", "row_group"]).to_pydict()
    assert groups["row"] == list(range(16)) and groups["row_group"] == sorted(groups["row_group"])


def test_what_comes_back_is_what_was_put_in(small: Path) -> None:
    for name, rows in small_rows().items():
        samples = open_release(str(small))[name]
        by_id = {one.sample_id: number for number, one in enumerate(samples)}
        assert len(by_id) == len(rows)
        for row in rows:
            number = by_id[row.sample.sample_id]
            assert samples[number] == row.sample
            for column, value in row.media.items():
                assert samples.media(number, column) == value


def test_frames_say_where_every_frame_lies(small: Path) -> None:
    for name, column in (("dialogue_sft", "responder_video"), ("multi_turn_sft", "turn_videos")):
        samples = open_release(str(small))[name]
        for number in range(len(samples)):
            value = samples.media(number, column)
            videos = value if isinstance(value, list) else [value]
            rows = samples.frames(number, column).to_pylist()
            assert [row["position"] for row in rows] == list(range(len(videos)))
            for row, data in zip(rows, videos, strict=True):
                assert data is not None
                table = frame_table(data)
                assert tuple(row["offset_bytes"]) == table.offset_bytes
                assert tuple(row["pts"]) == table.pts
                assert len(row["pts"]) == count_frames(data)
                assert row["is_key"][0] is True


def test_measured_sizes_are_those_of_the_media(small: Path) -> None:
    samples = open_release(str(small))["dialogue_sft"]
    clip = samples[0].clips[1]
    data = samples.media(0, "responder_video")
    assert isinstance(clip, Clip) and isinstance(data, bytes)
    assert count_frames(data) == clip.num_frames


def test_a_value_that_does_not_lie_in_one_piece_is_an_error() -> None:
    value = bytes(range(200))
    data = memoryview(b"head" + len(value).to_bytes(4, "little") + value + b"tail")
    assert locate(data, 0, len(data), [None, value])[1] is not None
    broken = memoryview(bytes(data).replace(bytes([150, 151]), b"\x00\x00"))
    with pytest.raises(DamagedRelease, match="not contiguous"):
        locate(broken, 0, len(broken), [value])


def test_equal_values_are_told_apart() -> None:
    one = (3).to_bytes(4, "little") + b"abc"
    data = memoryview(one + one)
    found = locate(data, 0, len(data), [b"abc", b"abc"])
    assert [place[0] for place in found if place] == [4, 11]

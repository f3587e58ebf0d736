"""Which file is which source, whatever people call their files."""

from pathlib import Path

import pytest

from speakervid5m.processing.assembly.source_files import find_sources, in_shard


def test_ids_that_differ_in_case_alone_are_two_sources(tmp_path: Path) -> None:
    upper, lower = "AbcdefghijK", "abcdefghijk"
    (tmp_path / f"{upper}.mp4").touch()
    (tmp_path / f"a talk [{lower}].MP4").touch()
    found = find_sources(tmp_path, {upper, lower})
    assert {name: path.name for name, path in found.files.items()} == {
        upper: f"{upper}.mp4",
        lower: f"a talk [{lower}].MP4",
    }
    assert not found.unknown


@pytest.mark.parametrize(
    "name",
    [
        "-a_b-c_d-e_.mp4",
        "-a_b-c_d-e__1920x1080_full_video.mkv",
        'It\'s "late" & $HOME; rm -rf * [-a_b-c_d-e_].webm',
        "concat:x [-a_b-c_d-e_].mov",
    ],
)
def test_odd_names_are_names(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "my videos" / "-deep"
    folder.mkdir(parents=True)
    (folder / name).touch()
    found = find_sources(tmp_path, {"-a_b-c_d-e_"})
    assert [path.name for path in found.files.values()] == [name]


def test_a_second_file_and_a_stranger_are_said(tmp_path: Path) -> None:
    for name in ("b [BK6_XIz6-ZE].mp4", "a [BK6_XIz6-ZE].mp4", "holiday.mp4", "notes.txt"):
        (tmp_path / name).touch()
    found = find_sources(tmp_path, {"BK6_XIz6-ZE"})
    assert found.files["BK6_XIz6-ZE"].name == "a [BK6_XIz6-ZE].mp4"
    assert [path.name for path in found.doubles] == ["b [BK6_XIz6-ZE].mp4"]
    assert [path.name for path in found.unknown] == ["holiday.mp4"]


def test_every_source_is_in_one_shard() -> None:
    ids = [f"source-{number:04d}" for number in range(400)]
    for count in (1, 2, 7):
        shards = [[one for one in ids if in_shard(one, (index, count))] for index in range(count)]
        assert sorted(one for shard in shards for one in shard) == ids
        assert min(map(len, shards)) > 400 / count / 2

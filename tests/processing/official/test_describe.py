"""A dump described: nothing of its content, however it is made, and whatever is broken in it."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from speakervid5m.processing.official.describe import describe_dump
from speakervid5m.processing.official.untrusted_json.shapes import Shape
from speakervid5m.processing.studio.dump.files import Archive

CLIP = "BK6_XIz6-ZE_1920x1080_full_video_042_A_00"


def described(root: Path) -> str:
    return "\n".join(describe_dump(root))


def test_what_is_broken_is_named_and_the_rest_described(tmp_path: Path) -> None:
    with Archive(tmp_path / "merged_anno" / "tar_batch_3.tar.gz") as archive:
        archive.add(f"{CLIP}.json", json.dumps({"bbox": [0, 1], "Ann Lee": 3}).encode())
        archive.add("../climbs.json", b"{}")
        archive.add("Ann Lee.txt", b"{")
        archive.add(f"x/{CLIP}.mp4.json", b"[" * 3000)
    (tmp_path / "merged_anno" / "Ann Lee.tar.gz").write_bytes(b"no archive")
    (tmp_path / "SFT_set.json").write_bytes(b'["cut off')
    (tmp_path / "testset.json").symlink_to("gone")
    (tmp_path / "all_data_list.json").write_text(
        f'{{"pairs": {{"Ann Lee": ["{CLIP}"], "BK6_XIz6-ZE": "x"}}}}\n"Ann Lee"\n'
    )
    said = described(tmp_path)
    assert "tar_batch_#.tar.gz 1" in said and "<name>.tar.gz 1" in said
    assert "<video>_#_A_#.json 1" in said and "<folder>/<video>_#_A_#.mp4.json 1" in said
    for reason in ("unsafe_name 1", "damaged_archive (the rest of a file) 1", "cannot be opened"):
        assert reason in said
    assert "cannot be read: not_json: at character 1" in said
    assert "JSON lines: 2 values" in said
    assert "<11 characters, as video ids have>: text to 30 characters 1" in said
    for content in ("Ann", "Lee", "BK6", "climbs"):
        assert content not in said


def test_numbers_of_any_length_are_looked_at(tmp_path: Path) -> None:
    """Cut off anywhere, `1...1e5` would be no number any more."""
    long = "1" * 399
    (tmp_path / "testset.json").write_text(f"[{long}e5, -{long}.5, {long}, 1e999, -0]")
    assert "[]: " in described(tmp_path)


def test_there_is_a_folder(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no folder of annotations"):
        described(tmp_path / "typo")
    assert described(tmp_path).count("missing") == 3


def test_a_key_is_shown_if_it_is_published_or_of_several_videos() -> None:
    shape = Shape()
    for number in range(9):
        shape.add({"bbox": 1, "New Key": 2, f"somebody{number}": 3}, f"video {number}")
    assert [line.split(":")[0].strip() for line in shape.lines()[1:]] == [
        "New Key",
        "bbox",
        "somebody#",
    ]
    of_one = Shape()
    for _ in range(9):
        of_one.add({"Ann Lee": 1, "bbox": 2}, "video 1")
    assert "Ann" not in "".join(of_one.lines()) and "<1 other keys>" in "".join(of_one.lines())


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@settings(max_examples=100, suppress_health_check=list(HealthCheck))
@given(st.lists(anything, max_size=5))
def test_whatever_stands_there_is_printed_in_plain_characters(values: list[Any]) -> None:
    shape = Shape()
    for number, value in enumerate(values):
        shape.add(value, str(number))
    for line in shape.lines():
        assert line.isascii() and line.isprintable()

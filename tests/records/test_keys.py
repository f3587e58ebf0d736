import re

import pytest
from hypothesis import given, strategies as st

from speakervid5m.records import ClipKey, ClipKeyError, parse_video_name

IDS = (
    st.text("abcXYZ019_-", min_size=11, max_size=11)
    | st.just("_full_video")
    | st.just("-a_b-c_d-e_")
)
LABELS = st.sampled_from(
    [("A", "speaking"), ("B", "listening"), ("C", "speaking"), (None, "unbound")]
)


@given(
    IDS,
    st.integers(1, 9999),
    st.integers(1, 9999),
    st.integers(0, 12345),
    LABELS,
    st.integers(0, 234),
)
def test_parse_inverts_print(source_id, width, height, scene, label, box):  # type: ignore[no-untyped-def]
    key = ClipKey(
        source_id=source_id,
        source_width=width,
        source_height=height,
        scene=scene,
        voice=label[0],
        role=label[1],
        box_index=box,
    )
    assert ClipKey.parse(str(key)) == key
    assert str(ClipKey.parse(f"{key}.json")) == str(key)
    assert parse_video_name(key.video_name) == (source_id, width, height)


@given(st.text())
def test_whatever_parses_prints_the_same(text: str) -> None:
    try:
        key = ClipKey.parse(text)
    except ClipKeyError:
        return
    assert str(key) == re.sub(r"\.(json|mp4|wav)$", "", text)


@pytest.mark.parametrize(
    ("label", "voice", "role"),
    [("A", "A", "speaking"), ("B_None", "B", "listening"), ("None", None, "unbound")],
)
def test_labels_as_we_read_them(label: str, voice: str | None, role: str) -> None:
    key = ClipKey.parse(f"BK6_XIz6-ZE_1920x1080_full_video_042_{label}_01")
    assert (key.voice, key.role, key.label) == (voice, role, label)
    assert key.audio_name == f"BK6_XIz6-ZE_1920x1080_full_video_042_{label}"


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("BK6_XIz6-ZE_1920x1080_042_A_00", "lacks '_full_video_'"),
        ("short_1920x1080_full_video_042_A_00", "11 characters"),
        ("BK6_XIz6-ZE_1920_full_video_042_A_00", "WIDTHxHEIGHT"),
        ("BK6_XIz6-ZE_1920x1080_full_video_42_A_00", "3 digits"),
        ("BK6_XIz6-ZE_1920x1080_full_video_042_AB_00", "a label"),
        ("BK6_XIz6-ZE_1920x1080_full_video_042_A_0", "2 digits"),
        ("../BK6_XIz6ZE_1920x1080_full_video_042_A_00", "11 characters"),
        ("BK6_XIz6-ZE_1920x1080_full_video_042_A_00\n", "after"),
    ],
)
def test_errors_say_which_part_is_wrong(name: str, part: str) -> None:
    with pytest.raises(ClipKeyError, match=re.escape(part)):
        ClipKey.parse(name)


def test_a_source_name_of_another_form_is_refused() -> None:
    with pytest.raises(ClipKeyError, match="not a source name"):
        parse_video_name("BK6_XIz6-ZE_1920x1080_full_video_042")

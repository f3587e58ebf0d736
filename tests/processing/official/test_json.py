"""JSON as strangers write it: repaired where only that can be meant, else named."""

import json
import math
from collections import Counter
from typing import Any

import pytest

from speakervid5m.processing.official.problems import Unusable
from speakervid5m.processing.official.values import as_object, parse
from speakervid5m.records import ClipKey

KEY = ClipKey.parse("BK6_XIz6-ZE_1920x1080_full_video_042_B_01")
PUBLISHED: dict[str, Any] = {
    "num_frames": 294,
    "clear": 2221.807638888889,
    "video_total_duration": 11.811800000000005,
    "start": 297.25603333333333,
    "duration": 4.2,
    "start_seconds": 289.6560333333333,
    "end_seconds": 301.4678333333333,
    "bbox": [0.6020080312093099, 0.060399305555555595, 0.9994791666666667, 0.9140717230902777],
    "conf": 0,
    "sync": {
        "0": [[6.1157, 7.3346, -3.0], [3.4444, 9.136, -1.0]],
        "1": [[0, 0, 0], [0, 0, 0]],
    },
    "speaker": ["B", "B"],
    "dover": 0.5581270269629535,
}


@pytest.mark.parametrize(
    ("data", "repair"),
    [
        (b'{"a": 1}', None),
        (b'{"a": "caf\xe9", "b": 1}', "bad_utf8"),
        (b'{"a": NaN}', "lenient_json"),
        (b'\xef\xbb\xbf{"a": 1}', "lenient_json"),
    ],
)
def test_json_that_is_nearly_right(data: bytes, repair: str | None) -> None:
    repairs: Counter[str] = Counter()
    assert "a" in parse(data, repairs)
    assert dict(repairs) == ({repair: 1} if repair else {})


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "not_json"),
        (b"{", "not_json"),
        (b"\x00\x01", "not_json"),
        (b'{"a": }', "not_json"),
        ('{"a": 1}'.encode("utf-16"), "not_json"),
        (b"1" * 5000, "not_an_object"),
        (b"[" * 100_000, "too_deep"),
        (b"[" * 5000 + b"]" * 5000, "too_deep"),
        (b"[" * 200 + b"NaN" + b"]" * 200, "too_deep"),
        (b"[" * 1000 + b"]" * 1000, "not_an_object"),
    ],
)
def test_json_that_is_none(data: bytes, reason: str) -> None:
    with pytest.raises(Unusable) as caught:
        as_object(parse(data, Counter()))
    assert caught.value.reason == reason
    assert len(caught.value.detail) < 300


def test_what_cannot_be_stored_does_not_leave_the_parser() -> None:
    repairs: Counter[str] = Counter()
    data = (
        b'{"a": "x\\ud83d", "\\ude00": ["\\ud83d\\ude00", {"b": "\\udfff"}], "c": '
        + b"1" * 400
        + b', "d": -'
        + b"1" * 30
        + b', "e": 1e999, "f": 7}'
    )
    found = parse(data, repairs)
    assert found == {
        "a": "x\ufffd",
        "c": math.inf,
        "d": -float("1" * 30),
        "e": math.inf,
        "f": 7,
        "\ufffd": ["\U0001f600", {"b": "\ufffd"}],
    }
    assert repairs == {"lenient_json": 1, "lone_surrogate": 3}
    json.dumps(found, ensure_ascii=False).encode()


def test_of_a_key_that_comes_twice_the_last_one_counts() -> None:
    for data in (b'{"a": 1, "a": 2}', b'{"a": NaN, "a": 2}'):
        assert parse(data, Counter()) == {"a": 2}

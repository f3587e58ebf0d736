"""JSON as strangers write it: repaired where only that can be meant, else named."""

import json
import math
from collections import Counter

import pytest

from speakervid5m.processing.official.dump.problems import Unusable
from speakervid5m.processing.official.untrusted_json.values import as_object, parse


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

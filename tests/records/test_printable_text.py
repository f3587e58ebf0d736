"""The printable form of strangers' names: one line of text that any file can hold."""

import os
import unicodedata

import pytest
from hypothesis import example, given, strategies as st

from speakervid5m.records import printable


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (b"a talk.mp4", "a talk.mp4"),
        ("José 対談\N{IDEOGRAPHIC SPACE}2.mp4".encode(), "José 対談\N{IDEOGRAPHIC SPACE}2.mp4"),
        (b"caf\xe9.mp4", "caf\\xe9.mp4"),
        (b"a\nb\x1b[31mc\r.mp4", "a\\x0ab\\x1b[31mc\\x0d.mp4"),
        ("x\N{RIGHT-TO-LEFT OVERRIDE}4pm.mp4".encode(), "x\\u202e4pm.mp4"),
        ("a\N{LINE SEPARATOR}b\x85c".encode(), "a\\u2028b\\x85c"),
        (b"-n --rf", "-n --rf"),
        (b"\xff" * 255, "\\xff" * 255),
    ],
)  # fmt: skip
def test_what_cannot_be_shown_is_spelled_out(name: bytes, expected: str) -> None:
    for locale in ("utf-8", "ascii"):
        assert printable(name.decode(locale, "surrogateescape")) == expected


@given(st.text(st.characters(codec=None)))
@example("\ud83d")
@example("\udcff\udc80")
def test_it_is_one_line_that_every_encoding_of_unicode_holds(name: str) -> None:
    shown = printable(name)
    shown.encode("utf-8")
    assert len(shown.splitlines()) <= 1
    assert not any(unicodedata.category(letter) == "Cc" for letter in shown)
    assert printable(shown) == shown


@given(st.binary(max_size=255))
def test_bytes_of_a_file_name_are_all_told(name: bytes) -> None:
    shown = printable(os.fsdecode(name.replace(b"\x00", b"")))
    for byte in set(name):
        if byte < 0x20 and byte:
            assert f"\\x{byte:02x}" in shown

"""Escaping, one character and one output at a time."""

import re

import pytest
from hypothesis import given, strategies as st
from markupsafe import Markup

from speakervid5m.cards.content.escaping import code, plain, text
from speakervid5m.cards.figures.theme import label


@given(st.text())
def test_text_means_nothing_to_anybody(words: str) -> None:
    found = str(text(words))
    rest = re.sub(r"&#\d+;", "", found)
    assert not re.search(r"[&<>*_`\[\]{}|\\/~$#@^\n]", rest)
    assert not re.search("[\u202a-\u202e\u2066-\u2069\u200e\u200f]", found)


@given(st.text())
def test_code_spans_and_labels_stay_in_their_line(words: str) -> None:
    span = str(code(words))
    assert span.count("`") == 2 and "\n" not in span
    assert not re.search(r"(?<!\\)\|", span)
    assert (len(label(words)) <= 28 and label(words).isprintable()) or not words.strip()


@pytest.mark.parametrize(
    ("given_words", "shown"),
    [
        ("<b>", "&#60;b&#62;"),
        ("www.example.org", "www&#46;example.org"),
        ("a\nb\tc", "a b c"),
        (None, "unknown"),
        (True, "yes"),
        (3, "3"),
        (Markup("<b>"), "<b>"),
        ("\u05d0", "&#8296;\u05d0&#8297;"),
    ],
)
def test_values(given_words: object, shown: str) -> None:
    assert text(given_words) == shown


def test_long_words_are_cut() -> None:
    assert len(plain("x" * 5000)) == 300 and plain("x" * 5000).endswith("...")

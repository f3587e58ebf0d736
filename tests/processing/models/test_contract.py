"""What models give is held against their protocols, part by part."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from speakervid5m.processing.engines import WrongResult
from speakervid5m.processing.models.contract import (
    corners,
    instance,
    listed,
    normalised,
    numbers,
    scalar,
    turns_within,
)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (np.zeros(3), r"x must be numbers of shape \(2, d\), got \(3,\) of float64"),
        (np.zeros((3, 4)), r"got \(3, 4\) of float64"),
        (np.zeros((2, 4), np.complex64), r"got \(2, 4\) of complex64"),
        (np.zeros((2, 4), np.bool_), r"got \(2, 4\) of bool"),
        ([[1.0, 2.0], [3.0]], r"got list '\[\[1.0, 2.0\], \[3.0\]\]'"),
        (None, "got NoneType 'None'"),
        ("0.5", "got str '0.5'"),
        ([[1, np.nan], [np.inf, 0]], "x must be finite, got nan and 1 more such"),
        ([[1e300, 0], [0, 0]], r"x must be finite, got 1e\+300"),
        ([[0, 0], [2, -1]], "x must be from 0 to 1, got -1 to 2"),
    ],
)
def test_numbers_have_a_shape_and_a_range(given: object, words: str) -> None:
    with pytest.raises(WrongResult, match=words) as told:
        numbers("x", given, (2, "d"), least=0, most=1)
    assert told.value.reason == "wrong_result"


def test_what_can_be_used_is_used() -> None:
    given = np.array([[0.0, 1.0005]], np.float32)
    assert numbers("x", given, (1, "d"), least=0, most=1) is given
    assert numbers("x", [[0, 1]], (1, 2)).dtype == np.float32
    assert numbers("x", np.zeros((0, 5), np.float16), ("n", 5)).shape == (0, 5)
    assert scalar("x", np.float32(0.5)) == 0.5
    assert scalar("x", 0.1) == 0.1
    assert listed("x", (1, 2), 2) == [1, 2]


@pytest.mark.parametrize(
    ("check", "words"),
    [
        (lambda: scalar("x", None), "x must be a number, got NoneType"),
        (lambda: scalar("x", np.zeros(1)), r"x must be a number, got \(1,\)"),
        (lambda: scalar("x", float("nan")), "x must be finite"),
        (lambda: instance("x", 1, str), "x must be str, got int '1'"),
        (lambda: listed("x", "ab"), "x must be a list, got str 'ab'"),
        (lambda: listed("x", {"a": 1}), "x must be a list, got dict"),
        (lambda: listed("x", None), "x must be a list, got NoneType"),
        (lambda: listed("x", [1], 2), "x must be 2, got 1"),
        (lambda: corners("x", [[0.5, 0, 0.4, 1]]), "with x1 <= x2 and y1 <= y2, got"),
        (lambda: corners("x", [[0.0, 0.0, 640.0, 360.0]]), "0 to 640: divide by its width"),
        (lambda: corners("x", [0.0, 0.0, 1.0, 1.0]), r"shape \(n, 4\), got \(4,\)"),
        (lambda: normalised("x", np.full((1, 5, 2), 99.0), (1, 5, 2)), "must be normalised"),
    ],
)
def test_what_is_wrong_is_said(check: Callable[[], Any], words: str) -> None:
    with pytest.raises(WrongResult, match=words):
        check()


def test_boxes_may_reach_beyond_the_picture() -> None:
    assert corners("x", [[-0.4, 0.2, 0.3, 1.2], [0.1, 0.1, 0.1, 0.1]]).shape == (2, 4)


@pytest.mark.parametrize(
    ("turns", "words"),
    [
        ([(0, 2, 0), (1, 3, 1)], "turn 1 starts at 1.0 s, before 2.0 s, .* disjoint and by time"),
        ([(0, 2, 0), (1, 3, 0)], "turn 1 starts at 1.0 s"),
        ([(4, 5, 0), (1, 2, 1)], "turn 1 starts at 1.0 s, before 5.0 s"),
        ([(2, 1, 0)], "turn 0 must not end before it starts, got 2.0 to 1.0"),
        ([(-3, 1, 0)], "turn 0 must start at 0 s or later, got -3.0"),
        ([(-3, -1, 0)], "turn 0 must start at 0 s or later, got -3.0"),
        ([(float("nan"), 1, 0)], "the start of turn 0 in seconds must be finite, got nan"),
        ([(0, float("inf"), 0)], "the stop of turn 0 in seconds must be finite, got inf"),
        ([("0:01", 2, 0)], "the start of turn 0 in seconds must be a number, got "),
        ([(0, 1, 0), (1, 2)], r"turn 1 must be \(start, stop, voice\)"),
        ([(0, 1, "SPEAKER_00")], "the voice of turn 0 must be a number, got str 'SPEAKER_00'"),
        ([(0, 1, 0.5)], "the voice of turn 0 must be a number"),
        ([(8, 12, 0)], "turn 0 ends at 12.0 s, and the audio at 10.0 s"),
        (None, "a diarizer's turns must be a list, got NoneType"),
    ],
)
def test_turns_are_disjoint_by_time_and_within_the_audio(turns: object, words: str) -> None:
    with pytest.raises(WrongResult, match=words):
        turns_within(turns, 10.0)


def test_turns_that_touch_are_parted_and_the_last_one_is_cut_off() -> None:
    given = [(-0.001, 1.0, np.int64(3)), (0.995, 2.0, 4), (3.0, 3.0, 3), (9.0, 10.4, 3)]
    assert turns_within(given, 10.0) == [(0.0, 1.0, 3), (1.0, 2.0, 4), (9.0, 10.0, 3)]
    assert turns_within([(10.2, 10.3, 0)], 10.0) == []
    assert turns_within([], 10.0) == []

"""What the field's packages say of cases that can be counted by hand: they are used as meant."""

import numpy as np
import pytest

from benchmarks.accuracy.tools import (
    DiarizationScore,
    TrackScores,
    overlaps,
    score_diarization,
    word_error_rate,
)
from speakervid5m.records import VoiceInterval


def seconds(score: DiarizationScore) -> tuple[float, float, float, float]:
    values = (score.missed, score.false_alarm, score.confusion, score.total)
    return tuple(round(value, 6) for value in values)  # type: ignore[return-value]


def voices(*intervals: tuple[float, float, str]) -> list[VoiceInterval]:
    return [VoiceInterval(*one) for one in intervals]


def test_diarization_errors() -> None:
    true = voices((0.0, 4.0, "A"), (5.0, 9.0, "B"))
    # Names do not matter.
    score, names = score_diarization(voices((0.0, 4.0, "x"), (5.0, 9.0, "y")), true)
    assert seconds(score) == (0, 0, 0, 8) and names == {"x": "A", "y": "B"}
    # A second missed, half a second too many, a second of x where y is.
    found = voices((1.0, 4.0, "x"), (5.0, 6.0, "x"), (6.0, 9.5, "y"))
    score, _ = score_diarization(found, true)
    assert seconds(score) == (1, 0.5, 1, 8) and score.error_rate == pytest.approx(2.5 / 8)
    assert seconds(score + score) == (2, 1, 2, 16)
    # A collar of half a second takes a quarter on either side of four boundaries.
    near = voices((0.2, 3.8, "x"), (5.2, 8.8, "y"))
    score, _ = score_diarization(near, true, collar_seconds=0.5)
    assert seconds(score) == (0, 0, 0, 7)


def test_overlapped_speech_counts_for_each_speaker() -> None:
    true = voices((0.0, 4.0, "A"), (1.0, 2.0, "B"))
    assert seconds(score_diarization(voices((0.0, 4.0, "x")), true)[0]) == (1, 0, 0, 5)
    both = voices((0.0, 4.0, "x"), (1.0, 2.0, "y"))
    assert seconds(score_diarization(both, true)[0]) == (0, 0, 0, 5)
    assert seconds(score_diarization(true, voices((0.0, 4.0, "A")))[0]) == (0, 1, 0, 4)


def test_diarization_without_speech() -> None:
    one = voices((0.0, 1.0, "x"))
    assert score_diarization([], [])[0].error_rate == 0.0
    assert score_diarization(one, [])[0].error_rate == 1.0
    assert score_diarization([], one)[0].error_rate == 1.0


def test_tracks() -> None:
    left, right = (0.0, 0.0, 0.4, 1.0), (0.6, 0.0, 1.0, 1.0)
    true = [{"A": left, "B": right}] * 10
    scores = TrackScores()
    assert set(scores.figures().values()) == {None}
    scores.add("right", [{"x": left, "y": right}] * 10, true)
    assert scores.figures() == {
        "hota": pytest.approx(1.0),
        "hota_detection": pytest.approx(1.0),
        "hota_association": pytest.approx(1.0),
        "idf1": 1.0,
    }
    # Names change places half way: half of what each name says is right.
    swapped = TrackScores()
    swapped.add("s", [{"x": left, "y": right}] * 5 + [{"y": left, "x": right}] * 5, true)
    figures = swapped.figures()
    assert figures["idf1"] == 0.5
    assert figures["hota_detection"] == pytest.approx(1.0)
    # Of 20 places that one of the names has, 5 are of a pair: 5 / (5 + 5 + 5).
    assert figures["hota_association"] == pytest.approx(1 / 3)
    # Nobody is found in a second show: detections are pooled over both.
    scores.add("nobody", [{}] * 10, true)
    assert scores.figures()["idf1"] == pytest.approx(2 * 20 / (20 + 40))


def test_overlaps() -> None:
    found = overlaps([(0, 0, 1, 1), (2, 2, 3, 3)], [(0, 0.5, 1, 1.5)])
    assert np.allclose(found, [[1 / 3], [0.0]])
    assert overlaps([], [(0, 0, 1, 1)]).shape == (0, 1)


def test_words() -> None:
    assert word_error_rate(["hello the world"], ["Hello, world!"]) == 0.5
    assert word_error_rate(["don't"], ["Don't."]) == 0.0
    assert word_error_rate(["anything"], [""]) is None
    # Pooled: one word of four is wrong, and not the mean of 0 and 1.
    assert word_error_rate(["a b c", "e"], ["a b c", "d"]) == 0.25

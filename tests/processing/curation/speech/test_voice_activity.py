"""Speech is found, and nothing else is."""

import logging

import numpy as np
import pytest
from numpy.typing import NDArray

from speakervid5m.processing.models.speech.voice_activity import (
    WINDOW_SAMPLES,
    WINDOW_SECONDS,
    SileroVoiceActivity,
    speech_intervals,
)
from speakervid5m.records import Interval
from tests.processing.curation.heard import RATE, hear

logger = logging.getLogger(__name__)

pytest.importorskip("onnxruntime", reason="the extra curate is not installed")
pytest.importorskip("espeakng_loader", reason="the extra demo is not installed")


def probabilities(*stretches: tuple[int, float]) -> NDArray[np.float32]:
    return np.concatenate([np.full(count, value, np.float32) for count, value in stretches])


def test_two_thresholds_make_intervals() -> None:
    # .4 alone is no speech; after .6 it is; under .35 it ends.
    values = probabilities((10, 0.4), (10, 0.6), (10, 0.4), (20, 0.3))
    (found,) = speech_intervals(values, 99.0)
    assert found.start_seconds == pytest.approx(10 * WINDOW_SECONDS - 0.03)
    assert found.stop_seconds == pytest.approx(30 * WINDOW_SECONDS + 0.03)


def test_short_pauses_are_bridged_and_short_sounds_dropped() -> None:
    values = probabilities((9, 0.9), (3, 0.1), (9, 0.9), (4, 0.1), (7, 0.9), (9, 0.0))
    assert len(speech_intervals(values, 99.0)) == 1
    values = probabilities((9, 0.9), (4, 0.1), (9, 0.9), (9, 0.0), (7, 0.9), (9, 0.0))
    assert len(speech_intervals(values, 99.0)) == 2


def test_intervals_stay_within_the_sound() -> None:
    (found,) = speech_intervals(probabilities((20, 1.0)), 0.63)
    assert found == Interval(0.0, 0.63)
    assert speech_intervals(probabilities((0, 0.0)), 0.0) == ()


def test_speech_of_a_show_is_found() -> None:
    show = hear(101, 30.0)
    found = SileroVoiceActivity().probabilities(show.samples)
    assert len(found) == -(-len(show.samples) // WINDOW_SAMPLES)
    grid = np.arange(3000) / 100 + 0.005

    def covered(intervals: list[tuple[float, float]]) -> NDArray[np.bool_]:
        inside = [(start <= grid) & (grid < stop) for start, stop in intervals]
        return np.asarray(np.any(inside, axis=0))

    given = covered(
        [(one.start_seconds, one.stop_seconds) for one in speech_intervals(found, 30.0)]
    )
    true = covered([(start, stop) for start, stop, _ in show.voiced])
    missed, false = (true & ~given).sum() / true.sum(), (given & ~true).sum() / true.sum()
    logger.info(f"missed {missed:.3f}, false {false:.3f}")
    assert missed < 0.05 and false < 0.05


@pytest.mark.parametrize("kind", ["silence", "sine", "noise", "chord", "nothing", "a moment"])
def test_what_is_not_speech_is_none(kind: str) -> None:
    time = np.arange(10 * RATE) / RATE
    rng = np.random.default_rng(0)
    sounds = {
        "silence": np.zeros(len(time)),
        "sine": 0.3 * np.sin(2 * np.pi * 220 * time),
        "noise": rng.normal(0, 0.1, len(time)),
        "chord": sum(0.1 * np.sin(2 * np.pi * f * time) for f in (220, 277, 330))
        * (time % 1 < 0.8),
        "nothing": np.zeros(0),
        "a moment": rng.normal(0, 0.1, 100),
    }
    samples = np.asarray(sounds[kind], np.float32)
    found = SileroVoiceActivity().probabilities(samples)
    assert np.isfinite(found).all()
    assert speech_intervals(found, len(samples) / RATE) == ()


def test_the_same_twice() -> None:
    show = hear(101, 30.0)
    activity = SileroVoiceActivity()
    piece = show.samples[: 5 * RATE]
    np.testing.assert_array_equal(activity.probabilities(piece), activity.probabilities(piece))

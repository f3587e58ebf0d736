"""Whisper by faster-whisper: an English recogniser and other languages."""

import numpy as np
import pytest

from speakervid5m.processing import weights_folder
from speakervid5m.processing.models import FASTER_WHISPER_TINY_EN, Transcript
from speakervid5m.processing.models.speech.faster_whisper import ENGLISH_LOGPROB, if_english
from speakervid5m.records import Segment

WEIGHTS = weights_folder()
"""As the environment names it: tests themselves see none of ours."""


def transcript(avg_logprob: float | None) -> Transcript:
    segment = Segment(start_seconds=0.0, stop_seconds=1.0, text="We will see you")
    return Transcript(
        language="en",
        segments=(segment,) if avg_logprob is not None else (),
        avg_logprob=avg_logprob,
        no_speech_prob=0.1,
        compression_ratio=1.0,
    )


def test_words_of_another_language_are_none() -> None:
    heard = transcript(ENGLISH_LOGPROB)
    assert if_english(heard) is heard
    # The score stays: it says why.
    for score in (ENGLISH_LOGPROB - 0.01, None):
        answer = if_english(transcript(score))
        assert (answer.language, answer.segments, answer.avg_logprob) == (None, (), score)


def test_noise_is_no_english() -> None:
    pytest.importorskip("faster_whisper", reason="faster-whisper is no dependency")
    (file,) = FASTER_WHISPER_TINY_EN.files
    if not file.is_there(WEIGHTS):
        pytest.skip(f"{file.file} is not in the folder of weights")
    recogniser = FASTER_WHISPER_TINY_EN.make(WEIGHTS, "cpu")
    noise = 0.05 * np.random.default_rng(0).standard_normal(64_000).astype(np.float32)
    (answer,) = recogniser.transcribe([noise])
    assert (answer.language, answer.segments) == (None, ())

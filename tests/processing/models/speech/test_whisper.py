"""Whisper by transformers, on a tiny random model; its scores by plain definitions."""

import dataclasses
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from speakervid5m.processing.models.speech.whisper import (
    WHISPER_LARGE_V3,
    Whisper,
    compression_ratio,
)
from speakervid5m.processing.weights import MissingWeights
from speakervid5m.processing.weights.table import CHECKPOINT
from tests.processing.models.tiny import LANGUAGES, tiny_whisper, torch


@pytest.fixture(scope="module")
def whisper(tmp_path_factory: pytest.TempPathFactory) -> Whisper:
    torch.set_num_threads(1)
    return Whisper(tiny_whisper(tmp_path_factory.mktemp("whisper")), "cpu")


def noise(seconds: float, seed: int) -> NDArray[np.float32]:
    rng = np.random.default_rng(seed)
    return (rng.standard_normal(round(seconds * 16_000)) * 0.1).astype(np.float32)


def test_a_sound_has_words_a_language_and_three_scores(whisper: Whisper) -> None:
    found = whisper.transcribe([noise(3.0, 1), noise(2.0, 2)])
    assert len(found) == 2
    for one, seconds in zip(found, (3.0, 2.0), strict=True):
        assert one.language in LANGUAGES
        assert one.avg_logprob is not None and one.avg_logprob < 0
        assert one.no_speech_prob is not None and 0 <= one.no_speech_prob <= 1
        assert one.segments
        last = 0.0
        for segment in one.segments:
            assert last <= segment.start_seconds <= segment.stop_seconds <= seconds
            assert segment.avg_logprob == one.avg_logprob
            last = segment.start_seconds


def test_a_batch_gives_what_each_sound_gives_alone_and_twice_the_same(whisper: Whisper) -> None:
    sounds = [noise(3.0, 1), noise(1.0, 2)]
    together = whisper.transcribe(sounds)
    alone = [whisper.transcribe([sound])[0] for sound in sounds]
    for one, other in zip(together, alone, strict=True):
        assert one.segments and [s.text for s in one.segments] == [s.text for s in other.segments]
        assert one.avg_logprob == pytest.approx(other.avg_logprob, abs=1e-4)
    assert whisper.transcribe(sounds) == together
    assert whisper.transcribe([]) == []


def test_scores_are_those_of_a_plain_decoder(whisper: Whisper) -> None:
    """One forward pass over the tokens that were chosen, masked as decoding masks them."""
    parts: Any = whisper
    sound = noise(3.0, 3)
    with torch.inference_mode():
        encoded = parts._encode([sound])
        languages, silence = parts._language_and_silence(encoded)
        (draft,) = parts._decode(encoded, languages, 0.0)
        generation = parts._model.generation_config
        prompt = [
            parts._start,
            generation.lang_to_id[f"<|{languages[0]}|>"],
            generation.task_to_id["transcribe"],
        ]
        tokens = torch.tensor([prompt + draft.tokens])
        logits = parts._model(encoder_outputs=(encoded,), decoder_input_ids=tokens).logits[0]
    # <|nospeech|> is what the decoder gives after <|startoftranscript|>, before anything else.
    assert silence[0] == pytest.approx(float(logits[0].softmax(-1)[parts._no_speech]), abs=1e-6)
    # Masks only take probability away from others: a plain sum is a lower bound, per token.
    plain = logits.log_softmax(-1)[len(prompt) - 1 : -1]
    chosen = plain.gather(-1, torch.tensor(draft.tokens)[:, None])[:, 0]
    assert float(chosen.sum()) / (len(draft.tokens) + 1) <= draft.avg_logprob + 1e-5
    stamps = [one for one in draft.tokens if one >= parts._first_stamp]
    assert stamps == sorted(stamps), "time stamps never go back"
    text = parts._text(draft.tokens)
    assert draft.compression_ratio == len(text.encode()) / len(zlib.compress(text.encode()))


def test_what_is_not_believed_is_decoded_again_warmer(
    whisper: Whisper, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts: Any = whisper
    asked: list[float] = []
    decode = parts._decode

    def measures(encoded: Any, languages: list[str], temperature: float) -> Any:
        asked.append(temperature)
        (draft, *rest) = decode(encoded, languages, temperature)
        return [dataclasses.replace(draft, avg_logprob=-5.0 + 10 * temperature), *rest]

    monkeypatch.setattr(parts, "_decode", measures)
    found = whisper.transcribe([noise(1.0, 4)])
    assert asked == [0.0, 0.2, 0.4], "until one is probable enough"
    assert found[0].avg_logprob == -1.0


def test_silence_has_no_words_and_keeps_its_scores(
    whisper: Whisper, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts: Any = whisper
    monkeypatch.setattr(
        parts, "_language_and_silence", lambda encoded: (["en"] * len(encoded), [0.95])
    )
    (found,) = whisper.transcribe([np.zeros(16_000, np.float32)])
    assert found.segments == ()
    assert found.no_speech_prob == 0.95
    assert found.avg_logprob is not None and found.avg_logprob < -1


def test_a_sound_longer_than_the_window_is_refused(whisper: Whisper) -> None:
    with pytest.raises(ValueError, match=r"may have 30 s, got 31\.0 s"):
        whisper.transcribe([np.zeros(31 * 16_000, np.float32)])


def test_the_compression_ratio_is_whispers() -> None:
    assert compression_ratio("") == 0.0
    assert compression_ratio("la " * 100) > 2.4 > compression_ratio("It is Thursday, said Ann.")


def test_missing_weights_and_half_a_folder_are_told(tmp_path: Path) -> None:
    (weights,) = WHISPER_LARGE_V3.files
    assert "whisper-large-v3 missing" in WHISPER_LARGE_V3.backend(tmp_path).build
    folder = tmp_path / "whisper-large-v3"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    assert not weights.is_there(tmp_path)
    message = str(MissingWeights([weights], tmp_path))
    assert "openai/whisper-large-v3" in message and str(folder) in message
    assert all(name in message for name in CHECKPOINT)
    tiny_whisper(folder)
    assert weights.is_there(tmp_path)
    before = WHISPER_LARGE_V3.backend(tmp_path).build
    (folder / "generation_config.json").write_text("{}")
    assert WHISPER_LARGE_V3.backend(tmp_path).build != before
    with pytest.raises(ValueError, match="holds no multilingual Whisper"):
        WHISPER_LARGE_V3.make(tmp_path, "cpu")

"""Known words through Whisper by transformers and by CTranslate2, and a known answer of Qwen-VL."""

import importlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from speakervid5m.processing.curation.clips.caption_text import parse_caption, question
from speakervid5m.processing.models.speech.faster_whisper import FasterWhisper
from speakervid5m.processing.models.speech.protocols import Transcript
from speakervid5m.processing.models.speech.whisper import Whisper
from speakervid5m.processing.models.vision.protocols import Question
from speakervid5m.processing.models.vision.qwen_vl import QwenVL
from tests.processing.curation.clips.test_caption_text import answer
from tests.processing.models.parrots import SAID, SAID_SECONDS, parrot_qwen_vl, parrot_whisper
from tests.processing.models.tiny import torch

SOUNDS = [np.full(48_000, 0.1, np.float32), np.zeros(40_000, np.float32)]


def check(found: Transcript) -> None:
    (segment,) = found.segments
    assert segment.text == SAID
    assert (segment.start_seconds, segment.stop_seconds) == (0.0, SAID_SECONDS)
    assert found.language == "en"
    assert found.avg_logprob == pytest.approx(0.0, abs=1e-3)
    assert found.no_speech_prob == pytest.approx(0.0, abs=1e-3)
    # Six bytes, and fourteen of zlib's.
    assert found.compression_ratio == pytest.approx(6 / 14, abs=1e-4)


def test_whisper_writes_down_what_is_said(tmp_path: Path) -> None:
    torch.set_num_threads(1)
    for found in Whisper(parrot_whisper(tmp_path), "cpu").transcribe(SOUNDS):
        check(found)


def test_faster_whisper_writes_down_the_same(tmp_path: Path) -> None:
    pytest.importorskip("faster_whisper", reason="faster-whisper is not installed")
    source, folder = parrot_whisper(tmp_path / "source", english_only=True), tmp_path / "converted"
    converter: Any = importlib.import_module("ctranslate2").converters.TransformersConverter
    converter(str(source), copy_files=["tokenizer.json"]).convert(str(folder))
    extractor = json.loads((source / "processor_config.json").read_text())["feature_extractor"]
    (folder / "preprocessor_config.json").write_text(json.dumps(extractor))
    for found in FasterWhisper(folder, "cpu").transcribe(SOUNDS):
        check(found)


@pytest.mark.parametrize("version", ["2.5", "3"])
def test_an_answer_of_the_model_is_a_caption(tmp_path: Path, version: str) -> None:
    torch.set_num_threads(1)
    captioner = QwenVL(parrot_qwen_vl(tmp_path, version, answer()), "cpu")
    frames = np.zeros((4, 64, 48, 3), np.uint8)
    asked = [Question(frames=frames, fps=2.0, prompt=question(words)) for words in ("a", None)]
    for text in captioner.answer(asked):
        assert parse_caption(text) == parse_caption(answer())

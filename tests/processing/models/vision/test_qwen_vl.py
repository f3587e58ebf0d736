"""Qwen2.5-VL and Qwen3-VL: tiny random ones, through the processor that theirs have."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from speakervid5m.processing.models.vision import qwen_vl
from speakervid5m.processing.models.vision.protocols import Question
from speakervid5m.processing.models.vision.qwen_vl import QWEN3_VL, QWEN25_VL, QwenVL
from tests.processing.models.tiny import tiny_qwen_vl, torch

pytest.importorskip("torchvision", reason="the extra models is not installed")


@pytest.fixture(scope="module", params=["2.5", "3"])
def captioner(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> QwenVL:
    torch.set_num_threads(1)
    return QwenVL(tiny_qwen_vl(tmp_path_factory.mktemp("qwen"), request.param), "cpu")


def asked(num_frames: int, prompt: str, seed: int = 0) -> Question:
    rng = np.random.default_rng(seed)
    frames = rng.integers(0, 255, (num_frames, 64, 48, 3), dtype=np.uint8)
    return Question(frames=frames, fps=2.0, prompt=prompt)


def test_answers_do_not_depend_on_the_batch_and_depend_on_what_is_seen(
    captioner: QwenVL, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(qwen_vl, "MAX_NEW_TOKENS", 12)
    questions = [asked(4, "What is seen?"), asked(7, "Say what is seen in this clip, please.")]
    together = captioner.answer(questions)
    assert len(together) == 2 and all(together)
    assert [captioner.answer([one])[0] for one in questions] == list(together)
    assert captioner.answer(questions) == together


def test_the_prompt_is_the_checkpoints_own_chat_format_with_the_frames_times(
    captioner: QwenVL,
) -> None:
    parts: Any = captioner
    question = asked(6, "What is seen?")
    text = parts._prompt(question)
    assert text.startswith("<|im_start|>user")
    assert text.index("<|video_pad|>") < text.index("What is seen?")
    assert text.endswith("<|im_start|>assistant\n")
    metadata = qwen_vl._metadata(question)
    assert (metadata["fps"], metadata["duration"]) == (2.0, 3.0)


@pytest.mark.parametrize("tool", [QWEN25_VL, QWEN3_VL], ids=lambda tool: str(tool.name))
def test_what_is_needed_is_told(tool: Any, tmp_path: Path) -> None:
    (weights,) = tool.files
    assert not weights.is_there(tmp_path)
    assert tool.takes(tmp_path).gpu_bytes == weights.num_bytes + tool.resources.gpu_bytes
    tiny_qwen_vl(weights.path(tmp_path), "2.5" if "2.5" in tool.name else "3")
    assert weights.is_there(tmp_path)
    assert tool.make(tmp_path, "cpu") is not None
    assert tool.takes(tmp_path).gpu_bytes < 1.01 * tool.resources.gpu_bytes

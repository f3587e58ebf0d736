"""Captions by Qwen's vision language models, by Hugging Face's transformers.

frames, question --> the checkpoint's own chat format and video processor --> greedy answer
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ...engines import Resources
from ...weights.table import QWEN3_VL_FILE, QWEN25_VL_FILE
from ..model_spec import ModelSpec
from ..packages import TORCH, TORCHVISION, TRANSFORMERS, required, transformers
from .protocols import Captioner, Question

MAX_NEW_TOKENS = 768
"""Of an answer: a caption of 300 words, its JSON, and a margin (ours)."""


class QwenVL:
    """A checkpoint of Qwen2.5-VL or Qwen3-VL in a folder.

    Args:
        folder: of the checkpoint: config, tokenizer, chat template, preprocessor, safetensors.
        device: `cpu` (single precision) or `cuda:0` (bfloat16).

    Raises:
        ImportError: transformers, torch or torchvision is not installed.
    """

    def __init__(self, folder: Path, device: str) -> None:
        library, self._torch = transformers(), required(TORCH)
        required(TORCHVISION)
        dtype = self._torch.bfloat16 if device.startswith("cuda") else self._torch.float32
        self._device = device
        self._processor = library.AutoProcessor.from_pretrained(folder, local_files_only=True)
        # With padding on the left all prompts of a batch end at one position.
        self._processor.tokenizer.padding_side = "left"
        self._model = (
            library.AutoModelForImageTextToText.from_pretrained(
                folder, local_files_only=True, dtype=dtype, use_safetensors=True
            )
            .to(device)
            .eval()
        )

    def answer(self, questions: Sequence[Question]) -> Sequence[str]:
        """See `Captioner.answer`."""
        inputs = self._processor(
            text=[self._prompt(question) for question in questions],
            videos=[question.frames for question in questions],
            video_metadata=[_metadata(question) for question in questions],
            do_sample_frames=False,
            # As in Qwen's own code; transformers changes its default in 5.22.
            cap_pixels_per_frame=True,
            padding=True,
            return_tensors="pt",
        ).to(self._device)
        with self._torch.inference_mode():
            tokens = self._model.generate(
                **inputs,
                max_new_tokens=MAX_NEW_TOKENS,
                # Greedy, independent of the checkpoint's settings, so that two runs agree.
                do_sample=False,
                temperature=None,
                top_p=None,
                top_k=None,
            )
        answers = tokens[:, inputs["input_ids"].shape[1] :]
        texts: list[str] = self._processor.batch_decode(answers, skip_special_tokens=True)
        return texts

    def _prompt(self, question: Question) -> str:
        content = [{"type": "video"}, {"type": "text", "text": question.prompt}]
        prompt: str = self._processor.apply_chat_template(
            [{"role": "user", "content": content}], tokenize=False, add_generation_prompt=True
        )
        return prompt


def _metadata(question: Question) -> dict[str, Any]:
    num_frames = len(question.frames)
    return {
        "total_num_frames": num_frames,
        "fps": question.fps,
        "duration": num_frames / question.fps,
        "frames_indices": list(range(num_frames)),
        "width": question.frames.shape[2],
        "height": question.frames.shape[1],
        "video_backend": "given",
    }


def _qwen25_vl(weights: Path, device: str) -> QwenVL:
    return QwenVL(QWEN25_VL_FILE.path(weights), device)


def _qwen3_vl(weights: Path, device: str) -> QwenVL:
    return QwenVL(QWEN3_VL_FILE.path(weights), device)


_RESOURCES = Resources(
    num_cpus=2,
    # For four clips of 3,600 tokens, caches of 36 layers take 2 GB, all else 4 GB.
    gpu_bytes=6 << 30,
    memory_bytes=4 << 30,
    # Ten seconds a clip on a data-centre GPU, and a clip every 6 s; a CPU takes minutes.
    limit_times_real_time=200.0,
)

QWEN25_VL: ModelSpec[Captioner] = ModelSpec(
    name="qwen2.5-vl-7b",
    licence="Apache-2.0",
    make=_qwen25_vl,
    packages=(TRANSFORMERS, TORCH, TORCHVISION),
    files=(QWEN25_VL_FILE,),
    resources=_RESOURCES,
    copies=2,
)
"""The paper's family; it does not say which size."""

QWEN3_VL: ModelSpec[Captioner] = ModelSpec(
    name="qwen3-vl-8b",
    licence="Apache-2.0",
    make=_qwen3_vl,
    packages=(TRANSFORMERS, TORCH, TORCHVISION),
    files=(QWEN3_VL_FILE,),
    resources=_RESOURCES,
    copies=2,
)
"""The same family, later."""

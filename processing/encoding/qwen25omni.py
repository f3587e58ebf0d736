"""Qwen2.5-Omni's thinker, by transformers: a clip in, hidden states at its audio positions out.

A position is 40 ms. Each has three vectors: the input of the language model (the audio alone), the
state of the middle layer, and the state of the last. Video frames at 2 a second come before the
audio of the same 2 seconds, as in the model's training, so the states depend on them; if a clip
has no video, the audio comes alone. The prompt is fixed and has no words.

The paper feeds its generator both the thinker's states and the raw embeddings (arXiv 2507.09862);
it does not say which layer: the middle one is our choice.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers
from numpy.typing import NDArray

from ...release.features import FeatureForm
from ..weights import Weights
from .encoder import ClipMedia, EncodingError, bits_of_bfloat16

SAMPLE_RATE = 16_000
"""Hz, of its feature extractor."""
FRAMES_PER_SECOND = 2.0
"""The default of the released processor."""
_POSITIONS_PER_SECOND = 25
_MAX_SECONDS = 30.0
"""What its feature extractor takes at once; it cuts longer audio off."""
_PROMPT_WITH_VIDEO = "<|im_start|>user\n<|vision_bos|><|VIDEO|><|vision_eos|><|im_end|>\n"
_PROMPT_AUDIO_ONLY = "<|im_start|>user\n<|audio_bos|><|AUDIO|><|audio_eos|><|im_end|>\n"


class Qwen25Omni:
    """The loaded thinker."""

    def __init__(
        self, model: Any, processor: Any, weights: Weights, digest: str, device: str
    ) -> None:
        self._model, self._processor = model, processor
        self._device, self._digest = device, digest
        text = model.config.text_config
        self._middle = int(text.num_hidden_layers) // 2
        self._audio_token = int(model.config.audio_token_id)
        self.form = FeatureForm(
            name="qwen25omni",
            media=("audio", "video"),
            dtype="bfloat16",
            shape=(3, int(text.hidden_size)),
            steps_per_unit=4,
        )
        self.source, self.licence = str(weights.source), weights.licence

    @property
    def build(self) -> Mapping[str, Any]:
        """Packages, weights and settings."""
        return {
            "transformers": transformers.__version__,
            "torch": torch.__version__,
            "weights_sha256": self._digest,
            "layers": ["input", self._middle, "last"],
            "pictures_per_second": FRAMES_PER_SECOND,
            "dtype": str(self._model.dtype).removeprefix("torch."),
        }

    @torch.inference_mode()
    def __call__(self, clip: ClipMedia) -> NDArray[Any]:
        """(positions, 3, width) bfloat16, as its bits."""
        waveform = clip.waveform(SAMPLE_RATE)
        if not len(waveform) or len(waveform) > _MAX_SECONDS * SAMPLE_RATE:
            raise EncodingError(
                f"{clip.clip_id}: {len(waveform) / SAMPLE_RATE:.2f} s of audio; the thinker takes "
                f"up to {_MAX_SECONDS:.0f} s"
            )
        inputs = self._inputs(clip, waveform).to(self._device)
        output = self._model.model(
            **{
                name: value.to(self._model.dtype) if value.is_floating_point() else value
                for name, value in inputs.items()
                if isinstance(value, torch.Tensor)
            },
            use_audio_in_video=clip.video is not None,
            output_hidden_states=True,
        )
        states = output.hidden_states
        here = inputs["input_ids"][0] == self._audio_token
        chosen = torch.stack([states[0], states[self._middle], output.last_hidden_state], 2)[0][
            here
        ]
        missing = round(len(waveform) * _POSITIONS_PER_SECOND / SAMPLE_RATE) - len(chosen)
        if abs(missing) > 1:
            raise EncodingError(
                f"{clip.clip_id}: the processor made {len(chosen)} positions from "
                f"{len(waveform) / SAMPLE_RATE:.2f} s; expected {_POSITIONS_PER_SECOND} a second"
            )
        return bits_of_bfloat16(chosen.float().cpu().numpy())

    def _inputs(self, clip: ClipMedia, waveform: NDArray[np.float32]) -> Any:
        if clip.video is None:
            return self._processor(
                text=[_PROMPT_AUDIO_ONLY], audio=[waveform], return_tensors="pt", padding=True
            )
        frames = clip.frames(FRAMES_PER_SECOND).transpose(0, 3, 1, 2)
        if len(frames) % 2:
            # Its patches take frames in pairs.
            frames = np.concatenate([frames, frames[-1:]])
        return self._processor(
            text=[_PROMPT_WITH_VIDEO],
            videos=[frames],
            audio=[waveform],
            return_tensors="pt",
            padding=True,
            load_audio_from_video=True,
            audio_from_video_indices=[0],
            videos_kwargs={
                "fps": FRAMES_PER_SECOND,
                "do_sample_frames": False,
                "cap_pixels_per_frame": True,
            },
        )


def load(folder: Path, weights: Weights, device: str) -> Qwen25Omni:
    """Loads it from a folder of weights: bfloat16 on a GPU, as released; float32 on a CPU."""
    place = weights.path(folder)
    processor = transformers.Qwen2_5OmniProcessor.from_pretrained(place, local_files_only=True)
    model = transformers.Qwen2_5OmniThinkerForConditionalGeneration.from_pretrained(
        place,
        local_files_only=True,
        dtype=torch.float32 if device == "cpu" else torch.bfloat16,
    )
    return Qwen25Omni(model.to(device).eval(), processor, weights, weights.digest(folder), device)

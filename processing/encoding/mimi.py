"""Kyutai's Mimi, by transformers: 24 kHz audio in, 12.5 frames a second of 8 codes out.

The streaming codec of Moshi (arXiv 2410.00037). It is our default instead of the paper's
CosyVoice2 tokens, since transformers both encodes and decodes it.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers
from numpy.typing import NDArray

from ...release.features import UNIT_SECONDS, FeatureForm
from ..weights import Weights
from .encoder import ClipMedia, EncodingError

NUM_BOOKS = 8
"""Codebooks kept, of 32 (Moshi's own number)."""


class Mimi:
    """The loaded codec."""

    def __init__(self, model: Any, weights: Weights, digest: str, device: str) -> None:
        self._model, self._device, self._digest = model, device, digest
        config = model.config
        self._rate = int(config.sampling_rate)
        steps = config.frame_rate * UNIT_SECONDS
        if steps != int(steps) or config.codebook_size > 1 << 15:
            raise ValueError(
                f"a Mimi of {config.frame_rate} frames a second and {config.codebook_size} codes; "
                f"it needs whole frames in {UNIT_SECONDS} s and at most 32768 codes"
            )
        self.form = FeatureForm(
            name="mimi",
            media=("audio",),
            dtype="int16",
            shape=(NUM_BOOKS,),
            steps_per_unit=int(steps),
        )
        self.source, self.licence = str(weights.source), weights.licence

    @property
    def build(self) -> Mapping[str, Any]:
        """Packages, weights and settings."""
        return {
            "transformers": transformers.__version__,
            "torch": torch.__version__,
            "weights_sha256": self._digest,
            "num_books": NUM_BOOKS,
        }

    @torch.inference_mode()
    def __call__(self, clip: ClipMedia) -> NDArray[Any]:
        """(frames, 8) int16, the semantic book first."""
        waveform = torch.from_numpy(clip.waveform(self._rate)).to(self._device)
        if not len(waveform):
            raise EncodingError(f"{clip.clip_id}: its audio is empty")
        codes = self._model.encode(waveform[None, None], num_quantizers=NUM_BOOKS).audio_codes
        frames: NDArray[Any] = codes[0].T.cpu().numpy().astype(np.int16)
        return frames


def load(folder: Path, weights: Weights, device: str) -> Mimi:
    """Loads it from a folder of weights."""
    model = transformers.MimiModel.from_pretrained(weights.path(folder), local_files_only=True)
    return Mimi(model.to(device).eval(), weights, weights.digest(folder), device)

"""Wan 2.1's causal video VAE, by diffusers: 25 frames a second in, 6.25 latents a second out.

1 + 4 k frames give 1 + k latents of an eighth of the height and width. The first latent encodes
the first frame alone, so it can serve as a reference frame. Up to 3 frames at the end that fill no
latent are left out. Latents are the mode of the posterior, normalised by the model's own mean and
deviation of each channel, as its diffusion model was trained on them (arXiv 2503.20314).
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import torch
from numpy.typing import NDArray

from ...release.features import FeatureForm
from ..weights import Weights
from .encoder import ClipMedia, EncodingError

_STRIDE, _TEMPORAL_STRIDE = 8, 4


class Wan21:
    """The loaded VAE."""

    def __init__(self, model: Any, weights: Weights, digest: str, device: str) -> None:
        self._model, self._device, self._digest = model, device, digest
        channels = int(model.config.z_dim)
        self._mean, self._deviation = (
            torch.tensor(values[:channels], device=device).reshape(1, channels, 1, 1, 1)
            for values in (model.config.latents_mean, model.config.latents_std)
        )
        self.form = FeatureForm(
            name="wan21",
            media=("video",),
            dtype="float16",
            shape=(channels, None, None),
            steps_per_unit=1,
            lead_steps=1,
        )
        self.source, self.licence = str(weights.source), weights.licence

    @property
    def build(self) -> Mapping[str, Any]:
        """Packages, weights and settings."""
        return {
            "diffusers": diffusers.__version__,
            "torch": torch.__version__,
            "weights_sha256": self._digest,
            "posterior": "mode",
        }

    @torch.inference_mode()
    def __call__(self, clip: ClipMedia) -> NDArray[Any]:
        """(latents, channels, H / 8, W / 8) float16."""
        frames = clip.frames()
        height, width = frames.shape[1:3]
        if height % _STRIDE or width % _STRIDE:
            # The edge is repeated, as codecs do, so the frame is neither cropped nor scaled.
            padding = (-height % _STRIDE, -width % _STRIDE)
            frames = np.pad(frames, ((0, 0), (0, padding[0]), (0, padding[1]), (0, 0)), mode="edge")
        kept = 1 + (len(frames) - 1) // _TEMPORAL_STRIDE * _TEMPORAL_STRIDE
        pixels = torch.from_numpy(frames[:kept]).to(self._device).permute(3, 0, 1, 2)
        latents = self._model.encode(pixels[None].float() / 127.5 - 1).latent_dist.mode()
        normal = (latents - self._mean) / self._deviation
        if not torch.isfinite(normal).all():
            raise EncodingError(f"{clip.clip_id}: the VAE returned values that are not finite")
        values: NDArray[Any] = normal[0].permute(1, 0, 2, 3).half().cpu().numpy()
        return values


def load(folder: Path, weights: Weights, device: str) -> Wan21:
    """Loads it from a folder of weights."""
    model = diffusers.AutoencoderKLWan.from_pretrained(
        weights.path(folder), local_files_only=True, torch_dtype=torch.float32
    )
    return Wan21(model.to(device).eval(), weights, weights.digest(folder), device)

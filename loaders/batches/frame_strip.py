"""Some frames of a video side by side, as an HTML image for a notebook.

frames (T, C, H, W) uint8 RGB --> an image with its bytes in the page
"""

import base64

import torch
from torch import Tensor

_FRAMES = 8
"""Frames in a strip (ours)."""
_HEIGHT = 120
"""Height of a strip in pixels (ours)."""


def frame_strip(frames: Tensor) -> str:
    """Frames at equal distances, as one JPEG; no image without frames."""
    if not frames.numel():
        return ""
    from torchvision.io import encode_jpeg

    chosen = torch.linspace(0, len(frames) - 1, min(_FRAMES, len(frames))).round().long()
    width = max(1, frames.shape[-1] * _HEIGHT // frames.shape[-2])
    small = torch.nn.functional.interpolate(
        frames.cpu()[chosen].float(), (_HEIGHT, width), mode="bilinear", antialias=True
    )
    strip = torch.cat(tuple(small.round().clamp(0, 255).to(torch.uint8)), dim=-1)
    data = base64.b64encode(encode_jpeg(strip).numpy().tobytes()).decode("ascii")
    return f'<img alt="{len(chosen)} frames" src="data:image/jpeg;base64,{data}">'

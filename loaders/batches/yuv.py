"""Planes to RGB on any device: one matrix a clip, so that the GPU converts where it resizes.

colour of a clip --> (3, 4) matrix          planes, matrix --> RGB
"""

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from ...media import ColourSpace

_WEIGHTS = {True: (0.2126, 0.0722), False: (0.299, 0.114)}


def rgb_matrix(colour: ColourSpace) -> Tensor:
    """(3, 4) float32: RGB = matrix[:, :3] @ (Y, Cb, Cr) + matrix[:, 3], all from 0 to 255."""
    red, blue = _WEIGHTS[colour.is_709]
    green = 1 - red - blue
    luma, chroma, black = (1.0, 1.0, 0.0) if colour.full_range else (255 / 219, 255 / 224, 16.0)
    from_red, from_blue = 2 * (1 - red) * chroma, 2 * (1 - blue) * chroma
    matrix = torch.tensor(
        [
            [luma, 0.0, from_red],
            [luma, -from_blue * blue / green, -from_red * red / green],
            [luma, from_blue, 0.0],
        ]
    )
    offset = matrix @ torch.tensor([black, 128.0, 128.0])
    return torch.cat([matrix, -offset[:, None]], 1)


def planes_of(frames: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Views (..., H, W), (..., H / 2, W / 2) twice, of planes (..., H * 3 / 2, W)."""
    rows, width = frames.shape[-2:]
    height = rows * 2 // 3
    chroma = frames[..., height:, :].reshape(*frames.shape[:-2], 2, height // 2, width // 2)
    return frames[..., :height, :], chroma[..., 0, :, :], chroma[..., 1, :, :]


def planes_to_rgb(frames: Tensor, matrix: Tensor) -> Tensor:
    """Planes (..., T, H * 3 / 2, W) to (..., T, 3, H, W) uint8.

    Args:
        frames: uint8.
        matrix: (..., 3, 4), one for the T frames.
    """
    luma, blue, red = planes_of(frames)
    size = luma.shape[-2:]
    chroma = torch.stack([blue, red], -3).float()
    lead = chroma.shape[:-3]
    wide = interpolate(chroma.reshape(-1, 2, *chroma.shape[-2:]), size, mode="nearest")
    mixed = torch.cat([luma.float()[..., None, :, :], wide.reshape(*lead, 2, *size)], -3)
    matrix = matrix.to(mixed)[..., None, :, :]
    rgb = torch.einsum("...ij,...jhw->...ihw", matrix[..., :3], mixed)
    rgb += matrix[..., 3][..., None, None]
    return rgb.round_().clamp_(0, 255).to(torch.uint8)

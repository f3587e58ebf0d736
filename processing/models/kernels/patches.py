"""Faces and hands cut out of many frames at once, and their sharpness.

    planes, boxes --> RoIAlign --> patches of 128 x 128 --> variance of the Laplacian --> score

The score is that of `faces/appearance.py`: a patch is scaled to one contrast and its grain removed
first, since plain variance calls dark and flat frames blurred. Its patches differ: RoIAlign
averages bilinear samples, OpenCV averages pixels.
"""

import math

import torch
from torch import Tensor
from torch.nn.functional import conv2d, pad
from torchvision.ops import roi_align

PATCH_SIZE = 128
"""Pixels of a patch (paper: blur is measured on 128 x 128)."""
CONTRAST = 40.0
"""Deviation in grey levels to which every patch is scaled (ours: `faces/appearance.py`)."""
DENOISE_SIGMA = 0.8
"""Pixels of the blur that removes grain (ours: `faces/appearance.py`)."""
SHARP_SCALE = 12.0
"""Variance at which sharpness is 0.63 (ours: `faces/appearance.py`)."""


def patches(
    planes: Tensor, boxes: Tensor, frame_index: Tensor, *, size: int = PATCH_SIZE
) -> Tensor:
    """Cuts boxes out and scales them to one size.

    Args:
        planes: (N, H, W) uint8 or floating, or (N, C, H, W).
        boxes: (K, 4) x1, y1, x2, y2 in pixels; outside the frame its edge is repeated.
        frame_index: (K,) index of the frame of each box.
        size: pixels.

    Returns:
        (K, size, size), or (K, C, size, size); float32.

    Raises:
        ValueError: shapes do not agree, or an index is not of a frame.
    """
    with_channels = planes if planes.ndim == 4 else planes[:, None]
    if with_channels.ndim != 4 or boxes.shape != (len(frame_index), 4):
        raise ValueError(
            f"planes {list(planes.shape)}, boxes {list(boxes.shape)}, frame_index "
            f"{list(frame_index.shape)}: (N, H, W), (K, 4) and (K,) are needed"
        )
    if len(frame_index) and not 0 <= int(frame_index.min()) <= int(frame_index.max()) < len(planes):
        raise ValueError(
            f"frame_index from {frame_index.min()} to {frame_index.max()} of {len(planes)}"
        )
    height, width = with_channels.shape[-2:]
    reach = _beyond(boxes, width, height)
    if not reach <= max(width, height):
        raise ValueError(f"boxes reach {reach} pixels beyond frames of {width}x{height}")
    floating = pad(with_channels.float(), (int(reach),) * 4, mode="replicate") if reach else None
    rows = torch.cat([frame_index[:, None].to(boxes), boxes + reach], 1).float()
    cut: Tensor = roi_align(
        with_channels.float() if floating is None else floating, rows, size, aligned=True
    )
    return cut if planes.ndim == 4 else cut[:, 0]


def laplacian_variances(values: Tensor) -> Tensor:
    """(K,) float64 variance of the 3 x 3 Laplacian of patches (K, h, w), as in OpenCV."""
    edges = _laplacian(values.double())
    return edges.flatten(1).var(1, correction=0)


def sharpness(values: Tensor) -> Tensor:
    """(K,) float64 of patches (K, h, w): 0 blurred to 1 sharp, in any light and contrast."""
    values = values.double()
    spread = values.flatten(1).std(1, correction=0).clamp(min=1.0)
    even = values * (CONTRAST / spread)[:, None, None]
    kernel = _gaussian(DENOISE_SIGMA).to(values.device)
    reach = len(kernel) // 2
    smooth = pad(even[:, None], (reach,) * 4, mode="reflect")
    smooth = conv2d(conv2d(smooth, kernel[None, None, :, None]), kernel[None, None, None])
    return 1.0 - torch.exp(-laplacian_variances(smooth[:, 0]) / SHARP_SCALE)


def _laplacian(values: Tensor) -> Tensor:
    edged = pad(values[:, None], (1, 1, 1, 1), mode="reflect")[:, 0]
    across = edged[:, 1:-1, :-2] + edged[:, 1:-1, 2:]
    return across + edged[:, :-2, 1:-1] + edged[:, 2:, 1:-1] - 4 * values


def _gaussian(sigma: float) -> Tensor:
    """Weights of OpenCV's `GaussianBlur` of floating images: they reach 4 sigma."""
    size = round(sigma * 4 * 2 + 1) | 1
    offsets = torch.arange(size, dtype=torch.float64) - (size - 1) / 2
    weights = torch.exp(-offsets * offsets / (2 * sigma * sigma))
    return weights / weights.sum()


def _beyond(boxes: Tensor, width: int, height: int) -> float:
    """Pixels by which boxes reach beyond the frame, where RoIAlign has no samples."""
    if not len(boxes):
        return 0
    far = torch.maximum(-boxes, boxes - boxes.new_tensor([width, height] * 2)).max()
    return max(0, math.ceil(far)) if torch.isfinite(far) else math.inf

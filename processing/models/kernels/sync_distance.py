"""Distance of two sequences of embeddings at every shift, as in SyncNet.

    frames (B, T, D), audio (B, T, D) --> distances at 31 shifts --> offset, confidence

SyncNet's `calc_pdist` takes for each frame the distance of its embedding from the audio of up to
15 frames earlier and later, then the mean over frames at each shift. Confidence is the median of
the means less their minimum, and the offset is the shift of the minimum. Here all frames and
shifts of a block are one matrix product: |a - b|^2 = |a|^2 + |b|^2 - 2 a.b.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

MAX_SHIFT = 15
"""Frames (SyncNet's `vshift`)."""
_EPSILON = 1e-6
"""Added to every difference by torch's `pairwise_distance`, which SyncNet uses."""
_BLOCK = 64
"""Frames that share one product (ours): of (64, 94) products 31 in 94 are used, which costs less
than products of single vectors; memory stays small for any length."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ShiftDistances:
    """Mean distance of B pairs at each shift; float64."""

    means: Tensor
    """(B, 2 * max_shift + 1) over frames, from the earliest audio to the latest; NaN for a pair
    without a frame."""

    @property
    def max_shift(self) -> int:
        """Frames."""
        return self.means.shape[1] // 2

    def distances(self) -> Tensor:
        """(B,) least mean distance."""
        return self.means.amin(1)

    def confidences(self) -> Tensor:
        """(B,) median over shifts less the minimum; 0 or more."""
        return self.means.median(1).values - self.means.amin(1)

    def offsets(self) -> Tensor:
        """(B,) int64: SyncNet's offset, `max_shift` less the index of the minimum."""
        return self.max_shift - self.means.argmin(1)


def sync_distances(
    frames: Tensor, audio: Tensor, *, mask: Tensor | None = None, max_shift: int = MAX_SHIFT
) -> ShiftDistances:
    """Compares every frame with the audio around it.

    Args:
        frames: (B, T, D) embeddings of frames.
        audio: (B, T, D) embeddings of the audio at the same frames; zeros beyond both ends, as
            SyncNet pads them.
        mask: (B, T) bool, which frames count; all if left out.
        max_shift: frames.

    Raises:
        ValueError: shapes do not agree.
    """
    if frames.ndim != 3 or frames.shape != audio.shape:
        raise ValueError(
            f"frames {list(frames.shape)} and audio {list(audio.shape)}: both are (B, T, D)"
        )
    number, length, size = frames.shape
    if mask is not None and mask.shape != (number, length):
        raise ValueError(f"mask {list(mask.shape)} for {number} sequences of {length} frames")
    if not length or max_shift < 0:
        raise ValueError(f"{length} frames and {max_shift=}: a frame, and 0 or more, are needed")
    known = torch.ones(number, length, device=frames.device) if mask is None else mask
    num_shifts = 2 * max_shift + 1
    block = min(_BLOCK, length)
    short = -length % block
    # Frame t of a block is compared with the audio t .. t + 30 of that block's longer window.
    rows = torch.nn.functional.pad(frames.double() + _EPSILON, (0, 0, 0, short))
    rows = rows.reshape(number, -1, block, size)
    padded = torch.nn.functional.pad(audio.double(), (0, 0, max_shift, max_shift + short))
    windows = padded.unfold(1, block + num_shifts - 1, block)
    products = rows @ windows
    squares = (padded * padded).sum(2).unfold(1, block + num_shifts - 1, block)
    squared = (rows * rows).sum(3)[..., None] + squares[:, :, None] - 2 * products
    steps = torch.arange(block, device=frames.device)[:, None]
    band = steps + torch.arange(num_shifts, device=frames.device)
    distances = squared.gather(3, band.expand(number, squared.shape[1], -1, -1)).clamp(min=0).sqrt()
    distances = distances.reshape(number, -1, num_shifts)[:, :length]
    weights = known.double()
    return ShiftDistances(
        means=(distances * weights[..., None]).sum(1) / weights.sum(1, keepdim=True)
    )

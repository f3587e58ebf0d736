"""How far two runs of embeddings are apart at every shift, as SyncNet has it.

    pictures (B, T, D), sounds (B, T, D) --> distances at 31 shifts --> offset, confidence

SyncNet's `calc_pdist` takes, for each frame, the distance of its picture from the sounds of up to
15 frames earlier and later; the mean over frames at each shift; confidence is the median of the
means less the least, the offset is where the least lies. Here all frames and shifts of a block
are one matrix product: |a - b|^2 = |a|^2 + |b|^2 - 2 a.b.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

MAX_SHIFT = 15
"""Frames (SyncNet's `vshift`)."""
_EPSILON = 1e-6
"""Added to every difference by torch's `pairwise_distance`, which SyncNet uses."""
_BLOCK = 64
"""Frames that share one product (ours): of (64, 94) products 31 in 94 are wanted, which costs less
than it saves over vectors; memory stays small however long the run."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ShiftDistances:
    """Mean distance of B pairs at each shift; float64."""

    means: Tensor
    """(B, 2 * max_shift + 1) over frames, from the earliest sound to the latest; NaN where a
    pair has no frame."""

    @property
    def max_shift(self) -> int:
        """Frames."""
        return self.means.shape[1] // 2

    def distances(self) -> Tensor:
        """(B,) least mean distance."""
        return self.means.amin(1)

    def confidences(self) -> Tensor:
        """(B,) median over shifts less the least; 0 or more."""
        return self.means.median(1).values - self.means.amin(1)

    def offsets(self) -> Tensor:
        """(B,) int64: SyncNet's offset, `max_shift` less the place of the least."""
        return self.max_shift - self.means.argmin(1)


def sync_distances(
    pictures: Tensor, sounds: Tensor, *, mask: Tensor | None = None, max_shift: int = MAX_SHIFT
) -> ShiftDistances:
    """Compares every picture with the sounds around it.

    Args:
        pictures: (B, T, D) embeddings of frames.
        sounds: (B, T, D) embeddings of the sound at the same frames; zeros beyond both ends, as
            SyncNet pads them.
        mask: (B, T) bool, which pictures count; all if left out.
        max_shift: frames.

    Raises:
        ValueError: shapes do not agree.
    """
    if pictures.ndim != 3 or pictures.shape != sounds.shape:
        raise ValueError(
            f"pictures {list(pictures.shape)} and sounds {list(sounds.shape)}: both are (B, T, D)"
        )
    number, length, size = pictures.shape
    if mask is not None and mask.shape != (number, length):
        raise ValueError(f"mask {list(mask.shape)} of {number} runs of {length} frames")
    if not length or max_shift < 0:
        raise ValueError(f"{length} frames and {max_shift=}: a frame, and 0 or more, are needed")
    known = torch.ones(number, length, device=pictures.device) if mask is None else mask
    num_shifts = 2 * max_shift + 1
    block = min(_BLOCK, length)
    short = -length % block
    # Frame t of a block is compared with the sounds t .. t + 30 of that block's longer piece.
    rows = torch.nn.functional.pad(pictures.double() + _EPSILON, (0, 0, 0, short))
    rows = rows.reshape(number, -1, block, size)
    padded = torch.nn.functional.pad(sounds.double(), (0, 0, max_shift, max_shift + short))
    pieces = padded.unfold(1, block + num_shifts - 1, block)
    products = rows @ pieces
    squares = (padded * padded).sum(2).unfold(1, block + num_shifts - 1, block)
    whole = (rows * rows).sum(3)[..., None] + squares[:, :, None] - 2 * products
    steps = torch.arange(block, device=pictures.device)[:, None]
    band = steps + torch.arange(num_shifts, device=pictures.device)
    found = whole.gather(3, band.expand(number, whole.shape[1], -1, -1)).clamp(min=0).sqrt()
    found = found.reshape(number, -1, num_shifts)[:, :length]
    weights = known.double()
    return ShiftDistances(means=(found * weights[..., None]).sum(1) / weights.sum(1, keepdim=True))

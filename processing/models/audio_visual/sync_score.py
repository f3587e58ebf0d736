"""How well a mouth and audio fit: SyncNet's confidence, distance and offset.

vectors of both --> distance at every shift --> the minimum, and how far it lies below the median
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .protocols import MAX_SHIFT_FRAMES

_EPSILON = 1e-6
"""Added to every difference by torch's `pairwise_distance`, which SyncNet uses."""


@dataclass(frozen=True, slots=True)
class SyncScore:
    """SyncNet's answer for a span of frames."""

    confidence: float
    """Median over shifts of the mean distance, less its minimum."""
    distance: float
    """The minimum."""
    offset_frames: int
    """SyncNet's sign: frames by which the audio is early; negative if it is late."""


def sync_score(
    frames: NDArray[np.float32], audio: NDArray[np.float32], max_shift: int = MAX_SHIFT_FRAMES
) -> SyncScore | None:
    """SyncNet's confidence, distance and offset of a span; None if it has no window.

    Args:
        frames: (n, d) vectors.
        audio: (n, d) vectors; padded with zeros at both ends, as in the official code.
        max_shift: windows.
    """
    if not len(frames):
        return None
    moved = frames.astype(np.float64) + _EPSILON
    padded = np.pad(audio.astype(np.float64), ((max_shift, max_shift), (0, 0)))
    means = [
        np.linalg.norm(moved - padded[shift : shift + len(moved)], axis=1).mean()
        for shift in range(2 * max_shift + 1)
    ]
    nearest = int(np.argmin(means))
    return SyncScore(
        confidence=float(np.median(means) - means[nearest]),
        distance=float(means[nearest]),
        offset_frames=max_shift - nearest,
    )

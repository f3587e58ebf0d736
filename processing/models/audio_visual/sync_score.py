"""How well a mouth and a sound fit: SyncNet's confidence, distance and offset.

vectors of both --> distance at every shift --> the least, and how far it lies under the median
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .protocols import MAX_SHIFT_FRAMES


@dataclass(frozen=True, slots=True)
class SyncScore:
    """What SyncNet says of a stretch."""

    confidence: float
    """Median over shifts of the mean distance, less its minimum."""
    distance: float
    """The minimum."""
    offset_frames: int
    """SyncNet's: by how many frames the sound is early; late sound is negative."""


def sync_score(
    pictures: NDArray[np.float32], sounds: NDArray[np.float32], max_shift: int = MAX_SHIFT_FRAMES
) -> SyncScore | None:
    """SyncNet's confidence, distance and offset of a stretch; None if it has no window.

    Args:
        pictures: (n, d).
        sounds: (n, d); zeros stand before and after, as in the official code.
        max_shift: windows.
    """
    if not len(pictures):
        return None
    # Torch is there wherever a network gave these vectors; not at the top, for those without.
    import torch

    from ..kernels import sync_distances

    pair = torch.from_numpy(pictures)[None], torch.from_numpy(sounds)[None]
    found = sync_distances(*pair, max_shift=max_shift)
    return SyncScore(
        confidence=float(found.confidences()[0]),
        distance=float(found.distances()[0]),
        offset_frames=int(found.offsets()[0]),
    )

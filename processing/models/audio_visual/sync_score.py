"""How well a mouth and audio fit: SyncNet's confidence, distance and offset.

vectors of both --> distance at every shift --> the minimum, and how far it lies below the median
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .protocols import MAX_SHIFT_FRAMES


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
    # Imported here, so that users without torch can import this module.
    import torch

    from ..kernels import sync_distances

    pair = torch.from_numpy(frames)[None], torch.from_numpy(audio)[None]
    shifts = sync_distances(*pair, max_shift=max_shift)
    return SyncScore(
        confidence=float(shifts.confidences()[0]),
        distance=float(shifts.distances()[0]),
        offset_frames=int(shifts.offsets()[0]),
    )

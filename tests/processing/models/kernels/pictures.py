"""Pictures for the kernels' tests: smooth, noisy, flat and extreme ones, moving."""

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from speakervid5m.processing.models.kernels import Frames

Planes = NDArray[np.uint8]


def made(number: int, height: int, width: int, seed: int = 0) -> Planes:
    """(N, H * 3 / 2, W) planar."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 256, (number, 9, 9), dtype=np.uint8)
    smooth = np.stack(
        [cv2.resize(one, (width, height * 3 // 2), interpolation=cv2.INTER_CUBIC) for one in coarse]
    )
    noisy = smooth.astype(np.int16) + rng.integers(-30, 31, smooth.shape)
    found = np.asarray(np.clip(noisy, 0, 255), np.uint8)
    if number > 3:
        found[1] = rng.integers(0, 256, found[1].shape)
        found[2] = 16
        found[3] = found[0]
    return found


def planar(planes: Planes) -> Frames:
    return Frames.planar(torch.from_numpy(planes))


def as_nv12(planes: Planes) -> Planes:
    """The same pictures with blue and red in turn."""
    number, rows, width = planes.shape
    height = rows * 2 // 3
    chroma = planes[:, height:].reshape(number, 2, height // 2, width // 2)
    turned = np.moveaxis(chroma, 1, -1).reshape(number, height // 2, width)
    return np.asarray(np.concatenate([planes[:, :height], turned], 1), np.uint8)

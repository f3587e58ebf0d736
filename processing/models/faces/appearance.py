"""Measures of a face from its pixels: mouth, sharpness, identity. Nothing is learned.

frame, box --> a patch --> opening of the mouth, sharpness; a vector that tells people apart

Boxes are Haar's: square, from the brows to just above the chin.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..opencv import cv2
from ..vision.frame import Image
from .protocols import FaceInFrame

PATCH_SIZE = 128
"""Pixels of a face's patch (paper: blur is measured on 128 x 128)."""
_MOUTH = (0.28, 0.64, 0.72, 1.0)
"""x1, y1, x2, y2 of the mouth in the patch (ours: it correlates best with the rendered opening)."""
_BLACK = 16.0
"""Y of black in limited range."""
_CONTRAST = 40.0
"""Deviation in grey levels to which every patch is scaled (ours)."""
_DENOISE_SIGMA = 0.8
"""Pixels of the blur that removes grain before the Laplacian (ours)."""
_SHARP_SCALE = 12.0
"""Variance at which sharpness is 0.63 (ours: clean faces have 16 to 140, median 45; faces blurred
by 4 pixels have at most 7)."""

_GRID = 5
_MARGIN = 0.06
"""Part of the box left out on each side, where hair and backdrop show (ours)."""
_BRIGHTNESS = 110.0
"""Mean to which colours are scaled, so that light does not count (ours)."""
_COLOR_WEIGHT = 1.5 / 40
_HOG_SIZE, _HOG_CELL, _HOG_BINS = 64, 16, 9

DESCRIPTOR_LENGTH = (_HOG_SIZE // _HOG_CELL) ** 2 * _HOG_BINS + _GRID**2 * 3


def face_patch(luma: Image, box: NDArray[np.float32]) -> Image:
    """The part of a frame inside a box, scaled; beyond the frame its edge is repeated.

    Args:
        luma: (h, w) Y plane.
        box: (4,) x1, y1, x2, y2 in pixels.

    Returns:
        (128, 128).
    """
    return _square(luma, box, PATCH_SIZE)


def mouth_opening(patch: Image) -> float:
    """How far a mouth is open: relative contrast around it, about 0.05 to 1, without unit.

    Deviation over mean of Y - 16: the dark of an open mouth and its teeth contrast with the skin,
    in any light. Within a track it follows the opening (mean correlation 0.82 to 0.95 over four
    rendered people, less if out of focus). Values of two people are not comparable.

    Args:
        patch: (128, 128) of `face_patch`.
    """
    left, top, right, bottom = (round(part * PATCH_SIZE) for part in _MOUTH)
    mean, deviation = cv2.meanStdDev(patch[top:bottom, left:right])
    return float(deviation[0, 0] / max(mean[0, 0] - _BLACK, 2.0))


def laplacian_variance(patch: Image) -> float:
    """Variance of the Laplacian of a patch scaled to a deviation of 40, without its grain.

    The variance without scaling calls dark and flat faces blurred.
    """
    values = patch.astype(np.float32)
    values *= np.float32(_CONTRAST / max(float(values.std()), 1.0))
    smooth = cv2.GaussianBlur(values, (0, 0), _DENOISE_SIGMA)
    _, deviation = cv2.meanStdDev(cv2.Laplacian(smooth, cv2.CV_32F))
    return float(deviation[0, 0] ** 2)


def face_sharpness(patch: Image) -> float:
    """0 blurred to 1 sharp: 1 - exp(-variance / 12), the variance by `laplacian_variance`.

    Sharp faces have more than 0.7, most about 0.95; faces out of focus less than 0.5. The paper
    does not publish its normalisation; our 12 makes its thresholds fit this scale.

    Args:
        patch: (128, 128) of `face_patch`.
    """
    return float(1.0 - np.exp(-laplacian_variance(patch) / _SHARP_SCALE))


def describe(bgr: Image, box: NDArray[np.float32]) -> NDArray[np.float32]:
    """A vector that tells people apart: shape by HOG, colour by a 5 x 5 grid of Lab, no light.

    Args:
        bgr: (h, w, 3) frame.
        box: (4,) x1, y1, x2, y2 in pixels.

    Returns:
        (219,), compared by Euclidean distance: over twenty rendered shows, mean vectors of one
        person's tracks are at most 0.46 apart (0.90 if blurred), of two people's at least 0.70.
    """
    margin = _MARGIN * (box[2:] - box[:2])
    inner = np.concatenate([box[:2] + margin, box[2:] - margin])
    face = _square(bgr, inner, _HOG_SIZE)
    hog = cv2.HOGDescriptor(
        (_HOG_SIZE, _HOG_SIZE), (_HOG_CELL,) * 2, (_HOG_CELL,) * 2, (_HOG_CELL,) * 2, _HOG_BINS
    )
    shape = np.ravel(hog.compute(cv2.cvtColor(face, cv2.COLOR_BGR2GRAY)))
    small = cv2.resize(face, (_GRID, _GRID), interpolation=cv2.INTER_AREA).astype(np.float32) + 1
    evened = np.clip(small * (_BRIGHTNESS / float(small.mean())), 0, 255).astype(np.uint8)
    lab = cv2.cvtColor(evened, cv2.COLOR_BGR2LAB).astype(np.float32) - np.array(
        [0, 128, 128], np.float32
    )
    return np.concatenate(
        [shape / (_HOG_SIZE // _HOG_CELL), lab.ravel() * (_COLOR_WEIGHT / _GRID)]
    ).astype(np.float32)


def _square(image: Image, box: NDArray[np.float32], size: int) -> Image:
    wide, high = (max(8, round(float(side))) for side in box[2:] - box[:2])
    middle = (float(box[0] + box[2]) / 2, float(box[1] + box[3]) / 2)
    cut = cv2.getRectSubPix(image, (wide, high), middle)
    return np.asarray(cv2.resize(cut, (size, size), interpolation=cv2.INTER_AREA), np.uint8)


class HogDescriber:
    """`appearance.describe`: shape and colours, nothing learned."""

    length = DESCRIPTOR_LENGTH

    def describe(self, faces: Sequence[FaceInFrame]) -> NDArray[np.float32]:
        """See `FaceDescriber.describe`."""
        return np.stack([describe(face.bgr, face.box) for face in faces])

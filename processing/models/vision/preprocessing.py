"""Frames as inputs of models, and answers of models in coordinates of the frame.

frame --> letterboxed, resized, or warped --> model --> boxes and points in the frame
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..opencv import cv2

Image = NDArray[np.uint8]
"""(h, w, 3) blue, green, red, as in OpenCV."""
Floats = NDArray[np.float32]

IMAGENET_MEAN = np.array([123.675, 116.28, 103.53], np.float32)
"""Of red, green, blue, 0 to 255 (torchvision's and mmpose's)."""
IMAGENET_DEVIATION = np.array([58.395, 57.12, 57.375], np.float32)
"""Of red, green, blue, 0 to 255 (torchvision's and mmpose's)."""


@dataclass(frozen=True, slots=True)
class Letterbox:
    """An image scaled into a canvas of another shape, the rest filled."""

    scale: float
    """Pixels of the canvas for one of the image."""
    left: int
    """Columns left of the image."""
    top: int
    """Rows above the image."""

    @classmethod
    def of(cls, size: tuple[int, int], canvas: tuple[int, int], *, centred: bool) -> "Letterbox":
        """An image of a size (h, w) in a canvas (h, w): in its middle, or top left."""
        scale = min(canvas[0] / size[0], canvas[1] / size[1])
        if not centred:
            return cls(scale, 0, 0)
        high, wide = round(size[0] * scale), round(size[1] * scale)
        return cls(scale, (canvas[1] - wide) // 2, (canvas[0] - high) // 2)

    def apply(self, image: Image, canvas: tuple[int, int], fill: int) -> Image:
        """The canvas (h, w, 3)."""
        high, wide = (max(1, round(side * self.scale)) for side in image.shape[:2])
        if (high, wide) != image.shape[:2]:
            interpolation = cv2.INTER_AREA if self.scale < 1 else cv2.INTER_LINEAR
            image = np.asarray(
                cv2.resize(image, (wide, high), interpolation=interpolation), np.uint8
            )
        filled = np.full((*canvas, 3), fill, np.uint8)
        filled[self.top : self.top + high, self.left : self.left + wide] = image
        return filled

    def back(self, points: NDArray[Any]) -> Floats:
        """Points (..., 2) of the canvas, x and y, as points of the image."""
        return np.asarray((points - np.array([self.left, self.top])) / self.scale, np.float32)


def planar(images: Sequence[Image], *, rgb: bool) -> Floats:
    """(n, 3, h, w) of images of one size, 0 to 255; red first if `rgb`."""
    stacked = np.stack(images)
    if rgb:
        stacked = stacked[..., ::-1]
    return np.ascontiguousarray(stacked.transpose(0, 3, 1, 2), np.float32)


def imagenet(images: Sequence[Image]) -> Floats:
    """(n, 3, h, w) red first, normalised by ImageNet's mean and deviation."""
    values = planar(images, rgb=True)
    values -= IMAGENET_MEAN[:, None, None]
    values /= IMAGENET_DEVIATION[:, None, None]
    return values


def suppressed(boxes: Floats, scores: Floats, overlap: float) -> NDArray[np.int64]:
    """Non-maximum suppression: the boxes that overlap no better box by more than a limit.

    Args:
        boxes: (n, 4) x1, y1, x2, y2.
        scores: (n,), above 0.
        overlap: greatest intersection over union with a better box.

    Returns:
        Indices, the best first.
    """
    sides = np.clip(boxes[:, 2:] - boxes[:, :2], 0, None)
    sized = np.hstack([boxes[:, :2], sides])
    kept = cv2.dnn.NMSBoxes(sized.tolist(), scores.tolist(), 0.0, overlap)
    return np.asarray(kept, np.int64).reshape(-1)


def similarity(points: NDArray[Any], target: NDArray[Any]) -> NDArray[np.float64]:
    """(2, 3) rotation, scale and shift that brings points nearest to their targets.

    Least squares in closed form (Umeyama 1991), reflections left out; exact where one exists.

    Args:
        points: (n, 2).
        target: (n, 2).
    """
    source, goal_points = np.asarray(points, np.float64), np.asarray(target, np.float64)
    middle, goal_middle = source.mean(0), goal_points.mean(0)
    x, y = (source - middle).T
    u, v = (goal_points - goal_middle).T
    spread = max(float((x * x + y * y).sum()), 1e-12)
    a = float((x * u + y * v).sum()) / spread
    b = float((x * v - y * u).sum()) / spread
    turn = np.array([[a, -b], [b, a]])
    return np.hstack([turn, (goal_middle - turn @ middle)[:, None]])


def warped(image: Image, matrix: NDArray[np.float64], size: tuple[int, int]) -> Image:
    """The image under an affine map (2, 3), of a size (h, w); black beyond its edges."""
    return np.asarray(cv2.warpAffine(image, matrix, size[::-1], flags=cv2.INTER_LINEAR), np.uint8)

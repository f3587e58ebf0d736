"""How pictures become what models take, and how what models say comes back to the picture.

picture --> letterboxed, squeezed, or warped --> model --> boxes and points in the picture again
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..opencv import cv2

Image = NDArray[np.uint8]
"""(h, w, 3) blue, green, red, as OpenCV has it."""
Floats = NDArray[np.float32]

IMAGENET_MEAN = np.array([123.675, 116.28, 103.53], np.float32)
"""Of red, green, blue, 0 to 255 (torchvision's and mmpose's)."""
IMAGENET_DEVIATION = np.array([58.395, 57.12, 57.375], np.float32)
"""Of red, green, blue, 0 to 255 (torchvision's and mmpose's)."""


@dataclass(frozen=True, slots=True)
class Letterbox:
    """A picture scaled into a frame of another shape, the rest filled up."""

    scale: float
    """Pixels of the frame for one of the picture."""
    left: int
    """Columns before the picture."""
    top: int
    """Rows above it."""

    @classmethod
    def of(cls, size: tuple[int, int], frame: tuple[int, int], *, centred: bool) -> "Letterbox":
        """How a picture of a size (h, w) lies in a frame (h, w): in its middle, or top left."""
        scale = min(frame[0] / size[0], frame[1] / size[1])
        if not centred:
            return cls(scale, 0, 0)
        high, wide = round(size[0] * scale), round(size[1] * scale)
        return cls(scale, (frame[1] - wide) // 2, (frame[0] - high) // 2)

    def apply(self, image: Image, frame: tuple[int, int], fill: int) -> Image:
        """The frame (h, w, 3)."""
        high, wide = (max(1, round(side * self.scale)) for side in image.shape[:2])
        if (high, wide) != image.shape[:2]:
            how = cv2.INTER_AREA if self.scale < 1 else cv2.INTER_LINEAR
            image = np.asarray(cv2.resize(image, (wide, high), interpolation=how), np.uint8)
        filled = np.full((*frame, 3), fill, np.uint8)
        filled[self.top : self.top + high, self.left : self.left + wide] = image
        return filled

    def back(self, points: NDArray[Any]) -> Floats:
        """Points (..., 2) of the frame, x and y, as points of the picture."""
        return np.asarray((points - np.array([self.left, self.top])) / self.scale, np.float32)


def planar(images: Sequence[Image], *, rgb: bool) -> Floats:
    """(n, 3, h, w) of equally large pictures, 0 to 255; red first if `rgb`."""
    stacked = np.stack(images)
    if rgb:
        stacked = stacked[..., ::-1]
    return np.ascontiguousarray(stacked.transpose(0, 3, 1, 2), np.float32)


def imagenet(images: Sequence[Image]) -> Floats:
    """(n, 3, h, w) red first, less ImageNet's mean, by its deviation."""
    values = planar(images, rgb=True)
    values -= IMAGENET_MEAN[:, None, None]
    values /= IMAGENET_DEVIATION[:, None, None]
    return values


def suppressed(boxes: Floats, scores: Floats, overlap: float) -> NDArray[np.int64]:
    """Which boxes stay when each best one takes away those that overlap it by more.

    Args:
        boxes: (n, 4) x1, y1, x2, y2.
        scores: (n,).
        overlap: greatest intersection over union with a better one.

    Returns:
        Indices, the best first.
    """
    order = np.argsort(-scores, kind="stable")
    kept: list[int] = []
    area = np.prod(np.clip(boxes[:, 2:] - boxes[:, :2], 0, None), axis=1)
    while len(order):
        best, order = int(order[0]), order[1:]
        kept.append(best)
        low = np.maximum(boxes[best, :2], boxes[order, :2])
        high = np.minimum(boxes[best, 2:], boxes[order, 2:])
        shared = np.prod(np.clip(high - low, 0, None), axis=1)
        order = order[shared <= overlap * np.maximum(area[best] + area[order] - shared, 1e-9)]
    return np.array(kept, np.int64)


def similarity(points: NDArray[Any], wanted: NDArray[Any]) -> NDArray[np.float64]:
    """(2, 3) turn, scale and shift that brings points nearest to where they are wanted.

    Least squares in closed form (Umeyama 1991), reflections left out; exact where one exists.

    Args:
        points: (n, 2).
        wanted: (n, 2).
    """
    given, goal = np.asarray(points, np.float64), np.asarray(wanted, np.float64)
    middle, goal_middle = given.mean(0), goal.mean(0)
    x, y = (given - middle).T
    u, v = (goal - goal_middle).T
    spread = max(float((x * x + y * y).sum()), 1e-12)
    a = float((x * u + y * v).sum()) / spread
    b = float((x * v - y * u).sum()) / spread
    turn = np.array([[a, -b], [b, a]])
    return np.hstack([turn, (goal_middle - turn @ middle)[:, None]])


def warped(image: Image, matrix: NDArray[np.float64], size: tuple[int, int]) -> Image:
    """The picture under a map (2, 3), as a picture of a size (h, w); black beyond its edges."""
    return np.asarray(cv2.warpAffine(image, matrix, size[::-1], flags=cv2.INTER_LINEAR), np.uint8)

"""A decoded frame as upright 4:2:0 planes that can be cropped without copying.

av.VideoFrame, as stored --> Planes, as shown (orientation, pixel aspect, 8 bit) --> crop
    --> av.VideoFrame of even size, ready for the encoder
"""

from dataclasses import dataclass

import av
import numpy as np
from numpy.typing import NDArray

from ..colours import planes_420
from ..errors import MediaError
from ..source_info import SourceInfo

Plane = NDArray[np.uint8]

_MIN_SIDE = 16
"""Pixels; x264 codes nothing smaller than one macroblock well (ours)."""


@dataclass(frozen=True, slots=True)
class Rectangle:
    """Even pixels of a frame as shown."""

    left: int
    top: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Planes:
    """One frame: luma (H, W) and two chroma planes (H/2, W/2); H and W even."""

    luma: Plane
    blue: Plane
    red: Plane
    colorspace: int
    """FFmpeg's AVColorSpace, carried to the encoder."""
    color_range: int
    """FFmpeg's AVColorRange, carried to the encoder."""

    @classmethod
    def of(cls, frame: av.VideoFrame, info: SourceInfo) -> "Planes":
        """Turns a stored frame upright with square pixels; drops an odd last row or column.

        A frame of another size, as in adaptive streams, is scaled to the source's size.
        """
        size = (info.width, info.height)
        wide, high = reversed(size) if info.orientation.is_sideways else size
        if (frame.width, frame.height) != (wide, high):
            frame = frame.reformat(width=wide // 2 * 2, height=high // 2 * 2)
        frame = planes_420(frame)
        planes: list[Plane] = []
        for number, plane in enumerate(frame.planes):
            stored = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
            half = 1 if number == 0 else 2
            upright = stored[: frame.height // 2 * 2 // half, : frame.width // 2 * 2 // half]
            planes.append(info.orientation.upright(upright))
        luma, blue, red = planes
        return cls(luma, blue, red, int(frame.colorspace), int(frame.color_range))

    def crop(self, where: Rectangle, width: int, height: int) -> av.VideoFrame:
        """Cuts out a rectangle and scales it to a size."""
        rows = slice(where.top, where.top + where.height)
        columns = slice(where.left, where.left + where.width)
        halves = (
            slice(where.top // 2, (where.top + where.height) // 2),
            slice(where.left // 2, (where.left + where.width) // 2),
        )
        parts = (self.luma[rows, columns], self.blue[halves], self.red[halves])
        frame = av.VideoFrame(where.width, where.height, "yuv420p")
        # Copied once, straight into the frame: packing first copies every pixel three times.
        for plane, part in zip(frame.planes, parts, strict=True):
            stored = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
            stored[: part.shape[0], : part.shape[1]] = part
        frame.colorspace, frame.color_range = self.colorspace, self.color_range
        if (width, height) != (where.width, where.height):
            frame = frame.reformat(width=width, height=height, interpolation="AREA")
        return frame


def crop_rectangle(bbox: tuple[float, ...], width: int, height: int) -> Rectangle:
    """The even rectangle around a normalised box: rounded outwards, within the frame.

    Args:
        bbox: x1, y1, x2, y2, 0 to 1.
        width: pixels of the frame as shown.
        height: pixels of the frame as shown.

    Raises:
        MediaError: the box lies outside the frame, or is smaller than 16 pixels.
    """
    x1, y1, x2, y2 = bbox
    if not (0 <= x1 < x2 <= 1 and 0 <= y1 < y2 <= 1):
        raise MediaError(
            "box_outside_frame", f"box {bbox} must satisfy 0 <= x1 < x2 <= 1, y likewise"
        )
    left, right = _even_span(x1, x2, width)
    top, bottom = _even_span(y1, y2, height)
    if min(right - left, bottom - top) < _MIN_SIDE:
        raise MediaError(
            "box_too_small",
            f"box {bbox} is {right - left}x{bottom - top} of {width}x{height} pixels; "
            f"{_MIN_SIDE} are needed",
        )
    return Rectangle(left, top, right - left, bottom - top)


def _even_span(low: float, high: float, size: int) -> tuple[int, int]:
    # A millionth of a pixel of slack, since boxes are rounded decimals.
    first = int(low * size + 1e-6) // 2 * 2
    last = _even_up(high * size - 1e-6)
    return first, min(last, size // 2 * 2)


def _even_up(value: float) -> int:
    return int(-(-value // 2)) * 2


def shrunk(width: int, height: int, long_side: int) -> tuple[int, int]:
    """Even size with the long side at most `long_side`; never enlarged."""
    factor = min(1.0, long_side / max(width, height))
    return max(2, round(width * factor / 2) * 2), max(2, round(height * factor / 2) * 2)

"""RGB arrays as frames that the encoder takes.

(H, W, 3) uint8 RGB --> av.VideoFrame in yuv420p, BT.601 of limited range
"""

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace
from numpy.typing import NDArray


def rgb_frame(rgb: NDArray[np.uint8]) -> av.VideoFrame:
    """One frame; H and W are even."""
    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(rgb), format="rgb24")
    return frame.reformat(
        format="yuv420p",
        src_color_range=ColorRange.JPEG,
        dst_colorspace=Colorspace.ITU601,
        dst_color_range=ColorRange.MPEG,
    )

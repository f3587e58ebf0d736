"""A few pictures of a clip from its source, for those who want to see what was dropped."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...media import Planes, SourceReader, crop_rectangle
from ...records import Clip


def strip_of(path: Path, clip: Clip, num_frames: int = 4) -> list[NDArray[np.uint8]]:
    """Frames (H, W, 3) RGB of the clip's box, evenly over its time.

    Raises:
        MediaError: the source does not open, or the box lies outside.
    """
    times = [
        clip.start_seconds + (number + 0.5) / num_frames * clip.duration_seconds
        for number in range(num_frames)
    ]
    frames: list[NDArray[np.uint8]] = []
    with SourceReader(path) as reader:
        where = crop_rectangle(clip.bbox, reader.info.width, reader.info.height)
        for time in times:
            for picture in reader.pictures(time, time + 0.02):
                planes = Planes.of(picture.frame, reader.info)
                frame = planes.crop(where, where.width, where.height)
                frames.append(np.asarray(frame.to_ndarray(format="rgb24"), np.uint8))
                break
    return frames

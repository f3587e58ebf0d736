"""Films in and out: frames and samples of fetched files, and the videos that the stages measure.

file --> frames of its own rate, or of 25 a second --> cropped, scaled --> `write_film` --> mp4
"""

import math
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from speakervid5m.media import ClipEncoder, EncodeSettings, FrameGrid, SourceReader
from speakervid5m.processing.models import FPS, SAMPLE_RATE

Image = NDArray[np.uint8]
"""(h, w, 3) RGB."""
CANVAS = (640, 480)
"""Width and height of every show in pixels: that of the largest film."""
_SETTINGS = EncodeSettings(crf=16)
"""Finer than clips, so that the films' own faults and not ours are measured."""


def film_frames(path: Path, stop: int | None = None, *, every: int = 1) -> list[Image]:
    """Frames of a film in order, whatever its rate.

    Args:
        path: the film.
        stop: frame at which to stop; its end if left out.
        every: frames from one to the next.
    """
    with SourceReader(path) as reader:
        shown = reader.frames(0.0, math.inf)
        return [_rgb(frame.frame) for frame in islice(shown, 0, stop, every)]


def frames_on_grid(path: Path) -> Iterator[Image]:
    """The frames of a film at 25 a second."""
    with SourceReader(path) as reader:
        grid = FrameGrid(0.0, FPS)
        for shown in reader.frames(0.0, math.inf):
            missing, count = grid.take(shown.start_seconds, shown.stop_seconds)
            image = _rgb(shown.frame)
            for _ in range(missing + count):
                yield image


def read_image(path: Path) -> Image:
    """A photo, its sides made even, as H.264 needs them."""
    image = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if image is None:
        raise ValueError(f"{path.name} is no image that OpenCV reads")
    high, wide = image.shape[0] // 2 * 2, image.shape[1] // 2 * 2
    return np.asarray(cv2.cvtColor(image[:high, :wide], cv2.COLOR_BGR2RGB), np.uint8)


def crop_to(image: Image, box: tuple[int, int, int, int], size: tuple[int, int]) -> Image:
    """A box of x1, y1, x2, y2 in pixels, scaled to (width, height)."""
    x1, y1, x2, y2 = box
    return np.asarray(
        cv2.resize(image[y1:y2, x1:x2], size, interpolation=cv2.INTER_CUBIC), np.uint8
    )


def write_film(path: Path, frames: Iterable[Image], samples: NDArray[np.float32]) -> int:
    """Writes frames at 25 a second with mono audio at 16 kHz, and returns their number.

    Args:
        path: the mp4.
        frames: all of one size; at least one.
        samples: cut or padded with silence to the length of the frames.
    """
    encoder: ClipEncoder | None = None
    count = 0
    for image in frames:
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format="rgb24")
        frame = frame.reformat(format="yuv420p")
        if encoder is None:
            encoder = ClipEncoder(frame, fps=FPS, sample_rate=SAMPLE_RATE, settings=_SETTINGS)
        encoder.add(frame)
        count += 1
    assert encoder is not None
    length = count * SAMPLE_RATE // FPS
    audio = np.zeros(length, np.float32)
    audio[: len(samples)] = samples[:length]
    path.write_bytes(encoder.finish(audio))
    return count


def _rgb(frame: av.VideoFrame) -> Image:
    return np.asarray(frame.to_ndarray(format="rgb24"), np.uint8)

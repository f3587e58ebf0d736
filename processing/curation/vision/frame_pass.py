"""The frame pass: a source is decoded once, and every frame goes to all taps.

path -> run_frame_pass -> Frame (one for each 1/25 s, small) -> taps -> one table each

Frame k is the frame shown at k / 25 s, the same as frame k of a clip that starts at 0. So sources
of any frame rate, constant or not, are on one grid from here on. Where the source shows nothing
(its video starts late), the frame is black.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import av
import numpy as np
import pyarrow as pa

from ....media import (
    MAX_MISSING_SECONDS,
    FrameGrid,
    GpuFrame,
    MediaError,
    Planes,
    ShownFrame,
    SourceInfo,
    SourceReader,
    planes_420,
    shrunk,
)
from ...models.opencv import cv2
from ...models.vision.frame import FPS, Frame, Image
from ..speech.audio import MAX_SECONDS
from .prefetch import prefetched

_BLACK, _COLOURLESS = 16, 128
"""Luma and chroma of black in limited range."""
_FULL_RANGE, _LIMITED_RANGE = 2, 1
"""FFmpeg's AVCOL_RANGE_JPEG and AVCOL_RANGE_MPEG."""


class Tap(Protocol):
    """Reads every frame and returns a table at the end."""

    def add_frame(self, frame: Frame) -> None:
        """Takes the next frame; indices come in order, without a gap, from 0."""

    def finish(self) -> pa.Table:
        """The tap's table; called once, after the last frame."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FrameTaps:
    """What a backend of the stage `look` adds to the frame pass."""

    max_width: int
    """Pixels of the longer side of the frames."""
    new_taps: Callable[[], Mapping[str, Tap]]
    """Makes taps for one source, by the names of their tables."""


def frame_pass_gpu_bytes(max_width: int) -> int:
    """GPU memory that `frame_pass_gpu.run_frame_pass_on` takes; ours, a sum, not a measurement.

        CUDA's context, with the kernels of PyTorch and Triton                      512 MiB
        two decoders (one only to learn whether NVDEC decodes the file) of 25 surfaces
        of 3840 x 2160 in NV12, 12.4 MB each                                        622 MB
        sums over a batch of 32 frames of 16:9, by plain torch where Triton does
        not run: 48 bytes a pixel (45 on a CPU)                                     354 MB at 640

    Args:
        max_width: pixels, see `FrameTaps`.
    """
    surfaces = 2 * 25 * (3840 * 2160 * 3 // 2)
    sums = 32 * (max_width * max_width * 9 // 16) * 48
    return (512 << 20) + surfaces + sums


@dataclass(frozen=True, kw_only=True, slots=True)
class FramePassReport:
    """Facts about a finished frame pass; its fields are columns of the table `looked`."""

    num_frames: int
    """Frames on the grid."""
    num_pictures_decoded: int
    """Frames out of the decoder, each counted once."""
    width: int
    """Pixels of a frame as shown."""
    height: int
    """Pixels of a frame as shown."""
    duration_seconds: float
    """Source time at which the last frame ends."""
    damage: MediaError | None
    """Why decoding stopped before the end of the file, if it did."""


def run_frame_pass(
    path: Path, taps: Sequence[Tap], *, fps: int = FPS, max_width: int = 640
) -> FramePassReport:
    """Decodes a source once and gives every frame of the grid to every tap, in order.

    Args:
        path: the source's file.
        taps: get the frames; the caller calls `finish`.
        fps: frames per second of the grid.
        max_width: pixels; the longer side of a frame is scaled down to this (ours: Haar finds
            faces of 24 pixels, and PySceneDetect scores 256).

    Raises:
        MediaError: empty, unreadable, without video, or of more than two days.
    """
    grid = FrameGrid(0.0, fps)
    with SourceReader(path) as reader:
        size = shrunk(reader.info.width, reader.info.height, max_width)
        # The next frames are decoded while the taps work on this one.
        with prefetched(reader.frames(0.0, float("inf"))) as decoded_frames:
            for decoded in decoded_frames:
                first = grid.index
                missing, shown = on_grid(grid, decoded)
                if missing:
                    give_to_taps(taps, Frame(first, black(size)), missing)
                if shown:
                    small = _small(decoded.frame, reader.info, size)
                    give_to_taps(taps, Frame(first + missing, small), shown)
        return FramePassReport(
            num_frames=grid.index,
            num_pictures_decoded=reader.num_pictures_decoded,
            width=reader.info.width,
            height=reader.info.height,
            duration_seconds=reader.reached_seconds,
            damage=reader.damage,
        )


def on_grid(grid: FrameGrid, decoded: ShownFrame | GpuFrame) -> tuple[int, int]:
    """How many of the next frames on the grid are black, and how many then show a decoded frame.

    Args:
        grid: advances by both numbers.
        decoded: the frame.

    Raises:
        MediaError: it ends two days after the start of the source or later: one damaged time stamp
            would ask for endless frames.
    """
    if decoded.stop_seconds > MAX_SECONDS:
        raise MediaError("frame_times", f"time stamps of {decoded.stop_seconds:.0f} s")
    missing, shown = grid.take(decoded.start_seconds, decoded.stop_seconds)
    return (missing, shown) if missing / grid.fps > MAX_MISSING_SECONDS else (0, missing + shown)


def give_to_taps(taps: Sequence[Tap], frame: Frame, times: int) -> None:
    """Gives a frame to every tap, and again under the following indices."""
    for number in range(times):
        repeated = replace(frame, index=frame.index + number) if number else frame
        for tap in taps:
            tap.add_frame(repeated)


def black(size: tuple[int, int]) -> Image:
    """Planes of a black frame; `size`: width and height."""
    width, height = size
    planes = np.full((height * 3 // 2, width), _COLOURLESS, np.uint8)
    planes[:height] = _BLACK
    return planes


def _small(frame: av.VideoFrame, info: SourceInfo, size: tuple[int, int]) -> Image:
    """Planar 4:2:0 of a stored frame, upright, of limited range.

    OpenCV scales it and not FFmpeg, since `kernels.area` implements OpenCV's rule on other devices.
    """
    frame = planes_420(frame)
    if int(frame.color_range) == _FULL_RANGE or frame.format.name != "yuv420p":
        frame = frame.reformat(format="yuv420p", dst_color_range=_LIMITED_RANGE)
    turned = info.orientation.is_sideways
    wide, high = (frame.height, frame.width) if turned else (frame.width, frame.height)
    planes = Planes.of(frame, replace(info, width=wide, height=high))
    parts = [_scaled(planes.luma, size)]
    half = (size[0] // 2, size[1] // 2)
    parts += [_scaled(planes.blue, half), _scaled(planes.red, half)]
    return np.concatenate([part.reshape(-1) for part in parts]).reshape(-1, size[0])


def _scaled(plane: Image, size: tuple[int, int]) -> Image:
    if (plane.shape[1], plane.shape[0]) == size:
        return plane
    return np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_AREA), np.uint8)

"""The frame pass on any device: it decodes, scales and sums there; small frames go to the taps.

path -> NVDEC -> planes on the GPU -> small planes -> sums (`kernels`) -> Frame with its measures
                                                 `-> main memory, for taps that read pixels

Its tables equal those of `run_frame_pass` to the bit for whole factors of size (1920 x 1080 to
640 x 360); for others, halves may be rounded the other way.
"""

import dataclasses
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ....media import FrameGrid, GpuFrame, GpuReader, UnfitError, shrunk
from ...engines import in_halves
from ...models.kernels import Frames, FrameSums, frame_sums, shrink_planes
from ...models.vision.frame import FPS, Frame, FrameMeasures
from .frame_pass import FramePassReport, Tap, black, give_to_taps, on_grid

_BATCH = 32
"""Frames that are summed at a time (ours: 11 MB at 640 x 360); fewer if memory does not suffice."""


def run_frame_pass_on(
    path: Path, taps: Sequence[Tap], *, device: str, fps: int = FPS, max_width: int = 640
) -> FramePassReport:
    """As `run_frame_pass`, on a device.

    Args:
        path: the source's file.
        taps: get the frames; the caller calls `finish`.
        device: `cuda:0`; on `cpu` plain torch does the same.
        fps: frames per second of the grid.
        max_width: pixels; the longer side of a frame is scaled down to this.

    Raises:
        UnfitError: this device cannot decode the source; says why. Taps may have got some frames.
        ImportError: torchcodec is missing or too old; says what to do.
        MediaError: empty, unreadable, without video, or of more than two days.
    """
    reader = GpuReader(path, device)
    info = reader.info
    width, height = shrunk(info.width, info.height, max_width)
    if width > info.width or height > info.height:
        raise UnfitError(f"its size {info.width}x{info.height} is not scaled down to {width}")
    index = 0
    small = _small(reader.read(), fps, (height, width), -info.orientation.rotation // 90 % 4)
    for planes, measures, times in _counted(_batches(small, (height, width), device)):
        give_to_taps(taps, Frame(index, planes, measures), times)
        index += times
    return FramePassReport(
        num_frames=index,
        num_pictures_decoded=reader.num_pictures_decoded,
        width=info.width,
        height=info.height,
        duration_seconds=reader.reached_seconds,
        damage=reader.damage,
    )


@dataclasses.dataclass(slots=True)
class _Batch:
    """Small frames on the device, and the number of grid frames that show each."""

    planes: Tensor
    times: list[int] = dataclasses.field(default_factory=list)


def _small(
    surfaces: Iterator[GpuFrame], fps: int, size: tuple[int, int], turns: int
) -> Iterator[tuple[Tensor, int]]:
    """Decoded frames on the grid, each once, with its number of grid frames."""
    height, width = size
    grid = FrameGrid(0.0, fps)
    for surface in surfaces:
        missing, shown = on_grid(grid, surface)
        if missing:
            yield torch.from_numpy(black((width, height))), missing
        if shown:
            luma, blue, red = (
                torch.rot90(plane, turns)[None]
                for plane in (surface.luma, surface.blue, surface.red)
            )
            frames = Frames(luma=luma, blue=blue, red=red)
            yield shrink_planes(frames, height, width)[0], shown


def _batches(
    small: Iterator[tuple[Tensor, int]], size: tuple[int, int], device: str
) -> Iterator[_Batch]:
    height, width = size

    def empty() -> _Batch:
        shape = (_BATCH, height * 3 // 2, width)
        return _Batch(torch.empty(shape, dtype=torch.uint8, device=device))

    batch = empty()
    for planes, times in small:
        batch.planes[len(batch.times)] = planes
        batch.times.append(times)
        if len(batch.times) == _BATCH:
            yield batch
            batch = empty()
    if batch.times:
        yield batch


def _counted(batches: Iterator[_Batch]) -> Iterator[tuple[NDArray[np.uint8], FrameMeasures, int]]:
    """Each frame in main memory, its measures, and its number of grid frames."""
    previous: Frames | None = None
    for batch in batches:
        planes = batch.planes[: len(batch.times)]
        measures = in_halves(range(len(planes)), partial(_summed, planes, previous))
        previous = Frames.planar(planes[-1:])
        yield from zip(planes.cpu().numpy(), measures, batch.times, strict=True)


def _summed(planes: Tensor, previous: Frames | None, span: range) -> list[FrameMeasures]:
    """The measures of some frames of a batch; `previous` is the last one of the previous batch."""
    frames = Frames.planar(planes[span.start : span.stop])
    if span.start:
        previous = Frames.planar(planes[span.start - 1 : span.start])
    return _rows(frame_sums(frames, previous))


def _rows(sums: FrameSums) -> list[FrameMeasures]:
    """The measures of each frame, in main memory."""
    columns = (
        sums.content_scores().tolist(),
        sums.luma_means().tolist(),
        sums.cell_means().cpu().numpy(),
        sums.cell_changes().cpu().numpy(),
        sums.thumbnails().cpu().numpy(),
    )
    return [FrameMeasures(*row) for row in zip(*columns, strict=True)]

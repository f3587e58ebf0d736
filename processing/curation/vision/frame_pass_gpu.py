"""`look` on any device: decoded, scaled and summed there; small pictures come back for the taps.

path -> NVDEC -> planes on the GPU -> small planes -> sums (`kernels`) -> Glance with its sums
                                                 `-> main memory, for taps that look at pixels

The tables are those of `look` to the bit where sizes go into each other in whole numbers
(1920 x 1080 to 640 x 360 does), and else but for halves that are rounded the other way.
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
from ...models.vision.frame import FPS, Counted, Glance
from .frame_pass import Looked, Tap, black, on_grid, show

_BATCH = 32
"""Pictures that are summed at a time (ours: 11 MB at 640 x 360), fewer where their sums do not fit
into memory."""


def look_on(
    path: Path, taps: Sequence[Tap], *, device: str, fps: int = FPS, max_width: int = 640
) -> Looked:
    """As `frame_pass.look`, on a device.

    Args:
        path: the source's file.
        taps: who looks; `finish` is left to the caller.
        device: `cuda:0`; `cpu` too, where it does the same by plain torch.
        fps: pictures per second of the grid.
        max_width: pixels; the longer side of a picture is scaled down to this.

    Raises:
        UnfitError: the source is not for this device; says why. Taps may have seen a part of it.
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
    for planes, counted, times in _counted(_batches(small, (height, width), device)):
        show(taps, Glance(index, planes, counted), times)
        index += times
    return Looked(
        num_frames=index,
        num_pictures_decoded=reader.num_pictures_decoded,
        width=info.width,
        height=info.height,
        duration_seconds=reader.reached_seconds,
        damage=reader.damage,
    )


@dataclasses.dataclass(slots=True)
class _Batch:
    """Small pictures on the device, and on how many frames of the grid each is shown."""

    planes: Tensor
    times: list[int] = dataclasses.field(default_factory=list)


def _small(
    surfaces: Iterator[GpuFrame], fps: int, size: tuple[int, int], turns: int
) -> Iterator[tuple[Tensor, int]]:
    """Pictures of the grid, each once, with the number of its frames; others are left out."""
    height, width = size
    grid = FrameGrid(0.0, fps)
    for surface in surfaces:
        missing, shown = on_grid(grid, surface.start_seconds, surface.stop_seconds, fps)
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


def _counted(batches: Iterator[_Batch]) -> Iterator[tuple[NDArray[np.uint8], Counted, int]]:
    """Each picture in main memory, its sums, and on how many frames of the grid it is shown."""
    before: Frames | None = None
    for batch in batches:
        planes = batch.planes[: len(batch.times)]
        counted = in_halves(range(len(planes)), partial(_summed, planes, before))
        before = Frames.planar(planes[-1:])
        yield from zip(planes.cpu().numpy(), counted, batch.times, strict=True)


def _summed(planes: Tensor, before: Frames | None, part: range) -> list[Counted]:
    """The sums of some pictures of a batch; the last one of the batch before is given."""
    frames = Frames.planar(planes[part.start : part.stop])
    if part.start:
        before = Frames.planar(planes[part.start - 1 : part.start])
    return _rows(frame_sums(frames, before))


def _rows(sums: FrameSums) -> list[Counted]:
    """The sums of each picture, in main memory."""
    columns = (
        sums.content_scores().tolist(),
        sums.luma_means().tolist(),
        sums.cell_means().cpu().numpy(),
        sums.cell_changes().cpu().numpy(),
        sums.thumbnails().cpu().numpy(),
    )
    return [Counted(*row) for row in zip(*columns, strict=True)]

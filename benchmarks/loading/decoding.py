"""Decoders alone, one thread each: whole clips, windows, and a lower rate."""

import io
import random
import shutil
import statistics
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import av
import numpy as np
import torch

from speakervid5m.media import (
    BACKENDS,
    FramePlaces,
    PixelFormat,
    TableReader,
    available_backends,
    frame_table,
    open_video,
)

from .data import FPS, Media
from .measure import Row, compared, in_turns

WINDOW = 32
_LOOPS = 8


class _Clips:
    def __init__(self, media: Sequence[Media]) -> None:
        self.data = [one.video for one in media]
        self.places = [FramePlaces.of(frame_table(data)) for data in self.data]
        self.counts = [one.num_frames for one in media]
        side = open_video(self.data[0], backend="pyav")
        most = max(self.counts)
        # Written once, so that no contender pays for fresh memory.
        self.buffer: dict[PixelFormat, np.ndarray] = {
            "rgb": np.ones((most, side.height, side.width, 3), np.uint8),
            "yuv420": np.ones((most, side.height * 3 // 2, side.width), np.uint8),
        }

    def ours(self, form: PixelFormat, chosen: Sequence[Sequence[int]]) -> None:
        for data, places, indices in zip(self.data, self.places, chosen, strict=True):
            reader = TableReader(places, lambda begin, end, data=data: data[begin:end])  # type: ignore[misc]
            reader.decode(indices, form, self.buffer[form][: len(indices)])

    def backend(self, name: str, chosen: Sequence[Sequence[int]]) -> None:
        for data, indices in zip(self.data, chosen, strict=True):
            with open_video(data, backend=name) as reader:  # type: ignore[arg-type]
                reader.frames(indices)

    def libavcodec(self) -> None:
        for data in self.data:
            with av.open(io.BytesIO(data), "r") as container:
                stream = container.streams.video[0]
                stream.thread_type, stream.codec_context.thread_count = "NONE", 1
                for _ in container.decode(stream):
                    pass


def decoding_rows(media: Sequence[Media], sparse: Sequence[Media], rounds: int) -> list[Row]:
    """All rows of decoders.

    Args:
        media: clips with a key frame each second.
        sparse: clips with a key frame each ten seconds, as published ones have them.
        rounds: of each comparison.
    """
    torch.set_num_threads(1)
    clips, far = _Clips(media), _Clips(sparse)
    whole = [range(count) for count in clips.counts]
    runs: dict[str, Callable[[], object]] = {
        "yuv": lambda: clips.ours("yuv420", whole),
        "rgb": lambda: clips.ours("rgb", whole),
        "libavcodec": clips.libavcodec,
    }
    known = [name for name in BACKENDS if available_backends()[name] is None]
    runs |= {name: lambda name=name: clips.backend(name, whole) for name in known}  # type: ignore[misc]
    with tempfile.TemporaryDirectory() as folder:
        if shutil.which("ffmpeg"):
            runs["ffmpeg"] = _command_line(Path(folder), clips.data)
        costs = in_turns(runs, rounds)
    rows = [
        compared(
            "full decode YUV, of an in-process libavcodec loop",
            costs["yuv"],
            costs["libavcodec"],
            target=0.95,
            by_cpu=True,
            note="the planes are copied into a batch; the loop keeps nothing",
        )
    ]
    if "ffmpeg" in costs:
        rows.append(
            compared(
                "full decode RGB, of raw ffmpeg's YUV decode",
                costs["rgb"],
                costs["ffmpeg"],
                target=0.85,
                by_cpu=True,
                scale=1 / _LOOPS,
                note=f"command line with -threads 1, {_LOOPS} times the clip in one process",
            )
        )
    rows += [
        compared(f"full decode RGB, over {name}", costs["rgb"], costs[name], by_cpu=True)
        for name in known
    ]
    return rows + _windows(clips, far, rounds)


def _windows(clips: _Clips, far: _Clips, rounds: int) -> list[Row]:
    rows = []
    rng = random.Random(0)
    if available_backends()["torchcodec"] is not None:
        return []
    for where, target, name in ((far, True, "10 s"), (clips, False, "1 s")):
        first = [rng.randrange(count - WINDOW + 1) for count in where.counts]
        chosen = [range(begin, begin + WINDOW) for begin in first]
        eighth = [
            [round(number * FPS / 8) for number in range(int(count * 8 / FPS))]
            for count in where.counts
        ]
        costs = in_turns(
            {
                "rgb": lambda where=where, chosen=chosen: where.ours("rgb", chosen),  # type: ignore[misc]
                "yuv": lambda where=where, chosen=chosen: where.ours("yuv420", chosen),  # type: ignore[misc]
                "peer": lambda where=where, chosen=chosen: where.backend("torchcodec", chosen),  # type: ignore[misc]
                "rgb8": lambda where=where, eighth=eighth: where.ours("rgb", eighth),  # type: ignore[misc]
                "peer8": lambda where=where, eighth=eighth: where.backend("torchcodec", eighth),  # type: ignore[misc]
            },
            rounds,
        )
        for form, aim in (("rgb", 1.25), ("yuv", 1.4)):
            rows.append(
                compared(
                    f"random {WINDOW}-frame windows {form.upper()}, key frame each {name}, over "
                    "torchcodec exact",
                    costs[form],
                    costs["peer"],
                    target=aim if target else None,
                    by_cpu=True,
                )
            )
        rows.append(
            compared(
                f"whole clips at 8 frames a second RGB, key frame each {name}, over torchcodec "
                "exact",
                costs["rgb8"],
                costs["peer8"],
                by_cpu=True,
            )
        )
    return rows


def _command_line(folder: Path, data: Sequence[bytes]) -> Callable[[], None]:
    paths = [folder / f"{number}.mp4" for number in range(len(data))]
    for path, one in zip(paths, data, strict=True):
        path.write_bytes(one)

    def run() -> None:
        for path in paths:
            subprocess.run(
                [
                    "ffmpeg",
                    "-v",
                    "error",
                    "-threads",
                    "1",
                    "-stream_loop",
                    str(_LOOPS - 1),
                    "-i",
                    str(path),
                    "-an",
                    "-f",
                    "null",
                    "-",
                ],
                check=True,
            )

    return run


def mean_bit_rate(media: Sequence[Media]) -> float:
    """Mbit/s of the clips."""
    return statistics.mean(8e-6 * len(one.video) / (one.num_frames / FPS) for one in media)

"""Planned shows with quick pictures: real mp4 files, the official dump, nothing rendered."""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from speakervid5m.processing.studio import (
    FPS,
    ShowSpec,
    ShowTruth,
    plan_show,
    repairable,
    show_files,
    write_dump,
)

RATE = 16_000


def planned(seeds: Iterable[int], seconds: float = 24.0) -> list[ShowTruth]:
    """Shows of these seeds, planned and not rendered."""
    return [
        plan_show(ShowSpec(seed=seed, duration_seconds=seconds, width=128, height=72))
        for seed in seeds
    ]


def write_videos(shows: Sequence[ShowTruth], folder: Path) -> dict[str, Path]:
    """A moving pattern of the show's own, and a tone; by source id."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = {}
    for show in shows:
        path = folder / f"{show.video_name}.mp4"
        write_video(path, show.width, show.height, show.num_frames, show.seed)
        paths[show.source_id] = path
    return paths


def write_video(path: Path, width: int, height: int, num_frames: int, seed: int) -> None:
    """Writes one: the pattern moves, the tone depends on the seed."""
    rows, columns = np.mgrid[0:height, 0:width]
    options = {"preset": "ultrafast", "crf": "30", "g": "50"}
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=FPS, options=options)
        video.width, video.height, video.pix_fmt = width, height, "yuv420p"
        video.codec_context.thread_count = 1
        audio = container.add_stream("aac", rate=RATE, layout="mono")
        for number in range(num_frames):
            shade = (columns * 3 + rows * 2 + number * 5 + seed * 40) % 256
            gray = np.repeat(shade[..., None], 3, axis=2).astype(np.uint8)
            frame = av.VideoFrame.from_ndarray(gray, format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, FPS)
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
        time = np.arange(num_frames * RATE // FPS) / RATE
        tone = (0.3 * np.sin(2 * np.pi * (200 + 30 * seed) * time)).astype(np.float32)
        for begin in range(0, len(tone), 1024):
            piece = av.AudioFrame.from_ndarray(
                tone[None, begin : begin + 1024], format="fltp", layout="mono"
            )
            piece.sample_rate, piece.pts, piece.time_base = RATE, begin, Fraction(1, RATE)
            container.mux(audio.encode(piece))
        container.mux(audio.encode(None))


def write_shows_dump(
    shows: Sequence[ShowTruth], folder: Path, *, test_show: int | None = None
) -> None:
    """The dump, with its repairable defects; the pairs of one show are the benchmark."""
    pairs = [] if test_show is None else [(p[0], p[1]) for p in shows[test_show].samples.dialogue]
    write_dump([repairable(show_files(show), seed=1) for show in shows], folder, test_pairs=pairs)

"""Cutting a source's clips: one pass over it, beside one FFmpeg process a clip as officially.

    python -m benchmarks.cutting --json build/cutting.json

Both encode with the same x264 settings on one thread. Ours gives an mp4 with sound and a FLAC a
clip; theirs gives a silent mp4 and a wav of 16 kHz, by one process each. Beside the wall clock
stands the processor time, since PyAV's decoder may use several threads where FFmpeg has one.
"""

import argparse
import collections
import dataclasses
import functools
import hashlib
import io
import itertools
import json
import math
import os
import platform
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from speakervid5m.media import EncodeSettings, crop_rectangle
from speakervid5m.processing import (
    CutClip,
    CutCounts,
    CutRequest,
    CutSettings,
    cut_source,
)

WIDTH, HEIGHT = 640, 360
GOP_FRAMES = 125
"""Frames between the source's key frames: five seconds, as video platforms have them."""
SHORTEST_SECONDS, LONGEST_SECONDS = 3.0, 14.0
LEFT, RIGHT = (0.03, 0.05, 0.5, 1.0), (0.5, 0.0, 0.98, 1.0)
PARALLELISM = (
    "ours: one process, its encoder on one thread; theirs: one ffmpeg at a time, with -threads 1 "
    "for decoder, filter and encoder"
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the comparison and gives the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cutting", description=__doc__)
    parser.add_argument("--json", type=Path, required=True, help="where the results are written")
    parser.add_argument("--seconds", type=int, default=120, help="length of the source")
    parser.add_argument("--fps", type=Fraction, default=Fraction(25), help="of the source")
    parser.add_argument("--clips", type=int, default=40)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args(arguments)
    if shutil.which("ffmpeg") is None:
        print("there is no ffmpeg on the path to compare with", file=sys.stderr)
        return 1
    source = rendered_source(options.seconds, options.fps)
    asked = requests_of(options.seconds, options.clips)
    print(PARALLELISM)
    result = compare(source, asked, repeats=options.repeats, fps=options.fps)
    described = {"source_seconds": options.seconds, "source_fps": float(options.fps)}
    result = {**described, "width": WIDTH, "height": HEIGHT, **result}
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(result, indent=2) + "\n")
    print(
        f"ours {result['ours_seconds']:.2f} s, theirs {result['theirs_seconds']:.2f} s: "
        f"ratio {result['ratio']:.2f} (processor time {result['cpu_ratio']:.2f}); "
        f"{result['num_frames_equal']} of {result['num_frames_compared']} frames equal"
    )
    return 0


def rendered_source(seconds: int, fps: Fraction) -> Path:
    """A video with detail, noise and motion, and sound; kept in the temporary folder."""
    recipe = f"{seconds} {fps} {WIDTH} {HEIGHT} {GOP_FRAMES} v1"
    name = hashlib.sha256(recipe.encode()).hexdigest()[:16]
    path = Path(tempfile.gettempdir()) / "speakervid5m-benchmarks" / f"{name}.mp4"
    if path.exists():
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}.mp4")
    with av.open(str(draft), "w", options={"movflags": "+faststart"}) as out:
        video = out.add_stream("libx264", rate=fps, options={"preset": "fast", "crf": "21"})
        audio = out.add_stream("aac", rate=48_000, layout="mono")
        assert isinstance(video, av.VideoStream) and isinstance(audio, av.AudioStream)
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        video.gop_size = GOP_FRAMES
        rng = np.random.default_rng(0)
        for number, pixels in enumerate(_frames_of_show(rng, int(seconds * fps))):
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            frame.pts, frame.time_base = number, 1 / fps
            out.mux(video.encode(frame))
            if number % fps.__ceil__() == 0:
                out.mux(audio.encode(_second_of_audio(rng, number // fps.__ceil__())))
        out.mux(video.encode())
        out.mux(audio.encode())
    draft.replace(path)
    return path


def _frames_of_show(rng: np.random.Generator, number: int) -> Iterator[np.ndarray[Any, Any]]:
    """A textured room that the camera pans over, two moving heads, and a little grain."""
    coarse = rng.integers(40, 200, (HEIGHT // 8, WIDTH // 4, 3)).astype(np.float32)
    background = np.kron(coarse, np.ones((8, 8, 1), np.float32))
    background = (background + np.roll(background, 5, 0) + np.roll(background, 7, 1)) / 3
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    skin = rng.integers(0, 60, (HEIGHT, WIDTH, 3)).astype(np.float32)
    for index in range(number):
        shift = int(60 * (1 + math.sin(index / 50)))
        pixels = background[:, shift : shift + WIDTH].copy()
        for middle, phase in ((0.25, 0.0), (0.75, 2.0)):
            x = WIDTH * middle + 20 * math.sin(index / 9 + phase)
            y = HEIGHT * 0.5 + 12 * math.sin(index / 7 + phase)
            head = ((columns - x) / 70) ** 2 + ((rows - y) / 105) ** 2 < 1
            pixels[head] = 120 + np.roll(skin, index % 11, 0)[head]
        grain = rng.integers(-3, 4, (HEIGHT, WIDTH, 1))
        yield np.clip(pixels + grain, 0, 255).astype(np.uint8)


def _second_of_audio(rng: np.random.Generator, second: int) -> av.AudioFrame:
    times = np.arange(48_000) / 48_000
    voice = 0.2 * np.sin(2 * np.pi * (200 + 10 * (second % 20)) * times)
    samples = (voice + rng.normal(0, 0.02, 48_000)).astype(np.float32)
    frame = av.AudioFrame.from_ndarray(samples[None], format="fltp", layout="mono")
    frame.sample_rate, frame.pts = 48_000, second * 48_000
    frame.time_base = Fraction(1, 48_000)
    return frame


def requests_of(seconds: float, num_clips: int) -> list[CutRequest]:
    """Scenes of 3 to 14 s one after the other, three clips in ten beside another person's."""
    rng = random.Random(0)
    num_pairs = 3 * num_clips // 10
    num_scenes = num_clips - num_pairs
    weights = [rng.expovariate(1.0) for _ in range(num_scenes)]
    free = 0.97 * seconds - num_scenes * SHORTEST_SECONDS
    if free < 0:
        raise SystemExit(f"{num_clips} clips need a longer source than {seconds} s")
    asked: list[CutRequest] = []
    begin = 0.0
    for scene, weight in enumerate(weights):
        length = min(LONGEST_SECONDS, SHORTEST_SECONDS + free * weight / sum(weights))
        end = begin + math.floor(length * 25) / 25
        # A second person is in the picture for most of the scene.
        others = [(RIGHT, end - 0.8 * (end - begin))] if scene < num_pairs else []
        for bbox, start in [(LEFT, begin), *others]:
            asked.append(
                CutRequest(
                    clip_id=f"{scene:03d}_{'A' if bbox is LEFT else 'B'}",
                    start_seconds=round(start * 25) / 25,
                    end_seconds=end,
                    bbox=bbox,
                    muted=(),
                )
            )
        begin = math.ceil((end + 0.03 * seconds / num_scenes / 2) * 25) / 25
    return asked


def compare(
    source: Path, asked: Sequence[CutRequest], *, repeats: int, fps: Fraction
) -> dict[str, Any]:
    """Times both, in turns, and compares their pictures."""
    counts = CutCounts()
    clocks: dict[str, list[tuple[float, float]]] = {"ours": [], "theirs": []}
    for _ in range(repeats):
        counts = CutCounts()
        clocks["ours"].append(_timed(functools.partial(_ours, source, asked, counts)))
        clocks["theirs"].append(_timed(functools.partial(_theirs, source, asked)))
    wall = {name: [seconds for seconds, _ in times] for name, times in clocks.items()}
    cpu = {name: [seconds for _, seconds in times] for name, times in clocks.items()}
    median = {name: statistics.median(times) for name, times in wall.items()}
    cpu_median = {name: statistics.median(times) for name, times in cpu.items()}
    spans = sorted(counts.spans, key=lambda span: span.start_seconds)
    return {
        "num_clips": len(asked),
        "clip_seconds": sum(clip.end_seconds - clip.start_seconds for clip in asked),
        "ours_seconds": median["ours"],
        "theirs_seconds": median["theirs"],
        "ratio": median["theirs"] / median["ours"],
        "ours_cpu_seconds": cpu_median["ours"],
        "theirs_cpu_seconds": cpu_median["theirs"],
        "cpu_ratio": cpu_median["theirs"] / cpu_median["ours"],
        "all_seconds": wall,
        "num_pictures_decoded": counts.num_frames_decoded,
        "num_pictures_needed": _num_needed(asked, fps),
        "stretches": [[span.start_seconds, span.stop_seconds] for span in spans],
        "each_stretch_once": all(
            before.stop_seconds <= after.start_seconds
            for before, after in itertools.pairwise(spans)
        ),
        **_equality(source, asked[:: max(1, len(asked) // 6)]),
        "parallelism": PARALLELISM,
        "machine": f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores",
        "pyav": av.__version__,
        "ffmpeg": _ffmpeg_version(),
    }


def _num_needed(asked: Sequence[CutRequest], fps: Fraction) -> int:
    """Pictures of the source that some clip shows."""
    shown: set[int] = set()
    for clip in asked:
        first = math.floor(clip.start_seconds * fps + 1e-6)
        shown.update(range(first, math.ceil(clip.end_seconds * fps - 1e-6)))
    return len(shown)


def _timed(work: Callable[[], None]) -> tuple[float, float]:
    before, wall = os.times(), time.perf_counter()
    work()
    wall, after = time.perf_counter() - wall, os.times()
    return wall, sum(after[:4]) - sum(before[:4])


def _ours(source: Path, asked: Sequence[CutRequest], counts: CutCounts) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for clip in cut_source(source, asked, CutSettings(), counts=counts):
            assert isinstance(clip, CutClip) and clip.video and clip.audio, clip
            (Path(folder) / f"{clip.clip_id}.mp4").write_bytes(clip.video)
            (Path(folder) / f"{clip.clip_id}.flac").write_bytes(clip.audio)


def _theirs(source: Path, asked: Sequence[CutRequest]) -> None:
    settings = EncodeSettings()
    encoder = f"-c:v libx264 -crf {settings.crf} -preset {settings.preset} -g {settings.gop_frames}"
    encoder += f" -keyint_min {settings.gop_frames} -sc_threshold 0 -threads 1 -an"
    with tempfile.TemporaryDirectory() as folder:
        for clip in asked:
            stem = Path(folder) / clip.clip_id
            _ffmpeg(source, clip, [*_crop(clip), "-r", "25", *encoder.split(), f"{stem}.mp4"])
            _ffmpeg(source, clip, [*["-vn", "-ac", "1", "-ar", "16000"], f"{stem}.wav"])


def _crop(clip: CutRequest) -> list[str]:
    assert clip.bbox is not None
    box = crop_rectangle(clip.bbox, WIDTH, HEIGHT)
    return ["-vf", f"crop={box.width}:{box.height}:{box.left}:{box.top}"]


def _ffmpeg(source: Path, clip: CutRequest, output: list[str]) -> bytes:
    length = clip.end_seconds - clip.start_seconds
    command = ["ffmpeg", "-nostdin", "-v", "error", "-filter_threads", "1", "-threads", "1"]
    command += ["-ss", f"{clip.start_seconds:.3f}", "-t", f"{length:.3f}", "-i", str(source)]
    return subprocess.run([*command, *output], check=True, stdout=subprocess.PIPE).stdout


def _equality(source: Path, asked: Sequence[CutRequest]) -> dict[str, Any]:
    """Compares pictures before lossy encoding, and counts how far apart they are in the source.

    Frame k of ours is the picture shown at start + k / 25. FFmpeg's `-r 25` repeats or drops one
    only when it is more than 1.1 frames off, so from a source of another rate it shows pictures
    up to two places away: `offsets` says theirs minus ours. Further away is unexplained.
    """
    lossless = CutSettings(encode=EncodeSettings(crf=0, preset="ultrafast"))
    equal = compared = lengths = 0
    offsets: collections.Counter[int | None] = collections.Counter()
    for clip in asked:
        assert clip.bbox is not None
        box = crop_rectangle(clip.bbox, WIDTH, HEIGHT)
        (cut,) = cut_source(source, [clip], lossless)
        assert isinstance(cut, CutClip) and cut.video is not None, cut
        with av.open(io.BytesIO(cut.video), "r") as container:
            frames = container.decode(container.streams.video[0])
            ours = [np.asarray(frame.to_ndarray(format="yuv420p")).tobytes() for frame in frames]
        size = box.width * box.height * 3 // 2
        theirs = _raw_pictures(source, clip, [*_crop(clip), "-r", "25"], size)
        lead = dataclasses.replace(clip, start_seconds=max(0.0, clip.start_seconds - 0.2))
        shown = _raw_pictures(source, lead, [*_crop(clip), "-vsync", "passthrough"], size)
        place = {pixels: index for index, pixels in enumerate(shown)}
        lengths += len(ours) == len(theirs)
        for mine, other in zip(ours, theirs, strict=False):
            compared += 1
            equal += mine == other
            known = mine in place and other in place
            offsets[place[other] - place[mine] if known else None] += 1
    return {
        "num_clips_compared": len(asked),
        "num_clips_of_equal_length": lengths,
        "num_frames_compared": compared,
        "num_frames_equal": equal,
        "offsets": {str(offset): number for offset, number in sorted(offsets.items(), key=str)},
        "num_frames_unexplained": sum(
            number for offset, number in offsets.items() if offset is None or abs(offset) > 2
        ),
    }


def _raw_pictures(source: Path, clip: CutRequest, output: list[str], size: int) -> list[bytes]:
    raw = _ffmpeg(source, clip, [*output, *["-an", "-f", "rawvideo", "-pix_fmt", "yuv420p", "-"]])
    return [raw[at : at + size] for at in range(0, len(raw), size)]


def _ffmpeg_version() -> str:
    text = subprocess.run(["ffmpeg", "-version"], check=True, stdout=subprocess.PIPE).stdout
    return text.decode().splitlines()[0]


if __name__ == "__main__":
    sys.exit(main())

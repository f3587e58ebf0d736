"""Measures of frames: OpenCV one by one, plain torch at once, the Triton kernel, a GPU's decoder.

    python -m benchmarks.kernels --json build/kernels.json

Every way does the same work on the same pictures, and the numbers that come out are compared
before a time is taken. Ways take turns; a ratio is the median over the rounds of the first way's
seconds by this way's. Without a GPU the ways that need one are named as left out.

Rows: `sums` (light, histogram, Laplacian, cells, PySceneDetect's score of every frame),
`sharpness` (a face of every frame), `look` (a source from its file to the tables of scores and
cells).
"""

import argparse
import json
import platform
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from fractions import Fraction
from importlib.metadata import version
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pyarrow as pa
import torch
from numpy.typing import NDArray

from speakervid5m.processing.curation import (
    Cells,
    CutScores,
    cell_means,
    content_score,
    run_frame_pass,
    run_frame_pass_on,
    shrunk_for_scores,
    to_hsv,
)
from speakervid5m.processing.models import face_patch, face_sharpness
from speakervid5m.processing.models.kernels import (
    Frames,
    frame_sums,
    patches,
    sharpness,
)

Way = Callable[[], NDArray[np.float64]]
"""Does the work and gives numbers to be compared."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the comparison and gives the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.kernels", description=__doc__)
    parser.add_argument("--json", type=Path, required=True, help="where the results are written")
    parser.add_argument("--width", type=int, default=1920)
    parser.add_argument("--height", type=int, default=1080)
    parser.add_argument("--frames", type=int, default=64, help="in a batch; twice that in `look`")
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--threads", type=int, default=1, help="of OpenCV and of torch")
    options = parser.parse_args(arguments)
    cv2.setNumThreads(options.threads)
    torch.set_num_threads(options.threads)
    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else None
    print(f"GPU: {gpu}" if gpu else "torch sees no GPU: the ways that need one are left out")
    planes = moving_pictures(options.frames, options.height, options.width)
    with tempfile.TemporaryDirectory() as folder:
        source = written(Path(folder) / "source.mp4", planes)
        rows = [
            row
            for name, ways, units in (
                ("sums", sums_ways(planes), options.frames),
                ("sharpness", sharpness_ways(planes), options.frames),
                ("look", look_ways(source), 2 * options.frames),
            )
            for row in measured(name, ways, units, options.repeats)
        ]
    result = {"facts": facts(options, gpu), "rows": rows}
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(result, indent=2) + "\n")
    for row in rows:
        speed = "left out: no GPU" if row["seconds"] is None else (
            f"{row['frames_per_second']:10.0f} frames/s  x{row['ratio']:.2f}"
        )  # fmt: skip
        print(f"{row['name']:10} {row['way']:12} {speed}")
    return 0


def measured(
    name: str, ways: dict[str, Way | None], units: int, repeats: int
) -> list[dict[str, Any]]:
    """A row a way; the first is what the others are compared with.

    Raises:
        ValueError: a way gives other numbers than the first.
    """
    first = next(iter(ways))
    expected = None
    for way, do in ways.items():
        if do is None:
            continue
        found = do()
        expected = found if expected is None else expected
        if found.shape != expected.shape or not np.allclose(found, expected, rtol=1e-6, atol=1e-6):
            raise ValueError(f"{name} by {way} is not {name} by {first}: {found} and {expected}")
    taken: dict[str, list[float]] = {way: [] for way in ways}
    for _ in range(repeats):
        for way, do in ways.items():
            if do is not None:
                began = time.perf_counter()
                do()
                taken[way].append(time.perf_counter() - began)
    rows = []
    for way, seconds in taken.items():
        ratios = [one / other for one, other in zip(taken[first], seconds, strict=False)]
        middle = statistics.median(seconds) if seconds else None
        rows.append(
            {
                "name": name,
                "way": way,
                "seconds": middle,
                "frames_per_second": units / middle if middle else None,
                "ratio": statistics.median(ratios) if ratios else None,
                "all_seconds": seconds,
            }
        )
    return rows


def sums_ways(planes: NDArray[np.uint8]) -> dict[str, Way | None]:
    """Every measure of every picture."""

    def of(device: str, implementation: Any) -> Way | None:
        if device == "cuda" and not torch.cuda.is_available():
            return None
        frames = Frames.planar(torch.from_numpy(planes).to(device))

        def do() -> NDArray[np.float64]:
            sums = frame_sums(frames, implementation=implementation)
            columns = [sums.content_scores(), sums.luma_means(), sums.laplacian_variances()]
            columns += [sums.cells.sum((1, 2)).double(), sums.cell_changes().double().sum((1, 2))]
            return np.asarray(torch.stack(columns, 1)[1:].cpu().numpy())

        return do

    return {
        "opencv": lambda: by_opencv(planes),
        "torch": of("cpu", "torch"),
        "torch, GPU": of("cuda", "torch"),
        "triton, GPU": of("cuda", "triton"),
    }


def by_opencv(planes: NDArray[np.uint8]) -> NDArray[np.float64]:
    """What the stages ask of OpenCV, picture by picture."""
    height = planes.shape[1] * 2 // 3
    rows: list[list[float]] = []
    before: tuple[NDArray[np.uint8], NDArray[np.uint8]] | None = None
    for planar in planes:
        luma = planar[:height]
        bgr = np.asarray(cv2.cvtColor(planar, cv2.COLOR_YUV2BGR_I420), np.uint8)
        hsv = to_hsv(shrunk_for_scores(bgr))
        cv2.calcHist([luma], [0], None, [256], [0, 256])
        _, deviation = cv2.meanStdDev(cv2.Laplacian(luma, cv2.CV_16S))
        cells = cell_means(luma)
        if before is not None:
            change = cell_means(np.asarray(cv2.absdiff(luma, before[0]), np.uint8))
            rows.append(
                [
                    content_score(before[1], hsv),
                    cv2.mean(luma)[0],
                    float(deviation[0, 0]) ** 2,
                    float(cells.astype(np.float64).sum()) * luma.size,
                    float(change.astype(np.float64).sum()),
                ]
            )
        before = (luma, hsv)
    return np.array(rows)


def sharpness_ways(planes: NDArray[np.uint8]) -> dict[str, Way | None]:
    """One face of every picture."""
    height, width = planes.shape[1] * 2 // 3, planes.shape[2]
    side = min(height, width) // 128 * 128 or min(height, width)
    box = np.array([0, 0, side, side], np.float32)

    def each() -> NDArray[np.float64]:
        lumas = (planar[:height] for planar in planes)
        return np.array([face_sharpness(face_patch(one, box)) for one in lumas])

    def at_once(device: str) -> Way | None:
        if device == "cuda" and not torch.cuda.is_available():
            return None
        lumas = torch.from_numpy(planes[:, :height]).to(device)
        boxes = torch.from_numpy(box).repeat(len(planes), 1).to(device)
        numbers = torch.arange(len(planes), device=device)

        def do() -> NDArray[np.float64]:
            # Patches are not OpenCV's (see `kernels.patches`): coarse numbers are compared.
            found = sharpness(patches(lumas, boxes, numbers)).cpu().numpy()
            return np.asarray(np.round(found))

        return do

    return {
        "opencv": lambda: np.round(each()),
        "torch": at_once("cpu"),
        "torch, GPU": at_once("cuda"),
    }


def look_ways(source: Path) -> dict[str, Way | None]:
    """A source from its file to its tables."""

    def do(device: str | None) -> NDArray[np.float64]:
        scores, cells = CutScores(), Cells()
        if device is None:
            run_frame_pass(source, [scores, cells])
        else:
            run_frame_pass_on(source, [scores, cells], device=device)
        table = scores.finish()
        columns = [table[name].to_numpy().astype(np.float64) for name in ("score", "luma_mean")]
        light = pa.compute.mean(cells.finish()["luma"].combine_chunks().flatten()).as_py()
        return np.concatenate([*columns, [light]])

    gpu = torch.cuda.is_available()
    return {
        "CPU": lambda: do(None),
        "torch": lambda: do("cpu"),
        "NVDEC, GPU": (lambda: do("cuda")) if gpu else None,
    }


def moving_pictures(number: int, height: int, width: int) -> NDArray[np.uint8]:
    """(N, H * 3 / 2, W) planar: texture that moves, grain, and a cut in the middle."""
    rng = np.random.default_rng(0)
    rows = height * 3 // 2
    found = np.empty((number, rows, width), np.uint8)
    for shot in range(2):
        coarse = rng.integers(30, 220, (24, 40), dtype=np.uint8)
        whole = cv2.resize(coarse, (width + 4 * number, rows), interpolation=cv2.INTER_CUBIC)
        for index in range(shot * number // 2, number if shot else number // 2):
            view = whole[:, 4 * index : 4 * index + width].astype(np.int16)
            found[index] = np.clip(view + rng.integers(-3, 4, view.shape), 16, 235)
    return found


def written(path: Path, planes: NDArray[np.uint8]) -> Path:
    """The pictures, twice over, as a video."""
    with av.open(str(path), "w") as out:
        video = out.add_stream("libx264", rate=Fraction(25), options={"preset": "veryfast"})
        assert isinstance(video, av.VideoStream)
        video.width, video.height, video.pix_fmt = (
            planes.shape[2],
            planes.shape[1] * 2 // 3,
            "yuv420p",
        )
        for planar in (*planes, *planes):
            out.mux(video.encode(av.VideoFrame.from_ndarray(planar, format="yuv420p")))
        out.mux(video.encode())
    return path


def facts(options: argparse.Namespace, gpu: str | None) -> dict[str, Any]:
    """What was measured, on what."""
    return {
        "gpu": gpu,
        "machine": platform.processor() or platform.machine(),
        "threads": options.threads,
        "size": [options.width, options.height],
        "frames": options.frames,
        "repeats": options.repeats,
        **{name: version(name) for name in ("torch", "torchcodec", "av", "numpy")},
        "opencv": cv2.__version__,
    }


if __name__ == "__main__":
    raise SystemExit(main())

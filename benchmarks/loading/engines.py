"""Engines that decode H.264 in memory: do they agree, and what do they cost on one thread?

Each decodes the same clips, whole and in windows. An engine agrees where it gives as many frames,
its windows are its own frames at those places, and its pictures are those of PyAV within what
converters differ in.
"""

import importlib
import io
import itertools
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from speakervid5m.media import FramePlaces, TableReader, available_backends, frame_table, open_video

from .data import Media
from .decoded import spdl_frames
from .measure import compared, in_turns
from .peers import installed

WINDOW = 32
NEAR = 1.0
"""Mean difference from PyAV's pictures, of 255, within which they count as the same (ours: room
for a converter that rounds otherwise; all engines of 2026-11 gave 0 on these clips)."""

Decode = Callable[[int, int, int], NDArray[np.uint8]]
"""Number of the clip, first frame and end, to (T, H, W, 3)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class EngineRow:
    """One engine."""

    name: str
    """Library and way."""
    frames_agree: bool
    """Whether whole clips have as many frames."""
    windows_agree: bool
    """Whether windows are the whole clip's frames at those places, bit for bit."""
    difference: float
    """Mean over all pixels from PyAV's pictures, of 255."""
    whole: tuple[float, float, float]
    """Processor time of a decode-only libavcodec loop by its own, whole clips: median, interval."""
    window: tuple[float, float, float]
    """The same by torchcodec's exact mode, windows: above 1 is faster than it."""

    @property
    def conforms(self) -> bool:
        """Whether it may be used in the place of another."""
        return self.frames_agree and self.windows_agree and self.difference < NEAR

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {**asdict(self), "conforms": self.conforms}


def engine_rows(media: Sequence[Media], rounds: int) -> list[EngineRow]:
    """All engines that are installed."""
    engines = _engines(media)
    counts = [one.num_frames for one in media]
    starts = [(count - WINDOW) // 3 for count in counts]
    expected = [engines["PyAV"](number, 0, count) for number, count in enumerate(counts)]
    found: dict[str, tuple[bool, bool, float]] = {}
    for name, decode in engines.items():
        whole = [decode(number, 0, count).copy() for number, count in enumerate(counts)]
        same = all(len(one) == count for one, count in zip(whole, counts, strict=True))
        windows = all(
            np.array_equal(decode(number, start, start + WINDOW), one[start : start + WINDOW])
            for number, (start, one) in enumerate(zip(starts, whole, strict=True))
        )
        apart = [
            float(np.abs(one.astype(np.int16) - other).mean())
            for one, other in zip(whole, expected, strict=True)
            if one.shape == other.shape
        ]
        found[name] = same, windows, max(apart, default=255.0)
    full = [(0, count) for count in counts]
    part = [(start, start + WINDOW) for start in starts]
    runs: dict[str, Callable[[], object]] = {
        name: partial(_all, decode, full) for name, decode in engines.items()
    }
    loop = in_turns({**runs, "loop": partial(_loop, media)}, rounds)
    parts = in_turns(
        {name: partial(_all, decode, part) for name, decode in engines.items()}, rounds
    )
    rows = []
    for name, (same, windows, off) in found.items():
        one = compared(name, loop[name], loop["loop"], by_cpu=True)
        peer = parts.get("torchcodec, exact", parts["PyAV"])
        other = compared(name, parts[name], peer, by_cpu=True)
        rows.append(
            EngineRow(
                name=name,
                frames_agree=same,
                windows_agree=windows,
                difference=round(off, 3),
                whole=(one.ratio, one.low, one.high),
                window=(other.ratio, other.low, other.high),
            )
        )
    return rows


def _all(decode: Decode, spans: Sequence[tuple[int, int]]) -> None:
    for number, (first, stop) in enumerate(spans):
        decode(number, first, stop)


def _engines(media: Sequence[Media]) -> dict[str, Decode]:
    data = [one.video for one in media]
    places = [FramePlaces.of(frame_table(one)) for one in data]

    side = open_video(data[0], backend="pyav")
    # As in a loader, whose batches are memory that was written before.
    buffer = np.ones((max(one.num_frames for one in media), side.height, side.width, 3), np.uint8)

    def table(number: int, first: int, stop: int) -> NDArray[np.uint8]:
        own = data[number]
        reader = TableReader(places[number], lambda begin, end: memoryview(own)[begin:end])
        return reader.decode(range(first, stop), "rgb", buffer[: stop - first])

    def backend(name: str) -> Decode:
        def decode(number: int, first: int, stop: int) -> NDArray[np.uint8]:
            with open_video(data[number], backend=name) as reader:  # type: ignore[arg-type]
                return reader.frames(range(first, stop))

        return decode

    found: dict[str, Decode] = {"frame table (ours)": table, "PyAV": backend("pyav")}
    known = available_backends()
    if known["torchcodec"] is None:
        found["torchcodec, exact"] = _torchcodec(data, "exact")
        found["torchcodec, approximate"] = _torchcodec(data, "approximate")
        found["torchcodec, custom_frame_mappings"] = _torchcodec(data, "custom_frame_mappings")
    if known["decord"] is None:
        found["decord"] = backend("decord")
    if installed("spdl"):
        found["SPDL"] = lambda number, first, stop: spdl_frames(
            data[number], first, stop, media[number].num_frames
        )
    return found


def _torchcodec(data: Sequence[bytes], mode: str) -> Decode:
    decoders: Any = importlib.import_module("torchcodec.decoders")
    options: list[dict[str, Any]] = [{"seek_mode": mode} for _ in data]
    if mode == "custom_frame_mappings":
        options = [{"custom_frame_mappings": _mappings(one)} for one in data]

    def decode(number: int, first: int, stop: int) -> NDArray[np.uint8]:
        decoder = decoders.VideoDecoder(
            data[number], dimension_order="NHWC", num_ffmpeg_threads=1, **options[number]
        )
        found: NDArray[np.uint8] = decoder.get_frames_in_range(first, stop).data.numpy()
        return found

    return decode


def _mappings(data: bytes) -> str:
    """What ffprobe would say of the frames, from our frame table: it is made once, at writing."""
    table = frame_table(data)
    shown = sorted(zip(table.pts, table.is_key, strict=True))
    step = min(after[0] - before[0] for before, after in itertools.pairwise(shown))
    frames = [{"pts": pts, "duration": step, "key_frame": int(key)} for pts, key in shown]
    return json.dumps({"frames": frames})


def _loop(media: Sequence[Media]) -> None:
    """Decodes and keeps nothing."""
    for one in media:
        with av.open(io.BytesIO(one.video), "r") as container:
            stream = container.streams.video[0]
            stream.thread_type, stream.codec_context.thread_count = "NONE", 1
            for _ in container.decode(stream):
                pass

"""A rendered show in, an altered video of it out, and what is true of that.

show --> decoded once --> the row's change, place and times --> H.264 and AAC --> `Show`
"""

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

from speakervid5m.media import x264_params
from speakervid5m.processing.studio import FPS
from speakervid5m.records import atomic_file

from ..shows import Show
from .rows import Place, Planes, Row, Samples

_CLOCK = 90_000
"""Units of time a second in the altered file: every rate of the rows has whole ones, or nearly."""
_BLOCK = 1024
"""Samples of an audio frame (AAC)."""
_BLACK, _COLOURLESS = 16, 128
_LEFT_OUT = 1 / 3


def altered_show(show: Show, name: str, row: Row, folder: Path) -> Show:
    """The show as a row alters it; what is there already is kept.

    Args:
        show: rendered.
        name: of the row.
        row: what is done.
        folder: gets a folder of the row's name.
    """
    path = folder / name / show.path.name
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_file(path) as draft:
            _write(show, row, draft)
    return show_on(row.place, replace(show, path=path))


def show_on(place: Place | None, show: Show) -> Show:
    """What is true of a show whose frame lies on a canvas."""
    if place is None:
        return show
    clips = tuple(replace(clip, bbox=place.moved(clip.bbox)) for clip in show.truth.clips)
    faces = tuple(
        {person: place.moved(box) for person, box in frame.items()} for frame in show.faces
    )
    return replace(show, truth=replace(show.truth, clips=clips), faces=faces)


def shown_at(num_frames: int, row: Row, rng: np.random.Generator) -> list[tuple[int, Fraction]]:
    """Which frames of the show the altered video shows, and from which time on, in seconds.

    At another rate each frame shows what the show shows at its time: some are left out, or shown
    again. At a variable rate no two neighbours are left out.
    """
    if row.variable:
        kept = [number for number in range(num_frames) if number % 2 or rng.random() > _LEFT_OUT]
        return [(number, Fraction(number, FPS)) for number in kept]
    count = int(num_frames * row.rate / FPS)
    times = [Fraction(number) / row.rate for number in range(count)]
    return [(int(time * FPS), time) for time in times]


def _write(show: Show, row: Row, path: Path) -> None:
    rng = np.random.default_rng(show.truth.seed)
    samples, rate = _samples(show.path)
    if row.audio is not None:
        samples, rate = row.audio(samples, rate)
    wanted = shown_at(show.truth.num_frames, row, rng)
    with av.open(str(path), "w", format="mp4") as container:
        video = container.add_stream("libx264", rate=row.rate)
        context = video.codec_context
        context.pix_fmt, context.thread_count = "yuv420p", 1
        context.time_base = Fraction(1, _CLOCK)
        context.options = {"crf": "20", "preset": "superfast", "x264-params": x264_params()}
        audio = container.add_stream("aac", rate=rate, layout="mono")
        context.width, context.height = (
            (row.place.width, row.place.height)
            if row.place is not None
            else (show.truth.width, show.truth.height)
        )
        shown = iter(wanted)
        number, time = next(shown)
        for index, planes in enumerate(_decoded(show.path)):
            if number < 0 or index < number:
                continue
            changed = planes if row.change is None else row.change(planes, rng)
            laid = changed if row.place is None else _on(row.place, changed)
            while number == index:
                frame = av.VideoFrame.from_ndarray(laid, format="yuv420p")
                frame.pts, frame.time_base = round(time * _CLOCK), Fraction(1, _CLOCK)
                container.mux(video.encode(frame))
                number, time = next(shown, (-1, time))
        container.mux(video.encode())
        for first in range(0, len(samples), _BLOCK):
            block = np.ascontiguousarray(samples[None, first : first + _BLOCK])
            sound = av.AudioFrame.from_ndarray(block, "fltp", "mono")
            sound.sample_rate, sound.pts, sound.time_base = rate, first, Fraction(1, rate)
            container.mux(audio.encode(sound))
        container.mux(audio.encode())


def _decoded(path: Path) -> Iterator[Planes]:
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            yield np.asarray(frame.to_ndarray(format="yuv420p"), np.uint8)


def _samples(path: Path) -> tuple[Samples, int]:
    with av.open(str(path)) as container:
        blocks = [frame.to_ndarray()[0] for frame in container.decode(audio=0)]
        rate = container.streams.audio[0].rate
    return np.concatenate(blocks).astype(np.float32), int(rate)


def _on(place: Place, planes: Planes) -> Planes:
    """A frame, scaled, on its canvas."""
    canvas = _canvas(place)
    x1, y1, x2, y2 = place.box
    height = len(planes) * 2 // 3
    chroma = planes[height:].reshape(2, height // 2, -1)
    parts = _planes_of(canvas, place)
    for plane, source, half in zip(parts, (planes[:height], *chroma), (1, 2, 2), strict=True):
        size = ((x2 - x1) // half, (y2 - y1) // half)
        scaled = cv2.resize(source, size, interpolation=cv2.INTER_AREA)
        plane[y1 // half : y2 // half, x1 // half : x2 // half] = scaled
    return canvas


def _canvas(place: Place) -> Planes:
    canvas = np.full((place.height * 3 // 2, place.width), _COLOURLESS, np.uint8)
    luma = canvas[: place.height]
    if place.around == "black":
        luma[:] = _BLACK
    else:
        # A still graphic: a slope with a grid, as behind a window of a broadcast.
        down, across = np.mgrid[0 : place.height, 0 : place.width]
        luma[:] = 60 + down * 40 // place.height + 30 * ((across // 40 + down // 40) % 2)
        canvas[place.height :] += 12
    return canvas


def _planes_of(canvas: Planes, place: Place) -> tuple[Planes, ...]:
    chroma = canvas[place.height :].reshape(2, place.height // 2, place.width // 2)
    return (canvas[: place.height], chroma[0], chroma[1])

"""Small files of many tracks, of any pixel format and layout, to see which is read and how."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.stream import Disposition
from numpy.typing import NDArray

from tests.media.rendered import x264_options

RATE = 48_000


@dataclass(frozen=True, kw_only=True)
class VideoTrack:
    """A still for as long as it lasts."""

    rgb: NDArray[np.uint8]
    """(H, W, 3)"""
    codec: str = "libx264"
    pixel_format: str = "yuv420p"
    space: int | None = None
    full_range: bool = False
    transfer: int | None = None
    options: dict[str, str] = field(default_factory=lambda: {"qp": "0"})
    disposition: Disposition | None = None
    seconds: float = 2.0


@dataclass(frozen=True, kw_only=True)
class AudioTrack:
    """Samples, (C, S) at 48 kHz."""

    samples: NDArray[np.float32]
    layout: str = "mono"
    codec: str = "aac"
    disposition: Disposition | None = None


def grey(value: int, width: int = 160, height: int = 96) -> NDArray[np.uint8]:
    """A flat picture."""
    return np.full((height, width, 3), value, np.uint8)


def hum(pitch: float, seconds: float = 2.0, loudness: float = 0.3) -> NDArray[np.float32]:
    """A tone, (S,)."""
    time = np.arange(round(seconds * RATE)) / RATE
    return (loudness * np.sin(2 * np.pi * pitch * time)).astype(np.float32)


def pitch_of(samples: NDArray[np.float32], rate: int) -> float:
    """The loudest pitch."""
    strength = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.argmax(strength)) * rate / len(samples)


def write(path: Path, tracks: Sequence[VideoTrack | AudioTrack], **options: str) -> Path:
    """Writes a file with these tracks, in this order."""
    with av.open(str(path), "w", options=options) as out:
        made: list[tuple[Any, VideoTrack | AudioTrack]] = []
        for track in tracks:
            stream = _video(out, track) if isinstance(track, VideoTrack) else _audio(out, track)
            if track.disposition is not None:
                stream.disposition = track.disposition
            made.append((stream, track))
        packets: list[Any] = []
        for stream, track in made:
            frames = _shown(track) if isinstance(track, VideoTrack) else _sounding(stream, track)
            for frame in frames:
                packets += stream.encode(frame)
            packets += stream.encode(None)
        for packet in sorted(packets, key=lambda one: float((one.dts or 0) * one.time_base)):
            out.mux(packet)
    return path


def _video(out: Any, track: VideoTrack) -> Any:
    stream = out.add_stream(track.codec, rate=25)
    context = stream.codec_context
    context.height, context.width = track.rgb.shape[:2]
    context.pix_fmt = track.pixel_format
    is_x264 = track.codec.startswith("libx264")
    context.options = x264_options(track.options) if is_x264 else {}
    if track.space is not None:
        context.colorspace = track.space
    if track.full_range:
        context.color_range = 2
    if track.transfer is not None:
        context.color_trc = track.transfer
    return stream


def _shown(track: VideoTrack) -> list[av.VideoFrame]:
    frames = []
    for number in range(round(track.seconds * 25)):
        frame = av.VideoFrame.from_ndarray(track.rgb, format="rgb24")
        if track.pixel_format != "rgb24":
            target = {} if track.space is None else {"dst_colorspace": track.space}
            if not frame.format.is_rgb or not av.VideoFormat(track.pixel_format).is_rgb:
                target["dst_color_range"] = 2 if track.full_range else 1
            frame = frame.reformat(format=track.pixel_format, src_color_range=2, **target)
        frame.pts, frame.time_base = number, Fraction(1, 25)
        frames.append(frame)
    return frames


def _audio(out: Any, track: AudioTrack) -> Any:
    stream = out.add_stream(track.codec, rate=RATE, layout=track.layout)
    if track.codec in ("aac", "libopus", "ac3"):
        stream.codec_context.bit_rate = 64_000 * len(track.samples) + 64_000
    return stream


def _sounding(stream: Any, track: AudioTrack) -> list[av.AudioFrame]:
    form = stream.codec_context.format.name
    each = stream.codec_context.frame_size or 1024
    frames = []
    for first in range(0, track.samples.shape[1], each):
        piece = np.ascontiguousarray(track.samples[:, first : first + each])
        if not form.startswith("fltp"):
            piece = (piece.T.reshape(1, -1) * 32767).astype(np.int16)
            form = "s16"
        frame = av.AudioFrame.from_ndarray(piece, format=form, layout=track.layout)
        frame.sample_rate, frame.time_base, frame.pts = RATE, Fraction(1, RATE), first
        frames.append(frame)
    return frames


def of_unknown_codec(path: Path, number: int) -> None:
    """Makes the n-th AAC track of an mp4, from 0, one of a codec that FFmpeg does not know."""
    data = bytearray(path.read_bytes())
    at = -1
    for _ in range(number + 1):
        at = data.index(b"mp4a", at + 1)
    data[at : at + 4] = b"apac"
    # The object type of the esds box: without it the four letters alone decide.
    box = data.index(b"esds", at)
    data[box : box + 4] = b"xxxx"
    path.write_bytes(data)

"""Tiny videos that say which frame is shown and which second is heard.

A frame carries its own number twice: ten bits as light and dark blocks in the left half, and
their complement in the right half. Sound at source time t is a tone whose pitch names the second
and the track. So a cut clip is checked against what it must show, and not against itself.
"""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeAlias

import av
import numpy as np
import soundfile
from numpy.typing import NDArray

from speakervid5m.media import EncodeSettings, x264_params
from speakervid5m.processing.assembly.cut_clips import (
    CutClip,
    CutCounts,
    CutReject,
    CutRequest,
    CutSettings,
    cut_source,
)
from speakervid5m.records import Interval

LEFT = (0.0, 0.0, 0.5, 1.0)
RIGHT = (0.5, 0.0, 1.0, 1.0)
WHOLE = (0.0, 0.0, 1.0, 1.0)

_COLUMNS, _ROWS = 5, 2
_DARK, _LIGHT = 50, 205
_BITS = 1 << np.arange(_COLUMNS * _ROWS)


Packet: TypeAlias = "av.Packet[Any]"


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of video to render."""

    seconds: float = 4.0
    fps: Fraction = Fraction(25)
    times: tuple[Fraction, ...] | None = None
    """When each frame is shown; every 1 / fps if left out."""
    time_base: Fraction | None = None
    """Of the video; 1 / fps if left out."""
    width: int = 160
    height: int = 96
    codec: str = "libx264"
    pixel_format: str = "yuv420p"
    options: dict[str, str] = field(default_factory=dict)
    stored_turns: int = 0
    """Quarter turns, counter-clockwise, by which the picture is stored turned."""
    stored_mirrored: bool = False
    """Whether left and right are exchanged before that."""
    pixel_aspect: Fraction | None = None
    layout: str | None = "mono"
    sound_codec: str = "aac"
    sample_rate: int = 48_000
    sound_starts: float = 0.0
    loudness: float = 1.0
    """Factor of the tones."""
    num_tracks: int = 1
    begins: Fraction = Fraction(0)
    """Container time of the first frame."""
    container: dict[str, str] = field(default_factory=dict)
    """Options of the muxer."""

    @property
    def shown(self) -> tuple[Fraction, ...]:
        """When each frame is shown, before `begins`."""
        number = round(self.seconds * self.fps)
        return self.times or tuple(index / self.fps for index in range(number))


def picture_of(index: int, width: int, height: int) -> NDArray[np.uint8]:
    """The (H, W) luma of a frame."""
    bits = ((index & _BITS) > 0).reshape(_ROWS, _COLUMNS)
    both = np.concatenate([bits, ~bits], axis=1)
    rows = np.arange(height) * _ROWS // height
    columns = np.arange(width) * 2 * _COLUMNS // width
    return np.where(both[rows][:, columns], _LIGHT, _DARK).astype(np.uint8)


def index_of(luma: NDArray[np.uint8], *, half: bool = True) -> int:
    """Which frame it is, from one half of a picture, or from the left half of a whole one."""
    if not half:
        luma = luma[:, : luma.shape[1] // 2]
    rows, columns = luma.shape[0] / _ROWS, luma.shape[1] / _COLUMNS
    code = 0
    for bit in range(_COLUMNS * _ROWS):
        row, column = divmod(bit, _COLUMNS)
        top, left = int((row + 0.3) * rows), int((column + 0.3) * columns)
        patch = luma[top : top + int(0.4 * rows), left : left + int(0.4 * columns)]
        value = float(patch.mean())
        assert abs(value - 128) > 30, f"bit {bit} is grey: {value}"
        code |= int(value > 128) << bit
    return code


def complement(index: int) -> int:
    """What the right half says of a frame."""
    return int(_BITS.sum()) - index


def tone(times: NDArray[np.float64], *, track: int = 0) -> NDArray[np.float32]:
    """What is heard at source times: in each second a sweep of 500 Hz from its own pitch."""
    second = np.floor(times)
    within = times - second
    pitch = 300.0 + 130.0 * (second % 12) + 2000.0 * track
    return (0.4 * np.sin(2 * np.pi * (pitch + 250.0 * within) * within)).astype(np.float32)


def x264_options(options: Mapping[str, str]) -> dict[str, str]:
    """Options of x264, with those that make its bytes the same on every machine."""
    own = [options["x264-params"]] if "x264-params" in options else []
    return {**options, "x264-params": ":".join([*own, x264_params()])}


def render(path: Path, kind: Kind) -> Path:
    """Writes a video."""
    with av.open(str(path), "w", options=kind.container) as out:
        base = kind.time_base or 1 / kind.fps
        video = out.add_stream(kind.codec, rate=kind.fps)
        assert isinstance(video, av.VideoStream)
        context = video.codec_context
        turned = kind.stored_turns % 2
        context.width = kind.height if turned else kind.width
        context.height = kind.width if turned else kind.height
        context.pix_fmt, context.time_base = kind.pixel_format, base
        options = {"g": "25", **kind.options}
        context.options = x264_options(options) if kind.codec == "libx264" else options
        if kind.pixel_aspect is not None:
            context.sample_aspect_ratio = kind.pixel_aspect
        tracks = []
        for _ in range(kind.num_tracks if kind.layout else 0):
            assert kind.layout
            track = out.add_stream(kind.sound_codec, rate=kind.sample_rate, layout=kind.layout)
            assert isinstance(track, av.AudioStream)
            track.codec_context.bit_rate = 128_000
            tracks.append(track)
        packets: list[Packet] = []
        for index, shown in enumerate(kind.shown):
            whole = picture_of(index, kind.width, kind.height)
            stored = np.rot90(whole[:, :: -1 if kind.stored_mirrored else 1], kind.stored_turns)
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(stored), format="gray")
            frame = frame.reformat(format=kind.pixel_format)
            frame.pts, frame.time_base = round((shown + kind.begins) / base), base
            packets += video.encode(frame)
        packets += video.encode()
        for number, track in enumerate(tracks):
            packets += _sound(track, kind, number)
        for packet in sorted(packets, key=_decoded_at):
            out.mux(packet)
    return path


def _decoded_at(packet: Packet) -> float:
    return float((packet.dts or 0) * (packet.time_base or 1))


def _sound(track: av.AudioStream, kind: Kind, number: int) -> list[Packet]:
    rate = kind.sample_rate
    begin, end = round(kind.sound_starts * rate), round(kind.seconds * rate)
    samples = tone(np.arange(begin, end) / rate, track=number) * np.float32(kind.loudness)
    offset = round(kind.begins * rate)
    packets: list[Packet] = []
    for first in range(0, len(samples), 1024):
        channels = np.stack([samples[first : first + 1024]] * track.codec_context.channels)
        form = track.codec_context.format.name
        if not form.startswith("fltp"):
            channels = (channels.T.reshape(1, -1) * 32767).astype(np.int16)
            form = "s16"
        frame = av.AudioFrame.from_ndarray(channels, format=form, layout=kind.layout or "mono")
        frame.sample_rate, frame.time_base = rate, Fraction(1, rate)
        frame.pts = begin + offset + first
        packets += track.encode(frame)
    return packets + track.encode()


def shown_times(path: Path) -> list[float]:
    """When each frame is shown, by the file's own word, from its earliest stream on."""
    with av.open(str(path)) as container:
        packets = [packet for packet in container.demux(video=0) if packet.size]
        begin = (container.start_time or 0) / av.time_base
        return sorted(float((p.pts or 0) * (p.time_base or 1)) - begin for p in packets)


def expected_indices(times: Sequence[float], start: float, num_frames: int) -> list[int]:
    """Which frame a clip must show at each of its own frames."""
    shown = np.array(times)
    wanted = start + np.arange(num_frames) / 25 + 1e-4
    return [max(0, int(index)) for index in np.searchsorted(shown, wanted, side="right") - 1]


def request(
    name: str,
    start: float,
    end: float,
    *,
    bbox: tuple[float, ...] | None = LEFT,
    muted: tuple[Interval, ...] | None = (),
) -> CutRequest:
    """One clip to cut."""
    return CutRequest(clip_id=name, start_seconds=start, end_seconds=end, bbox=bbox, muted=muted)


def cut(
    path: Path,
    requests: Sequence[CutRequest],
    *,
    settings: CutSettings | None = None,
    counts: CutCounts | None = None,
) -> list[CutClip | CutReject]:
    """Everything that comes out of a source."""
    settings = settings or CutSettings(encode=EncodeSettings(crf=18, preset="ultrafast"))
    return list(cut_source(path, requests, settings, counts=counts))


def one_clip(path: Path, asked: CutRequest) -> CutClip:
    """The one clip that is asked for."""
    (result,) = cut(path, [asked])
    assert isinstance(result, CutClip), result
    return result


def lumas(data: bytes) -> list[NDArray[np.uint8]]:
    """The luma of every picture of an mp4."""
    with av.open(io.BytesIO(data), "r") as container:
        return [
            np.asarray(frame.to_ndarray(format="gray"), np.uint8)
            for frame in container.decode(container.streams.video[0])
        ]


def indices_of(data: bytes | None) -> list[int]:
    """Which frames a clip of one half shows."""
    assert data is not None
    return [index_of(luma) for luma in lumas(data)]


def samples_of(data: bytes | None) -> tuple[NDArray[np.float32], int]:
    """Samples of a FLAC and their rate."""
    assert data is not None
    samples, rate = soundfile.read(io.BytesIO(data), dtype="float32")
    return samples, int(rate)


def heard(
    samples: NDArray[np.float32], rate: int, start: float, *, track: int = 0
) -> tuple[float, float]:
    """How many seconds late the tones are that belong from `start` on, and their likeness."""
    reach = round(0.1 * rate)
    wanted = tone(start + np.arange(-reach, len(samples) + reach) / rate, track=track)
    size = len(samples) + len(wanted)
    spectrum = np.fft.rfft(wanted, size) * np.conj(np.fft.rfft(samples, size))
    match = np.fft.irfft(spectrum, size)[: 2 * reach + 1]
    best = int(np.argmax(match))
    under = wanted[best : best + len(samples)]
    norm = float(np.linalg.norm(samples) * np.linalg.norm(under))
    return (reach - best) / rate, float(match[best]) / norm if norm else 0.0


def turn_flag(path: Path, degrees_clockwise: int) -> None:
    """Writes the rotation into an mp4's only video track, as a phone does."""
    data = bytearray(path.read_bytes())
    at = data.index(b"tkhd") + 4 + 4 + 20 + 16
    one, minus = (1 << 16).to_bytes(4, "big"), (-(1 << 16) & 0xFFFFFFFF).to_bytes(4, "big")
    nil = bytes(4)
    turn = {
        0: (one, nil, nil, one),
        90: (nil, one, minus, nil),
        180: (minus, nil, nil, minus),
        270: (nil, minus, one, nil),
    }[degrees_clockwise]
    data[at : at + 36] = (
        turn[0] + turn[1] + nil + turn[2] + turn[3] + nil + nil + nil + (1 << 30).to_bytes(4, "big")
    )
    path.write_bytes(data)

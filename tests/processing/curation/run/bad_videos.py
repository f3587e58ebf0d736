"""A rendered show, and the same show as strangers send it: other sound, other pictures, damage."""

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeAlias

import av
import numpy as np
from numpy.typing import NDArray

from speakervid5m.media import resample
from speakervid5m.processing.curation.speech.audio import read_source_audio
from speakervid5m.processing.studio.speech_synthesis import SAMPLE_RATE, speak
from tests.media.rendered import x264_options

RATE = 48_000
Sound: TypeAlias = NDArray[np.float32]
Packet: TypeAlias = "av.Packet[Any]"
LINES = (
    "Well, we met in a small town by the sea, and we talked until morning about boats.",
    "Money, of course. But also the weather, because every storm broke something new.",
    "Yes, that picture was taken on the only sunny day in the month of March.",
    "Every winter, to be honest, and every time somebody came with soup and new plans.",
)


def sound_of(path: Path) -> Sound:
    """The show's own sound at 48 kHz."""
    samples = read_source_audio(path).samples
    return resample(samples, 16_000, RATE)


def silence(seconds: float) -> Sound:
    return np.zeros(round(seconds * RATE), np.float32)


def noise(seconds: float) -> Sound:
    rng = np.random.default_rng(1)
    return rng.normal(0, 0.02, round(seconds * RATE)).astype(np.float32)


def music(seconds: float) -> Sound:
    """Chords of three plucked strings, a bass and a beat, 100 to the minute."""
    time = np.arange(round(seconds * RATE)) / RATE
    beat = time % 0.6
    chords = np.array([[261.6, 329.6, 392.0], [220.0, 277.2, 329.6], [174.6, 220.0, 261.6]])
    notes = chords[(time // 2.4).astype(int) % len(chords)]
    tone = sum(
        np.sin(2 * np.pi * over * notes[:, voice] * time) / over
        for voice in range(3)
        for over in (1, 2, 3)
    )
    bass = np.sin(2 * np.pi * notes[:, 0] / 4 * time)
    hit = np.random.default_rng(2).normal(0, 1, len(time)) * np.exp(-40 * beat)
    wave = 0.05 * np.exp(-3 * beat) * tone + 0.06 * bass + 0.05 * hit
    return np.asarray(wave, np.float32)


def talk(people: Sequence[str], seconds: float) -> Sound:
    """The people in turn, over a little noise, until the time is over."""
    lines = [(one, LINES[n % len(LINES)]) for n, one in enumerate(people)]
    gap = np.zeros(round(0.4 * SAMPLE_RATE), np.float32)
    pieces: list[Sound] = []
    for sentence in speak(lines):
        pieces += [gap, sentence.samples * np.float32(0.09 / sentence.samples.std())]
    wave = resample(np.concatenate(pieces), SAMPLE_RATE, RATE)
    wave = np.tile(wave, 1 + round(seconds * RATE) // len(wave))[: round(seconds * RATE)]
    return wave + noise(seconds) * np.float32(0.07)


def with_sound(
    show: Path,
    path: Path,
    tracks: Sequence[Sound],
    layout: str = "mono",
    channel: int = 0,
    muxing: Mapping[str, str] | None = None,
) -> Path:
    """The show's pictures as they are, with other sound.

    Args:
        show: the show.
        path: what is written.
        tracks: sound tracks at 48 kHz; none for a silent film.
        layout: of their channels.
        channel: in which the sound is; the others are silent.
        muxing: options of the muxer.
    """
    with (
        av.open(str(show)) as given,
        av.open(str(path), "w", options=dict(muxing or {})) as out,
    ):
        video = out.add_stream_from_template(given.streams.video[0])
        packets: list[Packet] = [one for one in given.demux(video=0) if one.dts is not None]
        for packet in packets:
            packet.stream = video
        for wave in tracks:
            packets += _encoded(out.add_stream("aac", rate=RATE, layout=layout), wave, channel)
        for packet in sorted(packets, key=_decoded_at):
            out.mux(packet)
    return path


def _decoded_at(packet: Packet) -> float:
    return float((packet.dts or 0) * (packet.time_base or 1))


def _encoded(stream: "av.AudioStream", wave: Sound, channel: int) -> list[Packet]:
    packets: list[Packet] = []
    stream.codec_context.bit_rate = 96_000
    for first in range(0, len(wave), 1024):
        piece = np.zeros(
            (stream.codec_context.channels, len(wave[first : first + 1024])), np.float32
        )
        piece[channel] = wave[first : first + 1024]
        layout = stream.codec_context.layout.name
        frame = av.AudioFrame.from_ndarray(piece, format="fltp", layout=layout)
        frame.sample_rate, frame.pts, frame.time_base = RATE, first, Fraction(1, RATE)
        packets += stream.encode(frame)
    return packets + stream.encode(None)


def encoded_anew(
    show: Path,
    path: Path,
    *,
    pixel_format: str = "yuv420p",
    options: dict[str, str] | None = None,
    rate: int = 25,
    kept: Callable[[int], bool] = lambda _: True,
    hdr: bool = False,
    stop_seconds: float = float("inf"),
) -> Path:
    """The show with its pictures encoded in another way; the sound is the show's.

    Args:
        show: the show.
        path: what is written.
        pixel_format: how pictures are stored.
        options: of x264.
        rate: frames a second; a picture is shown as often as it takes.
        kept: which frames are present, by number; the others are left out and the one before is
            shown for longer.
        hdr: whether the file says that it has PQ and BT.2020.
        stop_seconds: where it ends.
    """
    with av.open(str(show)) as given, av.open(str(path), "w") as out:
        video = out.add_stream("libx264", rate=rate)
        shown = given.streams.video[0]
        video.width, video.height, video.pix_fmt = shown.width, shown.height, pixel_format
        chosen = {"preset": "ultrafast", "crf": "22", **(options or {})}
        video.codec_context.options = x264_options(chosen)
        video.codec_context.thread_count = 1
        if hdr:
            context = video.codec_context
            context.color_primaries, context.color_trc, context.colorspace = 9, 16, 9
        packets: list[Packet] = []
        number = 0
        for frame in given.decode(video=0):
            seconds = float((frame.pts or 0) * (frame.time_base or 1))
            if seconds >= stop_seconds:
                break
            while number / rate < seconds + 1 / 25 - 1e-6:
                if kept(number):
                    picture = frame.reformat(format=pixel_format)
                    picture.pts, picture.time_base = number, Fraction(1, rate)
                    packets += video.encode(picture)
                number += 1
        packets += video.encode(None)
        wave = sound_of(show)[: round(number / rate * RATE)]
        packets += _encoded(out.add_stream("aac", rate=RATE, layout="mono"), wave, 0)
        for packet in sorted(packets, key=_decoded_at):
            out.mux(packet)
    return path


def damaged(show: Path, path: Path, place: float, length: int = 6000) -> Path:
    """The show with zeros over some of its bytes.

    Args:
        show: the show.
        path: what is written.
        place: where the zeros are, 0 begin to 1 end.
        length: how many.
    """
    data = bytearray(show.read_bytes())
    first = round(place * len(data))
    data[first : first + length] = bytes(len(data[first : first + length]))
    path.write_bytes(data)
    return path

"""Which video and which audio track of a file are read: the one place that chooses.

    a file --> VideoTrack with its first frame, AudioTrack with its mix, and the choices in words

As FFmpeg chooses: what is flagged as default, then the most pixels, the most channels; and never
cover art. Unlike FFmpeg, a chosen track must decode, a small preview never wins, and a silent
audio track does not hide an audible one. Where there was a choice, `choices` says so.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import av
import av.container
import av.error
import numpy as np
from av.stream import Disposition, Stream
from numpy.typing import NDArray

from .clip_limits import MAX_FRAME_PIXELS
from .downmix import Mix, channels_of, planar
from .errors import MediaError
from .opening import open_container, seek_audio
from .source_limits import check_source

_NO_FILM = Disposition.attached_pic | Disposition.timed_thumbnails | Disposition.still_image
_FOR_SOME = (
    Disposition.hearing_impaired
    | Disposition.visual_impaired
    | Disposition.comment
    | Disposition.descriptions
    | Disposition.karaoke
)
"""Audio tracks that are not what was recorded (the first two: FFmpeg's `av_find_best_stream`)."""
_PREVIEW = 4
"""A video track with more than this many times fewer pixels than the largest is a preview, even if
flagged as default: muxers flag the first track (ours)."""
_MOST_TRACKS = 16
"""Audio tracks that are tried, the best by their headers first (ours)."""
_NUM_EXCERPTS = 12
"""Excerpts that are decoded of a track (ours)."""
_EXCERPT_SECONDS = 0.25
"""Length of an excerpt (ours)."""
_UNKNOWN_SECONDS = 30.0
"""Seconds from the beginning that excerpts cover where a file says no length (ours)."""
_SILENT = 1e-3
"""A track whose peak stays below is silent: -60 dB of full scale (ours)."""
_OPPOSED = -0.8
"""Correlation of left and right below which their mean cancels a voice by 10 dB (ours)."""
_ENOUGH = 0.1
"""Share of the louder channel's energy that the other needs in every excerpt to replace both:
-10 dB (ours)."""
_CEILING = 0.8
"""Peak to which a louder mix of many channels is scaled (ours: where `Mix` would bend it)."""


@dataclass(frozen=True, slots=True)
class VideoTrack:
    """The video track that is read."""

    index: int
    """Index of the stream in the file."""
    first_frame: av.VideoFrame
    """Its first frame that decodes."""
    choice: str | None
    """Which track was chosen over which, in words; None where there was one track."""


@dataclass(frozen=True, slots=True)
class AudioTrack:
    """The audio track that is read, or why there is none."""

    index: int | None
    """Index of the stream in the file."""
    mix: Mix | None
    """How its channels become one."""
    problem: str | None
    """Why there is none, in words."""
    choices: tuple[str, ...]
    """Which track was chosen over which, in words."""


def choose_video(path: Path) -> VideoTrack:
    """Chooses the best video track with a frame that decodes.

    Raises:
        MediaError: there is none, or the file lists more frames than it has bytes.
    """
    if path.is_file():
        check_source(path)
    with open_container(path) as container:
        streams = [s for s in container.streams.video if not s.disposition & _NO_FILM]
        names = {stream.index: _video_name(stream) for stream in streams}
        most = max((_pixels(stream) for stream in streams), default=0)
        ranked = sorted(streams, key=lambda stream: _video_rank(stream, most), reverse=True)
        order = [stream.index for stream in ranked]
    if not order:
        raise MediaError("no_video", "the file has no video stream")
    failed: list[str] = []
    for index in order:
        try:
            with open_container(path) as container:
                frame = _first_frame(container.streams[index])
        except MediaError as error:
            failed.append(f"{names[index]}: {error.detail}")
            continue
        others = [names[other] for other in order if other != index]
        choice = f"video: {names[index]}; not {', '.join(others)}" if others else None
        return VideoTrack(index, frame, choice)
    raise MediaError("unreadable", f"not one video frame decodes: {'; '.join(failed)}")


def choose_audio(
    container: av.container.InputContainer, *, start_seconds: float, seconds: float | None
) -> AudioTrack:
    """Chooses the best audio track that decodes and is not silent; else the best silent one.

    Args:
        container: open; its position and its decoders change.
        start_seconds: container time of the source's second 0.
        seconds: its length; None if unknown.
    """
    ranked = sorted(container.streams.audio, key=_audio_rank, reverse=True)
    if not ranked:
        return AudioTrack(None, None, "the file has no audio track", ())
    reasons: dict[int, str] = {}
    decoded: dict[int, list[_Excerpt]] = {}
    for stream in ranked[:_MOST_TRACKS]:
        excerpts = list(_excerpts(stream, _times(start_seconds, seconds)))
        if not excerpts:
            known = stream.codec_context is not None
            reasons[stream.index] = "nothing of it decodes" if known else "of an unknown codec"
            continue
        decoded[stream.index] = excerpts
        if any(excerpt.peak >= _SILENT for excerpt in excerpts):
            break
        reasons[stream.index] = "silent"
    named = {
        stream.index: f"{_audio_name(stream)}"
        + (f", {reasons[stream.index]}" if stream.index in reasons else "")
        for stream in ranked
    }
    if not decoded:
        said = "; ".join(named.values())
        return AudioTrack(None, None, f"no audio track can be read: {said}", ())
    index = next((audible for audible in decoded if audible not in reasons), next(iter(decoded)))
    mix, note = _mix_of(decoded[index])
    choices = [] if note is None else [f"audio: {note}"]
    if others := [said for other, said in named.items() if other != index]:
        choices.insert(0, f"audio: {named[index]}; not {'; '.join(others)}")
    return AudioTrack(index, mix, None, tuple(choices))


def _video_rank(stream: av.VideoStream, most: int) -> tuple[bool, bool, int, int]:
    pixels = _pixels(stream)
    is_default = bool(stream.disposition & Disposition.default)
    return pixels * _PREVIEW > most, is_default, pixels, -stream.index


def _pixels(stream: av.VideoStream) -> int:
    context = stream.codec_context
    return 0 if context is None else context.width * context.height


def _first_frame(stream: Stream) -> av.VideoFrame:
    assert isinstance(stream, av.VideoStream)
    if stream.codec_context is None:
        raise MediaError("unreadable", "of an unknown codec")
    if _pixels(stream) > MAX_FRAME_PIXELS:
        raise MediaError("unreadable", f"more than {MAX_FRAME_PIXELS} pixels a frame")
    try:
        container = stream.container
        assert isinstance(container, av.container.InputContainer)
        return next(container.decode(stream))
    except StopIteration:
        raise MediaError("unreadable", "it has none") from None
    except av.error.FFmpegError as error:
        raise MediaError("unreadable", str(error.strerror)) from error


def _audio_rank(stream: av.AudioStream) -> tuple[int, int, int]:
    # As `av_find_best_stream` adds up the flags: one point for each.
    flags = stream.disposition
    liked = bool(flags & Disposition.default) + (not flags & _FOR_SOME)
    context = stream.codec_context
    return liked, 0 if context is None else context.channels, -stream.index


def _video_name(stream: av.VideoStream) -> str:
    context = stream.codec_context
    codec = "unknown" if context is None else f"{context.name} {context.width}x{context.height}"
    return f"stream {stream.index} ({codec})"


def _audio_name(stream: av.AudioStream) -> str:
    context = stream.codec_context
    codec = "unknown" if context is None else f"{context.name} {context.layout.name}"
    # Three letters at most: anybody can write this tag, and screens show it.
    language = (stream.language or "")[:3]
    is_said = language.isascii() and language.isalpha() and language != "und"
    said = f" {language}" if is_said else ""
    return f"stream {stream.index} ({codec}{said})"


def _times(start_seconds: float, seconds: float | None) -> list[float]:
    """Container times at which excerpts begin."""
    span = _UNKNOWN_SECONDS if seconds is None else seconds
    step = span / _NUM_EXCERPTS
    return [start_seconds + step * place for place in (0.0, *np.arange(_NUM_EXCERPTS) + 0.5)]


@dataclass(frozen=True, slots=True)
class _Excerpt:
    """Some decoded audio of a track."""

    channels: tuple[str, ...]
    samples: NDArray[np.float32]
    """(C, S)"""

    @property
    def peak(self) -> float:
        return float(np.abs(self.samples).max(initial=0.0))


def _excerpts(stream: av.AudioStream, times: list[float]) -> Iterator[_Excerpt]:
    if stream.codec_context is None:
        return  # type: ignore[unreachable]  # PyAV's types know no such stream
    for time in times:
        with suppress(av.error.FFmpegError, MediaError):
            seek_audio(stream, time)
            yield from _excerpt(stream, time)


def _excerpt(stream: av.AudioStream, time: float) -> Iterator[_Excerpt]:
    """The excerpt that begins at a time; nothing where only earlier packets come."""
    blocks: list[NDArray[np.float32]] = []
    channels: tuple[str, ...] | None = None
    length = 0.0
    container = stream.container
    assert isinstance(container, av.container.InputContainer)
    for packet in container.demux(stream):
        stamp = packet.pts
        if stamp is not None and float(stamp * packet.time_base) < time - _EXCERPT_SECONDS:
            continue
        try:
            frames = packet.decode()
        except av.error.InvalidDataError:
            continue
        for frame in frames:
            assert isinstance(frame, av.AudioFrame)
            if channels not in (None, channels_of(frame)):
                continue
            channels = channels_of(frame)
            blocks.append(planar(frame))
            length += frame.samples / frame.sample_rate
        if length >= _EXCERPT_SECONDS:
            break
    if channels is not None:
        yield _Excerpt(channels, np.concatenate(blocks, axis=1))


def _mix_of(excerpts: list[_Excerpt]) -> tuple[Mix, str | None]:
    """How the channels become one, and what is unusual in it."""
    channels = excerpts[0].channels
    samples = [excerpt.samples for excerpt in excerpts if excerpt.channels == channels]
    usual = Mix.of(channels)
    if len(channels) == 2 and (channel := _instead_of_both(samples)) is not None:
        left_or_right = ("left", "right")[channel]
        return usual.only(channel), (
            f"the {left_or_right} channel alone, since left and right are in antiphase and would "
            "cancel each other"
        )
    if len(channels) > 2:
        peak = max(float(np.abs(usual.linear(sample)).max(initial=0.0)) for sample in samples)
        if peak > _CEILING:
            return usual.scaled(_CEILING / peak), None
    return usual, None


def _instead_of_both(samples: list[NDArray[np.float32]]) -> int | None:
    """The channel to use alone, where the mean of two would cancel the voice."""
    energies = np.array([np.square(sample, dtype=np.float64).mean(axis=1) for sample in samples])
    products = np.array(
        [float((sample[0].astype(np.float64) * sample[1]).mean()) for sample in samples]
    )
    loud = energies.max(axis=1) > _SILENT**2
    opposed = products < _OPPOSED * np.sqrt(energies.prod(axis=1))
    if not (loud & opposed).any():
        return None
    # In every excerpt the channel must carry the voice nearly as loud as the other.
    holds = energies[loud] >= _ENOUGH * energies[loud].max(axis=1, keepdims=True)
    able = np.flatnonzero(holds.all(axis=0))
    if not len(able):
        return None
    return int(max(able, key=lambda channel: float(energies[:, channel].sum())))

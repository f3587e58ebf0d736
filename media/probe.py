"""What a source file holds, before any of it is decoded: size, rates, codecs, where it begins."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import av.container
import av.error
from av.stream import Disposition

from .errors import MediaError

_CLOCK = re.compile(r"(\d+):(\d\d):(\d\d(?:\.\d+)?)")


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceInfo:
    """A source file."""

    width: int
    """Pixels as shown: after the rotation flag and the pixel aspect ratio."""
    height: int
    """Pixels as shown."""
    rotation: int
    """Degrees clockwise by which the stored picture must be turned: 0, 90, 180 or 270."""
    sample_aspect_ratio: Fraction
    """Width of a stored pixel over its height."""
    fps: float | None
    """Mean frames per second; None where the container does not say."""
    duration_seconds: float | None
    """Declared length; None where the container does not say."""
    pictures_end_seconds: float | None
    """Second of the source at which its pictures end, as declared for the video stream; None where
    the container does not say."""
    bit_rate: int | None
    """Bits per second of the whole file; None where the container says no length."""
    video_codec: str
    """FFmpeg's name of the video codec."""
    pixel_format: str
    """FFmpeg's name of the stored pixel format."""
    start_seconds: float
    """Container time of the source's second 0: the earliest start of its streams."""
    sample_rate: int | None
    """Samples per second of the first sound track; None without sound."""
    num_channels: int | None
    """Channels of the first sound track; None without sound."""


def open_container(
    path: Path, options: Mapping[str, str] | None = None
) -> av.container.InputContainer:
    """Opens a file for reading, as a file whatever its name looks like.

    Args:
        path: the file.
        options: FFmpeg's options for reading it.

    Raises:
        FileNotFoundError: it is not there.
        MediaError: it is empty, or FFmpeg cannot read it.
    """
    if os.path.getsize(path) == 0:
        raise MediaError("empty_file", f"{path.name!r} has no bytes")
    try:
        # The protocol prefix keeps names such as `-a.mp4` or `concat:x` from meaning more.
        return av.open(f"file:{path}", metadata_errors="replace", options=dict(options or {}))
    except av.error.FileNotFoundError:
        raise
    except av.error.FFmpegError as error:
        raise MediaError("unreadable", f"{path.name!r}: {error.strerror}") from error


def probe(path: Path) -> SourceInfo:
    """Reads the header, and one frame for the rotation.

    Raises:
        MediaError: empty, unreadable, or without video.
    """
    with open_container(path) as container:
        return _describe(container)


def first_video(container: av.container.InputContainer) -> av.VideoStream:
    """The first video stream that is not a cover picture.

    Raises:
        MediaError: there is none.
    """
    for stream in container.streams.video:
        if not stream.disposition & Disposition.attached_pic:
            return stream
    raise MediaError("no_video", "the file has no video stream")


def _describe(container: av.container.InputContainer) -> SourceInfo:
    stream = first_video(container)
    try:
        frame = next(container.decode(stream))
    except (StopIteration, av.error.FFmpegError) as error:
        raise MediaError("unreadable", f"not one video frame decodes: {error}") from error
    ratio = Fraction(stream.sample_aspect_ratio or 1)
    ratio = ratio if ratio > 0 else Fraction(1)
    wide, high = round(frame.width * ratio), frame.height
    # FFmpeg counts counter-clockwise.
    rotation = -round(frame.rotation / 90) * 90 % 360
    if rotation in (90, 270):
        wide, high = high, wide
    sound = container.streams.audio[0] if container.streams.audio else None
    start = (container.start_time or 0) / av.time_base
    seconds = container.duration / av.time_base if container.duration else None
    end = _stream_end(stream)
    return SourceInfo(
        width=wide,
        height=high,
        rotation=rotation,
        sample_aspect_ratio=ratio,
        fps=float(stream.average_rate) if stream.average_rate else None,
        duration_seconds=seconds,
        pictures_end_seconds=None if end is None else end - start,
        bit_rate=container.bit_rate or None,
        video_codec=stream.codec_context.name,
        pixel_format=frame.format.name,
        start_seconds=start,
        sample_rate=sound.codec_context.sample_rate if sound else None,
        num_channels=sound.codec_context.channels if sound else None,
    )


def _stream_end(stream: av.VideoStream) -> float | None:
    """Container time at which a stream ends, as its header or Matroska's statistics tag says."""
    if stream.duration and stream.time_base:
        return float(((stream.start_time or 0) + stream.duration) * stream.time_base)
    said = _CLOCK.fullmatch(stream.metadata.get("DURATION", ""))
    if said is None:
        return None
    hours, minutes, seconds = said.groups()
    return int(hours) * 3600 + int(minutes) * 60 + float(seconds)

"""What a source file holds: size, rates, codecs, tracks, where it begins.

path --header, one frame, a little of the audio--> SourceInfo
"""

import re
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import av.container

from .colours import check_colours, transfer_of
from .downmix import Mix
from .opening import open_container
from .orientation import Orientation, orientation_of
from .tracks import choose_audio, choose_video

_CLOCK = re.compile(r"(\d+):(\d\d):(\d\d(?:\.\d+)?)")


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceInfo:
    """A source file, and which of its tracks are read."""

    video_index: int
    """Stream of the video that is read."""
    audio_index: int | None
    """Stream of the audio that is read; None where no audio can be read."""
    width: int
    """Pixels as shown: after the display matrix and the pixel aspect ratio."""
    height: int
    """Pixels as shown."""
    orientation: Orientation
    """How a stored frame is turned upright."""
    sample_aspect_ratio: Fraction
    """Width of a stored pixel over its height."""
    fps: float | None
    """Mean frames per second; None where the container does not say."""
    duration_seconds: float | None
    """Declared length; None where the container does not say."""
    video_end_seconds: float | None
    """Source time at which the video ends, as declared for its stream; None where the container
    does not say."""
    bit_rate: int | None
    """Bits per second of the whole file; None where the container gives no length."""
    video_codec: str
    """FFmpeg's name of the video codec."""
    pixel_format: str
    """FFmpeg's name of the stored pixel format."""
    start_seconds: float
    """Container time of the source's second 0: the earliest start of its streams."""
    sample_rate: int | None
    """Samples per second of the audio that is read; None without."""
    num_channels: int | None
    """Channels of the audio that is read; None without."""
    mix: Mix | None
    """How these channels become one; None without."""
    no_audio: str | None
    """Why no audio can be read; None where it can."""
    choices: tuple[str, ...]
    """Which tracks were chosen where there was a choice, and why, in words."""

    def seconds(self, stamp: int | None, time_base: Fraction | None) -> float | None:
        """Source time of a time stamp; None without a stamp."""
        if stamp is None:
            return None
        return float(stamp * (time_base or 1)) - self.start_seconds


def probe(path: Path) -> SourceInfo:
    """Reads the header, one frame, and a little of the audio; chooses the tracks that are read.

    Raises:
        FileNotFoundError: there is no such file.
        MediaError: empty, unreadable, without video, or with video that is not supported.
    """
    video = choose_video(path)
    frame = video.first_frame
    orientation = orientation_of(frame)
    check_colours(frame)
    with open_container(path) as container:
        stream = container.streams[video.index]
        assert isinstance(stream, av.VideoStream)
        start = (container.start_time or 0) / av.time_base
        seconds = container.duration / av.time_base if container.duration else None
        audio = choose_audio(container, start_seconds=start, seconds=seconds)
        audio_stream = None if audio.index is None else container.streams[audio.index]
        assert audio_stream is None or isinstance(audio_stream, av.AudioStream)
        ratio = Fraction(stream.sample_aspect_ratio or 1)
        ratio = ratio if ratio > 0 else Fraction(1)
        wide, high = round(frame.width * ratio), frame.height
        if orientation.is_sideways:
            wide, high = high, wide
        end = _stream_end(stream)
        choices = (video.choice, *audio.choices, _about_hdr(frame))
        return SourceInfo(
            video_index=video.index,
            audio_index=audio.index,
            width=wide,
            height=high,
            orientation=orientation,
            sample_aspect_ratio=ratio,
            fps=float(stream.average_rate) if stream.average_rate else None,
            duration_seconds=seconds,
            video_end_seconds=None if end is None else end - start,
            bit_rate=container.bit_rate or None,
            video_codec=stream.codec_context.name,
            pixel_format=frame.format.name,
            start_seconds=start,
            sample_rate=audio_stream.codec_context.sample_rate if audio_stream else None,
            num_channels=audio_stream.codec_context.channels if audio_stream else None,
            mix=audio.mix,
            no_audio=audio.problem,
            choices=tuple(choice for choice in choices if choice),
        )


def chosen_video(container: av.container.InputContainer, info: SourceInfo) -> av.VideoStream:
    """The video track of an open file that `probe` has chosen."""
    stream = container.streams[info.video_index]
    assert isinstance(stream, av.VideoStream)
    return stream


def _about_hdr(frame: av.VideoFrame) -> str | None:
    name = transfer_of(frame)
    return name and f"video: HDR ({name}); its values stay as they are stored, for no SDR screen"


def _stream_end(stream: av.VideoStream) -> float | None:
    """Container time at which a stream ends, as its header or Matroska's statistics tag says."""
    if stream.duration and stream.time_base:
        return float(((stream.start_time or 0) + stream.duration) * stream.time_base)
    said = _CLOCK.fullmatch(stream.metadata.get("DURATION", ""))
    if said is None:
        return None
    hours, minutes, seconds = said.groups()
    return int(hours) * 3600 + int(minutes) * 60 + float(seconds)

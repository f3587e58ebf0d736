"""A path --> an open container: always a local file, of a known format, within bounds."""

import os
from pathlib import Path

import av
import av.container
import av.error

from .clip_limits import MAX_FRAME_PIXELS
from .errors import MediaError

_FORMATS = "mov,matroska,avi,mpegts,mpeg,mpegvideo,flv,asf,ogg,mxf,nut,ivf,h264,hevc,wav,flac,mp3"
"""FFmpeg's names of the formats that are read: those that contain their media. Lists and playlists
(`concat`, `hls`, `dash`) would open other files and addresses."""


def open_container(path: Path, *, as_stored: bool = False) -> av.container.InputContainer:
    """Opens a file for reading.

    Args:
        path: the file.
        as_stored: packets have only the stored times, none that FFmpeg infers.

    Raises:
        FileNotFoundError: there is no such file.
        MediaError: it is empty, or FFmpeg cannot read it.
    """
    if os.path.getsize(path) == 0:
        raise MediaError("empty_file", f"{path.name!r} has no bytes")
    bound = {"max_pixels": str(MAX_FRAME_PIXELS)}
    options = bound | {"format_whitelist": _FORMATS} | ({"fflags": "nofillin"} if as_stored else {})
    try:
        # The protocol prefix makes names such as `-a.mp4` or `concat:x` plain file names.
        container = av.open(f"file:{path}", metadata_errors="replace", options=options)
    except av.error.FileNotFoundError:
        raise
    except av.error.FFmpegError as error:
        raise MediaError("unreadable", f"{path.name!r}: {error.strerror}") from error
    for stream in container.streams.video:
        if stream.codec_context is not None:
            stream.codec_context.options = {**bound}
    return container


def seek_audio(stream: av.AudioStream, seconds: float) -> None:
    """Seeks the container of a track near a container time, at best just before it.

    The reader has to check where it landed: some formats index only key frames.

    Raises:
        av.error.FFmpegError: the file cannot seek there.
    """
    container = stream.container
    assert isinstance(container, av.container.InputContainer)
    if "matroska" in container.format.name or not stream.time_base:
        # Its index lists the video; a seek by audio would read from the beginning each time.
        container.seek(round(seconds * av.time_base), backward=True)
    else:
        container.seek(round(seconds / stream.time_base), stream=stream, backward=True)

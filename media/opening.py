"""A file opened for reading, as a file whatever its name looks like, and within bounds."""

import os
from pathlib import Path

import av
import av.container
import av.error

from .clip_bounds import MAX_FRAME_PIXELS
from .errors import MediaError

_FORMATS = "mov,matroska,avi,mpegts,mpeg,mpegvideo,flv,asf,ogg,mxf,nut,ivf,h264,hevc,wav,flac,mp3"
"""FFmpeg's names of the formats that are read: those that hold their media themselves. Lists and
playlists (`concat`, `hls`, `dash`) would open other files and addresses."""


def open_container(path: Path, *, as_stored: bool = False) -> av.container.InputContainer:
    """Opens a file for reading.

    Args:
        path: the file.
        as_stored: packets have the times that are stored, and none that FFmpeg infers from others.

    Raises:
        FileNotFoundError: it is not there.
        MediaError: it is empty, or FFmpeg cannot read it.
    """
    if os.path.getsize(path) == 0:
        raise MediaError("empty_file", f"{path.name!r} has no bytes")
    bound = {"max_pixels": str(MAX_FRAME_PIXELS)}
    options = bound | {"format_whitelist": _FORMATS} | ({"fflags": "nofillin"} if as_stored else {})
    try:
        # The protocol prefix keeps names such as `-a.mp4` or `concat:x` from meaning more.
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
    """Brings the container of a track near a container time, at best just before it.

    Where that is, is for whoever reads to see: some formats have an index of key frames alone.

    Raises:
        av.error.FFmpegError: the file cannot go there.
    """
    container = stream.container
    assert isinstance(container, av.container.InputContainer)
    if "matroska" in container.format.name or not stream.time_base:
        # Its index knows the video; by its audio it would be read from the beginning each time.
        container.seek(round(seconds * av.time_base), backward=True)
    else:
        container.seek(round(seconds / stream.time_base), stream=stream, backward=True)

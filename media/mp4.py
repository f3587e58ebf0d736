"""Where every frame lies in an mp4: the table that makes opening free and seeks exact.

    bytes of an mp4 --> FrameTable: time, size, offset and key flag of every frame

With the table a reader decodes a window from a byte range of the file, without its header.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import av.error

from .clip_limits import clip_packets, open_clip
from .errors import MediaError


@dataclass(frozen=True, kw_only=True, slots=True)
class FrameTable:
    """The frames of one mp4, in decoding order."""

    codec_header: bytes
    """The decoder's configuration (`avcC` for H.264)."""
    time_base: Fraction
    """Seconds per unit of `pts`."""
    pts: tuple[int, ...]
    """When each frame is shown."""
    size_bytes: tuple[int, ...]
    """Bytes of each frame."""
    offset_bytes: tuple[int, ...]
    """Where each frame begins, from the first byte of the mp4."""
    is_key: tuple[bool, ...]
    """Whether decoding may begin at this frame."""

    def __post_init__(self) -> None:
        lengths = {len(self.pts), len(self.size_bytes), len(self.offset_bytes), len(self.is_key)}
        if len(lengths) != 1:
            raise ValueError(f"a frame table has one entry a frame in every list, got {lengths}")

    @property
    def num_frames(self) -> int:
        """Frames of the file."""
        return len(self.pts)


def frame_table(data: bytes) -> FrameTable:
    """Reads the table of an mp4's first video stream, and checks it against the bytes.

    Raises:
        MediaError: not an mp4 that FFmpeg reads, or its frames do not lie where it says.
    """
    try:
        with open_clip(io.BytesIO(data)) as container:
            if not container.streams.video:
                raise MediaError("no_video", "the mp4 has no video stream")
            stream = container.streams.video[0]
            packets = clip_packets(container, stream, len(data))
            if len(packets) < max(1, stream.frames):
                raise MediaError(
                    "truncated", f"{len(packets)} of the mp4's {stream.frames} frames are present"
                )
            check_times(packets)
            for packet in packets:
                where = packet.pos
                if where is None or data[where : where + packet.size] != bytes(packet):
                    raise MediaError("unreadable", f"a frame does not lie at byte {where}")
            return FrameTable(
                codec_header=bytes(stream.codec_context.extradata or b""),
                time_base=Fraction(stream.time_base or 1),
                pts=tuple(int(packet.pts or 0) for packet in packets),
                size_bytes=tuple(packet.size for packet in packets),
                offset_bytes=tuple(int(packet.pos or 0) for packet in packets),
                is_key=tuple(packet.is_keyframe for packet in packets),
            )
    except av.error.FFmpegError as error:
        raise MediaError("unreadable", f"not an mp4 that FFmpeg reads: {error}") from error


def check_times(packets: "Sequence[av.Packet[Any]]") -> None:
    """Rejects a clip whose frames do not all have a time of their own.

    Raises:
        MediaError: `frame_times`: a frame has no time or another's, or an edit list drops it.
    """
    times = {packet.pts for packet in packets if not packet.is_discard}
    if None in times or len(times) < len(packets):
        raise MediaError(
            "frame_times", "not every frame of the clip is shown, each at a time of its own"
        )


def count_frames(data: bytes) -> int:
    """Decodes every frame of an mp4, and counts them.

    Raises:
        MediaError: it does not open, or a frame does not decode.
    """
    try:
        with open_clip(io.BytesIO(data)) as container:
            if not container.streams.video:
                raise MediaError("no_video", "the mp4 has no video stream")
            return sum(1 for _ in container.decode(container.streams.video[0]))
    except av.error.FFmpegError as error:
        raise MediaError("unreadable", f"a frame does not decode: {error}") from error

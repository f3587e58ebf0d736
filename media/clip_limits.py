"""Bounds on the media of a clip: checked by what a file says of itself, before it is decoded.

    bytes of an mp4 or FLAC --> an open container within the bounds, or a MediaError

A release may come from a stranger. 900 bytes of mp4 can make a demuxer ask for gigabytes, 700 kB
of FLAC a decoder, and a file that only looks like media can name other files of this machine.
"""

import io
import os
from collections.abc import Iterator
from typing import Any, BinaryIO

import av
import av.container
import av.error
import numpy as np
import soundfile

from .errors import MediaError
from .h264_headers import frame_size

MAX_FRAME_PIXELS = 1 << 25
"""Most pixels of a frame that is decoded (ours); 8K has 33 million."""
MAX_AUDIO_SAMPLES = 1 << 24
"""Most samples of all channels together that are decoded at once (ours): 67 MB as float32, 350
seconds of 48 kHz mono. Clips last 3 to 14 seconds."""
MAX_MP4_SAMPLES = 1 << 18
"""Most frames that one mp4 may list (ours): more than an hour at 60 frames per second, and 10 MB of
a demuxer's memory."""
_MAX_HEADER_BYTES = 1 << 24
"""Most bytes of an mp4 without its `mdat` (ours): `MAX_MP4_SAMPLES` of every table."""
_MAX_BOXES = 1 << 10
"""Most top-level boxes (ours): an mp4 has four or five, a fragmented one two for each fragment."""
_SIZES = (b"stsz", b"stz2")
"""Boxes with the number and the sizes of the samples."""
_RUNS = (b"stts", b"ctts")
"""Boxes of (count, value) pairs; a demuxer makes an entry for every sample."""
_OPTIONS = {"max_pixels": str(MAX_FRAME_PIXELS)}


def open_clip(file: BinaryIO) -> av.container.InputContainer:
    """Opens a clip's mp4 whose decoders stay within the bounds.

    Raises:
        MediaError: no mp4 that FFmpeg reads, or it asks for more than a clip does.
    """
    check_mp4(file)
    file.seek(0)
    try:
        # With the format fixed, no other demuxer opens files and addresses that a stranger names.
        container = av.open(
            file, "r", format="mp4", metadata_errors="replace", options=dict(_OPTIONS)
        )
    except av.error.FFmpegError as error:
        raise MediaError("unreadable", f"the clip does not open: {error}") from error
    for stream in container.streams.video:
        if stream.codec_context is None:
            container.close()  # type: ignore[unreachable]  # PyAV's types know no such stream
            raise MediaError("unreadable", "no decoder knows the clip's video codec")
        stream.codec_context.options = dict(_OPTIONS)
    return container


def check_mp4(file: BinaryIO) -> None:
    """Rejects what is not an mp4, and an mp4 that asks for more than a clip does.

    Raises:
        MediaError: `unreadable`, or `too_large`.
    """
    data = b"".join(_headers(file))
    if b"cmov" in data:
        raise MediaError("unreadable", "the mp4's header is compressed, which nothing writes now")
    listed = max(
        sum(_number(data, place + 12) for name in _SIZES for place in _places(data, name)),
        sum(_number(data, place + 8) for place in _places(data, b"trun")),
        *(sum(_run_length(data, place) for place in _places(data, name)) for name in _RUNS),
    )
    # Each entry of an edit list may show everything again.
    edits = max((_number(data, place + 8) for place in _places(data, b"elst")), default=1)
    if listed * max(1, edits) > MAX_MP4_SAMPLES:
        raise MediaError(
            "too_large",
            f"the mp4 lists {listed} frames in {edits} edits; {MAX_MP4_SAMPLES} are allowed",
        )
    for place in _places(data, b"avcC"):
        size = int.from_bytes(data[place - 4 : place], "big")
        check_pixels(*frame_size(data[place + 4 : place - 4 + size]))


def clip_packets(
    container: av.container.InputContainer, stream: av.VideoStream, num_bytes: int
) -> "list[av.Packet[Any]]":
    """Every frame of a clip as it is stored.

    Raises:
        MediaError: the frames add up to more than the file, so they overlap.
    """
    packets = []
    for packet in container.demux(stream):
        if packet.size:
            packets.append(packet)
            num_bytes -= packet.size
        if num_bytes < 0:
            raise MediaError("unreadable", "the mp4 stores frames over one another")
    return packets


def check_pixels(width: int, height: int) -> None:
    """Rejects frames larger than any clip's.

    Raises:
        MediaError: `too_large`.
    """
    if width * height > MAX_FRAME_PIXELS:
        raise MediaError(
            "too_large", f"frames of {width}x{height}; {MAX_FRAME_PIXELS} pixels are allowed"
        )


def check_samples(file: soundfile.SoundFile, num_frames: int, per_frame: float = 1.0) -> None:
    """Rejects audio longer than any clip's.

    Args:
        file: the open file.
        num_frames: sample times to decode.
        per_frame: sample times that each of them becomes by resampling.

    Raises:
        MediaError: `too_large`.
    """
    if num_frames * max(file.channels, per_frame) > MAX_AUDIO_SAMPLES:
        raise MediaError(
            "too_large",
            f"{num_frames} samples of {file.channels} channels at {file.samplerate} Hz; "
            f"{MAX_AUDIO_SAMPLES} values are allowed",
        )


def _headers(file: BinaryIO) -> Iterator[bytes]:
    """All top-level boxes except the media themselves."""
    place = num_bytes = 0
    for _ in range(_MAX_BOXES):
        file.seek(place)
        head = _read(file, 16)
        if place == 0 and head[4:8] != b"ftyp":
            raise MediaError("unreadable", "the clip is no mp4: it does not begin with `ftyp`")
        if len(head) < 8:
            return
        size = int.from_bytes(head[:4], "big")
        if size == 1:
            size = int.from_bytes(head[8:], "big")
        elif size == 0:
            size = max(8, file.seek(0, os.SEEK_END) - place)
        if size < 8:
            raise MediaError("unreadable", f"a box of {size} bytes at byte {place} of the mp4")
        if head[4:8] != b"mdat":
            file.seek(place)
            # One byte more than allowed, so that an excess is noticed.
            header = _read(file, min(size, _MAX_HEADER_BYTES + 1 - num_bytes))
            num_bytes += len(header)
            yield header
        if num_bytes > _MAX_HEADER_BYTES:
            raise MediaError(
                "too_large", f"the mp4's header; {_MAX_HEADER_BYTES} bytes are allowed"
            )
        place += size
    raise MediaError("too_large", f"the mp4 has more than {_MAX_BOXES} boxes")


def _read(file: BinaryIO, num_bytes: int) -> bytes:
    """This many bytes, or those that are left; a file may give fewer at a time."""
    buffer = io.BytesIO()
    while num_bytes > 0 and (data := file.read(num_bytes)):
        buffer.write(data)
        num_bytes -= len(data)
    return buffer.getvalue()


def _places(data: bytes, name: bytes) -> list[int]:
    """Where a box of that name may be, at any level."""
    places = [data.find(name)]
    while places[-1] >= 0:
        places.append(data.find(name, places[-1] + 4))
        if len(places) > _MAX_BOXES:
            raise MediaError("too_large", f"the mp4 has more than {_MAX_BOXES} boxes")
    return places[:-1]


def _run_length(data: bytes, place: int) -> int:
    """Samples of all pairs of a box."""
    count = min(_number(data, place + 8), (len(data) - place - 12) // 8)
    if count <= 0:
        return 0
    return int(np.frombuffer(data, ">u4", 2 * count, place + 12)[::2].sum(dtype=np.uint64))


def _number(data: bytes, place: int) -> int:
    return int.from_bytes(data[place : place + 4], "big")

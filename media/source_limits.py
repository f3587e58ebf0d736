"""Bounds on a source's header: checked before FFmpeg makes an entry for every frame that it lists.

    path of an mp4 --> nothing, or a MediaError

887 bytes of mp4 can list two billion frames, for which a demuxer takes tens of gigabytes.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from .errors import MediaError

_MAX_HEADER_BYTES = 1 << 28
"""Most bytes of one `moov` (ours): twelve hours take 20 MB."""
_MAX_BOXES = 1 << 20
"""Most top-level boxes that are checked (ours): two for each fragment."""
_OUTER = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"moof", b"traf", b"hoov", b"free")
"""Boxes that contain boxes that list frames; FFmpeg reads a `hoov` or `free` as a `moov`."""
_COUNTS = {b"stsz": 8, b"stz2": 8, b"trun": 4}
"""Boxes that list frames, and the offset of their frame count."""


def check_source(path: Path) -> None:
    """Rejects an mp4 that lists more frames than it has bytes; accepts files of other formats.

    Raises:
        MediaError: `too_large`.
    """
    with path.open("rb") as file:
        num_bytes = os.fstat(file.fileno()).st_size
        listed = sum(
            _number(data, place + _COUNTS[name])
            for data in _headers(file, num_bytes)
            for name, place in _boxes(data)
            if name in _COUNTS
        )
    if listed > num_bytes:
        raise MediaError("too_large", f"{path.name!r} lists {listed} frames in {num_bytes} bytes")


def _headers(file: BinaryIO, num_bytes: int) -> Iterator[bytes]:
    """Every top-level box that may list frames."""
    place = 0
    for _ in range(_MAX_BOXES):
        if place >= num_bytes:
            # In a file of another kind a box may seem to be longer than any file.
            return
        file.seek(place)
        head = file.read(16)
        size = int.from_bytes(head[:4], "big")
        if size == 1:
            size = int.from_bytes(head[8:], "big")
        elif size == 0:
            size = num_bytes - place
        if size < 8:
            return
        if head[4:8] in _OUTER:
            size_left = min(size, num_bytes - place)
            if size_left <= _MAX_HEADER_BYTES:
                file.seek(place)
                yield file.read(size_left)
            elif head[4:8] != b"free":
                raise MediaError(
                    "too_large", f"a header of {size} bytes; {_MAX_HEADER_BYTES} are allowed"
                )
        place += size


def _boxes(data: bytes) -> Iterator[tuple[bytes, int]]:
    """Name of every leaf box, and the offset of its content."""
    spans = [(0, len(data))]
    while spans:
        place, end = spans.pop()
        while place + 8 <= end:
            size, begin = _number(data, place), place + 8
            if size == 1:
                size, begin = int.from_bytes(data[begin : begin + 8], "big"), place + 16
            size = size or end - place
            if size < begin - place:
                break
            name = data[place + 4 : place + 8]
            if name in _OUTER:
                spans.append((begin, min(end, place + size)))
            else:
                yield name, begin
            place += size


def _number(data: bytes, place: int) -> int:
    return int.from_bytes(data[place : place + 4], "big")

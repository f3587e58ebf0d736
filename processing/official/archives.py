"""Archives read as streams: one member after another, nothing is unpacked to disk.

`tarfile` takes 22 microseconds a member, more than everything else here together, and keeps
every member it has seen; the dump has tens of millions. So headers are read here: ustar, GNU
long names and pax paths, which is all that `tar` and Python write. Members are never named as
paths of this machine; links, devices, climbing names and huge members are refused.
"""

import io
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from .problems import Unusable

MAX_MEMBER_BYTES = 64_000_000
"""Largest JSON that is read (ours: the largest of the dump are a few megabytes)."""

_BLOCK = 512
_CHUNK_BYTES = 1 << 16
_GZIP = 31
"""zlib's window bits for a gzip header and checksum."""
_PLAIN, _FOLDER = b"0\0", b"5"
_LONG_NAME, _LONG_LINK, _PAX, _PAX_GLOBAL = b"L", b"K", b"x", b"g"

Member = tuple[str, bytes | Unusable]
"""Name as it stands in the archive, and the content or why it is refused."""


def members(path: Path) -> Iterator[Member]:
    """Every regular member of a `.tar`, `.tar.gz` or `.tgz`.

    Raises:
        Unusable: the archive ends early or is none; members before that were given.
    """
    with path.open("rb") as stored:
        file = stored if path.suffix == ".tar" else io.BufferedReader(_Inflated(stored), 1 << 20)
        try:
            yield from _walk(file)
        except (EOFError, zlib.error) as error:
            raise Unusable("damaged_archive", f"{path.name}: {error}") from error


class _Inflated(io.RawIOBase):
    """What a gzip file holds. `gzip` itself loses what it has when the file ends early."""

    def __init__(self, stored: BinaryIO) -> None:
        self._stored = stored
        self._inflate = zlib.decompressobj(_GZIP)
        self._ready = b""

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, target: Any) -> int:
        """Fills some of the target; 0 at the end.

        Raises:
            EOFError: the file ends early.
            zlib.error: it is damaged.
        """
        while not self._ready:
            rest = self._inflate.unused_data if self._inflate.eof else b""
            stored = rest or self._stored.read(_CHUNK_BYTES)
            if not stored:
                if self._inflate.eof:
                    return 0
                raise EOFError("the compressed file ends early")
            if self._inflate.eof:
                self._inflate = zlib.decompressobj(_GZIP)
            self._ready = self._inflate.decompress(stored)
        count = min(len(target), len(self._ready))
        target[:count] = self._ready[:count]
        self._ready = self._ready[count:]
        return count


def _walk(file: BinaryIO) -> Iterator[Member]:
    given_name: str | None = None
    while header := file.read(_BLOCK):
        if len(header) < _BLOCK:
            raise EOFError("it ends within a member's header")
        if not header[0] and not any(header):
            return
        kind, size = header[156:157], _size(header)
        if kind in (_LONG_NAME, _LONG_LINK, _PAX, _PAX_GLOBAL):
            if size > MAX_MEMBER_BYTES:
                raise EOFError(f"a header of {size} bytes")
            content = _read(file, size)
            if kind == _LONG_NAME:
                given_name = _text(content.split(b"\0", 1)[0])
            elif kind == _PAX:
                given_name = _pax_path(content) or given_name
            continue
        name, given_name = given_name or _name(header), None
        refusal = _refusal(name, kind, size)
        if refusal is not None:
            _skip(file, size)
            yield name, refusal
        elif kind == _FOLDER:
            _skip(file, size)
        else:
            yield name, _read(file, size)


def _refusal(name: str, kind: bytes, size: int) -> Unusable | None:
    if name.startswith(("/", "\\")) or ".." in name.split("/") or name[1:2] == ":":
        return Unusable("unsafe_name", "absolute, or climbs out of the archive")
    if kind not in _PLAIN and kind != _FOLDER:
        return Unusable("not_a_file", f"a link or device (type {kind!r})")
    if size > MAX_MEMBER_BYTES:
        return Unusable("too_large", f"{size} bytes; at most {MAX_MEMBER_BYTES} are read")
    return None


def _size(header: bytes) -> int:
    field = header[124:136]
    try:
        if field[0] & 0x80:
            return int.from_bytes(field[1:], "big")
        return int(field.strip(b" \0") or b"0", 8)
    except ValueError as error:
        raise EOFError(f"a member's header holds no size: {field!r}") from error


def _name(header: bytes) -> str:
    name = header[:100].split(b"\0", 1)[0]
    if header[257:263] == b"ustar\0" and header[345]:
        name = header[345:500].split(b"\0", 1)[0] + b"/" + name
    return _text(name)


def _pax_path(content: bytes) -> str | None:
    for line in content.split(b"\n"):
        _, _, field = line.partition(b" ")
        key, _, value = field.partition(b"=")
        if key == b"path":
            return _text(value)
    return None


def _text(name: bytes) -> str:
    return name.decode("utf-8", "replace")


def _read(file: BinaryIO, size: int) -> bytes:
    padded = -(-size // _BLOCK) * _BLOCK
    content = file.read(padded)
    if len(content) < size:
        raise EOFError("it ends within a member")
    return content[:size]


def _skip(file: BinaryIO, size: int) -> None:
    left = -(-size // _BLOCK) * _BLOCK
    while left > 0:
        piece = file.read(min(left, 1 << 20))
        if not piece:
            raise EOFError("it ends within a member")
        left -= len(piece)

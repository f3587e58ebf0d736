"""512 bytes of a tar header in; kind, size and name of a member out; and records that extend it."""

import re
import zlib

BLOCK = 512
"""Bytes of a header; content is filled up to a multiple of it."""

_CHECKSUM = slice(148, 156)
_OCTAL = re.compile(rb"[ \0]*([0-7]+)[ \0]*")
_ADLER_BASE = 65_521
_LONG_NAME, _LONG_LINK, _PAX, _PAX_GLOBAL = b"L", b"K", b"x", b"g"
EXTENSIONS = frozenset((_LONG_NAME, _LONG_LINK, _PAX, _PAX_GLOBAL))
"""Kinds whose content belongs to the next header."""
FILES = frozenset((b"0", b"\0", b"7"))
"""Kinds of regular files."""
FOLDER = b"5"
"""Kind of a folder."""


class HeaderError(Exception):
    """A damaged header: nothing after it can be read."""


def read_header(block: bytes) -> tuple[bytes, int]:
    """The kind of a member and the bytes of its content. Plain values: there are tens of millions.

    Raises:
        HeaderError: its checksum or its size is wrong.
    """
    field = block[_CHECKSUM]
    # The checksum is the sum of all bytes with its own eight counted as spaces. adler32 adds up
    # in C: its lower half is one more than the sum, modulo 65,521.
    total = _number(field) - 8 * ord(" ") + sum(field)
    if zlib.adler32(block) & 0xFFFF != (1 + total) % _ADLER_BASE:
        raise HeaderError("a member's header does not match its checksum")
    return block[156:157], _number(block[124:136])


def member_name(block: bytes, extended: dict[bytes, bytes]) -> str:
    """The name of a member, from its header or an extension."""
    if b"path" in extended:
        return _text(extended[b"path"])
    name = block[:100].split(b"\0", 1)[0]
    if block[257:263] == b"ustar\0" and block[345]:
        name = block[345:500].split(b"\0", 1)[0] + b"/" + name
    return _text(name)


def extended_size(size: int, extended: dict[bytes, bytes]) -> int:
    """Bytes of the content; an extension overrides the header."""
    digits = extended.get(b"size")
    if digits is None:
        return size
    if not digits.isdigit() or len(digits) > 18:
        raise HeaderError(f"a pax record holds no size: {digits[:40]!r}")
    return int(digits)


def read_extension(kind: bytes, content: bytes) -> dict[bytes, bytes]:
    """Name and size of the next member, if an extension has them.

    Raises:
        HeaderError: an invalid pax record.
    """
    if kind == _LONG_NAME:
        return {b"path": content.split(b"\0", 1)[0]}
    return _pax(content) if kind == _PAX else {}


def _number(field: bytes) -> int:
    if field[0] == 0x80:
        return int.from_bytes(field[1:], "big")
    if (match := _OCTAL.fullmatch(field)) is not None:
        return int(match[1], 8)
    if field.strip(b" \0"):
        raise HeaderError(f"a member's header holds no number: {field!r}")
    return 0


def _pax(content: bytes) -> dict[bytes, bytes]:
    """The path and size records; each record is its length, a space, KEY=VALUE and a line end."""
    records: dict[bytes, bytes] = {}
    position = 0
    while position < len(content) and content[position]:
        digits = content[position : position + 8].partition(b" ")[0]
        length = int(digits) if digits.isdigit() else 0
        record = content[position : position + length]
        key, equals, value = record[len(digits) + 1 : -1].partition(b"=")
        if not equals or not record.endswith(b"\n") or len(record) != length:
            raise HeaderError(f"an invalid pax record: {content[position : position + 40]!r}")
        if key in (b"path", b"size"):
            records[key] = value
        position += length
    return records


def _text(name: bytes) -> str:
    return name.decode("utf-8", "replace")

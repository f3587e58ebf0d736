"""An archive in, its members out, one after another: a stream, nothing is unpacked to disk.

`tarfile` takes ten times as long for a member as this reader, which doubles the time of an
import; the dump has tens of millions of members. So headers are read here, with their checksums:
ustar, GNU long names and pax records, which is all that `tar` and Python write. Names of members
never become paths; links, devices, climbing names and huge members are refused.
"""

import io
import zlib
from collections.abc import Generator, Iterator
from contextlib import closing
from pathlib import Path
from typing import BinaryIO

from .gzip_streams import Inflated, InflatedTooFar
from .problems import Unusable
from .tar_headers import (
    BLOCK,
    EXTENSIONS,
    FILES,
    FOLDER,
    HeaderError,
    extended_size,
    member_name,
    read_extension,
    read_header,
)

MAX_MEMBER_BYTES = 16_000_000
"""Largest JSON that is read (ours: the largest of the dump are a few megabytes)."""
MAX_EXTENSION_BYTES = 1_000_000
"""Largest long name or pax record (ours: a path has at most 4,096 bytes)."""
SUFFIXES = (".tar", ".tar.gz", ".tgz")
"""Endings of the names of archives."""

_UNFINISHED = (".part", ".partial", ".incomplete", ".crdownload", ".aria2", ".tmp", ".download")
_GZIP = b"\x1f\x8b"
_LFS = b"version https://git-lfs.github.com/spec/"


class CorruptArchive(Unusable):
    """Its content does not match its checksum: members that were already read may be wrong too."""

    def __init__(self, detail: str) -> None:
        super().__init__(
            "corrupt_archive",
            f"{detail}; it is unknown which members are right, so none is used: download the "
            "archive again",
        )


Member = tuple[str, bytes | Unusable]
"""Name as in the archive, and the content or why it is refused."""


def members(path: Path) -> Iterator[Member]:
    """Every regular member of a `.tar`, `.tar.gz` or `.tgz`.

    Raises:
        CorruptArchive: its content does not match its checksum.
        Unusable: it is no archive, is cut off, or inflates too far; earlier members are right.
    """
    problem = why_no_archive(path)
    if problem is not None:
        raise problem
    with path.open("rb") as stored:
        is_gzip = stored.read(len(_GZIP)) == _GZIP
        stored.seek(0)
        file: BinaryIO = io.BufferedReader(Inflated(stored), 1 << 20) if is_gzip else stored
        # Closed as soon as the caller stops, not at garbage collection.
        with closing(_walk(file)) as walk:
            try:
                yield from walk
            except (EOFError, HeaderError) as error:
                raise Unusable("damaged_archive", str(error)) from error
            except InflatedTooFar as error:
                raise Unusable("inflates_too_far", str(error)) from error
            except zlib.error as error:
                raise CorruptArchive(str(error)) from error


def why_no_archive(path: Path) -> Unusable | None:
    """Why a path is not an archive; None if it is one."""
    name = path.name.lower()
    if path.is_dir():
        return Unusable(
            "unpacked",
            "a folder of .json files; archives are read as they are, so download them, or pack "
            "the folder: tar -czf NAME.tar.gz FOLDER",
        )
    if name.endswith(_UNFINISHED):
        return Unusable("unfinished_download", "download it to its end")
    if not path.is_file():
        return Unusable("not_a_file", "a link to nothing, a socket or a device")
    with path.open("rb") as file:
        begin = file.read(len(_LFS))
    if begin == _LFS:
        return Unusable("lfs_pointer", "a Git LFS pointer; run `git lfs pull` in the dump")
    if not name.endswith(SUFFIXES) or name.startswith("."):
        return Unusable("not_an_archive", f"only {', '.join(SUFFIXES)} are read")
    if not begin:
        return Unusable("damaged_archive", "an empty file")
    return None


def _walk(file: BinaryIO) -> Generator[Member, None, None]:
    ended = False
    extended: dict[bytes, bytes] = {}
    while block := file.read(BLOCK):
        if len(block) < BLOCK:
            raise EOFError("it ends within a member's header")
        if not block[0] and not any(block):
            # Concatenated archives continue after the end of the first one.
            ended = True
            continue
        ended = False
        kind, size = read_header(block)
        if kind in EXTENSIONS:
            if size > MAX_EXTENSION_BYTES:
                raise HeaderError(f"a name, or its attributes, of {size} bytes")
            extended |= read_extension(kind, _read(file, size))
            continue
        name = member_name(block, extended)
        if extended:
            size, extended = extended_size(size, extended), {}
        refusal = _refusal(name, kind, size)
        if refusal is not None:
            _skip(file, size)
            yield name, refusal
        elif kind == FOLDER or name.endswith("/"):
            _skip(file, size)
        else:
            yield name, _read(file, size)
    if not ended:
        raise EOFError("it ends without the empty blocks that end an archive")


def _refusal(name: str, kind: bytes, size: int) -> Unusable | None:
    if (
        name.startswith(("/", "\\"))
        or (".." in name and ".." in name.split("/"))
        or name[1:2] == ":"
    ):
        return Unusable("unsafe_name", "absolute, or climbs out of the archive")
    if kind not in FILES and kind != FOLDER:
        return Unusable("not_a_file", f"a link or device (type {kind!r})")
    if size > MAX_MEMBER_BYTES:
        return Unusable("too_large", f"{size} bytes; at most {MAX_MEMBER_BYTES} are read")
    return None


def _read(file: BinaryIO, size: int) -> bytes:
    content = file.read(-(-size // BLOCK) * BLOCK)
    if len(content) < size:
        raise EOFError("it ends within a member")
    return content[:size]


def _skip(file: BinaryIO, size: int) -> None:
    left = -(-size // BLOCK) * BLOCK
    while left > 0:
        block = file.read(min(left, 1 << 20))
        if not block:
            raise EOFError("it ends within a member")
        left -= len(block)

"""Videos of a folder, and what their names say; ids and how shards divide them.

folder --videos_in--> videos
known ids --find_sources--> the file of every source

A name says its source in three ways: the official name (`{source_id}_{W}x{H}_full_video`), the bare
id, and the `[id]` that yt-dlp puts at the end. The last two may be words of a title, so they count
only for ids that the annotations know (`import`). Who knows no ids takes the official name alone
(`curate`).
"""

import codecs
import hashlib
import json
import os
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ...records import ClipKeyError, parse_video_name

VIDEO_SUFFIXES = (".mp4", ".mkv", ".webm", ".mov", ".m4v", ".avi", ".ts")
MAX_LIST_BYTES = 100_000_000
"""Largest file of ids that is read (ours: 153,000 ids take 2 MB)."""
_ID = re.compile("[A-Za-z0-9_-]{11}")
_BRACKETED = re.compile(rf"\[({_ID.pattern})\]$")


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceFolder:
    """The videos of a folder that the annotations know."""

    files: dict[str, Path] = field(default_factory=dict)
    """Source id to file."""
    unknown: tuple[Path, ...] = ()
    """Videos that belong to no annotated source."""
    doubles: tuple[Path, ...] = ()
    """More files of the same source; only the first by name is used."""


def find_sources(folder: Path, known: Collection[str]) -> SourceFolder:
    """Searches a folder and its subfolders, in the order of names.

    Raises:
        FileNotFoundError: the folder does not exist.
    """
    require_videos(folder)
    files: dict[str, Path] = {}
    unknown: list[Path] = []
    doubles: list[Path] = []
    for path in videos_in(folder):
        source_id = source_of(path.stem, known)
        if source_id is None:
            unknown.append(path)
        elif source_id in files:
            doubles.append(path)
        else:
            files[source_id] = path
    return SourceFolder(files=files, unknown=tuple(unknown), doubles=tuple(doubles))


def require_videos(folder: Path) -> None:
    """Checks that the folder exists.

    Raises:
        FileNotFoundError: it does not.
    """
    if not folder.is_dir():
        raise FileNotFoundError(
            f"no folder of source videos at {str(folder)!r}; give the folder that holds them"
        )


def source_of(stem: str, known: Collection[str]) -> str | None:
    """The source that a file of this stem belongs to, or None.

    >>> source_of("-a_b-c_d-e_ [a talk]", {"-a_b-c_d-e_"}) is None
    True
    >>> source_of("A talk [-a_b-c_d-e_]", {"-a_b-c_d-e_"})
    '-a_b-c_d-e_'
    """
    bracketed = _BRACKETED.search(stem)
    candidates = (official_id(stem), stem, bracketed[1] if bracketed else None)
    return next((name for name in candidates if name is not None and name in known), None)


def official_id(stem: str) -> str | None:
    """The source that an official name says, or None for another name."""
    try:
        return parse_video_name(stem)[0]
    except ClipKeyError:
        return None


def is_source_id(text: str) -> bool:
    """Whether this is an id, and neither a URL nor a file name: it becomes part of a path.

    >>> is_source_id("-a_b-c_d-e_"), is_source_id("youtu.be/-a_b-c_d-e_")
    (True, False)
    """
    return _ID.fullmatch(text) is not None


def read_ids(path: Path) -> frozenset[str]:
    """Source ids, one a line; empty lines and `#` comments do not count. Or the `sources` of JSON.

    These sources are downloaded, cut, or kept out of training, so a line that is no id is an
    error. The JSON is what `bench pairs` writes.

    Raises:
        ValueError: the file has no id, a line of another form, or is neither UTF-8 nor UTF-16
            with its byte order mark; or it is JSON without a list `sources`.
    """
    if path.stat().st_size > MAX_LIST_BYTES:
        raise ValueError(f"{str(path)!r} is no list of ids: it has {path.stat().st_size} bytes")
    content = path.read_bytes()
    marks = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    try:
        text = content.decode("utf-16" if content.startswith(marks) else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"{str(path)!r} is no text in UTF-8: {error.reason}") from error
    lines = _listed(path, text) if text.lstrip().startswith("{") else text.splitlines()
    names = (line.partition("#")[0].strip() for line in lines)
    ids = frozenset(name for name in names if name)
    if not ids:
        raise ValueError(f"{str(path)!r} names no source id; write one id a line")
    if strange := sorted(line[:60] for line in ids if not is_source_id(line)):
        raise ValueError(
            f"{str(path)!r} has {len(strange)} lines that are no source ids, such as "
            f"{', '.join(map(repr, strange[:3]))}; an id has 11 letters, digits, - and _, "
            "and is alone on its line"
        )
    return ids


def _listed(path: Path, text: str) -> list[str]:
    """The `sources` of a pair list."""
    try:
        sources = json.loads(text)["sources"]
    except (ValueError, KeyError, RecursionError) as error:
        raise ValueError(
            f"{str(path)!r} is no pair list: {error!s:.200}; write one id a line, or give what "
            "`speakervid5m bench pairs --out` wrote"
        ) from error
    if not isinstance(sources, list) or not all(isinstance(name, str) for name in sources):
        raise ValueError(f"{str(path)!r} is no pair list: its `sources` are no list of texts")
    return sources


def in_shard(source_id: str, shard: tuple[int, int] | None) -> bool:
    """Whether this source belongs to shard i of n: sha256 of the id, modulo n."""
    if shard is None:
        return True
    index, count = shard
    return int.from_bytes(hashlib.sha256(source_id.encode()).digest()[-4:], "big") % count == index


def videos_in(folder: Path) -> Iterator[Path]:
    """The videos of a folder and its subfolders, in the order of names; hidden files are none."""
    for parent, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            if name.lower().endswith(VIDEO_SUFFIXES) and not name.startswith("."):
                yield Path(parent) / name

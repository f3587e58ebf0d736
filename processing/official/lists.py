"""The three lists at the top of the dump: all clips, the SFT tier, the benchmark's pairs."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ...records import ClipKey, ClipKeyError
from .problems import UnknownShape, Unusable
from .values import Repairs, as_object, parse

MAX_TESTSET_BYTES = 100_000_000
_CHUNK_BYTES = 1 << 20
_QUOTED = re.compile(
    rb'"([A-Za-z0-9_.:/-]{1,300}_full_video_[A-Za-z0-9_]{1,40}(?:\.[a-z0-9]{3,4})?)"'
)
_PAIR_KEYS = (
    ("initiator", "responder"),
    ("input", "output"),
    ("input", "response"),
    ("question", "answer"),
    ("first", "second"),
    ("speaker1", "speaker2"),
    ("A", "B"),
)


def clip_names(path: Path) -> Iterator[str]:
    """Every clip key that stands in quotes in a file, whatever lists and objects are around it.

    Millions of names do not fit the memory that everything else keeps to, so the file is read
    in pieces.
    """
    rest = b""
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            text = rest + chunk
            end = 0
            for match in _QUOTED.finditer(text):
                end = match.end()
                yield match[1].decode().rpartition("/")[2]
            # A name may be cut by the end of the piece; names have at most 400 bytes.
            rest = text[max(end, len(text) - 400) :]


def read_test_pairs(path: Path, repairs: Repairs) -> list[tuple[str, str]]:
    """The pairs of `testset.json`, whose form is not published.

    Taken are a list (or the values of an object) of pairs: two names, or an object with two
    keys such as `initiator` and `responder`.

    Raises:
        Unusable: no JSON, or no pair in it; says which keys were found.
    """
    if path.stat().st_size > MAX_TESTSET_BYTES:
        raise Unusable("too_large", f"{path.name} has {path.stat().st_size} bytes")
    values = parse(path.read_bytes(), repairs)
    if isinstance(values, dict) and len(values) == 1:
        (inner,) = values.values()
        values = inner if isinstance(inner, list) else values
    entries = list(values.values()) if isinstance(values, dict) else values
    if not isinstance(entries, list):
        raise UnknownShape(values, "lists")
    return [_pair(entry) for entry in entries]


def _pair(entry: Any) -> tuple[str, str]:
    if isinstance(entry, list) and len(entry) == 2:
        return _name(entry[0]), _name(entry[1])
    found = as_object(entry)
    for first, second in _PAIR_KEYS:
        if first in found and second in found:
            return _name(found[first]), _name(found[second])
    raise UnknownShape(found, "lists")


def _name(value: Any) -> str:
    if isinstance(value, dict):
        value = next(
            (value[key] for key in ("clip", "name", "clip_id", "video") if key in value), ""
        )
    try:
        return str(ClipKey.parse(str(value).rpartition("/")[2]))
    except ClipKeyError as error:
        raise Unusable("bad_name", str(error)) from error

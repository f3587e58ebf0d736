"""A dump in, a description that may be shown to others out: files, keys, forms, counts; no content.

It reads a part of every file, so it takes minutes and little memory whatever the dump's size. It
names broken files and skips them. People who have the published dump can show with it the forms
that are not published.
"""

import os
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from ...records import ClipKeyError, parse_video_name
from .dump.archives import members
from .dump.files import LISTS, TESTSET, DumpFile, find_files
from .dump.problems import Unusable
from .untrusted_json.events import Event, read_events
from .untrusted_json.shapes import Shape
from .untrusted_json.values import parse

RECORDS = 100
"""Records of an archive that are read (ours)."""
_BYTES = 16_000_000
"""Bytes of their content that are read, in an archive (ours)."""
_RECORD_BYTES = 4_000_000
"""Largest record that is read (ours)."""
_EVENTS = 100_000
"""Brackets, keys and values of a list whose forms are counted (ours)."""
_MAX_FILES = 64
"""Archives of a kind that are opened (ours: the dump has 20)."""
_FILE = re.compile(r"(?:tar|batch|part|merged|anno|asr|list|test|set|[0-9]+|[_.-])+")
_LITERALS = {"true": True, "false": False, "null": None} | {
    name: float(name) for name in ("NaN", "Infinity", "-Infinity")
}
_TAIL = re.compile(r"(?:_[0-9]+)?(?:_[A-Z])?(?:_None)?(?:_[0-9]+)?(?:\.(?:mp4|wav|json))*")


def describe_dump(root: Path) -> Iterator[str]:
    """The description, line by line.

    Raises:
        FileNotFoundError: the folder does not exist.
    """
    if not root.is_dir():
        raise FileNotFoundError(f"no folder of annotations at {str(root)!r}")
    yield f"of every archive the first {RECORDS} records, of every list the first {_EVENTS} values"
    by_kind: dict[str, list[DumpFile]] = {}
    for file in find_files(root):
        by_kind.setdefault(file.kind, []).append(file)
    for kind, files in by_kind.items():
        if kind not in LISTS:
            yield from _archives(kind, files)
    for name in (*LISTS.values(), TESTSET):
        yield ""
        yield f"{name}:"
        yield from _list(root / name)


def _archives(kind: str, files: Sequence[DumpFile]) -> Iterator[str]:
    yield ""
    named = Counter(_file_name(file.path.name) for file in files)
    size = sum(file.num_bytes for file in files)
    yield f"{kind}: {len(files)} files, {size / 1e9:.3f} GB: {_counts(named)}"
    if len(files) > _MAX_FILES:
        yield f"  only the first {_MAX_FILES} are opened"
    shape = Shape()
    names: Counter[str] = Counter()
    broken: Counter[str] = Counter()
    for file in files[:_MAX_FILES]:
        try:
            for name, content in _first_records(file.path):
                names[_member_name(name)] += 1
                if isinstance(content, Unusable):
                    broken[content.reason] += 1
                else:
                    shape.add(content, name.rpartition("/")[2][:11])
        except Unusable as problem:
            broken[f"{problem.reason} (the rest of a file)"] += 1
        except OSError as error:
            broken[f"{type(error).__name__} (a file)"] += 1
    yield f"  named {_counts(names)}"
    if broken:
        yield f"  not read: {_counts(broken)}"
    yield from shape.lines()


def _first_records(path: Path) -> Iterator[tuple[str, Any]]:
    num_bytes = 0
    for number, (name, content) in enumerate(members(path)):
        if number == RECORDS or num_bytes > _BYTES:
            return
        if isinstance(content, Unusable):
            yield name, content
            continue
        num_bytes += len(content)
        try:
            if len(content) > _RECORD_BYTES:
                raise Unusable("too_large", "")
            yield name, parse(content, Counter())
        except Unusable as problem:
            yield name, problem


def _list(path: Path) -> Iterator[str]:
    if not os.path.lexists(path):
        yield "  missing"
        return
    first: list[Event] = []
    others: Counter[str] = Counter()
    broken = None
    try:
        yield f"  {path.stat().st_size / 1e6:.3f} MB"
        for event in read_events(path):
            if len(first) < _EVENTS:
                first.append(event)
            else:
                others[event[0]] += 1
    except Unusable as problem:
        # The detail says where the error is and what should be there, and quotes nothing.
        broken = f"  cannot be read: {problem.reason}: {problem.detail}"
    except OSError as error:
        broken = f"  cannot be opened: {type(error).__name__}"
    shape = Shape()
    values = _values(first)
    for value in values:
        shape.add(value)
    if len(values) > 1:
        yield f"  JSON lines: {len(values)} values"
    if values:
        yield from shape.lines()
    if others:
        yield f"  and {others['text']} texts, {others['key']} keys more, which were only parsed"
    if broken:
        yield broken


def _values(events: Sequence[Event]) -> list[Any]:
    """The values so far; open brackets are closed at the end."""
    top: list[Any] = []
    stack: list[tuple[Any, list[str]]] = [(top, [])]

    def put(value: Any) -> None:
        container, keys = stack[-1]
        if isinstance(container, dict):
            container[keys.pop()] = value
        else:
            container.append(value)

    for kind, text in events:
        if kind in ("[", "{"):
            opened: Any = [] if kind == "[" else {}
            put(opened)
            stack.append((opened, []))
        elif kind in ("]", "}"):
            stack.pop()
        elif kind == "key":
            stack[-1][1].append(text)
        elif kind == "number":
            put(float(text) if re.search("[.eE]", text) else int(text[:18]))
        else:
            put(text if kind == "text" else _LITERALS[text])
    return top


def _file_name(name: str) -> str:
    """A file's name without anything that may be content."""
    stem, dot, ending = name.partition(".")
    safe = ending if re.fullmatch(r"[A-Za-z0-9.]{1,12}", ending) else "?" * bool(ending)
    known = stem if _FILE.fullmatch(stem) else "<name>"
    return re.sub("[0-9]+", "#", known) + dot + safe


def _member_name(name: str) -> str:
    folder, slash, base = name.rpartition("/")
    stem, dot, ending = base.rpartition(".")
    head, mark, tail = stem.partition("_full_video")
    ending = ending if re.fullmatch(r"[a-z0-9]{1,5}", ending) else "<other>"
    folder = "<folder>/" if slash and folder.strip("./") else ""
    try:
        parse_video_name(head + mark)
    except ClipKeyError:
        return f"{folder}<other>{dot}{ending}"
    tail = re.sub("_[0-9]+", "_#", tail) if _TAIL.fullmatch(tail) else "<other>"
    return f"{folder}<video>{tail}{dot}{ending}"


def _counts(counts: Counter[str]) -> str:
    shown = [f"{name} {count}" for name, count in counts.most_common(12)]
    left = len(counts) - len(shown)
    return (", ".join(shown) or "nothing") + (f" and {left} other forms" if left > 0 else "")

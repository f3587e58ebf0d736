"""`testset.json` in, the sources and pairs of the benchmark out. Its form is not published.

file -> values -> clip keys, video ids, pairs -> (with the sources of the dump) what leaves training

Every clip key and every id of a source of the dump counts, wherever it is in the file. The form of
other texts decides whether they are ids: then they are sources of other parts of the dump, which
stay out of training when they arrive. Two names make a pair only if the file cannot mean anything
else. A file that cannot be read stops the import.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from ....records import ClipKey, find_clip_keys, find_video_ids
from ..dump.problems import Unusable
from ..untrusted_json.events import read_events
from .clip_lists import UnreadableList

MAX_BYTES = 16_000_000
"""Largest `testset.json` (ours: 500 pairs take about 60 kB)."""
MAX_EVENTS = 500_000
"""Most brackets, keys and values in it (ours)."""

State = Literal["applied", "empty", "missing", "left_out"]
"""Whether the list is followed: yes; it is `[]` or `{}`; it is missing; the user ignores it."""
Pair = tuple[ClipKey, ClipKey]
Node = str | None | bool | list["Node"] | tuple[tuple[str, "Node"], ...]
"""A text, null, another plain value (False), a list, or an object as its pairs, since it may have a
key twice."""

_PAIR_KEYS = (
    ("initiator", "responder"),
    ("user", "assistant"),
    ("prompt", "target"),
    ("prompt", "response"),
    ("input", "output"),
    ("input", "response"),
    ("input", "target"),
    ("query", "response"),
    ("question", "answer"),
    ("source", "target"),
    ("first", "second"),
    ("speaker1", "speaker2"),
    ("speaker_1", "speaker_2"),
    ("a", "b"),
)
"""Names of the two sides of a dialogue, first the one who begins (ours)."""
_ID = r"[A-Za-z0-9_-]{11}"
_BARE = re.compile(rf"(?:.*[/\\])?({_ID})(?:\.[A-Za-z0-9]{{2,5}})*", re.DOTALL)
_ADDRESS = re.compile(rf"(?:[?&]v=|youtu\.be/|/(?:shorts|embed|live|v)/)({_ID})(?![A-Za-z0-9_-])")


@dataclass(frozen=True, slots=True)
class BenchmarkList:
    """The content of the file, before it is matched with the dump."""

    state: State
    texts: tuple[str, ...] = ()
    """Every text and key in it."""
    certain: frozenset[str] = frozenset()
    """Sources of clip keys, video names and addresses."""
    likely: frozenset[str] = frozenset()
    """Texts that look like ids; a word of 11 letters does too."""
    has_id_list: bool = False
    """Whether the file has a list of nothing but ids, which cannot be words."""
    pairs: tuple[Pair, ...] = ()
    """Initiator and responder."""
    names: frozenset[str] = frozenset()
    """All clip keys."""
    num_incomplete: int = 0
    """Pairs that do not hold two clip keys."""


def read_testset(path: Path | None, *, left_out: bool = False) -> BenchmarkList:
    """Reads the list.

    Args:
        path: the file, or None if it is missing.
        left_out: whether the user ignores the list on purpose; then it is not opened.

    Raises:
        UnreadableList: it is not valid JSON, too large, or ambiguous.
    """
    if left_out:
        return BenchmarkList("left_out")
    if path is None:
        return BenchmarkList("missing")
    try:
        values = _values(path)
        if values in ([[]], [()]):
            return BenchmarkList("empty")
        return _Reader().read(values)
    except Unusable as problem:
        raise UnreadableList(path.name, problem.reason, problem.detail) from problem


def _values(path: Path) -> list[Node]:
    """The values of the file: one, or one a line."""
    if path.stat().st_size > MAX_BYTES:
        raise Unusable(
            "too_large", f"it has {path.stat().st_size} bytes; at most {MAX_BYTES} are read"
        )
    top: list[Node] = []
    stack: list[tuple[str, list[Node], list[str]]] = [("top", top, [])]
    for number, (kind, text) in enumerate(read_events(path)):
        if number == MAX_EVENTS:
            raise Unusable("too_large", f"it has more than {MAX_EVENTS} values and brackets")
        _, items, keys = stack[-1]
        if kind in ("[", "{"):
            stack.append((kind, [], []))
        elif kind in ("]", "}"):
            stack.pop()
            node: Node = items if kind == "]" else tuple(zip(keys, items, strict=True))
            stack[-1][1].append(node)
        elif kind == "key":
            keys.append(text)
        else:
            items.append(text if kind == "text" else None if text == "null" else False)
    return top


@dataclass(frozen=True, slots=True)
class _Within:
    """The clip keys within a value."""

    keys: frozenset[ClipKey] = frozenset()
    """Its clip keys; at most three, since more make no difference."""
    sides: tuple[frozenset[ClipKey], ...] | None = None
    """Of a list: the keys of each of its values."""


@dataclass(slots=True)
class _Reader:
    """Walks through the values once."""

    texts: dict[str, None] = field(default_factory=dict)
    pairs: dict[Pair, None] = field(default_factory=dict)
    names: set[ClipKey] = field(default_factory=set)
    num_incomplete: int = 0
    texts_by_path: dict[tuple[str, ...], set[str]] = field(default_factory=dict)
    """Path in the file (keys, `[]` for lists) to its texts."""

    def read(self, values: list[Node]) -> BenchmarkList:
        """Reads the values of a file; several values count as a list."""
        self._visit(values[0] if len(values) == 1 else values, ())
        texts = tuple(self.texts)
        addresses = {video_id for text in texts for video_id in _ADDRESS.findall(text)}
        return BenchmarkList(
            "applied",
            texts,
            certain=frozenset(addresses.union(*map(find_video_ids, texts))),
            likely=frozenset(
                video_id for text in texts if (video_id := _bare_id(text)) is not None
            ),
            has_id_list=any(map(_are_ids, self.texts_by_path.values())),
            pairs=tuple(self.pairs),
            names=frozenset(map(str, self.names)),
            num_incomplete=self.num_incomplete,
        )

    def _visit(self, node: Node, path: tuple[str, ...]) -> _Within:
        if isinstance(node, list):
            return self._visit_list(node, path)
        if isinstance(node, tuple):
            return self._visit_object(node, path)
        return _Within(self._take(node, path)) if isinstance(node, str) else _Within()

    def _take(self, text: str, path: tuple[str, ...]) -> frozenset[ClipKey]:
        self.texts[text] = None
        self.texts_by_path.setdefault(path, set()).add(text)
        keys = find_clip_keys(text)
        self.names.update(keys)
        return frozenset(keys[:3])

    def _visit_list(self, nodes: list[Node], path: tuple[str, ...]) -> _Within:
        parts = [self._visit(node, (*path, "[]")) for node in nodes]
        lists = [part.sides for part in parts if part.sides is not None]
        # If a sibling list has three items, a list of two is no pair: these are other lists.
        if all(len(sides) <= 2 for sides in lists):
            num_pairs = sum(map(self._make_pair, lists))
            self.num_incomplete += len(lists) - num_pairs if num_pairs else 0
        if any(part.keys for part in parts):
            self.num_incomplete += nodes.count(None)
        return _Within(_few(parts), tuple(part.keys for part in parts))

    def _make_pair(self, sides: tuple[frozenset[ClipKey], ...]) -> bool:
        if len(sides) != 2 or any(len(side) != 1 for side in sides):
            return False
        (first,), (second,) = sides
        self.pairs[first, second] = None
        return True

    def _visit_object(self, items: tuple[tuple[str, Node], ...], path: tuple[str, ...]) -> _Within:
        everything: list[_Within] = []
        fields: dict[str, list[_Within]] = {}
        for key, node in items:
            named = self._take(key, (*path, "keys"))
            step = "*" if named or _bare_id(key) else key
            value = self._visit(node, (*path, step))
            everything += [_Within(named), value]
            fields.setdefault(key.strip().casefold(), []).append(value)
            if value.sides is None:
                if named != value.keys:
                    self._make_pair((named, value.keys))
            elif key.isdecimal() or key.casefold().startswith("pair"):
                self._make_pair(value.sides)
        self._pair_by_keys(fields)
        return _Within(_few(everything))

    def _pair_by_keys(self, fields: dict[str, list[_Within]]) -> None:
        for first_key, second_key in _PAIR_KEYS:
            if first_key not in fields or second_key not in fields:
                continue
            sides = _few(fields[first_key]), _few(fields[second_key])
            if self._make_pair(sides):
                return
            values = fields[first_key] + fields[second_key]
            is_list = any(value.sides is not None for value in values)
            if is_list and all(sides):
                raise Unusable(
                    "ambiguous",
                    f"`{first_key}` and `{second_key}` hold lists of names, and which name belongs "
                    "to which is not said; write a list of pairs",
                )
            self.num_incomplete += any(sides)


def _few(parts: Iterable[_Within]) -> frozenset[ClipKey]:
    keys: set[ClipKey] = set()
    for part in parts:
        keys |= part.keys
        if len(keys) >= 3:
            break
    return frozenset(keys)


def _bare_id(text: str) -> str | None:
    """The id in a text that is an id, perhaps with a folder and a file ending; else None."""
    match = _BARE.fullmatch(text.strip())
    return match[1] if match else None


def _are_ids(texts: set[str]) -> bool:
    """Whether all texts at a place are ids, and at least half of them cannot be words."""
    ids = {_bare_id(text) for text in texts}
    return len(ids) > 1 and None not in ids and 2 * sum(map(_is_random, ids)) >= len(ids)


def _is_random(text: str | None) -> bool:
    """Whether a text mixes upper case, lower case and other characters, as 9 of 10 ids do."""
    return text is not None and all(
        re.search(pattern, text) for pattern in ("[A-Z]", "[a-z]", "[0-9_-]")
    )

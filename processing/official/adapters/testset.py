"""`testset.json`, whose form is not published: which sources the benchmark has, and which pairs.

file -> values -> clip keys, video ids, pairs -> (with the sources of the dump) what leaves training

Whatever is around it, every clip key and every id of a source of the dump counts, wherever it
stands. Of other texts it is told by their form whether they are ids: of sources of other parts of
the dump, which stay out of training when they arrive. Pairs are made only where two names are put
together and nothing else can be meant. What cannot be read stops the import.
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
"""Of `testset.json` (ours: 500 pairs take about 60 kB)."""
MAX_EVENTS = 500_000
"""Brackets, keys and values in it (ours)."""

State = Literal["applied", "empty", "missing", "left_out"]
"""Whether the list was followed: it was; it is `[]` or `{}`; it is not there; the user said so."""
Pair = tuple[ClipKey, ClipKey]
Node = str | None | bool | list["Node"] | tuple[tuple[str, "Node"], ...]
"""A text, null, another plain value (False), a list, an object: its pairs, since a key may stand
there twice."""

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
"""What two sides of a dialogue are called, first the one who begins (ours)."""
_ID = r"[A-Za-z0-9_-]{11}"
_BARE = re.compile(rf"(?:.*[/\\])?({_ID})(?:\.[A-Za-z0-9]{{2,5}})*", re.DOTALL)
_ADDRESS = re.compile(rf"(?:[?&]v=|youtu\.be/|/(?:shorts|embed|live|v)/)({_ID})(?![A-Za-z0-9_-])")


@dataclass(frozen=True, slots=True)
class BenchmarkList:
    """What the file says, before anything is known of the dump."""

    state: State
    texts: tuple[str, ...] = ()
    """Every text and key in it."""
    certain: frozenset[str] = frozenset()
    """Sources of clip keys, video names and addresses."""
    likely: frozenset[str] = frozenset()
    """Texts that are ids by their form alone: a word of 11 letters is among them."""
    has_id_list: bool = False
    """Whether somewhere nothing but ids is listed, so that they can be no words."""
    pairs: tuple[Pair, ...] = ()
    """Initiator and responder."""
    names: frozenset[str] = frozenset()
    """All clip keys."""
    num_incomplete: int = 0
    """Places of a pair that hold no two clip keys."""


def read_testset(path: Path | None, *, left_out: bool = False) -> BenchmarkList:
    """Reads the list.

    Args:
        path: the file, or None where there is none.
        left_out: whether it is not to be followed, on purpose; then it is not opened.

    Raises:
        UnreadableList: it is no JSON from first to last, too large, or ambiguous.
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
    """What a value holds."""

    keys: frozenset[ClipKey] = frozenset()
    """Its clip keys; of many no more than three, which is as good as any number."""
    sides: tuple[frozenset[ClipKey], ...] | None = None
    """Of a list: the keys of each of its values."""


@dataclass(slots=True)
class _Reader:
    """Walks through the values once."""

    texts: dict[str, None] = field(default_factory=dict)
    pairs: dict[Pair, None] = field(default_factory=dict)
    names: set[ClipKey] = field(default_factory=set)
    num_incomplete: int = 0
    places: dict[tuple[str, ...], set[str]] = field(default_factory=dict)
    """Place (keys alone, `[]` for lists) to the texts that stand there."""

    def read(self, values: list[Node]) -> BenchmarkList:
        """Takes the values of a file; several are as a list."""
        self._visit(values[0] if len(values) == 1 else values, ())
        texts = tuple(self.texts)
        addresses = {one for text in texts for one in _ADDRESS.findall(text)}
        return BenchmarkList(
            "applied",
            texts,
            certain=frozenset(addresses.union(*map(find_video_ids, texts))),
            likely=frozenset(one for text in texts if (one := _bare_id(text)) is not None),
            has_id_list=any(map(_are_ids, self.places.values())),
            pairs=tuple(self.pairs),
            names=frozenset(map(str, self.names)),
            num_incomplete=self.num_incomplete,
        )

    def _visit(self, node: Node, place: tuple[str, ...]) -> _Within:
        if isinstance(node, list):
            return self._visit_list(node, place)
        if isinstance(node, tuple):
            return self._visit_object(node, place)
        return _Within(self._take(node, place)) if isinstance(node, str) else _Within()

    def _take(self, text: str, place: tuple[str, ...]) -> frozenset[ClipKey]:
        self.texts[text] = None
        self.places.setdefault(place, set()).add(text)
        keys = find_clip_keys(text)
        self.names.update(keys)
        return frozenset(keys[:3])

    def _visit_list(self, nodes: list[Node], place: tuple[str, ...]) -> _Within:
        found = [self._visit(node, (*place, "[]")) for node in nodes]
        lists = [one.sides for one in found if one.sides is not None]
        # Beside a list of three, one of two is no pair: they are lists of something else.
        if all(len(sides) <= 2 for sides in lists):
            made = sum(map(self._make_pair, lists))
            self.num_incomplete += len(lists) - made if made else 0
        if any(one.keys for one in found):
            self.num_incomplete += nodes.count(None)
        return _Within(_few(found), tuple(one.keys for one in found))

    def _make_pair(self, sides: tuple[frozenset[ClipKey], ...]) -> bool:
        if len(sides) != 2 or any(len(side) != 1 for side in sides):
            return False
        (first,), (second,) = sides
        self.pairs[first, second] = None
        return True

    def _visit_object(self, items: tuple[tuple[str, Node], ...], place: tuple[str, ...]) -> _Within:
        everything: list[_Within] = []
        fields: dict[str, list[_Within]] = {}
        for key, node in items:
            named = self._take(key, (*place, "keys"))
            step = "*" if named or _bare_id(key) else key
            value = self._visit(node, (*place, step))
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
        for before, after in _PAIR_KEYS:
            if before not in fields or after not in fields:
                continue
            sides = _few(fields[before]), _few(fields[after])
            if self._make_pair(sides):
                return
            is_list = any(one.sides is not None for one in fields[before] + fields[after])
            if is_list and all(sides):
                raise Unusable(
                    "ambiguous",
                    f"`{before}` and `{after}` hold lists of names, and which belongs to which is "
                    "not said; a list of pairs is read",
                )
            self.num_incomplete += any(sides)


def _few(found: Iterable[_Within]) -> frozenset[ClipKey]:
    keys: set[ClipKey] = set()
    for one in found:
        keys |= one.keys
        if len(keys) >= 3:
            break
    return frozenset(keys)


def _bare_id(text: str) -> str | None:
    """The id that a text is, with or without a folder before it and an ending behind it."""
    found = _BARE.fullmatch(text.strip())
    return found[1] if found else None


def _are_ids(texts: set[str]) -> bool:
    """Whether all that stands at a place are ids, and some of them no words by any means."""
    ids = {_bare_id(text) for text in texts}
    return len(ids) > 1 and None not in ids and 2 * sum(map(_is_random, ids)) >= len(ids)


def _is_random(text: str | None) -> bool:
    """Large and small letters and something else: so are nine ids of ten, and no word."""
    return text is not None and all(
        re.search(pattern, text) for pattern in ("[A-Z]", "[a-z]", "[0-9_-]")
    )

"""The lists at the top of the dump: a file in, clip keys out; read completely, or the import stops.

`all_data_list.json` names all clips, `SFT_set.json` those of the SFT tier; the benchmark's
`testset.json` is read by `testset.py`. Their forms are not published, so every clip key in any text
counts, whatever lists and objects are around it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from ....records import ClipKey, ClipKeyError, find_clip_keys
from ..dump.problems import Unusable
from ..untrusted_json.events import Event, read_events

_MARK = "_full_video_"
_NO_LETTERS = re.compile("[^a-z]")
_MAX_WORD = 20
"""Most characters of a text that can be the name of a tier (ours)."""
_YES_KEYS = frozenset(("sft", "issft", "insft", "keep", "kept", "selected", "used"))
"""Keys whose value says whether a clip is meant (ours)."""

_REMEDY = {
    "testset.json": "`--without-testset` imports without it, and the release then says so",
    "SFT_set.json": "without the file in the folder every clip is `pretrain`, and the release "
    "then says so",
    "all_data_list.json": "without the file in the folder, a clip that has no record is not missed",
}


class UnreadableList(ValueError):
    """A list that the import needs cannot be read, so nothing is imported.

    testset.json cannot be read: not_json: at character 0: ...   what is wrong
    docs/annotations.md says which forms are read                what is allowed
    Repair it or download it again                               what to do
    """

    def __init__(self, name: str, reason: str, detail: str) -> None:
        super().__init__(name, reason, detail)
        self.name = name
        """The list."""
        self.reason = reason
        """A stable short word."""
        self.detail = detail
        """What exactly was wrong."""

    def __str__(self) -> str:
        return (
            f"{self.name} cannot be read: {self.reason}: {self.detail}. Nothing was imported, "
            "since the list decides what is trained on. docs/annotations.md says which forms are "
            f"read. Repair it or download it again; {_REMEDY.get(self.name, 'leave it out')}"
        )


@dataclass(slots=True)
class ClipNames:
    """The names in a list of clips, one after another, and then counts of what is in it."""

    path: Path
    """The list."""
    kind: Literal["listed", "sft"]
    """What the list means."""
    num_names: int = 0
    """Clip keys, including repeated ones."""
    num_others: int = 0
    """Texts without a clip key, keys of objects not counted."""
    _events: list[str] = field(default_factory=list)

    def __iter__(self) -> Iterator[ClipKey | Unusable]:
        """Every clip key, and an error for every text that only looks like one.

        Raises:
            UnreadableList: the file is not JSON, names no clip, or excludes a clip.
        """
        try:
            yield from self._names()
        except Unusable as problem:
            raise UnreadableList(self.path.name, problem.reason, problem.detail) from problem

    def _names(self) -> Iterator[ClipKey | Unusable]:
        num_events, last = 0, None
        for event in read_events(self.path):
            num_events += 1
            kind, text = event
            if kind in ("key", "text"):
                keys = find_clip_keys(text)
                self.num_names += len(keys)
                yield from keys
                if not keys and _MARK in text:
                    yield _no_key(text)
                self.num_others += not keys and kind == "text"
            if self.kind == "sft":
                _refuse_denials(event, last)
            last = event
        if not self.num_names and not (num_events == 2 and last in (("]", "]"), ("}", "}"))):
            raise Unusable("no_names", "no clip key is in it")


def _refuse_denials(event: Event, last: Event | None) -> None:
    """Refuses a list that also names clips that are not in the tier."""
    kind, text = event
    if kind in ("key", "text"):
        if len(text) <= _MAX_WORD and _plain(text) == "pretrain":
            raise Unusable("ambiguous", "it says `pretrain`; it may name only clips of the tier")
    elif (
        (last is not None and last[0] == "key" and _is_no(event))
        and (find_clip_keys(last[1]) or _plain(last[1]) in _YES_KEYS)
    ):  # fmt: skip
        raise Unusable("ambiguous", f"a clip has {text}; the list may name only clips of the tier")


def _is_no(event: Event) -> bool:
    kind, text = event
    return text in ("false", "null") or (kind == "number" and float(text) == 0)


def _plain(text: str) -> str:
    """`Pre-train` is `pretrain`, `is_sft` is `issft`."""
    return _NO_LETTERS.sub("", text.casefold())


def _no_key(text: str) -> Unusable:
    try:
        # A lone surrogate, which JSON can spell, cannot be written down again.
        ClipKey.parse(text.encode("utf-8", "backslashreplace").decode())
    except ClipKeyError as error:
        return Unusable("bad_name", str(error))
    raise AssertionError("a text that is a clip key holds one")

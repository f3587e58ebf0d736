"""Record classes in, the meaning of every column out: the docstrings under their fields."""

import ast
import inspect
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache

from ...records import (
    MEDIA_ROLES,
    TURN_MINIMA,
    Branch,
    Clip,
    Column,
    DialogueSample,
    MultiTurnSample,
    OffScreenVoice,
    columns_of,
)

_OWN = {
    "sample_id": "Digest of branch and clip ids, 24 hexadecimal digits; the same in every release.",
    "conversation_id": "The source; all rows of one source lie in one shard.",
    "tier": "`sft` if all clips of the sample are, else `pretrain`.",
    "co_present": "Whether speaker and listener are in the frame together.",
    "num_turns": "Clips of the run.",
    "duration_seconds": "Sum of the durations of the turns, in seconds.",
}
_MEDIA = {
    "video": "mp4: H.264, yuv420p, the cropped person, with that person's clean speech as its "
    "audio, and none for a listener.",
    "audio": "FLAC, mono: this person's clean speech, other voices muted; exactly as long as the "
    "video. Training should read this.",
    "pose": "`.npy` of (frames, 130, 2) uint16, /65535 of the crop, 65535 = unseen; null where it "
    "was not measured.",
}
_GROUPS = (
    ("Identity", "clip_id"),
    ("Place", "scene_start_seconds"),
    ("Voices", "speech"),
    ("Binding", "sync_confidence"),
    ("Quality", "dover"),
    ("Speech text", "transcript"),
    ("Caption", "motion"),
    ("Provenance", "tier"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class FieldDoc:
    """One column, for a table."""

    name: str
    """On disk."""
    kind: str
    """Arrow type."""
    meaning: str
    """Unit, range, who measures it."""


@cache
def docs_of(record: type) -> Mapping[str, str]:
    """The docstring under each field of a dataclass, on one line."""
    (body,) = ast.parse(inspect.cleandoc(inspect.getsource(record))).body
    assert isinstance(body, ast.ClassDef)
    docs = {}
    for field, doc in zip(body.body, body.body[1:], strict=False):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
            name = field.target.id
            if isinstance(doc, ast.Expr) and isinstance(doc.value, ast.Constant):
                docs[name] = " ".join(str(doc.value.value).split())
    return docs


def clip_groups() -> dict[str, list[FieldDoc]]:
    """The fields of a clip by group, in the order of the columns."""
    kinds = {column.name: column for column in columns_of("single")}
    starts = {first: group for group, first in _GROUPS}
    groups: dict[str, list[FieldDoc]] = {}
    group = _GROUPS[0][0]
    for field in fields(Clip):
        group = starts.get(field.name, group)
        doc = _doc(kinds[field.name], docs_of(Clip)[field.name])
        groups.setdefault(group, []).append(doc)
    return groups


def sample_fields(branch: Branch) -> list[FieldDoc]:
    """The columns of a branch that are not fields of a clip."""
    docs = [_doc(column, _meaning(branch, column)) for column in columns_of(branch)]
    clips = {f"{prefix}{field.name}" for prefix, _ in MEDIA_ROLES[branch] for field in fields(Clip)}
    kept = {"tier", "duration_seconds"}
    return [doc for doc in docs if doc.name not in clips or doc.name in kept]


def meaning_of(branch: Branch, column: Column) -> str:
    """What any column of a branch means."""
    own = _meaning(branch, column)
    if own:
        return own
    for prefix, _ in MEDIA_ROLES[branch]:
        name = column.name.removeprefix(prefix)
        if column.name.startswith(prefix) and name in docs_of(Clip):
            return docs_of(Clip)[name]
    return docs_of(OffScreenVoice)[column.name.removeprefix("speaker_")]


def _meaning(branch: Branch, column: Column) -> str:
    if column.medium is not None:
        each = "one for each turn; " if column.many else ""
        return each + _MEDIA[column.medium]
    if column.name in ("gap_seconds",):
        return docs_of(DialogueSample)[column.name]
    if branch == "multi_turn" and column.name in ("turns", "history"):
        return docs_of(MultiTurnSample)[column.name]
    if column.name.removeprefix("min_") in TURN_MINIMA and column.name.startswith("min_"):
        name = column.name.removeprefix("min_")
        return f"Smallest `{name}` of the turns; null if one of them was not measured."
    return _OWN.get(column.name, "")


def _doc(column: Column, meaning: str) -> FieldDoc:
    kind = str(column.type)
    return FieldDoc(name=column.name, kind=kind if len(kind) < 40 else "list", meaning=meaning)

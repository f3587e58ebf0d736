"""Records to flat columns and back: the one place that knows both sides.

    Sample --to_row--> flat columns --from_row--> Sample          branch --columns_of--> schema
    table of CLIP_SCHEMA --clips_of--> Clips

`sample.responder.dover` in code is the column `responder_dover` on disk; multi-turn runs keep
`turns` as a list of structs, with the lists `turn_videos` and `turn_audios`. Media columns are
always at the top level. The columns of a branch are the same in every release.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import pyarrow as pa

from .clip import Clip
from .configs import Branch
from .intervals import Interval
from .samples import (
    DialogueSample,
    ListeningSample,
    MultiTurnSample,
    OffScreenVoice,
    Sample,
    SingleSample,
    Utterance,
    sample_tier,
)

Table = Literal["scan", "text", "media"]
Medium = Literal["video", "audio", "pose"]

MEDIA_ROLES: dict[Branch, tuple[tuple[str, tuple[Medium, ...]], ...]] = {
    "single": (("", ("video", "audio", "pose")),),
    "dialogue": (
        ("initiator_", ("video", "audio", "pose")),
        ("responder_", ("video", "audio", "pose")),
    ),
    "listening": (("speaker_", ("video", "audio", "pose")), ("listener_", ("video", "pose"))),
    "multi_turn": (("turn_", ("video", "audio", "pose")),),
}
"""Column prefix and media of every role, in column order. A listener has no audio."""

TURN_MINIMA = (
    "dover",
    "sync_confidence",
    "face_blur",
    "hand_blur",
    "motion_degree",
    "asr_avg_logprob",
    "luminance_mean",
    "clarity",
)
"""Scores whose minimum a multi-turn row has as `min_...`; None if one of them is None."""

_TEXT = {"transcript", "motion", "expression", "camera_movement"}
_STRUCT_OF_MEDIA = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
_SCALARS: dict[Any, pa.DataType] = {
    str: pa.string(),
    int: pa.int64(),
    float: pa.float64(),
    bool: pa.bool_(),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """One column of a config."""

    name: str
    """Name on disk."""
    type: pa.DataType
    """Arrow type on disk."""
    table: Table
    """Where the index keeps it: `scan` (ids, scores, categories), `text` (words, intervals);
    `media` columns live in the shards alone."""
    medium: Medium | None = None
    """The medium of a media column; None for others."""
    many: bool = False
    """Whether it is a list of media, one for each turn."""


def arrow_type(hint: Any) -> pa.DataType:
    """The Arrow type of a record field: scalars, tuples as lists, dataclasses as structs."""
    origin, args = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        (inner,) = (arg for arg in args if arg is not NoneType)
        return arrow_type(inner)
    if origin is Literal:
        return pa.string()
    if origin is tuple:
        return pa.list_(arrow_type(args[0]))
    if isinstance(hint, type) and is_dataclass(hint):
        return pa.struct([(name, arrow_type(kind)) for name, kind in _hints(hint).items()])
    return _SCALARS[hint]


def encode(value: Any) -> Any:
    """A record, a tuple of records or a scalar as dicts, lists and scalars, which Arrow takes."""
    if isinstance(value, tuple):
        return [encode(item) for item in value]
    if is_dataclass(value):
        return {field.name: encode(getattr(value, field.name)) for field in fields(value)}
    return value


def decode(value: Any, hint: Any) -> Any:
    """The inverse of `encode` for a field of this type; missing columns are None."""
    origin, args = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        (inner,) = (arg for arg in args if arg is not NoneType)
        return None if value is None else decode(value, inner)
    if origin is tuple:
        return tuple(decode(item, args[0]) for item in value or ())
    if isinstance(hint, type) and is_dataclass(hint):
        return hint(**{name: decode(value.get(name), kind) for name, kind in _hints(hint).items()})
    return value


def to_row(sample: Sample) -> dict[str, Any]:
    """All non-media columns of a sample."""
    row: dict[str, Any] = {
        "sample_id": sample.sample_id,
        "conversation_id": sample.clips[0].source_id,
        "tier": sample_tier(sample),
    }
    match sample:
        case SingleSample(clip=clip):
            return row | _prefixed("", clip)
        case DialogueSample(initiator=initiator, responder=responder, gap_seconds=gap):
            return (
                row
                | {"gap_seconds": gap}
                | _prefixed("initiator_", initiator)
                | _prefixed("responder_", responder)
            )
        case ListeningSample(speaker=speaker, listener=listener, co_present=co_present):
            nothing = dict.fromkeys((f"speaker_{name}" for name in _hints(Clip)), None)
            return (
                row
                | {"co_present": co_present}
                | nothing
                | _prefixed("speaker_", speaker)
                | _prefixed("listener_", listener)
            )
        case MultiTurnSample(turns=turns, history=history):
            minima = {f"min_{name}": _least(name, turns) for name in TURN_MINIMA}
            return (
                row
                | {"num_turns": len(turns), "duration_seconds": _total_seconds(turns)}
                | minima
                | {"history": encode(history), "turns": encode(turns)}
            )


def from_row(branch: Branch, row: Mapping[str, Any]) -> Sample:
    """The sample of a row of this branch; media columns are ignored."""
    match branch:
        case "single":
            return SingleSample(clip=_clip(row, ""))
        case "dialogue":
            return DialogueSample(
                initiator=_clip(row, "initiator_"),
                responder=_clip(row, "responder_"),
                gap_seconds=row["gap_seconds"],
            )
        case "listening":
            is_off_screen = row["speaker_clip_id"] is None
            return ListeningSample(
                speaker=_off_screen(row) if is_off_screen else _clip(row, "speaker_"),
                listener=_clip(row, "listener_"),
            )
        case "multi_turn":
            return MultiTurnSample(
                turns=decode(row["turns"], tuple[Clip, ...]),
                history=decode(row["history"], tuple[Utterance, ...]),
            )


def clips_of(table: pa.Table) -> list[Clip]:
    """The clips of a table with the columns of `CLIP_SCHEMA`, in its order."""
    return [_clip(row, "") for row in table.to_pylist()]


@cache
def columns_of(branch: Branch) -> tuple[Column, ...]:
    """Every column of a branch, in the order on disk: ids, media, the sample's own, the clips'."""
    ids = [_plain(name, str) for name in ("sample_id", "conversation_id")]
    media = [_media(prefix, medium) for prefix, kinds in MEDIA_ROLES[branch] for medium in kinds]
    own: dict[str, Any] = {"tier": str}
    match branch:
        case "dialogue":
            own["gap_seconds"] = float
        case "listening":
            own["co_present"] = bool
        case "multi_turn":
            own |= {"num_turns": int, "duration_seconds": float}
            own |= {f"min_{name}": float for name in TURN_MINIMA}
            own |= {"history": tuple[Utterance, ...], "turns": tuple[Clip, ...]}
    plain = [_plain(name, hint) for name, hint in own.items()]
    if branch != "multi_turn":
        for prefix, _ in MEDIA_ROLES[branch]:
            known = {column.name for column in ids + plain}
            plain += [
                _plain(f"{prefix}{name}", hint)
                for name, hint in _hints(Clip).items()
                if f"{prefix}{name}" not in known
            ]
    return tuple(ids + media + plain)


def _plain(name: str, hint: Any) -> Column:
    kind = arrow_type(hint)
    wordy = any(name == text or name.endswith(f"_{text}") for text in _TEXT)
    nested = pa.types.is_list(kind) and not name.endswith("bbox")
    return Column(name=name, type=kind, table="text" if wordy or nested else "scan")


def _media(prefix: str, medium: Medium) -> Column:
    many = prefix == "turn_"
    kind = pa.binary() if medium == "pose" else _STRUCT_OF_MEDIA
    return Column(
        name=f"{prefix}{medium}s" if many else f"{prefix}{medium}",
        type=pa.list_(kind) if many else kind,
        table="media",
        medium=medium,
        many=many,
    )


@cache
def _hints(record: type) -> dict[str, Any]:
    hints = get_type_hints(record)
    return {field.name: hints[field.name] for field in fields(record)}


def _prefixed(prefix: str, record: Clip | OffScreenVoice) -> dict[str, Any]:
    return {f"{prefix}{name}": value for name, value in encode(record).items()}


def _clip(row: Mapping[str, Any], prefix: str) -> Clip:
    return Clip(
        **{name: decode(row[f"{prefix}{name}"], hint) for name, hint in _hints(Clip).items()}
    )


def _off_screen(row: Mapping[str, Any]) -> OffScreenVoice:
    return OffScreenVoice(
        source_id=row["speaker_source_id"],
        voice=row["speaker_voice"],
        person_id=row["speaker_person_id"],
        speech=decode(row["speaker_speech"], tuple[Interval, ...]),
    )


def _least(name: str, turns: tuple[Clip, ...]) -> float | None:
    values = [getattr(turn, name) for turn in turns]
    return None if any(value is None for value in values) else min(values)


def _total_seconds(turns: tuple[Clip, ...]) -> float:
    return sum(turn.duration_seconds for turn in turns)


CLIP_SCHEMA = pa.schema(
    [
        (column.name, column.type)
        for column in columns_of("single")
        if column.table != "media" and column.name not in ("sample_id", "conversation_id")
    ]
)
"""Every column of a clip but its media."""

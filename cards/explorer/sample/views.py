"""What the page shows: records in, values for JSON out.

No HTML is made anywhere: the page sets every string as text, so a transcript stays a transcript
whatever it contains.
"""

from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any
from urllib.parse import quote

from ....records import (
    Clip,
    DialogueSample,
    ListeningSample,
    MultiTurnSample,
    OffScreenVoice,
    Sample,
    sample_tier,
)
from ....release import Gate
from ...content.fields import docs_of
from ..search.config_index import ConfigIndex, Record
from ..search.filters import SCORES
from .gate_answers import answers_of, reason_of
from .timeline import Lane, lanes_of

_CAPTION = ("motion", "expression", "camera_movement", "entities", "human_body", "facing", "topic")
_LONGEST_WORDS = 280
"""Characters of a transcript in a list of samples (ours); a sample alone shows all."""
_MEDIA_KINDS = {
    "video": ("media", "video"),
    "audio": ("media", "audio"),
    "pose": ("media", "pose"),
    "wave": ("wave", "audio"),
}
"""What the player requests: URL prefix, and the medium it is made from."""
_TITLES = {score.name: score.title for score in SCORES}
_SCORE_NAMES = tuple(
    field.name
    for field in fields(Clip)
    if field.name in _TITLES
    or field.name.startswith(("sync_", "lip_", "asr_", "luminance_"))
)  # fmt: skip


def address(
    kind: str, index: ConfigIndex, row: int, sample_id: str, column: str, turn: int | None
) -> str:
    """URL of media, or of a preview of them, on this server."""
    position = "" if turn is None else f"/{turn}"
    return f"{kind}/{index.name}/{quote(sample_id, safe='')}/{column}{position}?at={row}"


def card_view(index: ConfigIndex, record: Record, with_media: bool) -> dict[str, Any]:
    """A sample in the list: its key facts."""
    row, sample_id, sample = record.row, record.sample_id, record.sample
    lanes = lanes_of(sample)
    shown = lanes if len(lanes) <= 2 else _first_of_each_seat(lanes)
    return {
        "sample_id": sample_id,
        "at": str(row),
        "source_id": sample.clips[0].source_id,
        "tier": sample_tier(sample),
        "seconds": _stop(lanes),
        "facts": _facts(sample, lanes),
        "people": [
            {
                "role": lane.role,
                "voice": lane.voice,
                "words": _shortened(lane.clip.transcript if lane.clip else None),
                "seen": lane.clip is not None,
                "width": lane.clip.width if lane.clip else None,
                "height": lane.clip.height if lane.clip else None,
                "poster": address("poster", index, row, sample_id, *_column(lane, "video"))
                if with_media and lane.clip
                else None,
            }
            for lane in shown
        ],
    }


def sample_view(
    index: ConfigIndex, record: Record, gates: tuple[Gate, ...], with_media: bool
) -> dict[str, Any]:
    """A sample on its own: everything."""
    sample, lanes, stored_media = (
        record.sample,
        lanes_of(record.sample),
        index.stored_media(record.row),
    )
    voices = {
        (scene_voice.start_seconds, scene_voice.stop_seconds, scene_voice.voice)
        for clip in sample.clips
        for scene_voice in clip.scene_voices
    }
    return {
        "config": index.name,
        "branch": index.branch,
        "sample_id": record.sample_id,
        "at": str(record.row),
        "source_id": sample.clips[0].source_id,
        "tier": sample_tier(sample),
        "seconds": _stop(lanes),
        "with_media": with_media,
        "facts": _facts(sample, lanes),
        "voices": sorted(voices),
        "history": [
            {"voice": run.voice, "start": run.start_seconds, "text": run.text}
            for run in (sample.history if isinstance(sample, MultiTurnSample) else ())
        ],
        "lanes": [_lane_view(index, record, lane, gates, stored_media) for lane in lanes],
    }


def _lane_view(
    index: ConfigIndex,
    record: Record,
    lane: Lane,
    gates: tuple[Gate, ...],
    stored_media: frozenset[tuple[str, int | None]],
) -> dict[str, Any]:
    view: dict[str, Any] = {
        "role": lane.role,
        "seat": lane.seat,
        "voice": lane.voice,
        "start": lane.start_seconds,
        "stop": lane.stop_seconds,
        "at": lane.at_seconds,
        "clip": _clip_view(lane.clip, gates) if lane.clip else None,
        "speech": _pairs(_speech(lane, record.sample)),
    }
    for name, (kind, medium) in _MEDIA_KINDS.items():
        column, turn = _column(lane, medium)
        is_stored = (column, turn) in stored_media
        view[name] = (
            address(kind, index, record.row, record.sample_id, column, turn) if is_stored else None
        )
    return view


def _clip_view(clip: Clip, gates: tuple[Gate, ...]) -> dict[str, Any]:
    return {
        "clip_id": clip.clip_id,
        "source_id": clip.source_id,
        "person_id": clip.person_id,
        "role": clip.role,
        "tier": clip.tier,
        "scene": clip.scene,
        "box": list(clip.bbox),
        "source_width": clip.source_width,
        "source_height": clip.source_height,
        "width": clip.width,
        "height": clip.height,
        "fps": clip.fps,
        "num_frames": clip.num_frames,
        "language": clip.language,
        "transcript": clip.transcript,
        # Times of segments count from the start of the scene.
        "segments": [
            [(clip.scene_start_seconds or 0.0) + segment.start_seconds,
             (clip.scene_start_seconds or 0.0) + segment.stop_seconds, segment.text]
            for segment in clip.segments
        ],
        "caption": [
            {"name": name.replace("_", " "), "text": text}
            for name in _CAPTION
            if (text := _as_text(getattr(clip, name)))
        ],
        "scores": [
            {
                "name": name,
                "title": _TITLES.get(name, name.replace("_", " ")),
                "value": getattr(clip, name),
                "what": docs_of(Clip)[name],
            }
            for name in _SCORE_NAMES
        ],
        "gates": answers_of(clip, gates),
        "reason": reason_of(clip, gates),
    }  # fmt: skip


def conversation_view(records: Mapping[str, Iterable[Record]]) -> dict[str, Any]:
    """All clips of a source in time order, each with the samples that hold it.

    Args:
        records: rows of the source by config.
    """
    clips: dict[str, Clip] = {}
    heard: set[tuple[float, float, str]] = set()
    samples: dict[str, list[dict[str, Any]]] = {}
    runs = []
    for name, rows in records.items():
        for record in rows:
            sample = record.sample
            own = {"config": name, "sample_id": record.sample_id, "at": str(record.row)}
            ids = [clip.clip_id for clip in sample.clips]
            start = min(clip.start_seconds for clip in sample.clips)
            runs.append(own | {"start": start, "clips": ids})
            for clip in sample.clips:
                clips[clip.clip_id] = clip
                samples.setdefault(clip.clip_id, []).append(own)
                heard |= {
                    (scene_voice.start_seconds, scene_voice.stop_seconds, scene_voice.voice)
                    for scene_voice in clip.scene_voices
                }
    ordered = sorted(clips.values(), key=lambda clip: (clip.start_seconds, clip.clip_id))
    return {
        "clips": [
            {
                "clip_id": clip.clip_id,
                "role": clip.role,
                "voice": clip.voice,
                "who": clip.voice
                if clip.role == "speaking"
                else (clip.person_id or "").rpartition("#")[2] or None,
                "start": clip.start_seconds,
                "stop": clip.end_seconds,
                "words": _shortened(clip.transcript),
                "samples": samples[clip.clip_id],
            }
            for clip in ordered
        ],
        "samples": sorted(runs, key=lambda run: (run["start"], run["config"], run["sample_id"])),
        "voices": sorted(heard),
    }


def _facts(sample: Sample, lanes: tuple[Lane, ...]) -> list[str]:
    """Short facts next to a sample."""
    facts = [f"{_stop(lanes):.1f} s"]
    if isinstance(sample, DialogueSample):
        gap = sample.gap_seconds
        facts.append(f"answers after {gap:.2f} s" if gap >= 0 else f"overlaps by {-gap:.2f} s")
    if isinstance(sample, ListeningSample):
        facts.append("both in frame" if sample.co_present else "speaker off screen")
    if isinstance(sample, MultiTurnSample):
        facts.append(f"{len(sample.turns)} turns")
    facts += sorted({clip.language for clip in sample.clips if clip.language})
    scores = [clip.dover for clip in sample.clips]
    if scores and all(score is not None for score in scores):
        facts.append(f"DOVER {min(score for score in scores if score is not None):.2f}")
    return facts


def _first_of_each_seat(lanes: tuple[Lane, ...]) -> tuple[Lane, ...]:
    seats: dict[int, Lane] = {}
    for lane in lanes:
        seats.setdefault(lane.seat, lane)
    return tuple(seats[seat] for seat in sorted(seats))[:2]


def _column(lane: Lane, medium: str) -> tuple[str, int | None]:
    plural = "" if lane.turn is None else "s"
    return f"{lane.prefix}{medium}{plural}", lane.turn


def _speech(lane: Lane, sample: Sample) -> Any:
    if lane.clip is not None:
        return lane.clip.speech
    assert isinstance(sample, ListeningSample) and isinstance(sample.speaker, OffScreenVoice)
    return sample.speaker.speech


def _pairs(intervals: Any) -> list[list[float]]:
    return [[interval.start_seconds, interval.stop_seconds] for interval in intervals]


def _stop(lanes: tuple[Lane, ...]) -> float:
    return max(lane.at_seconds + lane.stop_seconds - lane.start_seconds for lane in lanes)


def _shortened(text: str | None) -> str | None:
    if text is None or len(text) <= _LONGEST_WORDS:
        return text
    return f"{text[: _LONGEST_WORDS - 3]}..."


def _as_text(value: Any) -> str:
    return ", ".join(value) if isinstance(value, tuple) else value or ""

"""`clips`: results of all earlier stages, merged into clips of one person in one scene.

facts, scenes, voices, tracks, labels, persons, cells of light --> a row a clip, by official name
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pyarrow as pa

from ....records import CLIP_SCHEMA, ClipKey, Role
from ...engines import Source, Stage, Stateless, Tables
from ...models.vision.frame import FPS
from ..contract.builder import StageContext
from ..people.mouth_binding import BoundTrack
from ..people.tracks import StoredTrack, bound_from, tracks_from
from ..speech.audio import MISSING_SECONDS
from ..vision.light import LIGHT_EVERY, clarity, longest_abnormal_run, luminance_in, motion_in


def clips_table(source: Source, inputs: Mapping[str, Tables]) -> Tables:
    """One row for every track, in the order of time and box."""
    facts = inputs["probe"]["facts"].to_pylist()[0]
    scenes = {row["index"]: row for row in inputs["scenes"]["scenes"].to_pylist()}
    voices = inputs["voices"]["intervals"].to_pylist()
    heard_seconds = len(inputs["voices"]["envelope"]) / FPS
    beyond_audio = {"start_seconds": heard_seconds + MISSING_SECONDS, "stop_seconds": float("inf")}
    without_audio = [*inputs["voices"]["missing"].to_pylist(), beyond_audio]
    tracks = tracks_from(inputs["tracks"]["tracks"])
    bound = bound_from(inputs["binding"]["bound"])
    persons = inputs["identity"]["persons"].to_pylist()
    cells = inputs["look"]["cells"]
    limit = inputs["look"]["looked"].to_pylist()[0]["num_frames"]
    bit_rate = facts["bit_rate"] or 8 * FPS * facts["num_bytes"] / max(limit, 1)
    rows = []
    for track, label, person in zip(tracks, bound, persons, strict=True):
        if label.role != "unbound" and person["voice"] is None:
            continue
        scene = scenes[track.scene]
        scene_span = (scene["first"] / FPS, min(scene["stop"], limit) / FPS)
        # Listening needs evidence. Where there is no audio, nobody knows who speaks; and who has
        # the speaker's own face speaks behind a hand, a mask or a microphone.
        if label.role == "listening" and (
            person["person"] == label.voice
            or any(_overlaps(interval, *scene_span) for interval in without_audio)
        ):
            label = replace(label, role="unbound", voice=None)
        clip_span = (track.first / FPS, min(track.stop, limit) / FPS)
        voice = person["voice"]
        scene_voices = _within(voices, *scene_span)
        rows.append(
            _identity(source, facts, track, label.role, voice, person["person"])
            | {
                "scene_start_seconds": scene_span[0],
                "scene_end_seconds": scene_span[1],
                "start_seconds": clip_span[0],
                "end_seconds": clip_span[1],
                "bbox": list(track.person_box),
                "scene_voices": scene_voices,
                "speech": [
                    {name: interval[name] for name in ("start_seconds", "stop_seconds")}
                    for interval in _within(scene_voices, *clip_span)
                    if label.role == "speaking" and interval["voice"] == voice
                ],
                "face_sharpness": track.sharpness,
                "clarity": clarity(bit_rate, facts["width"], facts["height"]),
            }
            | _lips(label)
            | _models(label)
            | _light(cells, track)
        )
    rows.sort(key=lambda row: (row["start_seconds"], row["clip_id"]))
    return {"clips": pa.Table.from_pylist(rows, schema=CLIP_SCHEMA)}


def _identity(
    source: Source,
    facts: Mapping[str, Any],
    track: StoredTrack,
    role: Role,
    voice: str | None,
    person: str | None,
) -> dict[str, Any]:
    key = ClipKey(
        source_id=source.source_id,
        source_width=facts["width"],
        source_height=facts["height"],
        scene=track.scene,
        voice=voice if role != "unbound" else None,
        role=role,
        box_index=track.box_index,
    )
    return {
        "clip_id": str(key),
        "source_id": source.source_id,
        "scene": key.scene,
        "voice": key.voice,
        "box_index": key.box_index,
        "role": key.role,
        "person_id": f"{source.source_id}#{person}" if person else None,
        "source_width": key.source_width,
        "source_height": key.source_height,
        "source_name": source.name,
        "tier": "pretrain",
        "origin": "curated",
    }


def _lips(label: BoundTrack) -> dict[str, float | None]:
    """How lips and the label's voice agree: a speaker's own, or for a listener the other's."""
    syncs = [sync for sync in label.syncs if sync.voice == label.voice]
    if not syncs:
        return {"lip_confidence": None, "lip_distance": None, "lip_offset_frames": None}
    return {
        "lip_confidence": round(syncs[0].confidence, 6),
        "lip_distance": round(syncs[0].distance, 6),
        "lip_offset_frames": float(syncs[0].offset_frames),
    }


def _models(label: BoundTrack) -> dict[str, float | None]:
    """A network's answer for the same voice as in `_lips`."""
    answers = [model for model in label.models if model.voice == label.voice]
    columns = ("sync_confidence", "sync_distance", "sync_offset_frames", "asd_score")
    if not answers:
        return dict.fromkeys(columns)
    values = {name: getattr(answers[0], name) for name in columns}
    return {name: None if value is None else round(value, 4) for name, value in values.items()}


def _light(cells: pa.Table, track: StoredTrack) -> dict[str, float | int | None]:
    where = (track.person_box, track.first, track.stop)
    values = luminance_in(cells, *where)
    motion = motion_in(cells, *where)
    return {
        "luminance_mean": round(float(values.mean()), 3) if len(values) else None,
        "luminance_abnormal_run": longest_abnormal_run(values) * LIGHT_EVERY,
        "motion_energy": None if motion is None else round(motion, 4),
    }


def _within(voices: Sequence[Mapping[str, Any]], start: float, stop: float) -> list[dict[str, Any]]:
    return [
        {
            "start_seconds": round(max(voice["start_seconds"], start), 6),
            "stop_seconds": round(min(voice["stop_seconds"], stop), 6),
            "voice": voice["voice"],
        }
        for voice in voices
        if _overlaps(voice, start, stop)
    ]


def _overlaps(interval: Mapping[str, Any], start: float, stop: float) -> bool:
    return bool(interval["start_seconds"] < stop and interval["stop_seconds"] > start)


def clips_stage(context: StageContext) -> Stage:
    """Clips by their official names, with the measures that need no model."""
    return context.stage(
        name="clips",
        what="one person in one scene, by the official name",
        version=4,
        reads=("probe", "look", "scenes", "voices", "tracks", "binding", "identity"),
        writes={"clips": CLIP_SCHEMA},
        load=Stateless(clips_table),
    )

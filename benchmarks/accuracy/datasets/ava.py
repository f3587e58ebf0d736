"""Who is seen speaking: AVA-ActiveSpeaker's boxes, our mouths and voices.

    *.csv         video_id,timestamp,x1,y1,x2,y2,label,entity_id   (a face at a moment a line)
    <video_id>.*  the video, whose time the timestamps are in

Faces and tracks are given, so this judges the stages `voices` and `binding` and the measure of
mouths, not who is found.
"""

import csv
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from speakervid5m.processing.curation import (
    PIXELS,
    bind,
    diarize,
    read_source_audio,
    run_frame_pass,
    speech_envelope,
)
from speakervid5m.processing.models import (
    FPS,
    Frame,
    SileroVoiceActivity,
    face_patch,
    mouth_opening,
    speech_intervals,
)

from ..pipeline import speaking_scores
from ..scores import NOTHING, average_precision, score_decisions
from .media import media_files, paired

SPEAKING = "SPEAKING_AUDIBLE"
LABELS = (SPEAKING, "SPEAKING_NOT_AUDIBLE", "NOT_SPEAKING")
"""What a face does (AVA); only the first counts as speaking, as in its own script."""


@dataclass(slots=True)
class Entity:
    """A face that is followed: one `entity_id`."""

    name: str
    frames: list[int] = field(default_factory=list)
    """At 25 a second, not falling: of a faster video two moments may fall on one."""
    boxes: list[tuple[float, ...]] = field(default_factory=list)
    labels: list[bool] = field(default_factory=list)
    """Whether it speaks."""
    mouths: dict[int, float] = field(default_factory=dict)
    """Opening by frame, where it was measured."""


@dataclass(frozen=True, slots=True)
class _Track:
    """What binding asks of a track."""

    scene: int
    box_index: int
    first: int
    stop: int
    mouths: NDArray[np.float32]
    contrasts: NDArray[np.float32]
    present: NDArray[np.bool_]


def read_faces(paths: Sequence[Path]) -> dict[str, list[Entity]]:
    """Entities by video, each by its first frame.

    Raises:
        ValueError: a line is not in AVA's format.
    """
    rows: dict[str, dict[str, list[tuple[float, tuple[float, ...], bool]]]] = {}
    for path in paths:
        with path.open(newline="") as file:
            for number, words in enumerate(csv.reader(file), 1):
                if number == 1 and words[:1] == ["video_id"]:
                    continue
                try:
                    video, moment, *box, label, entity = words
                    values = (float(moment), tuple(float(side) for side in box))
                    if len(box) != 4 or label not in LABELS:
                        raise ValueError
                except ValueError:
                    raise ValueError(
                        f"{path.name}, line {number}: not video_id,timestamp,x1,y1,x2,y2,label,"
                        f"entity_id with a label of {', '.join(LABELS)}: {','.join(words)[:120]!r}"
                    ) from None
                faces = rows.setdefault(video, {}).setdefault(entity, [])
                faces.append((*values, label == SPEAKING))
    return {
        video: [_entity(*one) for one in sorted(found.items())] for video, found in rows.items()
    }


def _entity(name: str, faces: Sequence[tuple[float, tuple[float, ...], bool]]) -> Entity:
    entity = Entity(name)
    for moment, box, speaks in sorted(faces):
        frame = round(moment * FPS)
        entity.frames.append(frame)
        entity.boxes.append(box)
        entity.labels.append(speaks)
    return entity


class KnownMouths:
    """Tap: mouths of faces whose boxes are known."""

    def __init__(self, entities: Sequence[Entity]) -> None:
        self._at: dict[int, list[tuple[Entity, tuple[float, ...]]]] = {}
        for entity in entities:
            for frame, box in zip(entity.frames, entity.boxes, strict=True):
                self._at.setdefault(frame, []).append((entity, box))

    def add_frame(self, frame: Frame) -> None:
        """See `Tap.add_frame`."""
        high, wide = frame.luma.shape
        for entity, box in self._at.get(frame.index, ()):
            pixels = np.array(box, np.float32) * np.array([wide, high] * 2, np.float32)
            entity.mouths[frame.index] = mouth_opening(face_patch(frame.luma, pixels))

    def finish(self) -> pa.Table:
        """Nothing: the entities have it."""
        return pa.table({})


def score(root: Path) -> dict[str, Any]:
    """Average precision over all faces (AVA calls it mAP: there is one class), and F1."""
    faces = read_faces(sorted(root.rglob("*.csv")))
    media = {path.stem: path for path in media_files(root)}
    pairs, missing = paired(faces, media, root)
    sure: list[float] = []
    labels: list[bool] = []
    seconds, began = 0.0, time.process_time()
    for _, entities, path in pairs:
        looked = run_frame_pass(path, [KnownMouths(entities)])
        seconds += looked.duration_seconds
        sure += _scores(entities, path)
        labels += [label for entity in entities for label in entity.labels]
    decided = score_decisions([value > 0 for value in sure], labels)
    return {
        "num_videos": len(pairs),
        "missing": missing,
        "num_faces": len(labels),
        "active_speaker_map": average_precision(sure, labels, sum(labels)),
        "active_speaker_f1": (NOTHING + decided).f1,
        "real_time_factor": (time.process_time() - began) / seconds if seconds else None,
    }


def _scores(entities: Sequence[Entity], path: Path) -> list[float]:
    """How surely each face speaks, entity by entity, moment by moment."""
    samples, length, _ = read_source_audio(path)
    speech = speech_intervals(SileroVoiceActivity().probabilities(samples), length)
    voices = diarize(samples, speech).intervals
    tracks = _tracks(entities)
    found = bind(tracks, voices, speech_envelope(samples), PIXELS)
    values: list[float] = []
    for entity, one, label in zip(entities, tracks, found.tracks, strict=True):
        scores = speaking_scores(one.first, one.stop, label, voices, found.offset_frames or 0)
        values += [float(scores[frame - one.first]) for frame in entity.frames]
    return values


def _tracks(entities: Sequence[Entity]) -> list[_Track]:
    """Faces as binding takes them; those that are seen at one time share a scene."""
    order = sorted(range(len(entities)), key=lambda number: entities[number].frames[0])
    scenes: dict[int, int] = {}
    end, scene = -1, -1
    for number in order:
        if entities[number].frames[0] > end:
            scene += 1
        end = max(end, entities[number].frames[-1])
        scenes[number] = scene
    tracks = []
    for number, entity in enumerate(entities):
        first, stop = entity.frames[0], entity.frames[-1] + 1
        known = sorted(entity.mouths)
        frames = np.arange(first, stop)
        opening = np.zeros(len(frames))
        if known:
            opening = np.interp(frames, known, [entity.mouths[one] for one in known])
        tracks.append(
            _Track(
                scene=scenes[number],
                box_index=number,
                first=first,
                stop=stop,
                mouths=np.asarray(opening, np.float32),
                contrasts=np.asarray(opening, np.float32),
                present=np.isin(frames, known),
            )
        )
    return tracks

"""Our own stages over shows, and what they found in the form that is scored."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from speakervid5m.processing import (
    Assumptions,
    RunReport,
    Source,
    StageStore,
    Tables,
    build_samples,
    run_stages,
    weights_folder,
)
from speakervid5m.processing.curation import (
    BoundTrack,
    FoundScene,
    bound_from,
    missing,
    profile_of,
    track,
)
from speakervid5m.processing.models import FPS
from speakervid5m.records import (
    Clip,
    DialogueSample,
    ListeningSample,
    MultiTurnSample,
    VoiceInterval,
    clips_of,
)

from .found import Found, FoundClip, FoundFace, FoundListener, nothing

_BOUND = 2.0
"""What a bound mouth is ahead of every other: distances are below it, whatever they are."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ran:
    """What the stages made of sources."""

    found: dict[str, Found]
    """By source id."""
    cpu_seconds: float
    """Of all stages, all threads of this process."""
    failures: tuple[str, ...]
    """Source, stage and reason of what has no result."""


def run_profile(name: str, sources: Sequence[Source], work: Path) -> Ran:
    """Runs all stages of a profile.

    Args:
        name: of the profile.
        sources: the videos.
        work: where the stages' results stand.
    """
    store, weights = StageStore(work), weights_folder()
    profile = profile_of(name, weights=weights)
    missing(profile, weights).check()
    began = time.process_time()
    report = run_stages(profile.stages(weights), sources, store)
    spent = time.process_time() - began
    return Ran(
        found={one.source_id: _found(one.source_id, report, store) for one in sources},
        cpu_seconds=spent,
        failures=tuple(f"{one.source_id} {one.stage} {one.reason}" for one in report.failures),
    )


def _found(source_id: str, report: RunReport, store: StageStore) -> Found:
    parts: dict[str, Tables] = {}
    for stage, key in report.keys[source_id].items():
        if (part := store.find(stage, key)) is not None:
            parts[stage] = part.tables()
    empty = nothing(source_id)
    clips = clips_of(parts["annotated"]["clips"]) if "annotated" in parts else []
    dialogue, listening, multi_turn = _samples(clips)
    voices = parts["voices"]["intervals"].to_pylist() if "voices" in parts else []
    return Found(
        source_id=source_id,
        cuts=_cuts(parts) if "scenes" in parts else empty.cuts,
        voices=tuple(VoiceInterval(**one) for one in voices),
        faces=_faces(parts) if "identity" in parts else empty.faces,
        clips=tuple(_clip(one) for one in clips),
        dialogue=dialogue,
        listening=listening,
        multi_turn=multi_turn,
    )


def _cuts(parts: Mapping[str, Tables]) -> tuple[int, ...]:
    return tuple(parts["scenes"]["shots"]["first"].to_pylist()[1:])


def _clip(clip: Clip) -> FoundClip:
    return FoundClip(
        clip_id=clip.clip_id,
        start_seconds=clip.start_seconds,
        end_seconds=clip.end_seconds,
        bbox=tuple(clip.bbox),
        role=clip.role,
        voice=clip.voice,
        person=clip.person_id,
        offset_frames=clip.lip_offset_frames
        if clip.sync_offset_frames is None
        else clip.sync_offset_frames,
        transcript=clip.transcript,
    )


def _samples(
    clips: Sequence[Clip],
) -> tuple[tuple[tuple[str, ...], ...], tuple[FoundListener, ...], tuple[tuple[str, ...], ...]]:
    pairs: list[tuple[str, ...]] = []
    listeners: list[FoundListener] = []
    runs: list[tuple[str, ...]] = []
    for sample in build_samples(clips, Assumptions()):
        if isinstance(sample, DialogueSample):
            pairs.append(tuple(one.clip_id for one in sample.clips))
        elif isinstance(sample, MultiTurnSample):
            runs.append(tuple(one.clip_id for one in sample.clips))
        elif isinstance(sample, ListeningSample):
            speaker = sample.speaker.clip_id if isinstance(sample.speaker, Clip) else None
            listeners.append(FoundListener(speaker=speaker, listener=sample.listener.clip_id))
    return tuple(pairs), tuple(listeners), tuple(runs)


def _faces(parts: Mapping[str, Tables]) -> tuple[FoundFace, ...]:
    """Tracks with their boxes, which the stages do not keep: followed once more."""
    scenes = [FoundScene(**row) for row in parts["scenes"]["scenes"].to_pylist()]
    bound = bound_from(parts["binding"]["bound"])
    groups = parts["identity"]["persons"]["face"].to_pylist()
    voices = [VoiceInterval(**row) for row in parts["voices"]["intervals"].to_pylist()]
    late = parts["binding"]["offset"]["frames"][0].as_py() or 0
    faces = []
    for number, one in enumerate(track(parts["look"]["faces"], scenes)):
        sure = speaking_scores(one.first, one.stop, bound[number], voices, late)
        faces.append(
            FoundFace(
                person=f"face {groups[number]}" if groups[number] >= 0 else f"track {number}",
                first=one.first,
                boxes=tuple(tuple(round(float(side), 4) for side in box) for box in one.boxes),
                speaking=tuple(round(float(value), 4) for value in sure),
            )
        )
    return tuple(faces)


def speaking_scores(
    first: int, stop: int, label: BoundTrack, voices: Sequence[VoiceInterval], late_frames: int
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """How surely somebody speaks in each frame: over 0 while the own voice sounds.

    The own voice of a bound track counts for 2 less the distance of mouth and voice; any other
    voice that sounds for the distance's negative; silence for -2.
    """
    middles = (np.arange(first, stop) + 0.5 + late_frames) / FPS
    scores = np.full(stop - first, -_BOUND)
    for sync in label.syncs:
        own = label.role == "speaking" and label.voice == sync.voice
        value = (_BOUND if own else 0.0) - min(sync.source_distance, _BOUND - 0.01)
        for one in voices:
            if one.voice == sync.voice:
                sounds = (middles >= one.start_seconds) & (middles < one.stop_seconds)
                scores[sounds] = np.maximum(scores[sounds], value)
    return scores

"""Which face goes with which voice, by a network: SyncNet, or an active speaker detector.

head crops and audio of every track --> model --> how well each voice fits, by interval
    --> pairs, the best first, one to one (official code) --> labels

A model's measures have columns of its name. The measure of mouths (`lip_*`) is computed as well,
since it needs no model and gives the delay of the source's audio.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ....records import VoiceInterval
from ...engines import WrongResult
from ...models.audio_visual.protocols import SpeakingModel, SyncModel
from ...models.audio_visual.sync_score import sync_score
from ...models.contract import instance, listed, numbers, scalar
from ...models.speech.protocols import SAMPLE_RATE
from ...models.vision.frame import FPS
from ..vision.face_crops import crops_of, filled
from .mouth_binding import (
    MIN_VOICE_SECONDS,
    WINDOW_FRAMES,
    Binding,
    BoundTrack,
    ModelSync,
    pair_up,
)
from .mouths import MouthLimits, movement
from .tracks import StoredTrack

SAMPLES_PER_FRAME = SAMPLE_RATE // FPS
SPEAKS = 0.5
"""Least mean probability of a speaking face (ours: the boundary of the two classes)."""
_TRAILING_SAMPLES = SAMPLES_PER_FRAME
"""Audio beyond a track's end for the model: windows of audio reach over the last frame."""


class Binder(Protocol):
    """Measures how well a track fits each interval of speech."""

    def measure(
        self, crops: NDArray[np.uint8], audio: "OffsetAudio", first: int, spans: Sequence["Span"]
    ) -> list[ModelSync | None]:
        """One measure for each span; None for a span that is too short.

        Args:
            crops: (T, 224, 224, 3) of the track.
            audio: of the source.
            first: the track's first frame on the source's grid.
            spans: intervals of speech within the track.
        """

    def rank(self, sync: ModelSync) -> float | None:
        """The lower, the earlier the pair is taken; None: never."""


@dataclass(frozen=True, slots=True)
class OffsetAudio:
    """A source's audio, and its delay."""

    samples: NDArray[np.float32]
    """(S,) mono at 16 kHz."""
    late_frames: int
    """Delay in frames at 25 a second, by mouths and loudness; 0 if unknown."""

    def of(self, first: int, stop: int) -> NDArray[np.float32]:
        """The samples of frames [first, stop) and of one more frame, padded with silence."""
        start, end = first * SAMPLES_PER_FRAME, stop * SAMPLES_PER_FRAME + _TRAILING_SAMPLES
        inside = self.samples[max(0, start) : max(0, end)]
        return np.pad(inside, (max(0, -start), max(0, end - max(0, start) - len(inside))))


@dataclass(frozen=True, slots=True)
class Span:
    """An interval of a voice within a track."""

    voice: str
    """Letter."""
    first: int
    """Frame of the track."""
    stop: int
    """Frame after the last."""


class SyncBinder:
    """The official code's rule: pairs by SyncNet's confidence, the greatest first."""

    def __init__(self, model: SyncModel) -> None:
        self._model = model

    def measure(
        self, crops: NDArray[np.uint8], audio: OffsetAudio, first: int, spans: Sequence[Span]
    ) -> list[ModelSync | None]:
        """See `Binder.measure`. The audio is not shifted, since the offset is measured."""
        samples = audio.of(first, first + len(crops))[: len(crops) * SAMPLES_PER_FRAME]
        count = max(0, min(len(crops), len(samples) // SAMPLES_PER_FRAME) - WINDOW_FRAMES)
        answer = listed("a sync model's vectors", self._model.features(crops, samples), 2)
        frame_vectors = numbers("a sync model's vectors of frames", answer[0], (count, "d"))
        length = frame_vectors.shape[1]
        audio_vectors = numbers("a sync model's vectors of audio", answer[1], (count, length))
        if not length:
            raise WrongResult("a sync model's vectors must have numbers, got none")
        measures: list[ModelSync | None] = []
        for span in spans:
            # A span of T frames has T - 5 windows in the official code.
            windows = slice(span.first, max(span.first, span.stop - 5))
            score = sync_score(frame_vectors[windows], audio_vectors[windows])
            measures.append(
                None
                if score is None
                else ModelSync(
                    voice=span.voice,
                    num_frames=span.stop - span.first,
                    sync_confidence=score.confidence,
                    sync_distance=score.distance,
                    sync_offset_frames=score.offset_frames,
                )
            )
        return measures

    def rank(self, sync: ModelSync) -> float | None:
        """See `Binder.rank`. The threshold is the gate `sync`'s (official code: none)."""
        return None if sync.sync_confidence is None else -sync.sync_confidence


class SpeakingBinder:
    """Pairs by the mean probability of a speaking face over an interval, one half at least."""

    def __init__(self, model: SpeakingModel) -> None:
        self._model = model

    def measure(
        self, crops: NDArray[np.uint8], audio: OffsetAudio, first: int, spans: Sequence[Span]
    ) -> list[ModelSync | None]:
        """See `Binder.measure`. The audio is shifted by its delay first."""
        late = audio.late_frames
        audio_first = first + late
        samples = audio.of(audio_first, audio_first + len(crops))
        speaks = numbers(
            "a speaking model's probabilities",
            self._model.probabilities(crops, samples),
            (len(crops),),
            least=0,
            most=1,
        )
        measures: list[ModelSync | None] = []
        for span in spans:
            probabilities = speaks[max(0, span.first - late) : max(0, span.stop - late)]
            measures.append(
                ModelSync(
                    voice=span.voice,
                    num_frames=len(probabilities),
                    asd_score=float(probabilities.mean()),
                )
                if len(probabilities)
                else None
            )
        return measures

    def rank(self, sync: ModelSync) -> float | None:
        """See `Binder.rank`."""
        return -sync.asd_score if sync.asd_score is not None and sync.asd_score >= SPEAKS else None


def bind_by(
    binder: Binder,
    bound: Binding,
    tracks: Sequence[StoredTrack],
    voices: Sequence[VoiceInterval],
    crops: pa.Table,
    samples: NDArray[np.float32],
    limits: MouthLimits,
) -> Binding:
    """Labels by a model instead of those by mouths, whose measures stay.

    The model says who speaks. Who does not is a listener by the same evidence as without a model:
    a mouth that was seen to be still.

    Args:
        binder: measures how well faces and voices fit.
        bound: of `mouth_binding.bind`.
        tracks: all tracks of the source, in the same order.
        voices: who speaks when, in the time of the audio.
        crops: of the tap `FaceCrops`.
        samples: (S,) the source's audio, mono at 16 kHz.
        limits: of the measure that the tracks' mouths come from.
    """
    audio = OffsetAudio(samples, bound.offset_frames or 0)
    measured = [_measured(binder, track, voices, crops, audio) for track in tracks]
    labelled: list[BoundTrack] = list(bound.tracks)
    for scene in sorted({track.scene for track in tracks}):
        in_scene = [number for number, track in enumerate(tracks) if track.scene == scene]
        ranked = [
            (rank, number, sync.voice)
            for number in in_scene
            for sync in measured[number]
            if (rank := _rank(binder, sync)) is not None
        ]
        scene_voices = sorted(
            {span.voice for number in in_scene for span in _spans(tracks[number], voices)}
        )
        still = {
            number
            for number in in_scene
            if (moved := movement(tracks[number], voices, audio.late_frames))
            and moved.is_still(limits)
        }
        labels = pair_up(ranked, in_scene, scene_voices, still)
        for number in in_scene:
            voice, role = labels[number]
            labelled[number] = replace(
                bound.tracks[number], voice=voice, role=role, models=tuple(measured[number])
            )
    return replace(bound, tracks=tuple(labelled))


def _measured(
    binder: Binder,
    track: StoredTrack,
    voices: Sequence[VoiceInterval],
    crops: pa.Table,
    audio: OffsetAudio,
) -> list[ModelSync]:
    """The best interval of each voice."""
    spans = _spans(track, voices)
    head_crops = filled(crops_of(crops, np.array(track.links, np.int64), track.first, track.stop))
    if not spans or head_crops is None:
        return []
    answer = binder.measure(head_crops, audio, track.first, spans)
    answers = listed("a binder's measures of intervals", answer, len(spans))
    measured = [
        _checked(measure, span)
        for measure, span in zip(answers, spans, strict=True)
        if measure is not None
    ]
    return list(_best(binder, measured).values())


def _checked(value: object, span: Span) -> ModelSync:
    """A binder's measure of one interval, if it is valid."""
    sync = instance("a binder's measure", value, ModelSync)
    if sync.voice != span.voice:
        raise WrongResult(f"a binder's measure must be of voice {span.voice}, got {sync.voice!r}")
    for name in ("sync_confidence", "sync_distance", "sync_offset_frames", "asd_score"):
        if (value := getattr(sync, name)) is not None:
            scalar(f"a binder's {name}", value)
    return sync


def _rank(binder: Binder, sync: ModelSync) -> float | None:
    rank = binder.rank(sync)
    return None if rank is None else scalar("a binder's rank", rank)


def _best(binder: Binder, measured: Iterable[ModelSync]) -> dict[str, ModelSync]:
    best: dict[str, tuple[float, ModelSync]] = {}
    for sync in measured:
        rank = _rank(binder, sync)
        order = np.inf if rank is None else rank
        if sync.voice not in best or order < best[sync.voice][0]:
            best[sync.voice] = (order, sync)
    return {voice: sync for voice, (_, sync) in sorted(best.items())}


def _spans(track: StoredTrack, voices: Sequence[VoiceInterval]) -> list[Span]:
    """Intervals of voices within the track, of at least half a second."""
    spans = []
    for interval in voices:
        first = max(track.first, round(interval.start_seconds * FPS))
        stop = min(track.stop, round(interval.stop_seconds * FPS))
        if stop - first >= MIN_VOICE_SECONDS * FPS:
            spans.append(Span(interval.voice, first - track.first, stop - track.first))
    return spans

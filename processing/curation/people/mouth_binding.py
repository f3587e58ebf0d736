"""Which face speaks with which voice: mouths against the loudness of voices, scene by scene.

    mouths of tracks, voices, envelope --> a distance at each of 31 shifts, per track and voice
        --> the source's offset between audio and video, pooled --> pairs --> labels
    mouths while another speaks --> how far they move --> who was seen to listen

Distance, confidence and offset are defined as in SyncNet (the mean distance over frames at each
shift; its minimum; median less minimum; the shift of the minimum), but of two curves and not of a
network's features. They are our own measure and never called SyncNet's: a distance is 0 if mouth
and voice rise and fall together, and about 1.2 if they are unrelated.

A label needs evidence. Who fits no voice is a listener only if the mouth was seen to be still while
the other spoke; who moves the mouth to no voice, and whose mouth is not seen, is `unbound`.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ....records import Role, VoiceInterval
from ...models.audio_visual.protocols import MAX_SHIFT_FRAMES
from ...models.speech.protocols import SAMPLE_RATE
from ...models.vision.frame import FPS
from .mouths import MouthLimits, MouthTrack, movement

MIN_VOICE_SECONDS = 0.5
"""A voice with less speech in a scene is not matched (official code)."""
MIN_POOLED_SECONDS = 1.0
"""A voice with less speech in a scene does not count for the source's offset (ours)."""
MIN_PAIRS = 4
"""Fewer pairs do not show two kinds (ours)."""
WINDOW_FRAMES = 5
"""Frames that are compared at a time (SyncNet: five)."""
_MIN_WINDOW_FRAMES = 3
_MIN_FRAMES = 12
"""A track with fewer frames with a face is not compared (ours: half a second)."""
_FLOOR = 3e-3
"""Root mean square of silence and below (ours: -50 dB)."""
_SLACK_FRAMES = 1
"""Greatest difference of a pair's shift from the source's (ours)."""
_SILENCE_PERCENTILE = 5
"""Percent of a source's frames, the quietest, that count as silence (ours)."""
MAX_PEOPLE = 2
"""Most people in a scene with a listener (official code)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sync:
    """How well one mouth fits one voice in one scene."""

    voice: str
    """Letter."""
    seconds: float
    """Speech of the voice in the scene."""
    confidence: float
    """Median over shifts of the mean distance, less its minimum; 0 or more."""
    distance: float
    """Least mean distance over all shifts; 0 or more."""
    offset_frames: int
    """Shift of the least distance: delay of the audio in frames."""
    source_distance: float
    """Mean distance at the source's own offset, which decides; at least `distance`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelSync:
    """How well one face fits one voice, by a network: fields named like columns of `Clip`."""

    voice: str
    """Letter."""
    num_frames: int
    """Of the compared interval."""
    sync_confidence: float | None = None
    """SyncNet's."""
    sync_distance: float | None = None
    """SyncNet's."""
    sync_offset_frames: float | None = None
    """SyncNet's."""
    asd_score: float | None = None
    """An active speaker detector's."""


@dataclass(frozen=True, kw_only=True, slots=True)
class BoundTrack:
    """One track and the voice it goes with."""

    scene: int
    """Index of the scene."""
    box_index: int
    """Index of the person in the scene."""
    voice: str | None
    """The person's voice if `speaking`, the other's if `listening`, else None."""
    role: Role
    """As in the official clip name: `X`, `X_None`, or `None` for `unbound`."""
    syncs: tuple[Sync, ...]
    """One for each voice with enough speech in the scene, by letter."""
    models: tuple[ModelSync, ...] = ()
    """A network's measures of each voice, by letter; empty without a network."""

    @property
    def sync(self) -> Sync | None:
        """How well mouth and voice fit; None unless `speaking`."""
        if self.role != "speaking":
            return None
        return next(sync for sync in self.syncs if sync.voice == self.voice)


@dataclass(frozen=True, kw_only=True, slots=True)
class Binding:
    """The voice of every track of a source, and the delay of its audio."""

    tracks: tuple[BoundTrack, ...]
    """In the order of the input."""
    offset_frames: int | None
    """Delay of the source's audio in frames; None if no pair fits well enough."""
    max_distance: float
    """Limit of `source_distance` for this source."""


def speech_envelope(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Loudness of each frame.

    Args:
        samples: (S,) mono at 16 kHz from the source's second 0.

    Returns:
        (ceil(S / 640),) natural logarithm of the root mean square, from -5.8 to 0.
    """
    samples_per_frame = SAMPLE_RATE // FPS
    whole = len(samples) // samples_per_frame * samples_per_frame
    rest = np.pad(samples[whole:], (0, -len(samples) % samples_per_frame))
    # In two parts, since a padded copy of eight hours takes two gigabytes.
    chunks = [chunk.reshape(-1, samples_per_frame) for chunk in (samples[:whole], rest)]
    power = np.concatenate(
        [np.einsum("fs,fs->f", chunk, chunk, dtype=np.float64) for chunk in chunks]
    )
    return np.asarray(np.log(np.sqrt(power / samples_per_frame) + _FLOOR), np.float32)


def bind(
    tracks: Sequence[MouthTrack],
    voices: Sequence[VoiceInterval],
    envelope: NDArray[np.float32],
    limits: MouthLimits,
) -> Binding:
    """Matches mouths with voices in every scene of a source.

    Pairs are one to one, the best first. The official code ranks them by SyncNet's confidence;
    ours by the distance at the source's offset, up to a limit that follows from the source's
    pairs. A scene lasts as long as its tracks.

    Args:
        tracks: all tracks of the source.
        voices: who speaks when, in the time of the audio.
        envelope: (F,) of `speech_envelope`.
        limits: of the measure that the tracks' mouths come from.
    """
    envelopes = _gated(voices, envelope)
    curves: list[dict[str, _Curve]] = []
    scenes: dict[int, list[int]] = {}
    for number, track in enumerate(tracks):
        scenes.setdefault(track.scene, []).append(number)
        curves.append(
            {voice: curve for voice in envelopes if (curve := _compare(track, envelopes[voice]))}
        )
    spans = {
        scene: (min(tracks[n].first for n in members), max(tracks[n].stop for n in members))
        for scene, members in scenes.items()
    }
    rough = {scene: _voice_seconds(voices, span, 0) for scene, span in spans.items()}
    offset = _pooled_offset(curves, scenes, rough, limits)
    bound: dict[int, BoundTrack] = {}
    voice_seconds = {
        scene: {
            voice: seconds
            for voice, seconds in _voice_seconds(voices, span, offset or 0).items()
            if seconds >= MIN_VOICE_SECONDS
        }
        for scene, span in spans.items()
    }
    syncs = [
        tuple(
            curve[voice].at(offset or 0, voice, seconds)
            for voice, seconds in sorted(voice_seconds[track.scene].items())
            if voice in curve
        )
        for track, curve in zip(tracks, curves, strict=True)
    ]
    moves = [movement(track, voices, offset or 0) for track in tracks]
    limit = _limit([sync.source_distance for found in syncs for sync in found], limits)
    photographs = {n for n, moved in enumerate(moves) if moved and moved.is_photograph(limits)}
    for scene, members in scenes.items():
        pairs = [
            (sync.source_distance, number, sync.voice)
            for number in members
            for sync in syncs[number]
            if sync.source_distance <= limit and number not in photographs
        ]
        still = {n for n in members if (moved := moves[n]) and moved.is_still(limits)}
        labels = pair_up(pairs, members, sorted(voice_seconds[scene]), still)
        for number in members:
            voice, role = labels[number]
            bound[number] = BoundTrack(
                scene=scene,
                box_index=tracks[number].box_index,
                voice=voice,
                role=role,
                syncs=syncs[number],
            )
    return Binding(
        tracks=tuple(bound[number] for number in range(len(tracks))),
        offset_frames=offset,
        max_distance=limit,
    )


@dataclass(frozen=True, slots=True)
class _Curve:
    """Mean distance at every shift from -15 to 15 frames."""

    distances: NDArray[np.float64]

    @property
    def confidence(self) -> float:
        return float(np.median(self.distances) - self.distances.min())

    def at(self, offset: int, voice: str, seconds: float) -> Sync:
        middle = offset + MAX_SHIFT_FRAMES
        near = self.distances[max(0, middle - _SLACK_FRAMES) : middle + _SLACK_FRAMES + 1]
        return Sync(
            voice=voice,
            seconds=seconds,
            confidence=self.confidence,
            distance=float(self.distances.min()),
            offset_frames=int(self.distances.argmin()) - MAX_SHIFT_FRAMES,
            source_distance=float(near.min()),
        )


def _gated(
    voices: Sequence[VoiceInterval], envelope: NDArray[np.float32]
) -> dict[str, NDArray[np.float64]]:
    """Each voice's own envelope: silence outside its intervals; 15 more frames at both ends."""
    silence = float(np.percentile(envelope, _SILENCE_PERCENTILE)) if len(envelope) else 0.0
    envelopes: dict[str, NDArray[np.float64]] = {}
    for interval in voices:
        if interval.voice not in envelopes:
            envelopes[interval.voice] = np.full(len(envelope) + 2 * MAX_SHIFT_FRAMES, silence)
        first, stop = int(interval.start_seconds * FPS), int(np.ceil(interval.stop_seconds * FPS))
        levels = envelope[first:stop]
        position = first + MAX_SHIFT_FRAMES
        envelopes[interval.voice][position : position + len(levels)] = levels
    return envelopes


def _compare(track: MouthTrack, voice_envelope: NDArray[np.float64]) -> _Curve | None:
    """Distances of a mouth from a voice; None if one of them is unknown or constant."""
    known = np.asarray(track.present, np.bool_)
    length = track.stop - track.first + 2 * MAX_SHIFT_FRAMES
    levels = voice_envelope[track.first : track.first + length]
    levels = np.pad(levels, (0, length - len(levels)), constant_values=float(voice_envelope.min()))
    shifted = np.lib.stride_tricks.sliding_window_view(levels, len(known))
    if known.sum() < _MIN_FRAMES or not levels.max() > voice_envelope.min():
        return None
    mouth = _standard(np.asarray(track.mouths, np.float64)[None], known)
    squares = (mouth - _standard(shifted, known)) ** 2 * known
    window = np.ones(WINDOW_FRAMES)
    num_known = np.convolve(known, window, "valid")
    sums = np.stack([np.convolve(row, window, "valid") for row in squares])
    enough = num_known >= _MIN_WINDOW_FRAMES
    if not enough.any():
        return None
    return _Curve(np.sqrt(sums[:, enough] / num_known[enough]).mean(axis=1))


def _standard(curves: NDArray[np.float64], known: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Curves normalised by their mean and spread over known frames; a constant curve is 0."""
    rest = np.where(known, curves - curves[:, known].mean(axis=1, keepdims=True), 0.0)
    spread = rest[:, known].std(axis=1, keepdims=True)
    return np.asarray(rest / np.where(spread > 1e-9, spread, 1.0), np.float64)


def _voice_seconds(
    voices: Sequence[VoiceInterval], span: tuple[int, int], offset: int
) -> dict[str, float]:
    """Seconds of each voice in a scene, with the audio shifted by its delay."""
    start, stop = ((frame + offset) / FPS for frame in span)
    seconds: dict[str, float] = {}
    for interval in voices:
        overlap = min(interval.stop_seconds, stop) - max(interval.start_seconds, start)
        if overlap > 0:
            seconds[interval.voice] = seconds.get(interval.voice, 0.0) + overlap
    return seconds


def _pooled_offset(
    curves: Sequence[dict[str, _Curve]],
    scenes: dict[int, list[int]],
    voice_seconds: dict[int, dict[str, float]],
    limits: MouthLimits,
) -> int | None:
    """The shift of least distance, pooled over the best track of each scene and voice.

    Pairs of two persons have their minima at random shifts, which cancel out.
    """
    depth = np.zeros(2 * MAX_SHIFT_FRAMES + 1)
    nearest = np.inf
    for scene, members in scenes.items():
        for voice, seconds in voice_seconds[scene].items():
            candidates = [curves[number][voice] for number in members if voice in curves[number]]
            if seconds >= MIN_POOLED_SECONDS and candidates:
                best = max(candidates, key=lambda curve: curve.confidence)
                depth += np.median(best.distances) - best.distances
                nearest = min(nearest, float(best.distances.min()))
    if nearest > limits.distance_range[1]:
        return None
    return int(depth.argmax()) - MAX_SHIFT_FRAMES


def _limit(distances: Sequence[float], limits: MouthLimits) -> float:
    """The limit half way between the mean of the pairs below it and of those above it."""
    if len(distances) < MIN_PAIRS:
        return limits.max_distance
    values = np.sort(np.asarray(distances, np.float64))
    # The split with the least variance within both kinds.
    spread = [
        values[:n].var() * n + values[n:].var() * (len(values) - n) for n in range(1, len(values))
    ]
    split = int(np.argmin(spread)) + 1
    middle = float(values[:split].mean() + values[split:].mean()) / 2
    return min(max(middle, limits.distance_range[0]), limits.distance_range[1])


def pair_up(
    pairs: Sequence[tuple[float, int, str]],
    people: Sequence[int],
    scene_voices: Sequence[str],
    still: Collection[int],
) -> dict[int, tuple[str | None, Role]]:
    """Greedy pairs, then listeners: in a scene of one voice and at most two people, who is still.

    Args:
        pairs: rank, person and voice; the lowest rank first.
        people: all people of the scene.
        scene_voices: voices with speech in it.
        still: people whose mouth was seen to be still while the voice spoke.
    """
    labels: dict[int, tuple[str | None, Role]] = {}
    taken: set[str] = set()
    for _, number, voice in sorted(pairs):
        if number not in labels and voice not in taken:
            labels[number] = (voice, "speaking")
            taken.add(voice)
    for number in people:
        if number not in labels:
            listens = len(scene_voices) == 1 and len(people) <= MAX_PEOPLE and number in still
            labels[number] = (scene_voices[0], "listening") if listens else (None, "unbound")
    return labels

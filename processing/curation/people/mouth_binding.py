"""Which face speaks with which voice: mouths against the loudness of voices, scene by scene.

    mouths of tracks, voices, envelope --> a distance at each of 31 shifts, per track and voice
        --> the source's offset between sound and picture, pooled --> pairs --> labels

Distance, confidence and offset are made as SyncNet makes them (the mean distance over frames at
each shift; its minimum; median less minimum; the shift of the minimum), but of two curves and not
of a network's features. They are our own and never to be called SyncNet's: a distance is 0 where
mouth and voice rise and fall alike and about 1.2 where they have nothing to do with each other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ....records import Role, VoiceInterval
from ...models.audio_visual.protocols import MAX_SHIFT_FRAMES
from ...models.speech.protocols import SAMPLE_RATE

FPS = 25
"""Frames per second of tracks and envelopes (paper)."""
MIN_VOICE_SECONDS = 0.5
"""A voice that sounds for less in a scene is not matched (official code)."""
MIN_POOLED_SECONDS = 1.0
"""A voice that sounds for less in a scene says nothing about the source's offset (ours)."""
MAX_DISTANCE = 0.9
"""A mouth and a voice that are farther apart do not belong together, in a source with too few
pairs to tell from. Ours: with noise of 5 % of a wide mouth, pairs are nearer than .78 and others
farther than .92; with noise of 15 % than .96 and 1.05, hence the range."""
MAX_DISTANCE_RANGE = (0.8, 1.05)
"""Within it the limit is half way between a source's two kinds of pairs (ours)."""
MIN_PAIRS = 4
"""Fewer pairs do not show two kinds (ours)."""
WINDOW_FRAMES = 5
"""Frames that are compared at a time (SyncNet sees five)."""
_MIN_WINDOW_FRAMES = 3
_MIN_FRAMES = 12
"""Of a track with a face, fewer are not compared (ours: half a second)."""
_FLOOR = 3e-3
"""Root mean square under which all is silence (ours: -50 dB)."""
_SLACK_FRAMES = 1
"""How far a pair's shift may lie from the source's (ours)."""
_SILENCE_PERCENTILE = 5
"""Percent of a source's frames, the quietest, up to which is silence (ours)."""
MAX_PEOPLE = 2
"""People in a scene in which somebody listens, at most (official code)."""


class MouthTrack(Protocol):
    """What binding asks of a track: one person in one scene."""

    @property
    def scene(self) -> int:
        """Index of the scene in the source."""

    @property
    def box_index(self) -> int:
        """Index of the person in the scene."""

    @property
    def first(self) -> int:
        """First frame, at 25 a second."""

    @property
    def stop(self) -> int:
        """Last frame, exclusive."""

    @property
    def mouths(self) -> NDArray[np.float32]:
        """(stop - first,) how far the mouth is open, in any unit."""

    @property
    def present(self) -> NDArray[np.bool_]:
        """(stop - first,) whether there is a face, so that the mouth is known."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sync:
    """How well one mouth fits one voice in one scene."""

    voice: str
    """Letter."""
    seconds: float
    """How long the voice sounds in the scene."""
    confidence: float
    """Median over shifts of the mean distance, less its minimum; 0 or more."""
    distance: float
    """Least mean distance over all shifts; 0 or more."""
    offset_frames: int
    """Shift of the least distance: by how many frames the sound is late."""
    source_distance: float
    """Mean distance at the source's own offset, which decides; `distance` at least."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelSync:
    """How well one face fits one voice, by a network: named as the columns of `Clip`."""

    voice: str
    """Letter."""
    num_frames: int
    """Of the interval that was compared."""
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
    """Of whom is heard: the own voice if `speaking`, another's if `listening`, else None."""
    role: Role
    """As in the official clip name: `X`, `X_None`, or `None` for `unbound`."""
    syncs: tuple[Sync, ...]
    """One for each voice that sounds long enough in the scene, by letter."""
    models: tuple[ModelSync, ...] = ()
    """What a network says of each voice, by letter; empty where none was asked."""

    @property
    def sync(self) -> Sync | None:
        """How well mouth and voice fit, of who speaks."""
        if self.role != "speaking":
            return None
        return next(sync for sync in self.syncs if sync.voice == self.voice)


@dataclass(frozen=True, kw_only=True, slots=True)
class Binding:
    """Everybody who is seen in a source, and who of them is heard."""

    tracks: tuple[BoundTrack, ...]
    """In the order given."""
    offset_frames: int | None
    """By how many frames the source's sound is late; None if no pair is good enough to tell."""
    max_distance: float
    """Limit of `source_distance` for this source."""


def speech_envelope(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """How loud it is in each frame.

    Args:
        samples: (S,) mono at 16 kHz from the source's second 0.

    Returns:
        (ceil(S / 640),) natural logarithm of the root mean square, from -5.8 to 0.
    """
    samples_per_frame = SAMPLE_RATE // FPS
    whole = len(samples) // samples_per_frame * samples_per_frame
    rest = np.pad(samples[whole:], (0, -len(samples) % samples_per_frame))
    # Apart, since a padded copy of eight hours is two gigabytes.
    chunks = [chunk.reshape(-1, samples_per_frame) for chunk in (samples[:whole], rest)]
    power = np.concatenate(
        [np.einsum("fs,fs->f", chunk, chunk, dtype=np.float64) for chunk in chunks]
    )
    return np.asarray(np.log(np.sqrt(power / samples_per_frame) + _FLOOR), np.float32)


def bind(
    tracks: Sequence[MouthTrack],
    voices: Sequence[VoiceInterval],
    envelope: NDArray[np.float32],
) -> Binding:
    """Matches mouths with voices in every scene of a source.

    Pairs are taken one to one, the best first (official code, which goes by SyncNet's confidence;
    ours go by the distance at the source's offset, and none is taken beyond a limit that the
    source itself shows). A scene is as long as somebody is seen in it.

    Args:
        tracks: everybody who is seen in the source.
        voices: who speaks when, in the time of the sound.
        envelope: (F,) of `speech_envelope`.
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
    rough = {scene: _sounding(voices, span, 0) for scene, span in spans.items()}
    offset = _pooled_offset(curves, scenes, rough)
    bound: dict[int, BoundTrack] = {}
    sounding = {
        scene: {
            voice: seconds
            for voice, seconds in _sounding(voices, span, offset or 0).items()
            if seconds >= MIN_VOICE_SECONDS
        }
        for scene, span in spans.items()
    }
    syncs = [
        tuple(
            curve[voice].at(offset or 0, voice, seconds)
            for voice, seconds in sorted(sounding[track.scene].items())
            if voice in curve
        )
        for track, curve in zip(tracks, curves, strict=True)
    ]
    limit = _limit([sync.source_distance for track_syncs in syncs for sync in track_syncs])
    for scene, members in scenes.items():
        labels = _labels(
            {number: syncs[number] for number in members}, sorted(sounding[scene]), limit
        )
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
    """Each voice's own envelope: silence where it does not sound; 15 frames more at both ends."""
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
    """The distances of a mouth from a voice; None where one of them is never known or even."""
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
    """Curves less their mean over known frames, by their spread; an even one is 0."""
    rest = np.where(known, curves - curves[:, known].mean(axis=1, keepdims=True), 0.0)
    spread = rest[:, known].std(axis=1, keepdims=True)
    return np.asarray(rest / np.where(spread > 1e-9, spread, 1.0), np.float64)


def _sounding(
    voices: Sequence[VoiceInterval], span: tuple[int, int], offset: int
) -> dict[str, float]:
    """Seconds that each voice sounds in a scene, once the sound is put where the picture is."""
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
    sounding: dict[int, dict[str, float]],
) -> int | None:
    """The shift at which the best track of each scene and voice is nearest, all taken together.

    Pairs that do not belong together have their minima anywhere and cancel out.
    """
    depth = np.zeros(2 * MAX_SHIFT_FRAMES + 1)
    nearest = np.inf
    for scene, members in scenes.items():
        for voice, seconds in sounding[scene].items():
            candidates = [curves[number][voice] for number in members if voice in curves[number]]
            if seconds >= MIN_POOLED_SECONDS and candidates:
                best = max(candidates, key=lambda curve: curve.confidence)
                depth += np.median(best.distances) - best.distances
                nearest = min(nearest, float(best.distances.min()))
    if nearest > MAX_DISTANCE_RANGE[1]:
        return None
    return int(depth.argmax()) - MAX_SHIFT_FRAMES


def _limit(distances: Sequence[float]) -> float:
    """Half way between the means of the pairs below it and those above it."""
    if len(distances) < MIN_PAIRS:
        return MAX_DISTANCE
    values = np.sort(np.asarray(distances, np.float64))
    # The split at which the two kinds vary least within themselves.
    spread = [
        values[:n].var() * n + values[n:].var() * (len(values) - n) for n in range(1, len(values))
    ]
    split = int(np.argmin(spread)) + 1
    middle = float(values[:split].mean() + values[split:].mean()) / 2
    return min(max(middle, MAX_DISTANCE_RANGE[0]), MAX_DISTANCE_RANGE[1])


def _labels(
    syncs: dict[int, tuple[Sync, ...]], sounding: Sequence[str], limit: float
) -> dict[int, tuple[str | None, Role]]:
    pairs = [
        (sync.source_distance, number, sync.voice)
        for number, track_syncs in syncs.items()
        for sync in track_syncs
        if sync.source_distance <= limit
    ]
    return pair_up(pairs, list(syncs), sounding)


def pair_up(
    pairs: Sequence[tuple[float, int, str]], people: Sequence[int], sounding: Sequence[str]
) -> dict[int, tuple[str | None, Role]]:
    """Greedy pairs, then who listens: one voice, at most two people, and this one is not it.

    Args:
        pairs: rank, person and voice; the least rank first.
        people: everybody who is seen in the scene.
        sounding: voices that sound in it.
    """
    labels: dict[int, tuple[str | None, Role]] = {}
    taken: set[str] = set()
    for _, number, voice in sorted(pairs):
        if number not in labels and voice not in taken:
            labels[number] = (voice, "speaking")
            taken.add(voice)
    for number in people:
        if number not in labels:
            listens = len(sounding) == 1 and len(people) <= MAX_PEOPLE
            labels[number] = (sounding[0], "listening") if listens else (None, "unbound")
    return labels

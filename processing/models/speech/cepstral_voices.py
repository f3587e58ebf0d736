"""Speaker diarization of a whole source without a network.

    samples, speech --> cepstra and pitch every 10 ms --> windows of 1.5 s --> Ward's clusters
                    --> clusters too alike for two voices are merged --> frames reassigned
                    --> turns with a number for each voice

Two ideas tell similar voices apart. Windows of one uninterrupted interval of speech are one person
saying different things, so variation within an interval comes from what is said and not from who
says it: vectors are whitened by it. And clusters are compared by the distance of their means in
units of the variation of frames within them, which is nearly the same for any two parts of one
voice, so the number of voices needs no guess.

Overlapped speech is not modelled: where two speak at once, the louder one is given.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ....records import Interval
from ...weights.table import SILERO_VAD_FILE
from ..model_spec import ModelSpec
from ..packages import ONNXRUNTIME, SILERO, scipy_part
from .protocols import Diarizer, Turn
from .voice_activity import SileroVoiceActivity, speech_in
from .voice_features import (
    FRAMES_PER_SECOND,
    QUIET_SHARE,
    Floats,
    SpeechFrames,
    Whole,
    speech_frames,
    voice_vector,
)

MAX_VOICES = 6
"""Voices of a source at most (ours)."""
MIN_VOICE_SECONDS = 1.5
"""A voice with less speech than one window is merged with the most similar one (ours)."""
MIN_VOICE_DISTANCE = 3.2
"""Squared distance of two voices' mean frames, in units of the frames' covariance. Ours: over 30
synthetic shows 99 % of pairs of one voice are nearer, and 98 % of pairs of two voices farther."""
WINDOW_SECONDS = 1.5
"""Audio behind one vector (3D-Speaker's diarization)."""
HOP_SECONDS = 0.75
"""Between vectors (3D-Speaker's diarization)."""
MAX_PAUSE_SECONDS = 0.5
"""Shorter pauses of one voice are bridged (pyannote's 3.1 pipeline on VoxConverse: .58)."""
MIN_RUN_SECONDS = 0.5
"""A shorter change of voice is ignored (ours)."""

_MAX_WINDOWS = 2000
"""Most windows for Ward's method, evenly spread: it needs the square of their number in memory."""
_NUM_CLUSTERS = 16
"""Clusters before merging: more than voices, so that few clusters hold two voices."""
_SHRINKAGE = 0.3
"""Share of the diagonal in an estimated covariance."""
_FRAMES_APART = 5.0
"""Neighbouring frames are alike: this many count as one in the error of a mean."""
_SMOOTHING_SECONDS = 1.0
_MIN_VOICE_FRAMES = MIN_VOICE_SECONDS * FRAMES_PER_SECOND * (1 - QUIET_SHARE / 100)
_NUM_PASSES = 3
_ONE_WINDOW = 1.3
"""An interval up to this many windows long is one window (ours: half a hop needs no second one)."""
_WINDOWS_A_CLUSTER = 3
"""Least mean number of windows of a cluster (ours: fewer have no mean)."""
_QUIET_OF_SOURCE = 0.75
"""Part of `QUIET_SHARE` that is dropped over a whole source (ours: windows differ in loudness)."""
_VARIANCE_FLOOR, _DIAGONAL_FLOOR = 1e-3, 0.1
"""Share of the mean variance, and of each variance, added to make covariances invertible (ours: few
windows leave directions empty)."""


def find_turns(samples: NDArray[np.float32], speech: Sequence[Interval]) -> list[Turn]:
    """The turns within intervals of speech; see `diarize`."""
    frames = speech_frames(samples, speech)
    if frames is None:
        return []
    return _to_turns(_tell_apart(frames), frames, speech)


def _tell_apart(frames: SpeechFrames) -> Whole:
    """(N,) the number of the voice of each frame."""
    loud = _loud(frames)
    voices = _merge_alike(_clustered(frames, _NUM_CLUSTERS), frames, loud)
    for _ in range(_NUM_PASSES):
        voices = _merge_alike(_reassigned(voices, frames, loud), frames, loud)
    return voices


def _distance_of_halves(frames: SpeechFrames) -> float | None:
    """See `_distance`; None with too little speech for two clusters."""
    halves, loud = _clustered(frames, 2), _loud(frames)
    first, second = (_sums(frames, loud & (halves == number)) for number in (0, 1))
    enough = min(first.count, second.count) >= _MIN_VOICE_FRAMES
    return _distance(first, second) if enough else None


def _clustered(frames: SpeechFrames, most: int) -> Whole:
    """(N,) cluster of each frame by the windows around it, -1 outside all of them."""
    windows = _windows(frames.span)
    if len(windows) > _MAX_WINDOWS:
        windows = windows[np.linspace(0, len(windows) - 1, _MAX_WINDOWS).astype(np.int64)]
    vectors = np.stack([voice_vector(frames, first, stop) for first, stop in windows])
    clusters = _ward(_whitened(vectors, frames.span[windows[:, 0]]), most)
    votes = np.zeros((len(frames.number), int(clusters.max()) + 1), np.float32)
    for (first, stop), cluster in zip(windows, clusters, strict=True):
        votes[first:stop, cluster] += np.hanning(stop - first + 2)[1:-1]
    return np.where(votes.any(axis=1), votes.argmax(axis=1), -1)


def _loud(frames: SpeechFrames) -> NDArray[np.bool_]:
    quiet = np.percentile(frames.decibels, QUIET_SHARE * _QUIET_OF_SOURCE)
    return np.asarray(frames.decibels >= quiet, np.bool_)


def _windows(span: Whole) -> Whole:
    """(W, 2) first and last frame, exclusive, of windows that stay within their interval."""
    size = round(WINDOW_SECONDS * FRAMES_PER_SECOND)
    hop = round(HOP_SECONDS * FRAMES_PER_SECOND)
    edges = np.flatnonzero(np.diff(span)) + 1
    windows: list[tuple[int, int]] = []
    for first, stop in zip([0, *edges], [*edges, len(span)], strict=True):
        num_more = max(0, -(-int(stop - first - _ONE_WINDOW * size) // hop))
        starts = np.linspace(first, stop - size, num_more + 1) if num_more else [first]
        length = size if num_more else stop - first
        windows += [(int(start), int(start) + int(length)) for start in starts]
    return np.array(windows, np.int64)


def _whitened(vectors: Floats, span: Whole) -> Floats:
    """Vectors in units of their variation within intervals of speech."""
    _, group = np.unique(span, return_inverse=True)
    count = np.bincount(group)
    means = np.stack([np.bincount(group, column) for column in vectors.T], axis=1) / count[:, None]
    rest = vectors - means[group]
    covariance = rest.T @ rest / max(1, len(vectors) - len(count))
    if not covariance.any():
        return vectors
    values, axes = np.linalg.eigh(_shrunk(covariance))
    return np.asarray(vectors @ (axes / np.sqrt(values)), np.float64)


def _shrunk(covariance: Floats) -> Floats:
    diagonal = np.diag(np.diag(covariance))
    floor = _VARIANCE_FLOOR * np.trace(covariance) / len(covariance) * np.eye(len(covariance))
    return np.asarray((1 - _SHRINKAGE) * covariance + _SHRINKAGE * diagonal + floor, np.float64)


def _ward(vectors: Floats, most: int) -> Whole:
    """(W,) cluster of each vector: so many at most, of three windows on average or more."""
    num_clusters = min(most, len(vectors) // _WINDOWS_A_CLUSTER)
    if num_clusters < 2:
        return np.zeros(len(vectors), np.int64)
    hierarchy = scipy_part("scipy.cluster.hierarchy")
    tree = hierarchy.linkage(vectors, "ward")
    return np.asarray(hierarchy.fcluster(tree, num_clusters, "maxclust") - 1, np.int64)


@dataclass(slots=True)
class _Cluster:
    """Sums over a cluster's loud frames, from which its mean and covariance follow."""

    count: float
    total: Floats
    products: Floats

    def __add__(self, other: "_Cluster") -> "_Cluster":
        return _Cluster(
            self.count + other.count, self.total + other.total, self.products + other.products
        )

    @property
    def mean(self) -> Floats:
        return self.total / self.count

    @property
    def scatter(self) -> Floats:
        return self.products - np.outer(self.total, self.mean)


def _merge_alike(voices: Whole, frames: SpeechFrames, loud: NDArray[np.bool_]) -> Whole:
    """Merges the two nearest clusters until all are as far apart as two voices."""
    members = {int(voice): [int(voice)] for voice in np.unique(voices[voices >= 0])}
    clusters = {voice: _sums(frames, loud & (voices == voice)) for voice in members}
    while len(clusters) > 1:
        distance, keep, drop = min(
            (_distance(clusters[a], clusters[b]), a, b) for a in clusters for b in clusters if a < b
        )
        if distance >= MIN_VOICE_DISTANCE and len(clusters) <= MAX_VOICES:
            short = [v for v in clusters if clusters[v].count < _MIN_VOICE_FRAMES]
            if not short:
                break
            drop = short[0]
            keep = min(
                (v for v in clusters if v != drop),
                key=lambda v: _distance(clusters[v], clusters[drop]),
            )
        clusters[keep] = clusters[keep] + clusters.pop(drop)
        members[keep] += members.pop(drop)
    merged = np.full_like(voices, -1)
    for number, old in enumerate(members.values()):
        merged[np.isin(voices, old)] = number
    return merged


def _sums(frames: SpeechFrames, chosen: NDArray[np.bool_]) -> _Cluster:
    cepstra = frames.cepstra[chosen].astype(np.float64)
    return _Cluster(float(max(1, len(cepstra))), cepstra.sum(axis=0), cepstra.T @ cepstra)


def _distance(first: _Cluster, second: _Cluster) -> float:
    """Squared distance of the means, less the distance expected by chance for this many frames."""
    difference = first.mean - second.mean
    covariance = _within([first, second])
    chance = len(difference) * _FRAMES_APART * (1 / first.count + 1 / second.count)
    return float(difference @ np.linalg.solve(covariance, difference)) - chance


def _within(clusters: Sequence[_Cluster]) -> Floats:
    """Covariance of frames about their cluster's mean."""
    scatter = np.sum([cluster.scatter for cluster in clusters], axis=0)
    covariance = scatter / sum(cluster.count for cluster in clusters)
    floor = _DIAGONAL_FLOOR * np.diag(np.diag(covariance)) + 1e-6 * np.eye(len(covariance))
    return np.asarray(covariance + floor, np.float64)


def _reassigned(voices: Whole, frames: SpeechFrames, loud: NDArray[np.bool_]) -> Whole:
    """Gives every frame to the voice most similar to the second of speech around it.

    Voices are Gaussians with one covariance, so their scores are linear in the frames.
    """
    names = np.unique(voices[voices >= 0])
    if len(names) < 2:
        return np.zeros_like(voices)
    clusters = [_sums(frames, loud & (voices == name)) for name in names]
    inverse = np.linalg.inv(_within(clusters))
    weights = np.stack([inverse @ cluster.mean for cluster in clusters], axis=1)
    offsets = np.array([0.5 * cluster.mean @ inverse @ cluster.mean for cluster in clusters])
    scores = (frames.cepstra @ weights - offsets) * loud[:, None]
    window = np.hanning(round(_SMOOTHING_SECONDS * FRAMES_PER_SECOND) + 2)[1:-1]
    reassigned = np.zeros_like(voices)
    edges = np.flatnonzero(np.diff(frames.span)) + 1
    for first, stop in zip([0, *edges], [*edges, len(voices)], strict=True):
        smooth = np.stack([_smoothed(column, window) for column in scores[first:stop].T], axis=1)
        reassigned[first:stop] = _without_short_runs(smooth)
    return reassigned


def _smoothed(values: Floats, window: Floats) -> Floats:
    """Smoothed values of the same length, also if shorter than the window."""
    margin = len(window) // 2
    return np.asarray(np.convolve(values, window)[margin : margin + len(values)], np.float64)


def _without_short_runs(scores: Floats) -> Whole:
    """(n,) best voice of each frame; runs of under half a second go to the better neighbour."""
    best = np.asarray(scores.argmax(axis=1), np.int64)
    while True:
        edges = [0, *(np.flatnonzero(np.diff(best)) + 1), len(best)]
        runs = [(stop - first, first, stop) for first, stop in pairwise(edges)]
        length, first, stop = min(runs)
        if len(runs) == 1 or length >= MIN_RUN_SECONDS * FRAMES_PER_SECOND:
            return best
        neighbours = [best[first - 1]] if first else []
        neighbours += [best[stop]] if stop < len(best) else []
        best[first:stop] = max(neighbours, key=lambda voice: scores[first:stop, voice].sum())


def _to_turns(voices: Whole, frames: SpeechFrames, speech: Sequence[Interval]) -> list[Turn]:
    """Turns of the frames: they start and end with speech, and bridge short pauses of a voice."""
    turns: list[Turn] = []
    changes = (np.diff(voices) != 0) | (np.diff(frames.span) != 0)
    edges = np.flatnonzero(changes) + 1
    for first, stop in zip([0, *edges], [*edges, len(voices)], strict=True):
        interval, voice = speech[frames.span[first]], int(voices[first])
        begins = first == 0 or frames.span[first - 1] != frames.span[first]
        ends = stop == len(voices) or frames.span[stop] != frames.span[first]
        start = interval.start_seconds if begins else frames.number[first] / FRAMES_PER_SECOND
        end = interval.stop_seconds if ends else frames.number[stop] / FRAMES_PER_SECOND
        last = turns[-1] if turns else None
        if last and last.voice == voice and start - last.stop_seconds < MAX_PAUSE_SECONDS:
            turns[-1] = Turn(last.start_seconds, float(end), voice)
        else:
            turns.append(Turn(float(start), float(end), voice))
    return turns


class CepstralVoices:
    """Voices told apart by cepstra and pitch, in the speech that silero-vad finds."""

    def turns(self, samples: NDArray[np.float32], seconds: float) -> Sequence[Turn]:
        """See `Diarizer.turns`."""
        speech = speech_in(SileroVoiceActivity(), samples, seconds)
        return find_turns(samples, speech)

    def nearness(self, samples: NDArray[np.float32], seconds: float) -> str | None:
        """See `TellsNearness.nearness`."""
        frames = speech_frames(samples, speech_in(SileroVoiceActivity(), samples, seconds))
        distance = _distance_of_halves(frames) if frames is not None else None
        if distance is None:
            return None
        return (
            "the two most different halves of its speech have a squared distance of "
            f"{max(0.0, distance):.1f}; voices under {MIN_VOICE_DISTANCE:g} are one"
        )


def _cepstral_voices(_: Path, __: str) -> CepstralVoices:
    return CepstralVoices()


CEPSTRA: ModelSpec[Diarizer] = ModelSpec(
    name="silero-vad, mfcc",
    licence="MIT",
    make=_cepstral_voices,
    packages=(SILERO, ONNXRUNTIME),
    bundled=(SILERO_VAD_FILE,),
)
"""Voices without a network for them."""

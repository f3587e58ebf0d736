"""Who speaks when in a whole source: voices told apart without a network.

    samples, speech --> cepstra and pitch every 10 ms --> windows of 1.5 s --> Ward's clusters
                    --> clusters too alike for two voices are merged --> frames assigned anew
                    --> intervals with letters, and the paper's rule on the two main voices

Two things make it hold for voices that are alike. Windows of one uninterrupted stretch of speech
are one person saying different things, so what varies within such stretches is what is said and
not who says it: vectors are whitened by it. And clusters are compared by the distance of their
means in units of how frames vary within them, which is nearly the same for any two parts of one
voice, so the number of voices needs no guess.

Overlapped speech is not modelled: where two speak at once the one who is louder is given.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ....records import Interval
from ..model_spec import ModelSpec
from ..packages import ONNXRUNTIME, SILERO, scipy_part
from .protocols import Diarizer, Turn
from .voice_activity import SILERO_VAD, SileroVoiceActivity, speech_in
from .voice_features import FRAMES_PER_SECOND, QUIET_SHARE, Floats, Frames, Whole, listen, vector_of

MAX_VOICES = 6
"""Voices of a source at most (ours)."""
MIN_VOICE_SECONDS = 1.5
"""A voice with less speech than one window counts as the one it is most like (ours)."""
MIN_VOICE_DISTANCE = 3.2
"""Squared distance of two voices' mean frames, in units of the frames' own covariance. Ours: over
30 synthetic shows 99 % of parts of one voice are nearer, and 98 % of two voices are farther."""
WINDOW_SECONDS = 1.5
"""Of sound behind one vector (3D-Speaker's diarization)."""
HOP_SECONDS = 0.75
"""Between vectors (3D-Speaker's diarization)."""
MAX_PAUSE_SECONDS = 0.5
"""Shorter pauses of one voice are bridged (pyannote's 3.1 pipeline on VoxConverse: .58)."""
MIN_RUN_SECONDS = 0.5
"""A shorter change of voice is not believed (ours)."""

_MAX_WINDOWS = 2000
"""What Ward's method is given at most, evenly spread: it needs the square of it in memory."""
_NUM_CLUSTERS = 16
"""Clusters before any are merged: more than voices, so that hardly one holds two."""
_SHRINKAGE = 0.3
"""Share of the diagonal in an estimated covariance."""
_FRAMES_APART = 5.0
"""Neighbouring frames are alike: so many of them count as one where a mean's error is told."""
_SMOOTHING_SECONDS = 1.0
_MIN_VOICE_FRAMES = MIN_VOICE_SECONDS * FRAMES_PER_SECOND * (1 - QUIET_SHARE / 100)
_NUM_PASSES = 3
_ONE_WINDOW = 1.3
"""A stretch up to so many windows long is one window (ours: half a hop is not worth a second)."""
_WINDOWS_A_CLUSTER = 3
"""Windows of a cluster on average, at least (ours: fewer have no mean)."""
_QUIET_OF_SOURCE = 0.75
"""Of `QUIET_SHARE`, what is left out over a whole source (ours: windows differ in loudness)."""
_VARIANCE_FLOOR, _DIAGONAL_FLOOR = 1e-3, 0.1
"""Of the mean variance, and of each variance, that is added so that covariances can be inverted
(ours: few windows leave directions empty)."""


def find_turns(samples: NDArray[np.float32], speech: Sequence[Interval]) -> list[Turn]:
    """The turns in stretches of speech; see `diarize`."""
    frames = listen(samples, speech)
    if frames is None:
        return []
    return _to_turns(_tell_apart(frames), frames, speech)


def _tell_apart(frames: Frames) -> Whole:
    """(N,) a number for the voice of each frame."""
    windows = _windows(frames.stretch)
    if len(windows) > _MAX_WINDOWS:
        windows = windows[np.linspace(0, len(windows) - 1, _MAX_WINDOWS).astype(np.int64)]
    vectors = np.stack([vector_of(frames, first, stop) for first, stop in windows])
    clusters = _ward(_whitened(vectors, frames.stretch[windows[:, 0]]))
    votes = np.zeros((len(frames.number), int(clusters.max()) + 1), np.float32)
    for (first, stop), cluster in zip(windows, clusters, strict=True):
        votes[first:stop, cluster] += np.hanning(stop - first + 2)[1:-1]
    voices = np.where(votes.any(axis=1), votes.argmax(axis=1), -1)
    loud = frames.decibels >= np.percentile(frames.decibels, QUIET_SHARE * _QUIET_OF_SOURCE)
    voices = _merge_alike(voices, frames, loud)
    for _ in range(_NUM_PASSES):
        voices = _merge_alike(_assign_anew(voices, frames, loud), frames, loud)
    return voices


def _windows(stretch: Whole) -> Whole:
    """(W, 2) first and last frame, exclusive, of windows that do not leave their stretch."""
    size = round(WINDOW_SECONDS * FRAMES_PER_SECOND)
    hop = round(HOP_SECONDS * FRAMES_PER_SECOND)
    edges = np.flatnonzero(np.diff(stretch)) + 1
    windows: list[tuple[int, int]] = []
    for first, stop in zip([0, *edges], [*edges, len(stretch)], strict=True):
        num_more = max(0, -(-int(stop - first - _ONE_WINDOW * size) // hop))
        begins = np.linspace(first, stop - size, num_more + 1) if num_more else [first]
        length = size if num_more else stop - first
        windows += [(int(begin), int(begin) + int(length)) for begin in begins]
    return np.array(windows, np.int64)


def _whitened(vectors: Floats, stretch: Whole) -> Floats:
    """Vectors in units of how they vary within stretches of speech."""
    _, group = np.unique(stretch, return_inverse=True)
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


def _ward(vectors: Floats) -> Whole:
    """(W,) cluster of each vector, 16 at most and of three windows on average at least."""
    num_clusters = min(_NUM_CLUSTERS, len(vectors) // _WINDOWS_A_CLUSTER)
    if num_clusters < 2:
        return np.zeros(len(vectors), np.int64)
    hierarchy = scipy_part("scipy.cluster.hierarchy")
    tree = hierarchy.linkage(vectors, "ward")
    return np.asarray(hierarchy.fcluster(tree, num_clusters, "maxclust") - 1, np.int64)


@dataclass(slots=True)
class _Cluster:
    """Sums over a cluster's loud frames: all that its mean and covariance need."""

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


def _merge_alike(voices: Whole, frames: Frames, loud: NDArray[np.bool_]) -> Whole:
    """Joins the two nearest clusters until all are as far apart as two voices are."""
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


def _sums(frames: Frames, chosen: NDArray[np.bool_]) -> _Cluster:
    cepstra = frames.cepstra[chosen].astype(np.float64)
    return _Cluster(float(max(1, len(cepstra))), cepstra.sum(axis=0), cepstra.T @ cepstra)


def _distance(one: _Cluster, other: _Cluster) -> float:
    """Squared distance of the means, less what chance alone gives to so few frames."""
    difference = one.mean - other.mean
    covariance = _within([one, other])
    chance = len(difference) * _FRAMES_APART * (1 / one.count + 1 / other.count)
    return float(difference @ np.linalg.solve(covariance, difference)) - chance


def _within(clusters: Sequence[_Cluster]) -> Floats:
    """Covariance of frames about their cluster's mean."""
    scatter = np.sum([cluster.scatter for cluster in clusters], axis=0)
    covariance = scatter / sum(cluster.count for cluster in clusters)
    floor = _DIAGONAL_FLOOR * np.diag(np.diag(covariance)) + 1e-6 * np.eye(len(covariance))
    return np.asarray(covariance + floor, np.float64)


def _assign_anew(voices: Whole, frames: Frames, loud: NDArray[np.bool_]) -> Whole:
    """Gives every frame to the voice that the second of speech about it is most like.

    Voices are Gaussians with one covariance, so what they differ in is linear in the frames.
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
    found = np.zeros_like(voices)
    edges = np.flatnonzero(np.diff(frames.stretch)) + 1
    for first, stop in zip([0, *edges], [*edges, len(voices)], strict=True):
        smooth = np.stack([_smoothed(column, window) for column in scores[first:stop].T], axis=1)
        found[first:stop] = _without_short_runs(smooth)
    return found


def _smoothed(values: Floats, window: Floats) -> Floats:
    """Same length, also where the values are fewer than the window's."""
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
        beside = [best[first - 1]] if first else []
        beside += [best[stop]] if stop < len(best) else []
        best[first:stop] = max(beside, key=lambda voice: scores[first:stop, voice].sum())


def _to_turns(voices: Whole, frames: Frames, speech: Sequence[Interval]) -> list[Turn]:
    """The edges of speech are kept, short pauses of one voice bridged."""
    turns: list[Turn] = []
    changes = (np.diff(voices) != 0) | (np.diff(frames.stretch) != 0)
    edges = np.flatnonzero(changes) + 1
    for first, stop in zip([0, *edges], [*edges, len(voices)], strict=True):
        within, voice = speech[frames.stretch[first]], int(voices[first])
        begins = first == 0 or frames.stretch[first - 1] != frames.stretch[first]
        ends = stop == len(voices) or frames.stretch[stop] != frames.stretch[first]
        start = within.start_seconds if begins else frames.number[first] / FRAMES_PER_SECOND
        end = within.stop_seconds if ends else frames.number[stop] / FRAMES_PER_SECOND
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


def _cepstral_voices(_: Path, __: str) -> CepstralVoices:
    return CepstralVoices()


CEPSTRA: ModelSpec[Diarizer] = ModelSpec(
    name="silero-vad, mfcc",
    licence="MIT",
    make=_cepstral_voices,
    packages=(SILERO, ONNXRUNTIME),
    bundled=(SILERO_VAD,),
)
"""Voices without a network for them."""

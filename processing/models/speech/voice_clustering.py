"""Voices from vectors: 3D-Speaker's clustering, with its parameters.

few vectors  --> average linkage up to a cosine
more         --> cosine similarities, the nearest of each kept --> Laplacian --> number of voices
                 by the largest gap of its eigenvalues --> k-means
both         --> tiny clusters go to the nearest --> similar clusters are merged

Follows speakerlab/process/cluster.py and the settings of infer_diarization.py (3D-Speaker). Two
changes are ours: k-means starts from the vectors farthest apart and not at random, so that two
runs agree; and of a source of many hours evenly spaced vectors are clustered, and the others go to
the nearest cluster.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..packages import scipy_part

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

FEW = 40
"""Vectors under which average linkage is used."""
KEPT_SHARE, KEPT_LEAST = 0.012, 6
"""Share of a vector's similarities that is kept, the largest, and their least number."""
MAX_VOICES = 15
"""Voices at most."""
MINOR_CLUSTER = 4
"""A cluster of this many vectors or fewer is dissolved."""
MAX_CLUSTERED = 3000
"""Most vectors that are clustered: 40 minutes of speech. Eigenvalues of more take minutes, and
memory grows with the square (ours)."""
_KMEANS_PASSES = 100


class VoiceLimits(NamedTuple):
    """How alike vectors of one voice are, which depends on who makes the vectors."""

    linkage_cosine: float
    """Least mean cosine of one voice, of few vectors."""
    merge_cosine: float
    """Clusters whose means are more similar are one voice."""


def cluster(vectors: NDArray[np.float32], limits: VoiceLimits) -> Whole:
    """(n,) number of the voice of each vector (n, d)."""
    unit = _unit(np.asarray(vectors, np.float64))
    if len(unit) <= 1:
        return np.zeros(len(unit), np.int64)
    chosen = np.unique(np.linspace(0, len(unit) - 1, min(len(unit), MAX_CLUSTERED)).astype(int))
    some = unit[chosen]
    labels = _linked(some, limits.linkage_cosine) if len(some) < FEW else _spectral(some)
    labels = _merged(_without_minor(labels, some), some, limits.merge_cosine)
    if len(some) == len(unit):
        return labels
    return _nearest(unit, labels, some)


def likeness_of_halves(vectors: NDArray[np.float32]) -> float | None:
    """Cosine between the means of two clusters of the vectors (n, d); None under two vectors."""
    unit = _unit(np.asarray(vectors, np.float64))
    labels = _kmeans(unit, 2) if len(unit) > 1 else np.zeros(len(unit), np.int64)
    if len(names := np.unique(labels)) < 2:
        return None
    first, second = _means(labels, unit, names)
    return float(first @ second)


def _unit(vectors: Floats) -> Floats:
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-12), np.float64)


def _linked(unit: Floats, least_cosine: float) -> Whole:
    hierarchy = scipy_part("scipy.cluster.hierarchy")
    distances = 1.0 - (unit @ unit.T)[np.triu_indices(len(unit), 1)]
    tree = hierarchy.linkage(np.maximum(distances, 0.0), "average")
    return np.asarray(hierarchy.fcluster(tree, 1.0 - least_cosine, "distance") - 1, np.int64)


def _spectral(unit: Floats) -> Whole:
    similar = unit @ unit.T
    num_dropped = min(int((1 - KEPT_SHARE) * len(unit)), len(unit) - KEPT_LEAST)
    least = np.argsort(similar, axis=1, kind="stable")[:, :num_dropped]
    np.put_along_axis(similar, least, 0.0, axis=1)
    similar = 0.5 * (similar + similar.T)
    np.fill_diagonal(similar, 0.0)
    laplacian = np.diag(np.abs(similar).sum(axis=1)) - similar
    most = min(MAX_VOICES, len(unit) - 1)
    values, axes = scipy_part("scipy.linalg").eigh(laplacian, subset_by_index=[0, most])
    num_voices = int(np.argmax(np.diff(values))) + 1
    return _kmeans(np.asarray(axes[:, :num_voices]), num_voices)


def _kmeans(points: Floats, num: int) -> Whole:
    """Lloyd's algorithm from points far apart: each start is farthest from those before it."""
    centres = [points[int(np.argmax(np.linalg.norm(points - points.mean(axis=0), axis=1)))]]
    while len(centres) < num:
        distances = np.min([np.linalg.norm(points - centre, axis=1) for centre in centres], axis=0)
        centres.append(points[int(np.argmax(distances))])
    means, labels = np.stack(centres), np.full(len(points), -1)
    for _ in range(_KMEANS_PASSES):
        nearest = np.linalg.norm(points[:, None] - means[None], axis=2).argmin(axis=1)
        if (nearest == labels).all():
            break
        labels = nearest
        for number in np.unique(labels):
            means[number] = points[labels == number].mean(axis=0)
    return np.asarray(labels, np.int64)


def _means(labels: Whole, unit: Floats, names: Whole) -> Floats:
    return _unit(np.stack([unit[labels == name].mean(axis=0) for name in names]))


def _without_minor(labels: Whole, unit: Floats) -> Whole:
    names, count = np.unique(labels, return_counts=True)
    major = names[count > MINOR_CLUSTER]
    if len(major) == len(names):
        return labels
    if not len(major):
        return np.zeros_like(labels)
    minor = ~np.isin(labels, major)
    labels = labels.copy()
    labels[minor] = major[(unit[minor] @ _means(labels, unit, major).T).argmax(axis=1)]
    return labels


def _merged(labels: Whole, unit: Floats, most_cosine: float) -> Whole:
    while len(names := np.unique(labels)) > 1:
        means = _means(labels, unit, names)
        alike = np.triu(means @ means.T, 1)
        first, second = np.unravel_index(int(alike.argmax()), alike.shape)
        if alike[first, second] < most_cosine:
            break
        labels = np.where(labels == names[second], names[first], labels)
    return labels


def _nearest(unit: Floats, labels: Whole, some: Floats) -> Whole:
    names = np.unique(labels)
    return np.asarray(names[(unit @ _means(labels, some, names).T).argmax(axis=1)], np.int64)

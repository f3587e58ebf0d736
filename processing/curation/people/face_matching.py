"""Persons of a source by their faces, and voices corrected by them (paper, 2.6).

descriptors and labels of tracks --> groups of faces --> a person, and a corrected voice, a track

Diarization may give one person two letters, so faces are compared over the source. A voice's
representative is the speaking track whose face most other tracks of that voice match. A speaking
track that matches the other voice's representative and not its own gets the other letter.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, get_args

import numpy as np
from numpy.typing import NDArray

from ...models.packages import scipy_part
from .mouth_binding import BoundTrack

Person = Literal["A", "B"]

MAX_CANDIDATES = 40
"""Most tracks of a voice among which its representative is chosen (official code)."""
MAX_PERSONS = 6
"""Most groups of faces of a source, where their number is unknown (ours)."""
CO_PRESENT_SHARE = 0.9
"""Share of the least distance of two faces that are seen at once up to which faces may be one
person's (ours: they are two people, so whatever is as near is no match; drawn heads and people of
one family are nearer than the publishers' thresholds)."""
MIN_SILHOUETTE = 0.35
"""Least mean silhouette of more than one person (ours)."""


class DescribedTrack(Protocol):
    """A track, as far as face matching reads it."""

    @property
    def descriptor(self) -> NDArray[np.float32] | None:
        """(D,) vectors of one person are near each other; None without any."""

    @property
    def first(self) -> int:
        """First frame."""

    @property
    def stop(self) -> int:
        """Frame after the last."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Identity:
    """Who is who in a source."""

    persons: tuple[Person | None, ...]
    """For each track the main voice whose face it is; None if unknown."""
    voices: tuple[str | None, ...]
    """For each track its voice after the correction; only A and B of speaking tracks change."""
    groups: tuple[int, ...]
    """For each track the number of its group of similar faces; -1 without a descriptor."""
    num_corrected: int
    """Speaking tracks that got the other letter."""
    num_unverified: int
    """Speaking tracks of A or B that match neither face."""


def identify(
    tracks: Sequence[DescribedTrack],
    bound: Sequence[BoundTrack],
    *,
    same_face_distance: float | None = None,
) -> Identity:
    """Groups faces and corrects voices by them.

    Args:
        tracks: all tracks of a source.
        bound: their labels, in the same order.
        same_face_distance: Euclidean distance of descriptors up to which faces match, by the
            official rule (0 to 2; ArcFace in DeepFace: 1.17); less if faces that are seen at once
            are as near. If None, the number of people is the
            one with the best silhouette, which needs three tracks.

    Raises:
        ImportError: scipy is not installed.
    """
    if not tracks:
        return Identity(persons=(), voices=(), groups=(), num_corrected=0, num_unverified=0)
    descriptors = [_known(track.descriptor) for track in tracks]
    if same_face_distance is not None:
        same_face_distance = min(
            same_face_distance, CO_PRESENT_SHARE * _least_co_present(tracks, descriptors)
        )
    groups = _group_faces(descriptors, same_face_distance)
    if same_face_distance is None:
        persons = _by_groups(groups, bound)
    else:
        persons = _by_matches(descriptors, bound, same_face_distance)
    voices: list[str | None] = []
    num_corrected = num_unverified = 0
    for label, person in zip(bound, persons, strict=True):
        wrong = label.role == "speaking" and label.voice in ("A", "B") and label.voice != person
        num_corrected += wrong and person is not None
        num_unverified += wrong and person is None
        voices.append(person if wrong and person is not None else label.voice)
    return Identity(
        persons=persons,
        voices=tuple(voices),
        groups=groups,
        num_corrected=num_corrected,
        num_unverified=num_unverified,
    )


def _known(descriptor: NDArray[np.float32] | None) -> NDArray[np.float32] | None:
    """The descriptor; None also for zeros."""
    return descriptor if descriptor is not None and np.any(descriptor) else None


def _least_co_present(
    tracks: Sequence[DescribedTrack], descriptors: Sequence[NDArray[np.float32] | None]
) -> float:
    """Least distance of two faces that are seen in the same frames; infinity without such."""
    least = np.inf
    by_time = sorted(range(len(tracks)), key=lambda number: tracks[number].first)
    for position, number in enumerate(by_time):
        for other in by_time[position + 1 :]:
            if tracks[other].first >= tracks[number].stop:
                break
            face, near = descriptors[number], descriptors[other]
            if face is not None and near is not None:
                least = min(least, float(np.linalg.norm(face - near)))
    return least


def _by_groups(groups: Sequence[int], bound: Sequence[BoundTrack]) -> tuple[Person | None, ...]:
    """The person of each face: a voice's person is the group of most of its speaking tracks."""
    faces: dict[Person, int] = {}
    for voice in get_args(Person):
        speaking = [
            groups[number]
            for number, label in enumerate(bound)
            if label.role == "speaking" and label.voice == voice and groups[number] >= 0
        ]
        if (group := _representative(speaking)) is not None:
            faces[voice] = group
    if len(faces) == 2 and faces["A"] == faces["B"]:
        # One face with both letters belongs to the letter of more tracks; the other is unknown.
        faces.pop(_rarer(groups, bound, faces["A"]))
    owners: dict[int, Person] = {
        face: "A" if voice == "A" else "B" for voice, face in faces.items()
    }
    return tuple(owners.get(group) for group in groups)


def _by_matches(
    descriptors: Sequence[NDArray[np.float32] | None], bound: Sequence[BoundTrack], distance: float
) -> tuple[Person | None, ...]:
    """The person of each face, by matches with representatives (official code).

    A voice's representative is the face that matches most of up to 40 faces of its speaking
    tracks, the earliest of equals. A face is its own voice's person if it matches that
    representative, else the other's if it matches the other one, else unknown.
    """
    described = [number for number, descriptor in enumerate(descriptors) if descriptor is not None]
    faces = np.array(
        [descriptor for descriptor in descriptors if descriptor is not None], np.float64
    )
    chosen: dict[Person, int] = {}
    near = np.full((len(descriptors), 2), np.inf)
    for column, voice in enumerate(get_args(Person)):
        own = [
            row
            for row, number in enumerate(described)
            if bound[number].role == "speaking" and bound[number].voice == voice
        ]
        if not own:
            continue
        candidates = [
            own[int(position)]
            for position in np.linspace(0, len(own) - 1, min(len(own), MAX_CANDIDATES)).astype(int)
        ]
        apart = np.linalg.norm(faces[candidates][:, None] - faces[candidates][None], axis=2)
        chosen[voice] = candidates[int((apart <= distance).sum(1).argmax())]
        near[described, column] = np.linalg.norm(faces - faces[chosen[voice]], axis=1)
    if len(chosen) == 2 and near[described[chosen["A"]], 1] <= distance:
        # Both letters have one face: it belongs to the letter of more tracks.
        same = [0 if both <= distance else -1 for both in near.min(1)]
        near[:, 0 if _rarer(same, bound, 0) == "A" else 1] = np.inf
    persons: list[Person | None] = []
    for (a, b), label in zip(near, bound, strict=True):
        own_first = label.role == "speaking" and label.voice in ("A", "B")
        is_a, is_b = a <= distance, b <= distance
        if own_first and (is_a if label.voice == "A" else is_b):
            persons.append("A" if label.voice == "A" else "B")
        elif is_a or is_b:
            persons.append("A" if is_a and (not is_b or a <= b) else "B")
        else:
            persons.append(None)
    return tuple(persons)


def _representative(groups: Sequence[int]) -> int | None:
    """The group of most candidates, the earliest of equals."""
    if not groups:
        return None
    chosen = np.linspace(0, len(groups) - 1, min(len(groups), MAX_CANDIDATES)).astype(int)
    candidates = [groups[int(number)] for number in chosen]
    return max(candidates, key=candidates.count)


def _rarer(groups: Sequence[int], bound: Sequence[BoundTrack], face: int) -> Person:
    """The letter that fewer speaking tracks with a face have; B if equal."""
    letters = [
        label.voice
        for label, group in zip(bound, groups, strict=True)
        if label.role == "speaking" and group == face
    ]
    return "B" if letters.count("A") >= letters.count("B") else "A"


def _group_faces(
    descriptors: Sequence[NDArray[np.float32] | None], same_face_distance: float | None
) -> tuple[int, ...]:
    """The group of each face, by average linkage; -1 without a descriptor."""
    described = np.flatnonzero([descriptor is not None for descriptor in descriptors])
    groups = np.full(len(descriptors), -1)
    faces = [
        np.asarray(descriptor, np.float64) for descriptor in descriptors if descriptor is not None
    ]
    if len(described) == 1:
        groups[described] = 0
    elif len(described):
        distances = np.stack([np.linalg.norm(faces - face, axis=1) for face in faces])
        hierarchy = scipy_part("scipy.cluster.hierarchy")
        pairs = distances[np.triu_indices(len(described), 1)]
        tree = hierarchy.linkage(pairs, "average")
        if same_face_distance is not None:
            clusters = hierarchy.fcluster(tree, same_face_distance, "distance")
        else:
            cuts = [
                hierarchy.fcluster(tree, num, "maxclust")
                for num in range(2, min(MAX_PERSONS, len(described) - 1) + 1)
            ]
            clusters = max(cuts, key=lambda cut: _silhouette(distances, cut), default=None)
            if clusters is None or _silhouette(distances, clusters) < MIN_SILHOUETTE:
                clusters = np.ones(len(described), np.int64)
        groups[described] = clusters - 1
    return tuple(int(group) for group in groups)


def _silhouette(distances: NDArray[np.float64], groups: NDArray[np.int64]) -> float:
    """Mean of (nearest other group - own group) / the larger of both; groups of one count 0."""
    names, own, count = np.unique(groups, return_inverse=True, return_counts=True)
    if len(names) < 2:
        return -1.0
    sums = np.stack([distances[:, groups == name].sum(axis=1) for name in names], axis=1)
    rows = np.arange(len(groups))
    within = sums[rows, own] / np.maximum(count[own] - 1, 1)
    means = sums / count
    means[rows, own] = np.inf
    nearest = means.min(axis=1)
    apart = (nearest - within) / np.maximum(np.maximum(nearest, within), 1e-12)
    return float(np.where(count[own] > 1, apart, 0.0).mean())

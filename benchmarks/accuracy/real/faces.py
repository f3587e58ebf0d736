"""Faces that a profile detects in photos and films, and the vectors it knows them by.

photos, every n-th frame of films --a video of stills--> stage `look` --> right, missed and false
    detections; descriptors of true faces --> distances of pairs of recordings

The stage detects on every fifth frame, so each still lasts five. Nothing but its table of faces is
read: boxes and descriptors, whatever network gave them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from speakervid5m.processing import weights_folder
from speakervid5m.processing.curation import profile_of
from speakervid5m.processing.models import SAMPLE_RATE

from .counts import Count
from .material.fetching import Material
from .material.films import Image, film_frames, read_image, write_film
from .material.photos import Pictures, TrueFace
from .stages import Choice, measured

_STILL_FRAMES = 5
"""Frames of a still: the stage detects on one of them."""
_SIDE_RATIO = 2.0
"""A detection that is this much larger or smaller than the face is another thing."""
_SILENCE = np.zeros(SAMPLE_RATE, np.float32)
_SHORTEST_FRAMES = 25
"""A video has at least a second."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Recording:
    """One person in one photo or film."""

    person: str
    """Who."""
    pictures: Pictures
    """Where."""
    descriptor: NDArray[np.float64] | None
    """(d,) of unit length; None if the face was not detected."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Detected:
    """What was detected in one photo or film."""

    pictures: Pictures
    """Which."""
    num_pictures: int
    """Photos or frames."""
    faces: Count
    """True faces that were detected."""
    num_false: int
    """Detections of no face, and second ones of a face."""
    recordings: tuple[Recording, ...]
    """Everybody in it who has a name."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Pair:
    """Two recordings, and how far apart their faces are."""

    distance: float
    """Euclidean, of vectors of unit length: 0 to 2."""
    people: tuple[str, str]
    """Who."""
    same_picture: bool
    """Whether both are in one photo."""

    @property
    def same_person(self) -> bool:
        """Whether it is one person."""
        return self.people[0] == self.people[1]


def detected_faces(
    choice: Choice, pictures: Sequence[Pictures], material: Material, work: Path
) -> list[Detected]:
    """Runs the stage `look` over stills of all pictures."""
    work.mkdir(parents=True, exist_ok=True)
    counts: list[int] = []
    paths: list[Path] = []
    for number, each in enumerate(pictures):
        stills = _stills(each, material)
        path = work / f"{number:03}.mp4"
        frames = [image for image in stills for _ in range(_STILL_FRAMES)]
        frames += frames[-1:] * (_SHORTEST_FRAMES - len(frames))
        write_film(path, frames, _SILENCE)
        counts.append(len(stills))
        paths.append(path)
    stages = measured(choice, paths, work, "look")
    return [
        compared(each, count, stages.tables[path.name]["look"]["faces"])
        for each, count, path in zip(pictures, counts, paths, strict=True)
    ]


def compared(pictures: Pictures, num_pictures: int, faces: pa.Table) -> Detected:
    """One photo or film.

    Args:
        pictures: the truth.
        num_pictures: its stills.
        faces: the table of the stage `look`.
    """
    rows = [row for row in faces.to_pylist() if row["detected"]]
    right = num_false = 0
    vectors: dict[int, list[NDArray[np.float64]]] = {}
    for still in range(num_pictures):
        shown = [row for row in rows if row["index"] == still * _STILL_FRAMES]
        matched: set[int] = set()
        for row in shown:
            number = next(
                (
                    number
                    for number, face in enumerate(pictures.faces)
                    if number not in matched and _fits(row, face)
                ),
                None,
            )
            if number is None:
                num_false += 1
                continue
            matched.add(number)
            if row["descriptor"] is not None:
                vectors.setdefault(number, []).append(np.asarray(row["descriptor"], np.float64))
        right += len(matched)
    return Detected(
        pictures=pictures,
        num_pictures=num_pictures,
        faces=Count(right, num_pictures * len(pictures.faces)),
        num_false=num_false,
        recordings=tuple(
            Recording(
                person=face.person, pictures=pictures, descriptor=_unit(vectors.get(number, []))
            )
            for number, face in enumerate(pictures.faces)
            if face.person is not None
        ),
    )


def pairs_of(recordings: Sequence[Recording]) -> list[Pair]:
    """Distances of all recordings that may be compared, each with each."""
    return [
        Pair(
            distance=float(np.linalg.norm(one.descriptor - other.descriptor)),
            people=(one.person, other.person),
            same_picture=one.pictures is other.pictures,
        )
        for one, other in combinations(recordings, 2)
        if one.descriptor is not None and other.descriptor is not None and _known(one, other)
    ]


def shipped_distance(choice: Choice) -> float | None:
    """The distance up to which the profile takes two faces for one person.

    None where it has none, but looks for the best number of people in each source.
    """
    profile = profile_of(choice.profile, dict(choice.backends))
    distance = profile.models["identity"].make(weights_folder(), "cpu")
    return float(distance) if isinstance(distance, int | float) else None


def _stills(pictures: Pictures, material: Material) -> list[Image]:
    path = material.file(pictures.package, pictures.file)
    if pictures.every:
        return film_frames(path, every=pictures.every)
    return [read_image(path)]


def _fits(row: dict[str, float], face: TrueFace) -> bool:
    x, y = (row["x1"] + row["x2"]) / 2, (row["y1"] + row["y2"]) / 2
    x1, y1, x2, y2 = face.middle
    ratio = (row["y2"] - row["y1"]) / face.side
    return x1 <= x <= x2 and y1 <= y <= y2 and 1 / _SIDE_RATIO <= ratio <= _SIDE_RATIO


def _unit(vectors: Sequence[NDArray[np.float64]]) -> NDArray[np.float64] | None:
    """Their mean, of unit length, as tracks have it."""
    if not vectors:
        return None
    mean = np.mean(vectors, axis=0)
    length = float(np.linalg.norm(mean))
    return np.asarray(mean / length, np.float64) if length else None


def _known(one: Recording, other: Recording) -> bool:
    """Whether it is certain that two recordings show one person, or that they show two."""
    if one.person == other.person:
        return True
    cast = one.pictures.cast
    return one.pictures is other.pictures or cast is None or cast != other.pictures.cast

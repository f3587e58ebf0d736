"""People of every frame, and the one static box of a person in a scene (official code).

frames --> detector on every n-th --> table of boxes --> followed through a scene --> trimmed to
the frames with the person --> the union of the boxes, a little wider

The face decides who somebody is and when they speak; the person's box decides what a clip shows.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ...engines import in_halves
from ...models.contract import corners, instance, numbers
from ...models.vision.frame import Frame
from ...models.vision.protocols import DetectedPersons, PersonDetector
from .faces import overlaps
from .shots import FoundScene
from .tracking import MIN_TRACK_FRAMES, PersonBox, Track

STEADY_FRAMES = 5
"""Consecutive frames with a box that begin and end a person's span (official code)."""
MIN_VALID_FRAMES = 75
"""Fewer frames with a box make no clip: 3 s (official code)."""
MARGIN = 0.05
"""Share of its size by which the union is widened on each side (ours: the official code widens it
by an unpublished amount)."""
_MIN_OVERLAP = 0.3
"""Least IoU of a person with itself at the next detection (ours)."""
_MAX_GAP_FRAMES = 50
"""Frames for which a person may be lost and still be followed, 2 s (ours, as for faces)."""
_FACE_SHARE = 0.5
"""Least share of a face's frames in which it lies in the person's box (ours)."""

PERSONS = pa.schema(
    {
        "index": pa.int32(),
        "x1": pa.float32(),
        "y1": pa.float32(),
        "x2": pa.float32(),
        "y2": pa.float32(),
        "score": pa.float32(),
    }
)


class Persons:
    """Tap: the people of every n-th frame.

    Args:
        detector: finds people.
        every: frames from one detection to the next (official code: 1).
        batch: frames of one batch of the detector (official code: 32), fewer if memory does not
            suffice.
    """

    def __init__(self, detector: PersonDetector, *, every: int = 5, batch: int = 16) -> None:
        self._detector, self._every, self._batch = detector, every, batch
        self._waiting: list[Frame] = []
        self._batches: list[pa.RecordBatch] = []

    def add_frame(self, frame: Frame) -> None:
        """See `Tap.add_frame`."""
        if frame.index % self._every == 0:
            self._waiting.append(frame)
            if len(self._waiting) == self._batch:
                self._detect()

    def finish(self) -> pa.Table:
        """A row a person and frame: `index` int32, box and `score` float32; by frame.

        The schema's metadata holds `every`, the frames from one detection to the next.
        """
        self._detect()
        table = pa.Table.from_batches(self._batches, schema=PERSONS)
        return table.replace_schema_metadata({"every": str(self._every)})

    def _detect(self) -> None:
        if not self._waiting:
            return
        answers = in_halves([frame.bgr() for frame in self._waiting], self._detector.detect)
        for frame, answer in zip(self._waiting, answers, strict=True):
            people = instance("the people of a frame", answer, DetectedPersons)
            boxes = corners("boxes of people", people.boxes)
            scores = numbers("scores of people", people.scores, (len(boxes),), least=0, most=1)
            sides = [pa.array(side, pa.float32()) for side in boxes.T]
            index = pa.array([frame.index] * len(scores), pa.int32())
            columns = [index, *sides, pa.array(scores, pa.float32())]
            self._batches.append(pa.RecordBatch.from_arrays(columns, schema=PERSONS))
        self._waiting = []


@dataclass(frozen=True, kw_only=True, slots=True)
class StaticPerson:
    """One person in one scene."""

    first: int
    """First frame."""
    stop: int
    """Frame after the last."""
    box: PersonBox
    """x1, y1, x2, y2, normalised: the same for all frames."""
    detected: NDArray[np.int64]
    """(n,) frames in which the person was detected."""
    boxes: NDArray[np.float32]
    """(n, 4) the boxes in these frames."""


def static_persons(persons: pa.Table, scene: FoundScene, every: int) -> list[StaticPerson]:
    """The people of a scene who are in view long enough.

    Args:
        persons: of the tap `Persons`.
        scene: the scene.
        every: frames from one detection to the next.
    """
    index = persons["index"].to_numpy()
    start, end = (int(row) for row in np.searchsorted(index, [scene.first, scene.stop]))
    sides = [persons[name].to_numpy()[start:end] for name in ("x1", "y1", "x2", "y2")]
    boxes = np.stack(sides, axis=1).astype(np.float32)
    static = []
    for rows in _followed(index[start:end], boxes):
        frames = index[start:end][rows].astype(np.int64)
        if (span := valid_span(frames, scene.first, scene.stop, every)) is not None:
            box = _union(boxes[rows[(frames >= span[0]) & (frames < span[1])]])
            static.append(
                StaticPerson(
                    first=span[0], stop=span[1], box=box, detected=frames, boxes=boxes[rows]
                )
            )
    return static


def valid_span(
    frames: NDArray[np.int64], first: int, stop: int, every: int
) -> tuple[int, int] | None:
    """From the first to the last five frames in a row with a person; None if under 75 have one.

    Args:
        frames: in which the person was detected; each stands for those up to the next detection.
        first: of the scene.
        stop: of the scene, exclusive.
        every: frames from one detection to the next.
    """
    valid = np.zeros(stop - first, np.bool_)
    for step in range(every):
        positions = frames + step - first
        valid[positions[(positions >= 0) & (positions < len(valid))]] = True
    runs = np.convolve(valid, np.ones(STEADY_FRAMES), "valid") == STEADY_FRAMES
    steady = np.flatnonzero(runs)
    if not len(steady):
        return None
    start, end = int(steady[0]), int(steady[-1]) + STEADY_FRAMES
    if int(valid[start:end].sum()) < MIN_VALID_FRAMES:
        return None
    return first + start, first + end


def with_persons(
    tracks: Sequence[Track], persons: pa.Table, scenes: Sequence[FoundScene]
) -> list[Track]:
    """Tracks of faces with the static boxes of the people whose faces they are.

    A face outside all boxes belongs to no person (a poster), and a person without a face makes no
    clip (the official pose step drops those). A track ends with its person.

    Args:
        tracks: of `tracking.track`.
        persons: of the tap `Persons`.
        scenes: of the source.
    """
    every = int((persons.schema.metadata or {}).get(b"every", b"1"))
    kept: list[Track] = []
    for scene in scenes:
        faces = [track for track in tracks if track.scene == scene.index]
        people = static_persons(persons, scene, every) if faces else []
        share = np.array([[_share(face, person) for person in people] for face in faces])
        matched: list[Track] = []
        while share.size and share.max() >= _FACE_SHARE:
            face, person = (
                int(index) for index in np.unravel_index(int(share.argmax()), share.shape)
            )
            share[face], share[:, person] = 0, 0
            if (track := _cut(faces[face], people[person])) is not None:
                matched.append(track)
        matched.sort(key=lambda track: track.person_box[0] + track.person_box[2])
        kept += [replace(track, box_index=number) for number, track in enumerate(matched)]
    return kept


def _share(face: Track, person: StaticPerson) -> float:
    """Share of the frames with both in which the face's middle lies in the person's upper half."""
    inside = (person.detected >= face.first) & (person.detected < face.stop)
    if not inside.any():
        return 0.0
    boxes, face_boxes = person.boxes[inside], face.boxes[person.detected[inside] - face.first]
    x, y = face_boxes[:, ::2].mean(1), face_boxes[:, 1::2].mean(1)
    middle = boxes[:, 1::2].mean(1)
    within = (x > boxes[:, 0]) & (x < boxes[:, 2]) & (y > boxes[:, 1]) & (y < middle)
    return float(within.mean())


def _cut(face: Track, person: StaticPerson) -> Track | None:
    first, stop = max(face.first, person.first), min(face.stop, person.stop)
    if stop - first < MIN_TRACK_FRAMES:
        return None
    part = slice(first - face.first, stop - face.first)
    return replace(
        face,
        first=first,
        stop=stop,
        boxes=face.boxes[part],
        mouths=face.mouths[part],
        contrasts=face.contrasts[part],
        present=face.present[part],
        person_box=person.box,
    )


def _followed(index: NDArray[np.int32], boxes: NDArray[np.float32]) -> list[NDArray[np.int64]]:
    """Rows of each person, in order; a box goes to the person whose last box overlaps it most."""
    people: list[list[int]] = []
    for frame in np.unique(index):
        rows = np.flatnonzero(index == frame)
        recent = [person for person in people if frame - index[person[-1]] <= _MAX_GAP_FRAMES]
        new = set(rows.tolist())
        if recent:
            overlap = overlaps(boxes[[person[-1] for person in recent]], boxes[rows])
            while overlap.max() >= _MIN_OVERLAP:
                person, box = np.unravel_index(int(overlap.argmax()), overlap.shape)
                recent[int(person)].append(int(rows[box]))
                new.discard(int(rows[box]))
                overlap[person], overlap[:, box] = 0, 0
        people += [[row] for row in sorted(new)]
    return [np.array(rows, np.int64) for rows in people]


def _union(boxes: NDArray[np.float32]) -> PersonBox:
    low, high = boxes[:, :2].min(0), boxes[:, 2:].max(0)
    wider = (high - low) * MARGIN
    x1, y1 = (float(side) for side in np.clip(low - wider, 0, 1))
    x2, y2 = (float(side) for side in np.clip(high + wider, 0, 1))
    return x1, y1, x2, y2

"""Faces of every frame: detected on every fifth, linked and interpolated in between.

frames --> detector on every 5th --> links from one detection to the next --> for every face and
frame a box, the opening of the mouth and the sharpness; at detections a descriptor

This tap knows no shots, but it moves no box across a sudden change of the frame: the box stays
where it is up to the change, and another link begins after it.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ...engines import in_halves
from ...models.contract import corners, instance, normalised, numbers, scalar
from ...models.faces.appearance import (
    HogDescriber,
    face_patch,
    face_sharpness,
    mouth_opening,
)
from ...models.faces.haar import HaarFaceDetector
from ...models.faces.protocols import (
    DetectedFaces,
    FaceDescriber,
    FaceDetector,
    FaceInFrame,
    MouthMeasure,
)
from ...models.vision.frame import Frame
from .cut_scores import light_change
from .face_crops import MAX_FACES, FaceCrops

Box = NDArray[np.float32]
"""(4,) x1, y1, x2, y2, normalised by the frame."""
Points = NDArray[np.float32]
"""(5, 2) of a face, normalised by the frame, as in `DetectedFaces`."""

_MIN_OVERLAP = 0.4
"""Least IoU of a face with itself at the next detection, 0.2 s later (ours)."""
_MAX_GAP = 3
"""Detections after which a face that is not found again is dropped (ours)."""
_SUDDEN_CHANGE = 0.05
"""`light_change` from frame to frame across which no box is moved (ours: grain of 18 levels makes
0.02, cuts 0.25 and more on the whole frame; a quick nod that is taken for one begins a new link,
and `tracking` joins the two)."""
_ROWS_PER_BATCH = 8192


SCHEMA = pa.schema(
    {
        "index": pa.int32(),
        "link": pa.int32(),
        "x1": pa.float32(),
        "y1": pa.float32(),
        "x2": pa.float32(),
        "y2": pa.float32(),
        "detected": pa.bool_(),
        # Null where the mouth is not seen.
        "mouth": pa.float32(),
        "contrast": pa.float32(),
        "sharpness": pa.float32(),
        # Of no fixed length: nine rows of ten are null, and a fixed length takes memory in all.
        "descriptor": pa.list_(pa.float32()),
    }
)
"""Columns of the table of faces; see `Faces.finish`."""


def overlaps(boxes: NDArray[np.float32], others: NDArray[np.float32]) -> NDArray[np.float32]:
    """(n, m) intersection over union of boxes (n, 4) with boxes (m, 4)."""
    low = np.maximum(boxes[:, None, :2], others[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], others[None, :, 2:])
    shared = np.prod(np.clip(high - low, 0, None), axis=2)
    area = np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)
    other_area = np.prod(others[:, 2:] - others[:, :2], axis=1)
    union = area[:, None] + other_area[None] - shared
    return np.asarray(shared / np.maximum(union, 1e-9), np.float32)


@dataclass(slots=True)
class _Link:
    """A face that may be found again."""

    number: int
    index: int
    box: Box
    points: Points | None
    """None if the detector gives none."""
    num_found: int = 1
    is_large: bool = True
    """Whether its mouth is measured: only of the largest faces of a frame."""


@dataclass(slots=True)
class _Columns:
    """Rows of a growing table."""

    rows: list[list[Any]] = field(default_factory=list)
    batches: list[pa.RecordBatch] = field(default_factory=list)

    def pack(self) -> None:
        columns = [list(column) for column in zip(*self.rows, strict=True)]
        if columns:
            kinds = zip(columns, SCHEMA, strict=True)
            arrays = [pa.array(column, kind.type) for column, kind in kinds]
            self.batches.append(pa.RecordBatch.from_arrays(arrays, schema=SCHEMA))
        self.rows = []


class Faces:
    """Tap: every face of every frame.

    Args:
        detector: finds faces; Haar's if left out.
        describer: turns them into vectors; shape and colours if left out.
        mouths: measures how far mouths are open; their contrast if left out.
        every: frames from one detection to the next.
        describe_every: a link's detections from one descriptor to the next, 2 or more (ours: 2.5
            descriptors a second suffice, and they cost little without a network).
        batch: frames of one batch of the detector, fewer if memory does not suffice; `batch` times
            `every` frames are held, 1.4 MB each at 1280 x 720.
        crops: gets the crop of every face and frame.
    """

    def __init__(
        self,
        detector: FaceDetector | None = None,
        describer: FaceDescriber | None = None,
        mouths: MouthMeasure | None = None,
        *,
        every: int = 5,
        describe_every: int = 2,
        batch: int = 1,
        crops: FaceCrops | None = None,
    ) -> None:
        self._detector: FaceDetector = detector or HaarFaceDetector()
        self._describer: FaceDescriber = describer or HogDescriber()
        self._mouths = mouths
        self._every, self._describe_every = every, describe_every
        self._batch, self._crops = batch, crops
        held = every * (_MAX_GAP + batch) + 1
        self._recent: deque[Frame] = deque(maxlen=held)
        self._changes: deque[int] = deque(maxlen=held)
        self._waiting: list[Frame] = []
        self._links: list[_Link] = []
        self._num_links = 0
        self._columns = _Columns()
        self._undescribed: list[tuple[list[Any], FaceInFrame]] = []

    def add_frame(self, frame: Frame) -> None:
        """See `Tap.add_frame`."""
        if self._recent and _differ(self._recent[-1], frame):
            self._changes.append(frame.index)
        self._recent.append(frame)
        if frame.index % self._every == 0:
            self._waiting.append(frame)
            if len(self._waiting) == self._batch:
                self._detect_waiting()

    def finish(self) -> pa.Table:
        """A row a face and frame, by index and then by link.

        `index` int32; `link` int32, the same while a face is followed; `x1`, `y1`, `x2`, `y2`
        float32, normalised; `detected` whether the detector found it in this frame; `mouth`
        float32 of the measure, null where the mouth is not seen; `contrast` and `sharpness`
        float32 of `appearance`; `descriptor` float32, all of one length, null except
        for some detections.
        """
        self._detect_waiting()
        if self._recent:
            for link in self._links:
                self._hold(link, link.index + 1, self._recent[-1].index + 1)
        self._columns.pack()
        table = pa.Table.from_batches(self._columns.batches, schema=SCHEMA)
        return table.sort_by([("index", "ascending"), ("link", "ascending")])

    def _detect_waiting(self) -> None:
        if not self._waiting:
            return
        answers = in_halves(self._waiting, self._detector.detect)
        for frame, faces in zip(self._waiting, answers, strict=True):
            self._link(frame, _checked(faces))
        self._waiting = []
        if self._undescribed:
            vectors = in_halves([face for _, face in self._undescribed], self._described)
            for (row, _), vector in zip(self._undescribed, vectors, strict=True):
                row[-1] = vector
            self._undescribed = []
        if len(self._columns.rows) >= _ROWS_PER_BATCH:
            self._columns.pack()

    def _described(self, faces: Sequence[FaceInFrame]) -> list[NDArray[np.float32]]:
        shape = (len(faces), self._describer.length)
        return list(numbers("a describer's vectors", self._describer.describe(faces), shape))

    def _link(self, frame: Frame, faces: DetectedFaces) -> None:
        boxes = faces.boxes
        pairs = _best_pairs([link.box for link in self._links], boxes)
        new = set(range(len(boxes))) - set(pairs.values())
        last_change = max((change for change in self._changes if change <= frame.index), default=0)
        followed: list[_Link] = []
        for number, link in enumerate(self._links):
            match = pairs.get(number)
            if match is not None and last_change <= link.index:
                self._follow(link, frame, faces, match)
                followed.append(link)
            elif match is not None:
                self._hold(link, link.index + 1, last_change)
                new.add(match)
            elif link.index <= frame.index - _MAX_GAP * self._every:
                self._hold(link, link.index + 1, link.index + self._every)
            else:
                followed.append(link)
        self._links = followed
        for match in sorted(new):
            self._begin(frame, faces, match, max(frame.index - self._every + 1, last_change))

    def _begin(self, frame: Frame, faces: DetectedFaces, row: int, first: int) -> None:
        link = _Link(self._num_links, frame.index, faces.boxes[row], _points(faces, row))
        self._num_links += 1
        self._links.append(link)
        self._hold(link, first, frame.index)
        self._write_found(frame, link, faces, row)

    def _follow(self, link: _Link, frame: Frame, faces: DetectedFaces, row: int) -> None:
        steps, box, points = frame.index - link.index, faces.boxes[row], _points(faces, row)
        for between in self._between(link.index + 1, frame.index):
            share = np.float32((between.index - link.index) / steps)
            moved = link.box * (1 - share) + box * share
            turned = None
            if points is not None and link.points is not None:
                turned = link.points * (1 - share) + points * share
            self._write(between, link, moved, turned, detected=False)
        link.index, link.box, link.points = frame.index, box, points
        link.num_found += 1
        self._write_found(frame, link, faces, row)

    def _hold(self, link: _Link, first: int, stop: int) -> None:
        """Keeps a box in place over some frames, but not across a sudden change."""
        if first > link.index:
            stop = min(stop, self._first_change(link.index))
        for frame in self._between(first, stop):
            self._write(frame, link, link.box, link.points, detected=False)

    def _write_found(self, frame: Frame, link: _Link, faces: DetectedFaces, row: int) -> None:
        box, points = faces.boxes[row], _points(faces, row)
        link.is_large = bool((_widths(faces.boxes) > _widths(box)).sum() < MAX_FACES)
        columns = self._write(frame, link, box, points, detected=True)
        if link.num_found % self._describe_every == 1:
            self._undescribed.append((columns, _in_pixels(frame, box, points)))

    def _write(
        self, frame: Frame, link: _Link, box: Box, points: Points | None, *, detected: bool
    ) -> list[Any]:
        high, wide = frame.luma.shape
        pixels = box * np.array([wide, high] * 2, np.float32)
        patch = face_patch(frame.luma, pixels)
        contrast = mouth_opening(patch)
        opening = contrast if self._mouths is None else self._opening(frame, link, box, points)
        row: list[Any] = [frame.index, link.number, *(float(value) for value in box), detected]
        row += [opening, contrast, face_sharpness(patch), None]
        self._columns.rows.append(row)
        if self._crops is not None:
            self._crops.add(frame, link.number, pixels)
        return row

    def _opening(self, frame: Frame, link: _Link, box: Box, points: Points | None) -> float | None:
        if self._mouths is None or not link.is_large:
            return None
        opening = self._mouths.opening(_in_pixels(frame, box, points))
        return None if opening is None else scalar("the opening of a mouth", opening)

    def _between(self, first: int, stop: int) -> list[Frame]:
        return [frame for frame in self._recent if first <= frame.index < stop]

    def _first_change(self, index: int) -> int:
        """The first sudden change after a frame; a number beyond all frames without one."""
        return next((change for change in self._changes if change > index), 2**31)


def _widths(boxes: NDArray[np.float32]) -> NDArray[np.float32]:
    """(...) of boxes (..., 4)."""
    return np.asarray(boxes[..., 2] - boxes[..., 0], np.float32)


def _points(faces: DetectedFaces, row: int) -> Points | None:
    return None if faces.points is None else faces.points[row]


def _in_pixels(frame: Frame, box: Box, points: Points | None) -> FaceInFrame:
    high, wide = frame.luma.shape
    size = np.array([wide, high], np.float32)
    return FaceInFrame(
        frame.bgr(), box * np.tile(size, 2), None if points is None else points * size
    )


def _checked(value: object) -> DetectedFaces:
    """A detector's answer for one frame, if it is valid."""
    faces = instance("the faces of a frame", value, DetectedFaces)
    boxes, points = corners("boxes of faces", faces.boxes), faces.points
    if points is not None:
        points = normalised("points of faces", points, (len(boxes), 5, 2))
    return DetectedFaces(boxes, points)


def _differ(previous: Frame, current: Frame) -> bool:
    """Whether a cut may lie between two frames; grain and brightness alone are none."""
    if previous.planes is current.planes:
        return False
    return light_change(previous.thumbnail(), current.thumbnail()) > _SUDDEN_CHANGE


def _best_pairs(known: list[Box], boxes: NDArray[np.float32]) -> dict[int, int]:
    """For each known box the new box that continues it, best overlap first."""
    pairs: dict[int, int] = {}
    if not known or not len(boxes):
        return pairs
    overlap = overlaps(np.stack(known), boxes)
    while overlap.max() >= _MIN_OVERLAP:
        row, column = np.unravel_index(int(overlap.argmax()), overlap.shape)
        pairs[int(row)] = int(column)
        overlap[row], overlap[:, column] = 0, 0
    return pairs

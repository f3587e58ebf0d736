"""Faces of every frame: found on every fifth, linked and interpolated in between.

glances --> detector on every 5th --> links from one detection to the next --> for every face and
frame a box, how far the mouth is open, how sharp the face is; at detections what it looks like

Nothing here knows of shots, but a box is never moved across a sudden change of the picture: it is
held up to it on one side, and from it on the other, under another link.
"""

from collections import deque
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from .appearance import DESCRIPTOR_LENGTH, describe, face_patch, mouth_opening, sharpness
from .glance import Glance, Image
from .opencv import cv2

Box = NDArray[np.float32]
"""(4,) x1, y1, x2, y2, normalised by the picture."""

_MIN_OVERLAP = 0.4
"""Least IoU of a face with itself at the next detection, 0.2 s later (ours)."""
_MAX_GAP = 3
"""Detections after which a face that was not found again is given up (ours)."""
_SUDDEN_CHANGE = 10.0
"""Mean absolute difference of luma from frame to frame that no motion makes (ours)."""
_DESCRIBE_EVERY = 2
"""A link's detections from one descriptor to the next (ours: 2.5 a second are plenty)."""
_ROWS_PER_BATCH = 8192
_BLACK = 16.0
"""Y of black in limited range."""
_DARK_LIGHT, _MEANT_LIGHT, _MAX_GAIN = 40.0, 80.0, 6.0
"""Mean Y above black under which a picture is brightened, to what, and by how much at most
(ours: without it dark skin in the dark is never found, with it always)."""

SCHEMA = pa.schema(
    {
        "index": pa.int32(),
        "link": pa.int32(),
        "x1": pa.float32(),
        "y1": pa.float32(),
        "x2": pa.float32(),
        "y2": pa.float32(),
        "detected": pa.bool_(),
        "mouth": pa.float32(),
        "sharpness": pa.float32(),
        "descriptor": pa.list_(pa.float32(), DESCRIPTOR_LENGTH),
    }
)


class FaceDetector(Protocol):
    """Finds faces in one picture."""

    def detect(self, glance: Glance) -> NDArray[np.float32]:
        """(n, 4) x1, y1, x2, y2, normalised by the picture, in any order.

        Boxes are as Haar's: square in pixels, from the brows to just above the chin.
        """


class HaarFaceDetector:
    """OpenCV's cascade of Haar features, which ships inside its wheel: upright frontal faces.

    Args:
        scale: from one size of face to the next (ours: 1.15 finds what 1.1 does, in two thirds
            of the time; studio.md).
        min_neighbors: hits that make a face (ours).
        min_height: least face, in heights of the picture (ours: 30 pixels of 360).

    Raises:
        ImportError: OpenCV 5, which has no cascades.
    """

    def __init__(
        self, *, scale: float = 1.15, min_neighbors: int = 4, min_height: float = 1 / 12
    ) -> None:
        if not hasattr(cv2, "CascadeClassifier"):
            raise ImportError(
                f"OpenCV {cv2.__version__} has no cascades: pip install 'speakervid5m[curate]'"
            )
        folder: str = vars(cv2)["data"].haarcascades
        self._cascade = cv2.CascadeClassifier(f"{folder}haarcascade_frontalface_alt2.xml")
        self._scale, self._min_neighbors, self._min_height = scale, min_neighbors, min_height

    def detect(self, glance: Glance) -> NDArray[np.float32]:
        """See `FaceDetector.detect`."""
        high, wide = glance.luma.shape
        least = max(24, round(high * self._min_height))
        found = self._cascade.detectMultiScale(
            _brightened(glance.luma), self._scale, self._min_neighbors, minSize=(least, least)
        )
        if not len(found):
            return np.zeros((0, 4), np.float32)
        corner, size = np.asarray(found, np.float32)[:, :2], np.asarray(found, np.float32)[:, 2:]
        boxes = np.hstack([corner, corner + size]) / np.array([wide, high] * 2, np.float32)
        return np.asarray(boxes, np.float32)


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
    num_found: int = 1


@dataclass(slots=True)
class _Columns:
    """Rows on their way into a table."""

    rows: list[tuple[object, ...]] = field(default_factory=list)
    batches: list[pa.RecordBatch] = field(default_factory=list)

    def add(self, row: tuple[object, ...]) -> None:
        self.rows.append(row)
        if len(self.rows) == _ROWS_PER_BATCH:
            self.pack()

    def pack(self) -> None:
        columns = [list(column) for column in zip(*self.rows, strict=True)]
        if columns:
            arrays = [pa.array(one, kind.type) for one, kind in zip(columns, SCHEMA, strict=True)]
            self.batches.append(pa.RecordBatch.from_arrays(arrays, schema=SCHEMA))
        self.rows = []


class Faces:
    """Tap: every face of every frame.

    Args:
        detector: finds faces; Haar's if left out.
        every: frames from one detection to the next.
    """

    def __init__(self, detector: FaceDetector | None = None, *, every: int = 5) -> None:
        self._detector: FaceDetector = detector or HaarFaceDetector()
        self._every = every
        self._recent: deque[Glance] = deque(maxlen=every * (_MAX_GAP + 1) + 1)
        self._changes: deque[int] = deque(maxlen=64)
        self._links: list[_Link] = []
        self._num_links = 0
        self._columns = _Columns()

    def see(self, glance: Glance) -> None:
        """See `Tap.see`."""
        if self._recent and _change(self._recent[-1].luma, glance.luma) > _SUDDEN_CHANGE:
            self._changes.append(glance.index)
        self._recent.append(glance)
        if glance.index % self._every == 0:
            self._detect(glance)

    def finish(self) -> pa.Table:
        """A row a face and frame, by index and then by link.

        `index` int32; `link` int32, equal where a face was followed; `x1`, `y1`, `x2`, `y2`
        float32, normalised; `detected` whether the detector found it in this frame; `mouth` and
        `sharpness` float32 as `appearance` has them; `descriptor` float32 of a fixed length, null
        but for some detections.
        """
        if self._recent:
            for link in self._links:
                self._hold(link, link.index + 1, self._recent[-1].index + 1)
        self._columns.pack()
        table = pa.Table.from_batches(self._columns.batches, schema=SCHEMA)
        return table.sort_by([("index", "ascending"), ("link", "ascending")])

    def _detect(self, glance: Glance) -> None:
        boxes = self._detector.detect(glance)
        pairs = _best_pairs([link.box for link in self._links], boxes)
        new = set(range(len(boxes))) - set(pairs.values())
        last_change = self._changes[-1] if self._changes else 0
        kept: list[_Link] = []
        for number, link in enumerate(self._links):
            found = pairs.get(number)
            if found is not None and last_change <= link.index:
                self._follow(link, glance, boxes[found])
                kept.append(link)
            elif found is not None:
                self._hold(link, link.index + 1, last_change)
                new.add(found)
            elif link.index <= glance.index - _MAX_GAP * self._every:
                self._hold(link, link.index + 1, link.index + self._every)
            else:
                kept.append(link)
        self._links = kept
        for found in sorted(new):
            self._begin(glance, boxes[found], max(glance.index - self._every + 1, last_change))

    def _begin(self, glance: Glance, box: Box, first: int) -> None:
        link = _Link(self._num_links, glance.index, box)
        self._num_links += 1
        self._links.append(link)
        self._hold(link, first, glance.index)
        self._write(glance, link, box, detected=True)

    def _follow(self, link: _Link, glance: Glance, box: Box) -> None:
        steps = glance.index - link.index
        for between in self._between(link.index + 1, glance.index):
            part = np.float32((between.index - link.index) / steps)
            self._write(between, link, link.box * (1 - part) + box * part, detected=False)
        link.index, link.box, link.num_found = glance.index, box, link.num_found + 1
        self._write(glance, link, box, detected=True)

    def _hold(self, link: _Link, first: int, stop: int) -> None:
        """Leaves a box where it is, but not across a sudden change."""
        if first > link.index:
            stop = min(stop, self._first_change(link.index))
        for glance in self._between(first, stop):
            self._write(glance, link, link.box, detected=False)

    def _write(self, glance: Glance, link: _Link, box: Box, *, detected: bool) -> None:
        high, wide = glance.luma.shape
        pixels = box * np.array([wide, high] * 2, np.float32)
        patch = face_patch(glance.luma, pixels)
        described = detected and link.num_found % _DESCRIBE_EVERY == 1
        self._columns.add(
            (
                glance.index,
                link.number,
                *(float(value) for value in box),
                detected,
                mouth_opening(patch),
                sharpness(patch),
                describe(glance.bgr(), pixels) if described else None,
            )
        )

    def _between(self, first: int, stop: int) -> list[Glance]:
        return [glance for glance in self._recent if first <= glance.index < stop]

    def _first_change(self, index: int) -> int:
        """The first sudden change after a frame; far away if there is none."""
        return next((change for change in self._changes if change > index), 2**31)


def _brightened(luma: Image) -> Image:
    """A dark picture with gain: the cascade takes little contrast for none at all."""
    light = float(cv2.mean(luma)[0]) - _BLACK
    if light > _DARK_LIGHT:
        return luma
    gain = min(_MAX_GAIN, _MEANT_LIGHT / max(light, 1.0))
    levels = np.clip((np.arange(256) - _BLACK) * gain, 0, 255)
    return np.asarray(cv2.LUT(luma, levels.astype(np.uint8)), np.uint8)


def _change(before: Image, after: Image) -> float:
    """Mean absolute difference of every fourth pixel of every fourth row."""
    return float(cv2.mean(cv2.absdiff(before[::4, ::4], after[::4, ::4]))[0])


def _best_pairs(known: list[Box], found: NDArray[np.float32]) -> dict[int, int]:
    """For each known box the found one that it is now, best overlap first."""
    pairs: dict[int, int] = {}
    if not known or not len(found):
        return pairs
    overlap = overlaps(np.stack(known), found)
    while overlap.max() >= _MIN_OVERLAP:
        one, other = np.unravel_index(int(overlap.argmax()), overlap.shape)
        pairs[int(one)] = int(other)
        overlap[one], overlap[:, other] = 0, 0
    return pairs

"""People followed, trimmed and boxed by the official rule; faces given to them."""

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
import pytest

from speakervid5m.processing.curation.vision.persons import (
    MARGIN,
    PERSONS,
    Persons,
    static_persons,
    valid_span,
    with_persons,
)
from speakervid5m.processing.curation.vision.shots import FoundScene
from speakervid5m.processing.curation.vision.tracking import Track
from speakervid5m.processing.models.vision.frame import Image
from speakervid5m.processing.models.vision.protocols import DetectedPersons

from ..conftest import grey_frame

SCENE = FoundScene(index=3, first=100, stop=300, shot=0)


def rows(boxes: Mapping[int, Sequence[tuple[float, ...]]]) -> pa.Table:
    found = [(index, *box, 0.9) for index, some in sorted(boxes.items()) for box in some]
    columns = [list(column) for column in zip(*found, strict=True)] or [[]] * 6
    return pa.table([pa.array(c, k.type) for c, k in zip(columns, PERSONS, strict=True)], PERSONS)


def face(first: int, stop: int, x: float, y: float, size: float = 0.05) -> Track:
    count = stop - first
    box = np.array([x - size, y - size, x + size, y + size], np.float32)
    return Track(
        scene=3, box_index=0, first=first, stop=stop, boxes=np.tile(box, (count, 1)),
        mouths=np.arange(first, stop).astype(np.float32),
        contrasts=np.zeros(count, np.float32), present=np.ones(count, np.bool_),
        descriptor=None, sharpness=0.9, person_box=(0, 0, 1, 1), links=(1,),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("there", "span"),
    [
        (range(100, 300), (100, 300)),
        # Ends are trimmed to five frames in a row: 104 to 107 are four.
        ([*range(104, 108), *range(110, 250)], (110, 250)),
        # A gap within is no end.
        ([*range(110, 150), *range(160, 230)], (110, 230)),
        # 75 valid frames are enough, 74 are not.
        (range(150, 225), (150, 225)),
        (range(150, 224), None),
        ([], None),
        # Never five in a row.
        ([one for one in range(100, 300) if one % 5], None),
    ],
)
def test_the_official_rule_of_ends(there: Sequence[int], span: tuple[int, int] | None) -> None:
    assert valid_span(np.array(there, np.int64), 100, 300, 1) == span


def test_a_detection_stands_for_the_frames_up_to_the_next() -> None:
    assert valid_span(np.arange(100, 300, 5), 100, 300, 5) == (100, 300)
    assert valid_span(np.arange(110, 180, 5), 100, 300, 5) is None
    assert valid_span(np.arange(110, 185, 5), 100, 300, 5) == (110, 185)


def test_the_box_is_the_union_and_a_little_more() -> None:
    boxes = {
        index: [(0.3 + 0.001 * (index - 100), 0.2, 0.5 + 0.001 * (index - 100), 0.9)]
        for index in range(100, 200)
    }
    # Somebody else at the same time, and a third who is only passing.
    for index in range(100, 300):
        boxes.setdefault(index, []).append((0.7, 0.1, 0.9, 1.0))
    for index in range(120, 140):
        boxes[index].append((0.0, 0.0, 0.1, 0.1))
    one, other = static_persons(rows(boxes), SCENE, 1)
    assert (one.first, one.stop) == (100, 200)
    wide, high = 0.299 * MARGIN, 0.7 * MARGIN
    assert one.box == pytest.approx((0.3 - wide, 0.2 - high, 0.599 + wide, 0.9 + high), abs=1e-5)
    assert (other.first, other.stop) == (100, 300)
    assert other.box == pytest.approx((0.69, 0.055, 0.91, 1.0), abs=1e-5)


def test_faces_get_the_person_that_they_belong_to() -> None:
    boxes = {index: [(0.6, 0.2, 0.9, 0.9), (0.1, 0.2, 0.4, 0.9)] for index in range(110, 280)}
    tracks = [face(100, 300, 0.75, 0.3), face(100, 290, 0.25, 0.3), face(100, 300, 0.5, 0.1)]
    # A poster at 0.5 is in nobody's box, a hand at 0.25, 0.8 in nobody's upper half.
    tracks.append(face(100, 300, 0.25, 0.8))
    found = with_persons(tracks, rows(boxes), [SCENE])
    assert [(one.box_index, one.first, one.stop) for one in found] == [(0, 110, 280), (1, 110, 280)]
    assert found[0].person_box[0] == pytest.approx(0.085, abs=1e-5)
    assert found[1].person_box[0] == pytest.approx(0.585, abs=1e-5)
    for one in found:
        assert len(one.boxes) == len(one.mouths) == len(one.present) == 170
        assert one.mouths[0] == 110
    assert with_persons(tracks, rows({}), [SCENE]) == []


def test_what_is_left_of_a_track_must_be_a_clip() -> None:
    boxes = {index: [(0.6, 0.2, 0.9, 0.9)] for index in range(100, 300)}
    assert with_persons([face(100, 174, 0.75, 0.3)], rows(boxes), [SCENE]) == []
    assert len(with_persons([face(100, 175, 0.75, 0.3)], rows(boxes), [SCENE])) == 1


class Counting:
    """One person a picture, as many pictures at a time as it is told."""

    def __init__(self) -> None:
        self.batches: list[int] = []

    def detect(self, images: Sequence[Image]) -> list[DetectedPersons]:
        self.batches.append(len(images))
        box = np.array([[0.1, 0.2, 0.3, 0.4]], np.float32)
        return [DetectedPersons(box, np.array([0.5], np.float32)) for _ in images]


def test_pictures_are_detected_in_batches() -> None:
    detector = Counting()
    tap = Persons(detector, every=5, batch=4)
    for index in range(48):
        tap.add_frame(grey_frame(index, np.full((36, 64), 100, np.uint8)))
    table = tap.finish()
    assert detector.batches == [4, 4, 2]
    assert table["index"].to_pylist() == list(range(0, 48, 5))
    assert table.schema.names == PERSONS.names
    assert Persons(detector).finish().num_rows == 0

"""One track a person and scene, left to right, whose box holds the person and nobody else."""

from typing import Any

import numpy as np
import pyarrow as pa

from speakervid5m.processing.curation.vision.faces import SCHEMA
from speakervid5m.processing.curation.vision.shots import FoundScene
from speakervid5m.processing.curation.vision.tracking import track
from speakervid5m.processing.models.faces.appearance import DESCRIPTOR_LENGTH
from speakervid5m.processing.studio.plan.camera import body_box

from ..conftest import Seen, iou


def holds(box: Any, face: Any) -> bool:
    return bool(np.all(box[:2] <= face[:2] + 2e-3) and np.all(face[2:] <= box[2:] + 2e-3))


def test_tracks_are_the_true_clips(shows: list[Seen]) -> None:
    for show in shows:
        found = [(one.scene, one.box_index) for one in show.tracks]
        true = [(clip.scene, int(clip.clip_id.rpartition("_")[2])) for clip in show.truth.clips]
        assert found == sorted(true)
        people = {(clip.scene, clip.clip_id[-2:]): clip.person for clip in show.truth.clips}
        scenes = {scene.index: scene for scene in show.scenes}
        for one in show.tracks:
            assert show.person_of(one) == people[one.scene, f"{one.box_index:02d}"]
            assert (one.first, one.stop) == (scenes[one.scene].first, scenes[one.scene].stop)
            assert one.present.mean() > 0.8
            assert len(one.boxes) == len(one.mouths) == len(one.present) == one.stop - one.first


def test_person_boxes_hold_one_person(shows: list[Seen]) -> None:
    pairs = 0
    for show in shows:
        for one in show.tracks:
            box, person = np.array(one.person_box), show.person_of(one)
            kind = show.truth.shots[show.truth.scenes[one.scene].shot].kind
            assert iou(box, np.array(body_box(kind, person))) >= 0.5
            for frame in range(one.first, one.stop):
                for other in show.details["faces"][frame]:
                    face = show.true_face(frame, other)
                    assert holds(box, face) == (other == person)
                    pairs += other != person
    assert pairs > 100


def table(*faces: tuple[int, range, float], described: bool = True) -> pa.Table:
    """Rows of faces: link, frames, x1; each 0.1 wide and 0.2 high."""
    rows: list[dict[str, Any]] = [
        {
            "index": frame,
            "link": link,
            "x1": x,
            "y1": 0.3,
            "x2": x + 0.1,
            "y2": 0.5,
            "detected": frame % 5 == 0,
            "mouth": frame / 100,
            "sharpness": 0.5,
            "descriptor": [float(link)] * DESCRIPTOR_LENGTH
            if described and frame % 10 == 0
            else None,
        }
        for link, frames, x in faces
        for frame in frames
    ]
    return pa.Table.from_pylist(sorted(rows, key=lambda row: row["index"]), schema=SCHEMA)


SCENE = FoundScene(7, 100, 300, 0)


def test_short_seldom_and_double_faces_are_dropped() -> None:
    assert track(table((0, range(120, 190), 0.2)), [SCENE]) == []
    seldom = [(0, range(100, 130), 0.2), (1, range(170, 190), 0.2), (2, range(230, 250), 0.2)]
    assert track(table(*seldom), [SCENE]) == []
    double = table((0, range(100, 300), 0.2), (1, range(100, 280), 0.22))
    assert [one.stop for one in track(double, [SCENE])] == [300]
    assert track(SCHEMA.empty_table(), [SCENE]) == []


def test_a_gap_is_bridged_and_edges_are_filled() -> None:
    faces = table((0, range(108, 180), 0.2), (1, range(200, 290), 0.22), (2, range(90, 104), 0.7))
    (one,) = track(faces, [SCENE])
    assert (one.scene, one.box_index, one.first, one.stop) == (7, 0, 100, 300)
    assert one.present.sum() == 72 + 90
    assert not one.present[80:100].any()
    assert np.all(np.diff(one.boxes[80:100, 0]) >= 0)
    assert np.allclose(one.mouths[80:100], np.arange(180, 200) / 100, atol=1e-3)
    assert one.descriptor is not None
    assert 0.4 < float(one.descriptor[0]) < 0.6


def test_a_late_face_has_its_own_span_and_needs_no_descriptor() -> None:
    (one,) = track(table((0, range(150, 300), 0.2), described=False), [SCENE])
    assert (one.first, one.stop, one.descriptor) == (150, 300, None)


def test_scenes_are_separate_and_people_from_left_to_right() -> None:
    faces = table((3, range(0, 200), 0.7), (1, range(0, 200), 0.2))
    scenes = [FoundScene(0, 0, 100, 0), FoundScene(1, 100, 200, 1)]
    found = track(faces, scenes)
    assert [(one.scene, one.box_index) for one in found] == [(0, 0), (0, 1), (1, 0), (1, 1)]
    left, right = found[:2]
    assert left.boxes[0, 0] < right.boxes[0, 0]
    assert left.person_box[2] <= right.person_box[0]
    assert left.person_box[0] >= 0
    assert right.person_box[2] <= 1

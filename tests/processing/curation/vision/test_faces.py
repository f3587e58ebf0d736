"""Faces where the truth has them, mouths that follow it, sharpness that falls with blur."""

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from speakervid5m.processing.curation.vision.faces import SCHEMA, Faces, overlaps
from speakervid5m.processing.models.faces.appearance import (
    DESCRIPTOR_LENGTH,
    describe,
    face_patch,
    face_sharpness,
    laplacian_variance,
)
from speakervid5m.processing.models.faces.haar import HaarFaceDetector
from speakervid5m.processing.models.faces.protocols import DetectedFaces
from speakervid5m.processing.models.vision.frame import Frame
from speakervid5m.processing.studio import FPS
from speakervid5m.records import install_command

from ..conftest import Seen, grey_frame, iou


def boxes_of(show: Seen) -> dict[int, list[NDArray[np.float64]]]:
    found: dict[int, list[NDArray[np.float64]]] = {}
    for row in show.faces.select(["index", "x1", "y1", "x2", "y2"]).to_pylist():
        box = np.array([row[name] for name in ("x1", "y1", "x2", "y2")])
        found.setdefault(row["index"], []).append(box)
    return found


def test_every_face_of_every_frame_is_found(shows: list[Seen]) -> None:
    shown = hits = ghosts = 0
    overlap: list[float] = []
    for show in shows:
        found = boxes_of(show)
        for frame in range(show.truth.num_frames):
            if show.in_fade(frame):
                continue
            true = [show.true_face(frame, p) for p in show.details["faces"][frame]]
            best = [max((iou(t, box) for box in found.get(frame, [])), default=0.0) for t in true]
            overlap += [one for one in best if one > 0.4]
            shown, hits = shown + len(true), hits + sum(one > 0.4 for one in best)
            ghosts += max(0, len(found.get(frame, [])) - len(true))
    assert shown > 1000
    assert hits / shown >= 0.99
    assert ghosts / shown < 0.01
    assert np.mean(overlap) > 0.78


def test_rows_are_a_face_and_frame_each(shows: list[Seen]) -> None:
    for show in shows:
        table = show.faces
        assert table.schema == SCHEMA
        keys = list(zip(table["index"].to_pylist(), table["link"].to_pylist(), strict=True))
        assert keys == sorted(set(keys))
        detected = table["detected"].to_numpy(zero_copy_only=False)
        assert np.all(table["index"].to_numpy()[detected] % 5 == 0)
        described = table["descriptor"].is_valid().to_numpy()
        assert np.all(detected[described])
        assert 0.3 < described.sum() / detected.sum() < 0.7


def test_mouths_follow_the_truth(shows: list[Seen]) -> None:
    found: list[float] = []
    for show in shows:
        for one in show.tracks:
            middle = (one.first + one.stop) // 2
            true = np.array(show.details["mouths"][show.person_of(one)])[one.first : one.stop]
            if (true > 0.05).sum() < 25 or show.fault_at(middle):
                continue
            speaking = np.convolve(true > 0.02, np.ones(9), "same") > 0
            found.append(float(np.corrcoef(true[speaking], one.mouths[speaking])[0, 1]))
    assert len(found) >= 4
    assert min(found) > 0.5
    assert np.mean(found) > 0.75


def test_sharp_and_blurred_scenes_lie_apart(shows: list[Seen]) -> None:
    scores: dict[str | None, list[float]] = {}
    for show in shows:
        for one in show.tracks:
            fault = show.fault_at((one.first + one.stop) // 2)
            scores.setdefault(fault, []).append(one.sharpness)
    assert set(scores) == {None, "dark", "blurred"}
    assert min(scores[None]) > 0.7
    assert min(scores["dark"]) > 0.7
    assert max(scores["blurred"]) < 0.5


SAME_PERSON = 0.65
"""Between the largest distance of one person's tracks and the least of two people's."""


def test_people_are_told_apart(shows: list[Seen]) -> None:
    for show in shows:
        vectors: dict[str, list[NDArray[np.float32]]] = {}
        for one in show.tracks:
            assert one.descriptor is not None
            assert one.descriptor.shape == (DESCRIPTOR_LENGTH,)
            if show.fault_at((one.first + one.stop) // 2) is None:
                vectors.setdefault(show.person_of(one), []).append(one.descriptor)
        for person, mine in vectors.items():
            others = [v for other, theirs in vectors.items() if other != person for v in theirs]
            for vector in mine:
                assert all(np.linalg.norm(vector - one) < SAME_PERSON for one in mine)
                assert all(np.linalg.norm(vector - one) > SAME_PERSON for one in others)


def a_face(show: Seen) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    capture = cv2.VideoCapture(str(show.path))
    _, bgr = capture.read()
    capture.release()
    size = np.array([show.truth.width, show.truth.height] * 2)
    return np.asarray(bgr, np.uint8), (show.true_face(0, "A") * size).astype(np.float32)


def test_sharpness_falls_with_sigma_and_not_with_light(shows: list[Seen]) -> None:
    bgr, box = a_face(shows[1])
    luma = np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2GRAY), np.uint8)
    scores = [face_sharpness(face_patch(luma, box))]
    for sigma in (0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0):
        blurred = np.asarray(cv2.GaussianBlur(luma, (0, 0), sigma), np.uint8)
        scores.append(face_sharpness(face_patch(blurred, box)))
    assert all(a > b for a, b in pairwise(scores))
    assert scores[0] > 0.85
    assert scores[-3] < 0.5
    darker = (luma * 0.4).astype(np.uint8)
    assert face_sharpness(face_patch(darker, box)) == pytest.approx(scores[0], abs=0.1)


def test_the_laplacian_equals_a_plain_one(shows: list[Seen]) -> None:
    bgr, box = a_face(shows[0])
    patch = face_patch(np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2GRAY), np.uint8), box)
    values = patch.astype(np.float64) * (40 / patch.astype(np.float64).std())
    padded = np.pad(cv2.GaussianBlur(values, (0, 0), 0.8), 1, mode="reflect")
    plain = (
        padded[:-2, 1:-1]
        + padded[2:, 1:-1]
        + padded[1:-1, :-2]
        + padded[1:-1, 2:]
        - 4 * padded[1:-1, 1:-1]
    )
    assert laplacian_variance(patch) == pytest.approx(plain.var(), rel=1e-3)


def test_flat_and_tiny_faces_have_measures() -> None:
    flat = np.full((40, 40), 16, np.uint8)
    for box in ([0, 0, 40, 40], [38, 38, 39, 39], [-20, -20, 10, 10]):
        pixels = np.array(box, np.float32)
        assert face_sharpness(face_patch(flat, pixels)) == 0
        assert np.isfinite(describe(np.zeros((40, 40, 3), np.uint8), pixels)).all()


class Scripted:
    """Finds what it is told to."""

    def __init__(self, script: dict[int, list[list[float]]]) -> None:
        self.script = script

    def detect(self, frames: Sequence[Frame]) -> list[DetectedFaces]:
        found = [self.script.get(frame.index, []) for frame in frames]
        return [DetectedFaces(np.array(one, np.float32).reshape(-1, 4)) for one in found]


def rows_of(
    script: dict[int, list[list[float]]],
    *,
    num_frames: int,
    cut: int | None = None,
    batch: int = 1,
) -> list[dict[str, Any]]:
    tap = Faces(Scripted(script), batch=batch)
    rng = np.random.default_rng(0)
    pictures = [rng.integers(16, 235, (36, 64), dtype=np.uint8) for _ in range(2)]
    for index in range(num_frames):
        tap.add_frame(grey_frame(index, pictures[int(cut is not None and index >= cut)]))
    rows: list[dict[str, Any]] = tap.finish().to_pylist()
    return rows


def test_boxes_are_interpolated_and_held() -> None:
    script = {5: [[0.1, 0.1, 0.3, 0.5]], 10: [[0.15, 0.1, 0.35, 0.5]], 20: [[0.15, 0.1, 0.35, 0.5]]}
    rows = rows_of(script, num_frames=45)
    # Found at 5, 10 and 20: there from 4 frames before the first to 4 after the last.
    assert [row["index"] for row in rows] == list(range(1, 25))
    assert {row["link"] for row in rows} == {0}
    assert [row["index"] for row in rows if row["detected"]] == [5, 10, 20]
    assert rows[7 - 1]["x1"] == pytest.approx(0.12, abs=1e-6)


def test_no_box_moves_across_a_sudden_change() -> None:
    script = {0: [[0.1, 0.1, 0.3, 0.5]], 5: [[0.12, 0.1, 0.32, 0.5]], 10: [[0.12, 0.1, 0.32, 0.5]]}
    rows = rows_of(script, num_frames=11, cut=3)
    assert [(row["index"], row["link"]) for row in rows] == [
        *((index, 0) for index in range(3)),
        *((index, 1) for index in range(3, 11)),
    ]
    assert {round(row["x1"], 3) for row in rows[:3]} == {0.1}
    # A face that is only there after the cut does not reach back across it.
    rows = rows_of({5: script[5]}, num_frames=8, cut=3)
    assert [row["index"] for row in rows] == list(range(3, 8))


@pytest.mark.parametrize("batch", [2, 3, 16])
def test_batches_of_detections_change_nothing(batch: int) -> None:
    rng = np.random.default_rng(5)
    script: dict[int, list[list[float]]] = {}
    for index in range(0, 90, 5):
        x, y = 0.1 + 0.002 * index, 0.2 + 0.1 * rng.random()
        script[index] = [[x, y, x + 0.2, y + 0.3]] if rng.random() < 0.7 else []
        if index % 15 == 0:
            script[index].append([0.7, 0.2, 0.9, 0.6])
    for cut in (None, 3, 38, 60):
        one = rows_of(script, num_frames=93, cut=cut)
        assert rows_of(script, num_frames=93, cut=cut, batch=batch) == one


def test_two_faces_that_pass_keep_to_the_nearest() -> None:
    left, right = [0.1, 0.1, 0.3, 0.5], [0.6, 0.1, 0.8, 0.5]
    rows = rows_of({0: [left, right], 5: [right, left]}, num_frames=6)
    links = {row["link"]: round(row["x1"], 1) for row in rows if row["index"] == 0}
    assert {row["link"]: round(row["x1"], 1) for row in rows if row["index"] == 5} == links
    assert Faces(Scripted({})).finish().num_rows == 0


def test_overlaps_of_boxes() -> None:
    one = np.array([[0, 0, 2, 2]], np.float32)
    others = np.array([[0, 0, 2, 2], [1, 0, 3, 2], [5, 5, 6, 6]], np.float32)
    assert overlaps(one, others)[0] == pytest.approx([1, 1 / 3, 0])


@pytest.mark.parametrize("reversed_order", [False, True])
def test_faces_come_from_left_to_right_in_whatever_order_opencv_gives_them(
    monkeypatch: pytest.MonkeyPatch, reversed_order: bool
) -> None:
    found = np.array([[60, 5, 20, 20], [10, 30, 20, 20], [10, 4, 20, 20]], np.int32)

    class Cascade:
        def __init__(self, _: str) -> None:
            pass

        def detectMultiScale(self, *_: Any, **__: Any) -> NDArray[np.int32]:
            return found[::-1] if reversed_order else found

    monkeypatch.setattr(cv2, "CascadeClassifier", Cascade)
    (faces,) = HaarFaceDetector().detect([grey_frame(0, np.zeros((100, 100), np.uint8))])
    np.testing.assert_allclose(
        faces.boxes,
        [[0.1, 0.04, 0.3, 0.24], [0.1, 0.3, 0.3, 0.5], [0.6, 0.05, 0.8, 0.25]],
        atol=1e-6,
    )


def test_opencv_5_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(cv2, "CascadeClassifier")
    with pytest.raises(ImportError, match=re.escape(f"no cascades: {install_command('curate')}")):
        HaarFaceDetector()


def test_faults_of_the_shows_are_what_these_tests_think(shows: list[Seen]) -> None:
    kinds = {effect.kind for show in shows for effect in show.truth.effects}
    assert kinds == {"dark", "blurred"}
    assert all(show.looked.num_frames == round(show.truth.duration_seconds * FPS) for show in shows)

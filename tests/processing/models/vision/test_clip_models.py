"""Models that measure clips, on graphs whose answers are known: pose, DOVER, UVQ, shots."""

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

pytest.importorskip("cv2", reason="the extra curate is not installed")
pytest.importorskip("onnx", reason="made graphs need onnx")
pytest.importorskip("torchvision", reason="the extra loaders is not installed")

from speakervid5m.processing.curation.stages.pose import (
    MIN_SCORE,
    NUM_POINTS,
    UNSEEN,
    Poses,
    in_official_order,
    packed,
    patch_boxes,
)
from speakervid5m.processing.curation.vision.shots import FoundShot
from speakervid5m.processing.curation.vision.shots_by_model import (
    TRANSITIONS,
    ShotProbabilities,
    shots_of,
)
from speakervid5m.processing.models.faces.face_embedding import TEMPLATE, FaceEmbedding, aligned
from speakervid5m.processing.models.faces.protocols import FaceInFrame
from speakervid5m.processing.models.onnx_graph import WrongWeights
from speakervid5m.processing.models.vision.dover import (
    Dover,
    aesthetic_frames,
    fused,
    squares,
    technical_frames,
)
from speakervid5m.processing.models.vision.frame import Frame, Image
from speakervid5m.processing.models.vision.preprocessing import similarity
from speakervid5m.processing.models.vision.simcc_pose import SimccPose
from speakervid5m.processing.models.vision.transnet import TransNet, load_transnet
from speakervid5m.processing.models.vision.uvq import Uvq
from tests.processing.models.made_graphs import lit
from tests.processing.models.whole_models import dover, embedding, simcc_pose, transnet, uvq

RED = (0, 0, 255)
Floats = NDArray[np.float32]


@pytest.mark.parametrize("size", [(384, 288), (720, 540), (480, 640), (300, 120), (1080, 1920)])
def test_points_come_back_to_the_picture(tmp_path: Path, size: tuple[int, int]) -> None:
    model = SimccPose(simcc_pose(tmp_path / "pose.onnx"), "cpu")
    high, wide = size
    box = (wide // 2, high // 4, wide // 2 + wide // 8, high // 4 + high // 10)
    points, scores = model.points([lit(size, box, RED)] * 2)
    assert points.shape == (2, 133, 2)
    assert scores == pytest.approx(1.0, abs=1e-3)
    middle = np.array([(box[0] + box[2]) / 2, (box[1] + box[3]) / 2])
    # Half a bin of the network's pixels, and a pixel of the warp's edge.
    slack = 1.5 * max(1.0, wide / 288, high / 384)
    assert points[0, 7] == pytest.approx(middle, abs=slack)


def test_a_graph_of_other_points_is_told(tmp_path: Path) -> None:
    model = SimccPose(simcc_pose(tmp_path / "pose.onnx", size=17), "cpu")
    with pytest.raises(WrongWeights, match="gives 17 points; expected DWPose or RTMW"):
        model.points([np.zeros((60, 60, 3), np.uint8)])


def test_the_official_order() -> None:
    points = np.stack([np.arange(133), np.arange(133) * 2], 1).astype(np.float32)[None]
    scores = np.ones((1, 133), np.float32)
    scores[0, [5, 20, 100]] = MIN_SCORE
    ordered, seen = in_official_order(points, scores)
    assert ordered.shape == (1, NUM_POINTS, 2)
    names = ordered[0, :, 0]
    # OpenPose: nose, neck, right arm, left arm, right leg, left leg, eyes, ears; then big toes.
    assert names[:20].tolist() == [
        0, 5.5, 6, 8, 10, 5, 7, 9, 12, 14, 16, 11, 13, 15, 2, 1, 4, 3, 17, 20,
    ]  # fmt: skip
    assert names[20:62].tolist() == list(range(91, 133))
    assert names[62:].tolist() == list(range(23, 91))
    unseen = np.flatnonzero(~seen[0]).tolist()
    # No left shoulder, no neck.
    assert unseen == [1, 5, 19, 20 + 9]


def test_a_pose_is_stored_as_the_design_says() -> None:
    points = np.zeros((3, NUM_POINTS, 2), np.float32)
    points[:, 0], points[:, 1], points[:, 2] = [100, 50], [200, 100], [201, 50]
    seen = np.ones((3, NUM_POINTS), np.bool_)
    seen[1, 0] = False
    stored = np.load(io.BytesIO(packed(points, seen, (100, 200))), allow_pickle=False)
    assert stored.shape == (3, NUM_POINTS, 2)
    assert stored.dtype == np.uint16
    assert stored[0, 0].tolist() == [32768, 32768]
    # The far corner is no unseen point, what lies outside is one.
    assert stored[0, 1].tolist() == [UNSEEN - 1, UNSEEN - 1]
    assert stored[0, 2].tolist() == stored[1, 0].tolist() == [UNSEEN, UNSEEN]


def test_boxes_of_face_and_hands() -> None:
    points = np.zeros((133, 2), np.float32)
    rng = np.random.default_rng(0)
    points[23:91] = np.array([100, 80]) + rng.uniform(-20, 20, (68, 2))
    points[91:112] = np.array([30, 150]) + rng.uniform(-4, 4, (21, 2))
    points[112:133] = np.array([180, 150]) + rng.uniform(-15, 15, (21, 2))
    scores = np.full(133, 0.9, np.float32)
    scores[120:133] = 0.1
    boxes = patch_boxes(points, scores, (200, 200))
    face = boxes["face"]
    assert face is not None
    assert face == pytest.approx([76, 56, 124, 104], abs=2.5)
    # The left hand is 8 pixels large, of the right one too few points are seen.
    assert boxes["left"] is None and boxes["right"] is None
    scores[:] = 0.9
    assert patch_boxes(points, scores, (200, 200))["right"] is not None


class Still:
    """Everybody stands in the middle; sharpness is torch's."""

    def __init__(self, path: Path) -> None:
        self._model = SimccPose(path, "cpu")
        self.sharpness = self._model.sharpness

    def points(self, images: Sequence[Image]) -> tuple[Floats, Floats]:
        high, wide = images[0].shape[:2]
        angles = np.linspace(0, 2 * np.pi, 133)
        circle = np.stack([np.cos(angles), np.sin(angles)], 1) * high / 5
        points: NDArray[np.float64] = np.tile(
            (np.array([wide, high]) / 2 + circle)[None], (len(images), 1, 1)
        )
        return points.astype(np.float32), np.full((len(images), 133), 0.9, np.float32)


def test_sharpness_falls_with_blur(tmp_path: Path) -> None:
    import cv2

    model = Still(simcc_pose(tmp_path / "pose.onnx"))
    rng = np.random.default_rng(3)
    image = np.asarray(
        cv2.resize(rng.integers(0, 256, (60, 60, 3), dtype=np.uint8), (240, 240)), np.uint8
    )
    faces, hands = [], []
    for sigma in (0.0, 1.0, 2.0, 4.0):
        blurred = cv2.GaussianBlur(image, (0, 0), sigma) if sigma else image
        tap = Poses(model)
        for _ in range(20):
            tap.add_frame(np.asarray(blurred, np.uint8))
        pose = tap.pose()
        assert pose is not None and np.load(io.BytesIO(pose)).shape == (20, NUM_POINTS, 2)
        faces.append(tap.face.mean)
        hands.append(tap.hands.mean)
    for values in (faces, hands):
        known = [one for one in values if one is not None]
        assert len(known) == 4
        assert known == sorted(known, reverse=True)
        assert known[0] > known[-1] + 0.1
    assert Poses(model).pose() is None


def test_dover_samples_as_published() -> None:
    assert technical_frames(300, 3)[:4] == [18, 20, 22, 24]
    assert technical_frames(300, 3)[32] == 118
    assert len(technical_frames(75, 3)) == 96
    assert max(technical_frames(75, 3)) < 75
    assert technical_frames(75, 3)[:3] == [0, 2, 4]
    frames = aesthetic_frames(320)
    assert frames[:3] == [4, 14, 24] and len(frames) == 32
    assert aesthetic_frames(20) == [0] * 32


def test_dovers_squares_are_pixels_of_the_picture() -> None:
    image = np.arange(448 * 700, dtype=np.uint32).reshape(448, 700)
    picture = np.stack([image & 255, image >> 8 & 255, image >> 16], 2).astype(np.uint8)
    found = squares(picture)
    assert found.shape == (224, 224, 3)
    # Parts of 64 x 100, of which the middle 32 x 32 is taken.
    assert np.array_equal(found[:32, :32], picture[16:48, 34:66])
    assert np.array_equal(found[-32:, -32:], picture[400:432, 634:666])
    assert squares(np.zeros((100, 60, 3), np.uint8)).shape == (224, 224, 3)


def test_dovers_score_is_fused_as_published(tmp_path: Path) -> None:
    assert fused(aesthetic=-0.08285, technical=0.1107) == 0.5
    assert fused(aesthetic=0.0, technical=0.0) == pytest.approx(0.48416, abs=1e-4)
    for runs, wanted in ((4, 4), ("runs", 3)):
        model = Dover(dover(tmp_path / f"dover {runs}.onnx", runs=runs), "cpu")
        assert model.num_runs == wanted
        scores = []
        for shade in (20, 200):
            clip = model.begin(100)
            for _ in range(100):
                clip.add_frame(np.full((300, 260, 3), shade, np.uint8))
            score = clip.score()
            assert score is not None
            mean = np.mean((shade - np.array([123.675, 116.28, 103.53])) / [58.395, 57.12, 57.375])
            assert score == pytest.approx(
                fused(aesthetic=0.05 * float(mean), technical=0.05 * float(mean)), abs=2e-3
            )
            scores.append(score)
        assert 0 < scores[0] < scores[1] < 1
    assert model.begin(100).score() is None


def test_uvq_looks_at_one_frame_a_second(tmp_path: Path) -> None:
    model = Uvq(uvq(tmp_path / "uvq.onnx"), "cpu")
    clip = model.begin(60)
    for index in range(60):
        clip.add_frame(np.full((54, 96, 3), 255 if index % 25 == 0 else 0, np.uint8))
    assert clip.score() == pytest.approx(4.0, abs=1e-4)
    assert model.begin(0).score() is None
    with pytest.raises(WrongWeights, match=r"expected UVQ 1\.5"):
        Uvq(embedding(tmp_path / "other.onnx", 8), "cpu")


def test_faces_are_aligned_and_turned_into_vectors(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    angle, scale = 0.4, 1.7
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    points = (TEMPLATE - 56) @ turn.T + [300, 200]
    matrix = similarity(points, TEMPLATE)
    assert points @ matrix[:, :2].T + matrix[:, 2] == pytest.approx(TEMPLATE, abs=1e-6)
    image = np.zeros((400, 600, 3), np.uint8)
    for x, y in points:
        image[round(y) - 3 : round(y) + 4, round(x) - 3 : round(x) + 4] = 255
    seen = FaceInFrame(image, np.array([200, 100, 400, 300], np.float32), points.astype(np.float32))
    face = aligned(seen)
    for x, y in TEMPLATE:
        assert face[round(y), round(x)].min() > 150
    for kind, length in (("sface", 128), ("arcface", 512)):
        model = FaceEmbedding(embedding(tmp_path / f"{kind}.onnx", length), "cpu", kind=kind)
        assert model.length == length
        noise = np.asarray(rng.integers(0, 256, (400, 600, 3)), np.uint8)
        other = FaceInFrame(noise, seen.box, None)
        vectors = model.describe([seen, other, seen])
        assert vectors.shape == (3, length)
        assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=1e-5)
        assert np.array_equal(vectors[0], vectors[2])
    with pytest.raises(WrongWeights, match=r"gives \(64,\); expected a recognition network"):
        FaceEmbedding(embedding(tmp_path / "short.onnx", 64), "cpu", kind="sface")


@pytest.mark.parametrize("length", [1, 49, 50, 51, 100, 130, 275])
def test_every_frame_has_a_probability(tmp_path: Path, length: int) -> None:
    graph = load_transnet(transnet(tmp_path / "transnetv2.onnx"), "cpu")
    tap = ShotProbabilities(TransNet(graph))
    cuts = [one for one in (10, 49, 60, 124, 250) if one < length - 1]
    shade = 40
    for index in range(length):
        planes = np.full((54, 96), 128, np.uint8)
        planes[:36] = shade
        tap.add_frame(Frame(index, planes))
        if index in cuts:
            shade = 240 - shade
    table = tap.finish()
    assert table["index"].to_pylist() == list(range(length))
    found = np.flatnonzero(table["probability"].to_numpy() > 0.5).tolist()
    assert found == cuts
    shots = shots_of(table)
    assert [shot.first for shot in shots] == [0, *(one + 1 for one in cuts)]
    assert shots[-1].stop == length


def test_shots_cover_every_frame() -> None:
    def of(frames: list[int], length: int) -> list[FoundShot]:
        values = np.zeros(length, np.float32)
        values[frames] = 0.9
        index = np.arange(length, dtype=np.int32)
        return shots_of(TRANSITIONS.empty_table().from_arrays([index, values], schema=TRANSITIONS))

    assert of([], 10) == [FoundShot(0, 10, "start")]
    assert of([4], 10) == [FoundShot(0, 5, "start"), FoundShot(5, 10, "cut")]
    assert of([3, 4, 5, 6], 10) == [FoundShot(0, 5, "start"), FoundShot(5, 10, "fade")]
    assert of([9], 10) == [FoundShot(0, 10, "start")]
    assert of([0], 10) == [FoundShot(0, 1, "start"), FoundShot(1, 10, "cut")]
    assert of([], 0) == []

"""Lips of the mesh and dlib's vectors by the real weights, on drawn heads."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from speakervid5m.processing.models.faces.face_mesh import FaceMesh
from speakervid5m.processing.models.faces.loading import (
    DLIB_DISTANCE,
    load_dlib,
    load_face_mesh,
    load_yunet,
)
from speakervid5m.processing.models.faces.protocols import FaceInFrame
from speakervid5m.processing.models.onnx_graph import WrongWeights
from speakervid5m.processing.models.vision.frame import Frame
from speakervid5m.processing.studio.heads import Expression, Head
from speakervid5m.processing.weights import Weights, weights_folder
from speakervid5m.processing.weights.table import DLIB_FACE_FILE, FACE_MESH_FILE, YUNET_FILE

FOLDER = weights_folder()
"""Read here, since a fixture hides the variable that names it."""


def needs(*files: Weights) -> Path:
    """The folder of weights, if the files are in it."""
    for file in files:
        if not file.is_there(FOLDER):
            pytest.skip(f"{file.file} is not in the folder of weights")
    return FOLDER


def drawn(name: str, expression: Expression, *, roll_degrees: float = 0.0) -> Frame:
    """A head before a grey wall."""
    head = Head(name).draw(expression)
    turn = cv2.getRotationMatrix2D((160, 200), roll_degrees, 0.8)
    turn[:, 2] += [160, 40]
    head = np.asarray(cv2.warpAffine(head, turn, (640, 480)), np.uint8)
    share = head[..., 3:] / 255
    image = (head[..., :3] * share + 150 * (1 - share)).astype(np.uint8)
    return Frame(0, np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2YUV_I420), np.uint8))


def found(frame: Frame) -> FaceInFrame:
    """The one face of a frame, by YuNet."""
    (faces,) = load_yunet(needs(YUNET_FILE), "cpu").detect([frame])
    assert len(faces.boxes) == 1 and faces.points is not None
    size = np.array([640, 480], np.float32)
    return FaceInFrame(frame.bgr(), faces.boxes[0] * np.tile(size, 2), faces.points[0] * size)


@pytest.mark.parametrize("roll_degrees", [0.0, 25.0, -25.0])
def test_the_mesh_measures_how_far_a_mouth_is_open_at_any_roll(roll_degrees: float) -> None:
    mesh = load_face_mesh(needs(YUNET_FILE, FACE_MESH_FILE))
    openings = [
        mesh.opening(found(drawn("anna", Expression(mouth=mouth), roll_degrees=roll_degrees)))
        for mouth in (0.0, 0.4, 0.9)
    ]
    closed, ajar, wide = (opening for opening in openings if opening is not None)
    assert 0 <= closed < 0.03 < ajar < wide < 0.4


def test_a_mouth_that_cannot_be_seen_is_none() -> None:
    mesh = load_face_mesh(needs(FACE_MESH_FILE))
    wall = np.full((480, 640, 3), 150, np.uint8)
    points = np.array([[280, 200], [360, 200], [320, 240], [290, 290], [350, 290]], np.float32)
    box = np.array([220, 120, 420, 320], np.float32)
    assert mesh.opening(FaceInFrame(wall, box, points)) is None, "no face"
    assert mesh.opening(FaceInFrame(wall, box, None)) is None, "no points"


def test_other_files_are_no_mesh(tmp_path: Path) -> None:
    (tmp_path / "junk.tflite").write_bytes(b"TFL3" * 100)
    for path in (tmp_path / "junk.tflite", tmp_path / "missing.tflite"):
        with pytest.raises(WrongWeights, match="face_landmark"):
            FaceMesh(path)


def test_dlibs_vectors_know_a_head_again() -> None:
    describer = load_dlib(needs(YUNET_FILE, DLIB_FACE_FILE), "cpu")
    faces = [
        found(drawn(name, Expression(mouth=mouth, smile=smile)))
        for name in ("anna", "boris")
        for mouth, smile in ((0.0, 0.0), (0.5, 0.8))
    ]
    vectors = describer.describe(faces)
    assert vectors.shape == (4, describer.length)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=1e-5)
    apart = np.linalg.norm(vectors[:, None] - vectors[None], axis=2)
    assert max(apart[0, 1], apart[2, 3]) < DLIB_DISTANCE
    assert max(apart[0, 1], apart[2, 3]) < apart[:2, 2:].min()


@pytest.mark.cuda
def test_dlibs_vectors_are_the_same_on_a_gpu() -> None:
    folder = needs(DLIB_FACE_FILE)
    noise = np.random.default_rng(0).integers(0, 256, (480, 640, 3)).astype(np.uint8)
    face = FaceInFrame(noise, np.array([100, 100, 300, 300], np.float32), None)
    by_cpu, by_gpu = (load_dlib(folder, device).describe([face]) for device in ("cpu", "cuda:0"))
    assert by_gpu == pytest.approx(by_cpu, abs=1e-3)

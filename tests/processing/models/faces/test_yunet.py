"""YuNet's decoding against OpenCV's own, on a graph of the same outputs and random numbers."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

pytest.importorskip("onnx", reason="made graphs need onnx")

from speakervid5m.processing.models.faces.haar import square_of_points
from speakervid5m.processing.models.faces.yunet import YuNet
from speakervid5m.processing.models.onnx_graph import WrongWeights
from speakervid5m.processing.models.vision.frame import Frame
from speakervid5m.processing.models.vision.preprocessing import planar
from tests.processing.models.made_graphs import GraphMaker

KINDS = {"cls": 1, "obj": 1, "bbox": 4, "kps": 10}


def yunet(path: Path, *, without: str | None = None) -> Path:
    """One convolution a stride and kind, with the published graph's names and shapes."""
    maker, rng = GraphMaker(), np.random.default_rng(7)
    image = maker.node("Div", "input", maker.number(np.float32(255)))
    outputs = {}
    for kind, width in KINDS.items():
        for stride in (8, 16, 32):
            spread = (40 if kind in ("cls", "obj") else 2) / stride
            weight = rng.normal(0, spread, (width, 3, stride, stride)).astype(np.float32)
            weight -= weight.mean(axis=(1, 2, 3), keepdims=True)
            found = maker.node("Conv", image, maker.number(weight), strides=[stride, stride])
            found = maker.node("Transpose", found, perm=[0, 2, 3, 1])
            shape = maker.number(np.array([1, -1, width]))
            name = f"{kind}_{stride}"
            if name == without:
                continue
            outputs[name] = (1, (640 // stride) ** 2, width)
            if kind in ("cls", "obj"):
                maker.node("Sigmoid", maker.node("Reshape", found, shape), out=name)
            else:
                maker.node("Reshape", found, shape, out=name)
    return maker.save(path, {"input": (1, 3, 640, 640)}, outputs)


def test_candidates_equal_opencvs(tmp_path: Path) -> None:
    path = yunet(tmp_path / "yunet.onnx")
    image = np.random.default_rng(1).integers(0, 256, (20, 20, 3), dtype=np.uint8)
    image = np.asarray(cv2.resize(image, (640, 640)), np.uint8)
    # Nothing is suppressed at an overlap of 1.
    theirs = cv2.FaceDetectorYN.create(str(path), "", (640, 640), 0.8, 1.0, 100_000)
    _, faces = theirs.detect(image)
    ours = YuNet(path, "cpu", min_score=0.8)
    found = ours._graph(planar([image], rgb=False))
    outputs = dict(zip(ours._graph.outputs, found, strict=True))
    boxes, points, scores = ours.candidates({name: one[0] for name, one in outputs.items()})
    assert len(scores) == len(faces) > 10
    # Each of ours is one of theirs: many scores are equal, so order tells nothing.
    corners = np.hstack([faces[:, :2], faces[:, :2] + faces[:, 2:4]])
    theirs_all = np.hstack([corners, faces[:, 4:14], faces[:, 14:] * 100])
    ours_all = np.hstack([boxes, points.reshape(-1, 10), scores[:, None] * 100])
    apart = np.abs(ours_all[:, None] - theirs_all[None]).max(2)
    assert apart.min(1).max() < 0.05
    assert len(set(apart.argmin(1))) == len(faces)


def one_face(path: Path) -> Path:
    """Always one face of stride 16, at cell (row 10, column 20) of a frame of 640."""
    maker = GraphMaker()
    zero = maker.node("Mul", "input", maker.number(np.float32(0)))
    zero = maker.node("ReduceSum", zero, maker.number(np.array([1, 2, 3])), keepdims=1)
    zero = maker.node("Reshape", zero, maker.number(np.array([-1, 1, 1])))
    outputs = {}
    for kind, width in KINDS.items():
        for stride in (8, 16, 32):
            columns = 640 // stride
            value = np.zeros((1, columns**2, width), np.float32)
            if stride == 16:
                cell = 10 * columns + 20
                value[0, cell] = 0.9 if kind in ("cls", "obj") else 0
                if kind == "kps":
                    value[0, cell] = [-1, -1, 1, -1, 0, 0, -0.8, 1.15, 0.8, 1.15]
                if kind == "bbox":
                    value[0, cell] = [0, 0, np.log(4), np.log(5)]
            name = f"{kind}_{stride}"
            maker.node("Add", zero, maker.number(value), out=name)
            outputs[name] = ("n", columns**2, width)
    return maker.save(path, {"input": ("n", 3, 640, 640)}, outputs)


def grey(size: tuple[int, int]) -> Frame:
    return Frame(0, np.full((size[0] * 3 // 2, size[1]), 128, np.uint8))


@pytest.mark.parametrize("size", [(360, 640), (720, 1280), (180, 320)])
def test_faces_lie_where_the_graph_says(tmp_path: Path, size: tuple[int, int]) -> None:
    faces = YuNet(one_face(tmp_path / "yunet.onnx"), "cpu").detect([grey(size)] * 3)
    assert len(faces) == 3
    for found in faces:
        assert found.points is not None
        assert found.boxes.shape == (1, 4)
        assert found.points.shape == (1, 5, 2)
        # Cell (10, 20) of 16 pixels lies at x 320, y 160 of a picture 640 wide.
        nose = found.points[0, 2] * [size[1], size[0]] * (640 / max(size))
        assert nose == pytest.approx([320, 160], abs=0.01)
        x1, y1, x2, y2 = found.boxes[0] * np.tile([size[1], size[0]], 2)
        assert x2 - x1 == pytest.approx(y2 - y1, rel=1e-4)


def test_squares_have_eyes_and_mouth_where_haars_have_them() -> None:
    points = np.array([[[-10, 0], [10, 0], [0, 10], [-8, 21.5], [8, 21.5]]], np.float32)
    ((x1, y1, x2, _),) = square_of_points(points)
    side = x2 - x1
    assert side == pytest.approx(50)
    assert (0 - y1) / side == pytest.approx(0.39, abs=1e-4)
    assert (21.5 - y1) / side == pytest.approx(0.82, abs=1e-4)
    assert (x1 + x2) / 2 == pytest.approx(0)


def test_no_face_is_no_face(tmp_path: Path) -> None:
    (found,) = YuNet(one_face(tmp_path / "y.onnx"), "cpu", min_score=0.95).detect([grey((36, 64))])
    assert found.boxes.shape == (0, 4)
    points: NDArray[np.float32] | None = found.points
    assert points is not None and points.shape == (0, 5, 2)


def test_a_missing_output_is_named(tmp_path: Path) -> None:
    with pytest.raises(WrongWeights):
        YuNet(yunet(tmp_path / "y.onnx", without="obj_16"), "cpu")

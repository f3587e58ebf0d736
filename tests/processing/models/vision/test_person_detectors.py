"""Detectors of people: graphs that find a lit square, so every coordinate has a known answer."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("cv2", reason="the extra curate is not installed")
pytest.importorskip("onnx", reason="made graphs need onnx")

from speakervid5m.processing.models.onnx_graph import WrongWeights
from speakervid5m.processing.models.vision.person_detectors import RfDetrPersons, YoloPersons
from tests.processing.models.made_graphs import GraphMaker, lit, lit_again, spot

SIZE = (360, 640)
RED = (0, 0, 255)


def rf_detr(path: Path, *, batch: int | str, person: float = 3.0) -> Path:
    """One query a fifth of the picture large around what is red, one sure of another class."""
    maker = GraphMaker()
    x, y = spot(maker, lit_again(maker, "input"), 0, (224, 224))
    side = maker.number(np.float32(224))
    x, y = maker.node("Div", x, side), maker.node("Div", y, side)
    fifth = maker.node(
        "Add", maker.node("Mul", x, maker.number(np.float32(0))), maker.number(np.float32(0.2))
    )
    box = maker.node(
        "Unsqueeze", maker.node("Concat", x, y, fifth, fifth, axis=1), maker.number(np.array([1]))
    )
    maker.node("Concat", box, box, axis=1, out="dets")
    logits = np.full((1, 2, 91), -9, np.float32)
    logits[0, 0, 1], logits[0, 1, 17] = person, 9
    zero = maker.node("Mul", box, maker.number(np.float32(0)))
    zero = maker.node("ReduceSum", zero, maker.number(np.array([1, 2])), keepdims=1)
    maker.node("Add", zero, maker.number(logits), out="labels")
    shapes = {"dets": (batch, 2, 4), "labels": (batch, 2, 91)}
    return maker.save(path, {"input": (batch, 3, 224, 224)}, shapes)


def yolo(path: Path, *, size: tuple[int, int] | None) -> Path:
    """Three candidates: around what is red, the same again and less sure, and a sure dog."""
    maker = GraphMaker()
    high, wide = size or (384, 640)
    # Grey around the picture (114 / 255) is not lit.
    image = maker.node("Relu", maker.node("Sub", "images", maker.number(np.float32(0.5))))
    x, y = spot(maker, image, 0, (high, wide))
    column = maker.node("Concat", x, y, axis=1)
    column = maker.node("Unsqueeze", column, maker.number(np.array([2])))
    middles = maker.node("Concat", column, column, column, axis=2)
    rest = np.zeros((1, 82, 3), np.float32)
    rest[0, :2] = [[64, 60, 64], [128, 130, 128]]
    rest[0, 2] = [0.9, 0.8, 0.1]
    rest[0, 18] = [0, 0, 0.99]
    zero = maker.node("Mul", middles, maker.number(np.float32(0)))
    zero = maker.node("ReduceSum", zero, maker.number(np.array([1])), keepdims=1)
    maker.node("Concat", middles, maker.node("Add", zero, maker.number(rest)), axis=1, out="out")
    shape = ("n", 3, *(size or ("h", "w")))
    return maker.save(path, {"images": shape}, {"out": ("n", 84, 3)})


@pytest.mark.parametrize("batch", [1, "n", 4])
def test_rf_detr_finds_the_square_where_it_is(tmp_path: Path, batch: int | str) -> None:
    detector = RfDetrPersons(rf_detr(tmp_path / "rf-detr.onnx", batch=batch), "cpu")
    boxes = [(64, 72, 128, 144), (320, 36, 448, 180), (512, 216, 640, 360)]
    found = detector.detect([lit(SIZE, box, RED) for box in boxes])
    assert len(found) == 3
    for people, (x1, y1, x2, y2) in zip(found, boxes, strict=True):
        x, y = (x1 + x2) / 2 / 640, (y1 + y2) / 2 / 360
        wanted = np.clip([x - 0.1, y - 0.1, x + 0.1, y + 0.1], 0, 1)
        assert people.boxes == pytest.approx(wanted[None], abs=2e-3)
        assert people.scores == pytest.approx([1 / (1 + np.exp(-3))], rel=1e-5)
        assert people.boxes.dtype == np.float32


def test_who_is_not_sure_is_left_out(tmp_path: Path) -> None:
    path = rf_detr(tmp_path / "rf-detr.onnx", batch="n", person=-0.5)
    (found,) = RfDetrPersons(path, "cpu").detect([lit(SIZE, (10, 10, 90, 90), RED)])
    assert found.boxes.shape == (0, 4)
    assert found.scores.shape == (0,)


@pytest.mark.parametrize("size", [None, (640, 640)])
@pytest.mark.parametrize("picture", [(360, 640), (720, 1280), (180, 320), (640, 360)])
def test_yolo_comes_back_out_of_its_letterbox(
    tmp_path: Path, size: tuple[int, int] | None, picture: tuple[int, int]
) -> None:
    if size is None and picture == (640, 360):
        pytest.skip("the made graph knows the size of wide pictures")
    detector = YoloPersons(yolo(tmp_path / "yolo11x.onnx", size=size), "cpu")
    high, wide = picture
    box = (wide // 4, high // 4, wide // 4 + wide // 8, high // 4 + high // 8)
    found = detector.detect([lit(picture, box, RED)] * 2)
    scale = 640 / max(picture)
    x, y = (box[0] + box[2]) / 2 / wide, (box[1] + box[3]) / 2 / high
    half = np.array([32 / scale / wide, 64 / scale / high])
    wanted = np.clip([*(np.array([x, y]) - half), *(np.array([x, y]) + half)], 0, 1)
    for people in found:
        # The less sure one is the same person, the dog is nobody.
        assert people.scores == pytest.approx([0.9])
        assert people.boxes == pytest.approx(wanted[None], abs=3e-3)


def test_another_graph_is_told(tmp_path: Path) -> None:
    maker = GraphMaker()
    maker.node("Identity", "x", out="y")
    path = maker.save(tmp_path / "other.onnx", {"x": (1, 3)}, {"y": (1, 3)})
    with pytest.raises(WrongWeights, match="expected RF-DETR: an image in, dets, labels"):
        RfDetrPersons(path, "cpu")
    (tmp_path / "text.onnx").write_text("no graph")
    with pytest.raises(WrongWeights, match=r"text.onnx' does not load as YOLO11"):
        YoloPersons(tmp_path / "text.onnx", "cpu")


def test_a_gpu_that_is_not_there_is_told(tmp_path: Path, monkeypatch: Any) -> None:
    import onnxruntime

    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: ["CPUExecutionProvider"])
    path = rf_detr(tmp_path / "rf-detr.onnx", batch="n")
    with pytest.raises(
        RuntimeError, match=r"pip install .*onnxruntime-gpu in place of onnxruntime"
    ):
        RfDetrPersons(path, "cuda:0")


def test_a_gpu_whose_libraries_do_not_load_is_told(tmp_path: Path, monkeypatch: Any) -> None:
    """onnxruntime would go on with the CPU, and say so in its log alone."""
    import onnxruntime

    there = ["CUDAExecutionProvider", "CPUExecutionProvider"]
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: there)
    session = onnxruntime.InferenceSession
    monkeypatch.setattr(
        onnxruntime,
        "InferenceSession",
        lambda path, options, providers: session(path, options, providers=providers[1:]),
    )
    path = rf_detr(tmp_path / "rf-detr.onnx", batch="n")
    with pytest.raises(RuntimeError, match=r"falls back to CPUExecutionProvider: CUDA.* not load"):
        RfDetrPersons(path, "cuda:0")

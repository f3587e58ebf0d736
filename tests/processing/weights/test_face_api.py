"""dlib's network out of face-api's tensors: the graph against torch, and files that do not fit."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from speakervid5m.processing.models.onnx_graph import Graph
from speakervid5m.processing.weights.converted.face_api import MANIFEST, TENSORS, convert

torch = pytest.importorskip("torch", reason="the extra models is not installed")
functional = torch.nn.functional

WIDTHS = {"conv32": (3, 32), "conv64": (32, 64), "conv128": (64, 128), "conv256": (128, 256)}
NUM_BLOCKS = {
    "conv32": ("1", "2", "3"),
    "conv64": ("down", "1", "2", "3"),
    "conv128": ("down", "1", "2"),
    "conv256": ("down", "1", "2", "down_out"),
}
BLOCKS = [f"{size}_{block}" for size, blocks in NUM_BLOCKS.items() for block in blocks]

Tensors = dict[str, NDArray[np.float32]]


def publish(folder: Path, *, without: str = "", short: int = 0) -> Tensors:
    """Random tensors as the package has them, most of them as bytes; gives their true values."""
    rng = np.random.default_rng(3)
    entries: list[dict[str, Any]] = []
    content, tensors = b"", {}

    def add(name: str, shape: tuple[int, ...], scale: float, least: float) -> None:
        nonlocal content
        if name == without:
            return
        stored = rng.integers(0, 256, shape).astype(np.uint8)
        true = stored.astype(np.float32) * np.float32(scale) + np.float32(least)
        entry: dict[str, Any] = {"name": name, "shape": list(shape), "dtype": "float32"}
        if name == "fc":
            content += true.tobytes()
        else:
            entry["quantization"] = {"dtype": "uint8", "scale": scale, "min": least}
            content += stored.tobytes()
        entries.append(entry)
        tensors[name] = true

    def convolution(name: str, size: int, wide: int, deep: int) -> None:
        spread = 2 / np.sqrt(size * size * wide) / 256
        add(f"{name}/conv/filters", (size, size, wide, deep), spread, -128 * spread)
        add(f"{name}/conv/bias", (deep,), 1e-3, -0.1)
        add(f"{name}/scale/weights", (deep,), 1e-3, 0.9)
        add(f"{name}/scale/biases", (deep,), 1e-3, -0.1)

    convolution("conv32_down", 7, 3, 32)
    for block in BLOCKS:
        wide, deep = WIDTHS[block.partition("_")[0]]
        first = wide if block in ("conv64_down", "conv128_down", "conv256_down") else deep
        convolution(f"{block}/conv1", 3, first, deep)
        convolution(f"{block}/conv2", 3, deep, deep)
    add("fc", (256, 128), 1e-3, -0.1)
    (folder / MANIFEST).write_text(json.dumps([{"weights": entries, "paths": [TENSORS]}]))
    (folder / TENSORS).write_bytes(content[: len(content) - short])
    return tensors


def by_torch(tensors: Tensors, faces: NDArray[np.float32]) -> NDArray[np.float32]:
    """The network as face-api writes it: layer by layer, nothing multiplied into another."""

    def layer(values: Any, name: str, *, step: int, pad: int) -> Any:
        part = {
            key: torch.from_numpy(tensors[f"{name}/{key}"])
            for key in ("conv/filters", "conv/bias", "scale/weights", "scale/biases")
        }
        filters = part["conv/filters"].permute(3, 2, 0, 1)
        out = functional.conv2d(values, filters, part["conv/bias"], stride=step, padding=pad)
        return out * part["scale/weights"].view(1, -1, 1, 1) + part["scale/biases"].view(
            1, -1, 1, 1
        )

    mean = torch.tensor([122.782, 117.001, 104.298]).view(1, 3, 1, 1)
    values = layer((torch.from_numpy(faces) - mean) / 256, "conv32_down", step=2, pad=0).relu()
    values = functional.max_pool2d(values, 3, 2)
    for block in BLOCKS:
        down = block.partition("_")[2].startswith("down")
        out = layer(values, f"{block}/conv1", step=2 if down else 1, pad=0 if down else 1).relu()
        out = layer(out, f"{block}/conv2", step=1, pad=1)
        if down:
            values = functional.avg_pool2d(values, 2, 2)
            side = values.shape[2] - out.shape[2]
            out = functional.pad(out, (0, side, 0, side))
            values = functional.pad(values, (0, 0, 0, 0, 0, out.shape[1] - values.shape[1]))
        values = (values + out).relu()
    return np.asarray(values.mean((2, 3)) @ torch.from_numpy(tensors["fc"]))


def test_the_graph_is_face_apis_network_and_valid_onnx(tmp_path: Path) -> None:
    onnx = pytest.importorskip("onnx", reason="the file is checked by onnx")
    tensors = publish(tmp_path)
    target = tmp_path / "a name with spaces.onnx"
    convert(tmp_path, target)
    onnx.checker.check_model(str(target), full_check=True)
    faces = np.random.default_rng(0).integers(0, 256, (2, 3, 150, 150)).astype(np.float32)
    (vectors,) = Graph(target, "cpu", expected="dlib's network")(faces)
    true = by_torch(tensors, faces)
    assert vectors.shape == (2, 128) and np.abs(true).max() > 0.01
    assert vectors == pytest.approx(true, rel=1e-3, abs=1e-4 * float(np.abs(true).max()))


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"short": 5}, "ends within 'fc'"),
        ({"without": "fc"}, "has no 'fc'"),
        ({"without": "conv64_1/conv2/scale/weights"}, "has no 'conv64_1/conv2/scale/weights'"),
    ],
)
def test_another_file_is_refused_and_nothing_is_written(
    tmp_path: Path, fault: dict[str, Any], words: str
) -> None:
    publish(tmp_path, **fault)
    with pytest.raises(ValueError, match=words):
        convert(tmp_path, tmp_path / "net.onnx")
    (tmp_path / TENSORS).write_bytes((tmp_path / TENSORS).read_bytes() + b"more")
    with pytest.raises(ValueError):
        convert(tmp_path, tmp_path / "net.onnx")
    assert not (tmp_path / "net.onnx").exists()

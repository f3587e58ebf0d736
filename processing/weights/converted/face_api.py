"""dlib's face recognition network out of the npm package @vladmandic/face-api (MIT).

face_recognition_model.bin and its manifest --> one ONNX file: 150 x 150 in, 128 numbers out

The package holds dlib's ResNet of 29 layers (CC0) as bytes, with a scale and a least value for each
tensor (TensorFlow.js). Each convolution is followed by a scale, which is multiplied into it.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....records import atomic_file
from .onnx_file import OnnxFile

Tensors = dict[str, NDArray[np.float32]]

MANIFEST, TENSORS = "face_recognition_model-weights_manifest.json", "face_recognition_model.bin"
SIDE, LENGTH = 150, 128
"""Pixels of a side of a face, and numbers of its vector (dlib)."""
_MEAN = np.array([122.782, 117.001, 104.298], np.float32)
"""Of red, green and blue (dlib)."""
_SCALE = 256.0
"""By which colours are divided (dlib; face-api divides by 255)."""
_FIRST, _LAST = "conv32_down", "fc"
_BLOCKS = (
    *("conv32_1", "conv32_2", "conv32_3"),
    *("conv64_down", "conv64_1", "conv64_2", "conv64_3"),
    *("conv128_down", "conv128_1", "conv128_2"),
    *("conv256_down", "conv256_1", "conv256_2", "conv256_down_out"),
)
"""Residual blocks of two convolutions, in order; `down` halves the size."""


def convert(source: Path, target: Path) -> None:
    """Writes the network: `faces` (n, 3, 150, 150), red first, 0 to 255 --> `vectors` (n, 128).

    Args:
        source: folder with the manifest and the tensors, the package's `model`.
        target: the ONNX file.

    Raises:
        ValueError: the files are not what the manifest says, or of another network.
        OSError: a file is missing.
    """
    try:
        content = _network(_read(source))
    except KeyError as error:
        raise ValueError(f"{str(source)!r} has no {error} of dlib's network") from error
    with atomic_file(target) as draft:
        draft.write_bytes(content)


def _network(tensors: Tensors) -> bytes:
    graph = OnnxFile()
    mean = graph.tensor("mean", _MEAN.reshape(1, 3, 1, 1))
    scale = graph.tensor("scale", np.array(_SCALE, np.float32))
    values = graph.operator("Div", [graph.operator("Sub", ["faces", mean]), scale])
    values, _ = _convolution(graph, tensors, _FIRST, values, stride=2)
    values = graph.operator("Relu", [values])
    values = graph.operator("MaxPool", [values], kernel_shape=[3, 3], strides=[2, 2])
    side, depth = ((SIDE - 7) // 2 + 1 - 3) // 2 + 1, 32
    for block in _BLOCKS:
        values, side, depth = _residual(graph, tensors, block, values, side, depth)
    values = graph.operator("Flatten", [graph.operator("GlobalAveragePool", [values])])
    values = graph.operator("MatMul", [values, graph.tensor(_LAST, tensors[_LAST])])
    vectors = graph.operator("Identity", [values])
    return graph.content({"faces": ["n", 3, SIDE, SIDE]}, {vectors: ["n", LENGTH]})


def _residual(
    graph: OnnxFile, tensors: Tensors, block: str, values: str, side: int, depth: int
) -> tuple[str, int, int]:
    """A block's values, their side and depth; the shortcut and they are filled up with zeros."""
    down = block.partition("_")[2].startswith("down")
    out, _ = _convolution(graph, tensors, f"{block}/conv1", values, stride=2 if down else 1)
    out = graph.operator("Relu", [out])
    out, new_depth = _convolution(graph, tensors, f"{block}/conv2", out, stride=1)
    new_side = side
    if down:
        values = graph.operator("AveragePool", [values], kernel_shape=[2, 2], strides=[2, 2])
        new_side = side // 2
        values = _filled(graph, f"{block}/deeper", values, new_depth - depth, 0)
        out = _filled(graph, f"{block}/wider", out, 0, new_side - ((side - 3) // 2 + 1))
    added = graph.operator("Add", [values, out])
    return graph.operator("Relu", [added]), new_side, new_depth


def _filled(graph: OnnxFile, name: str, values: str, depth: int, side: int) -> str:
    """Zeros behind the last channel, and below and right of the last pixel."""
    if not depth and not side:
        return values
    pads = graph.tensor(name, np.array([0, 0, 0, 0, 0, depth, side, side], np.int64))
    return graph.operator("Pad", [values, pads])


def _convolution(
    graph: OnnxFile, tensors: Tensors, layer: str, values: str, *, stride: int
) -> tuple[str, int]:
    """A convolution with its scale, and its number of channels; of stride 2 without a border."""
    weights = tensors[f"{layer}/scale/weights"]
    filters = (tensors[f"{layer}/conv/filters"] * weights).transpose(3, 2, 0, 1)
    bias = tensors[f"{layer}/conv/bias"] * weights + tensors[f"{layer}/scale/biases"]
    names = (graph.tensor(f"{layer}/filters", filters), graph.tensor(f"{layer}/bias", bias))
    pad = 0 if stride == 2 else filters.shape[-1] // 2
    out = graph.operator("Conv", [values, *names], strides=[stride] * 2, pads=[pad] * 4)
    return out, len(bias)


def _read(source: Path) -> Tensors:
    """Every tensor of the manifest, by name."""
    entries: list[dict[str, Any]] = json.loads((source / MANIFEST).read_bytes())[0]["weights"]
    content = (source / TENSORS).read_bytes()
    tensors: Tensors = {}
    start = 0
    for entry in entries:
        stored = np.dtype(entry["quantization"]["dtype"] if "quantization" in entry else "float32")
        count = int(np.prod(entry["shape"]))
        if start + count * stored.itemsize > len(content):
            raise ValueError(f"{TENSORS} ends within {entry['name']!r}")
        values = np.frombuffer(content, stored, count, start).astype(np.float32)
        if "quantization" in entry:
            # Tensors are stored as value = byte * scale + min (TensorFlow.js).
            values = values * np.float32(entry["quantization"]["scale"])
            values += np.float32(entry["quantization"]["min"])
        tensors[entry["name"]] = values.reshape(entry["shape"])
        start += count * stored.itemsize
    if start != len(content):
        raise ValueError(f"{TENSORS} has {len(content)} bytes; its manifest says {start}")
    return tensors

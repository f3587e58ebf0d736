"""ONNX graphs that tests make: tiny, of the shapes of the published ones, with known answers."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

FLOAT = TensorProto.FLOAT
UINT8 = TensorProto.UINT8

Shape = Sequence[int | str]


class GraphMaker:
    """Collects nodes and numbers; every call gives the name of what it makes."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.numbers: list[Any] = []

    def number(self, value: Any) -> str:
        name = f"n{len(self.numbers)}"
        self.numbers.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def node(self, kind: str, *inputs: str, out: str | None = None, **attributes: Any) -> str:
        name = out or f"v{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [name], **attributes))
        return name

    def save(
        self,
        path: Path,
        inputs: Mapping[str, Shape],
        outputs: Mapping[str, Shape],
        kind: int = FLOAT,
    ) -> Path:
        graph = helper.make_graph(
            self.nodes,
            "made",
            [helper.make_tensor_value_info(name, kind, shape) for name, shape in inputs.items()],
            [helper.make_tensor_value_info(name, FLOAT, shape) for name, shape in outputs.items()],
            self.numbers,
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
        model.ir_version = 9
        onnx.checker.check_model(model)
        path.parent.mkdir(parents=True, exist_ok=True)
        onnx.save(model, str(path))
        return path


def spot(maker: GraphMaker, image: str, channel: int, size: tuple[int, int]) -> tuple[str, str]:
    """(n, 1) x and y of the middle of what is lit in a channel, in pixels from the edge."""
    one = maker.node("Gather", image, maker.number(np.array([channel])), axis=1)
    total = maker.node("ReduceSum", one, maker.number(np.array([1, 2, 3])), keepdims=0)
    total = maker.node("Max", total, maker.number(np.float32(1e-6)))
    found = []
    for axis, length in ((3, size[1]), (2, size[0])):
        places = (np.arange(length, dtype=np.float32) + 0.5).reshape(
            (1, 1, 1, -1) if axis == 3 else (1, 1, -1, 1)
        )
        moment = maker.node("Mul", one, maker.number(places))
        moment = maker.node("ReduceSum", moment, maker.number(np.array([1, 2, 3])), keepdims=0)
        middle = maker.node("Div", moment, total)
        found.append(maker.node("Unsqueeze", middle, maker.number(np.array([1]))))
    return found[0], found[1]


def lit_again(maker: GraphMaker, image: str) -> str:
    """ImageNet's pixels brought back to 0 to 1; what is lit stays above 0, the rest is 0."""
    mean = maker.number(np.array([0.485, 0.456, 0.406], np.float32).reshape(1, 3, 1, 1))
    deviation = maker.number(np.array([0.229, 0.224, 0.225], np.float32).reshape(1, 3, 1, 1))
    plain = maker.node("Add", maker.node("Mul", image, deviation), mean)
    return maker.node("Relu", maker.node("Sub", plain, maker.number(np.float32(0.5))))


def lit(size: tuple[int, int], box: tuple[int, int, int, int], bgr: tuple[int, int, int]) -> Any:
    """A black picture (h, w, 3) with one rectangle x1, y1, x2, y2 in a colour."""
    image = np.zeros((*size, 3), np.uint8)
    image[box[1] : box[3], box[0] : box[2]] = bgr
    return image

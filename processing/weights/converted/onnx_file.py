"""A network as ONNX, written without the package `onnx`: what a conversion needs of the format.

tensors, operators --> `OnnxFile` --> bytes that onnxruntime loads

An ONNX file is a Protobuf message (onnx.proto of ONNX 1.10). Written are float32 and int64 tensors,
operators with numbers as attributes, and inputs and outputs of float32.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

_IR_VERSION, _OPSET = 8, 13
"""Of the format and of the operators; onnxruntime reads both since 1.10."""
_ELEMENT = {np.dtype(np.float32): 1, np.dtype(np.int64): 7}
"""ONNX's numbers of types of elements."""
_FLOAT, _INT, _INTS = 1, 2, 7
"""ONNX's numbers of types of attributes."""
_VARINT, _BYTES, _FIXED32 = 0, 2, 5
"""Protobuf's wire types."""


@dataclass(slots=True)
class OnnxFile:
    """A graph that grows; every method returns the name of what it adds."""

    _nodes: list[bytes] = field(default_factory=list)
    _tensors: list[bytes] = field(default_factory=list)

    def tensor(self, name: str, values: NDArray[Any]) -> str:
        """A constant of float32 or int64."""
        message = b"".join(_number(1, side) for side in values.shape)
        message += _number(2, _ELEMENT[values.dtype]) + _text(8, name)
        self._tensors.append(message + _message(9, np.ascontiguousarray(values).tobytes()))
        return name

    def operator(
        self, kind: str, inputs: Sequence[str], **attributes: float | int | Sequence[int]
    ) -> str:
        """An operator of ONNX with one output."""
        name = f"{kind}_{len(self._nodes)}"
        message = b"".join(_text(1, known) for known in inputs) + _text(2, name)
        message += _text(3, name) + _text(4, kind)
        for attribute, value in sorted(attributes.items()):
            message += _message(5, _text(1, attribute) + _attribute(value))
        self._nodes.append(message)
        return name

    def content(
        self, inputs: dict[str, Sequence[int | str]], outputs: dict[str, Sequence[int | str]]
    ) -> bytes:
        """The file. Inputs and outputs: name to shape, a word where any size is taken."""
        graph = b"".join(_message(1, node) for node in self._nodes) + _text(2, "network")
        graph += b"".join(_message(5, tensor) for tensor in self._tensors)
        for number, values in ((11, inputs), (12, outputs)):
            graph += b"".join(
                _message(number, _value(name, shape)) for name, shape in values.items()
            )
        model = _number(1, _IR_VERSION) + _text(2, "speakervid5m") + _message(7, graph)
        return model + _message(8, _text(1, "") + _number(2, _OPSET))


def _value(name: str, shape: Sequence[int | str]) -> bytes:
    sides = (_number(1, side) if isinstance(side, int) else _text(2, side) for side in shape)
    dimensions = b"".join(_message(1, side) for side in sides)
    kind = _number(1, _ELEMENT[np.dtype(np.float32)]) + _message(2, dimensions)
    return _text(1, name) + _message(2, _message(1, kind))


def _attribute(value: float | int | Sequence[int]) -> bytes:
    if isinstance(value, int):
        return _number(3, value) + _number(20, _INT)
    if isinstance(value, float):
        return _tag(2, _FIXED32) + struct.pack("<f", value) + _number(20, _FLOAT)
    return b"".join(_number(8, element) for element in value) + _number(20, _INTS)


def _number(field_number: int, value: int) -> bytes:
    return _tag(field_number, _VARINT) + _varint(value)


def _text(field_number: int, value: str) -> bytes:
    return _message(field_number, value.encode())


def _message(field_number: int, value: bytes) -> bytes:
    return _tag(field_number, _BYTES) + _varint(len(value)) + value


def _tag(field_number: int, wire_type: int) -> bytes:
    return _varint(field_number << 3 | wire_type)


def _varint(value: int) -> bytes:
    """Seven bits a byte, the lowest first; a negative number as its 64 bits."""
    value &= (1 << 64) - 1
    parts = []
    while value > 0x7F:
        parts.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*parts, value])

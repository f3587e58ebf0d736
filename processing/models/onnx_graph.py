"""ONNX graphs on one device: loaded, checked to be the right file, run in batches.

file --> Graph --> arrays in, arrays out, one row an example
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from ...records import package_command

Floats = NDArray[np.float32]


class WrongWeights(ValueError):
    """A file of weights of another model than expected."""

    reason = "wrong_weights"


class Graph:
    """One ONNX file on one device, in one thread.

    One thread, since a process runs one unit and other processes run next to it (`--shard`), and
    since sums then do not depend on the number of cores.

    Args:
        path: the file.
        device: `cpu`, `cuda` or `cuda:0`.
        num_inputs: inputs that the graph must have.
        num_outputs: outputs that it must have at least.
        expected: the expected graph, for the error: `YuNet, 1 image in, 12 arrays out`.

    Raises:
        WrongWeights: another graph, or none.
        RuntimeError: the device is a GPU, and this onnxruntime cannot use it.
    """

    def __init__(
        self, path: Path, device: str, *, num_inputs: int = 1, num_outputs: int = 1, expected: str
    ) -> None:
        self.path = path
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        providers = _providers(device)
        try:
            self._session = onnxruntime.InferenceSession(str(path), options, providers=providers)
        except Exception as error:
            raise WrongWeights(f"{str(path)!r} does not load as {expected}: {error}") from error
        if (used := self._session.get_providers()[0]) != (wanted := _name_of(providers[0])):
            # onnxruntime drops a provider whose libraries are missing, with a log line at most.
            raise RuntimeError(
                f"device {device!r} was asked for, and onnxruntime falls back to {used}: {wanted} "
                "does not load here. It needs the CUDA and cuDNN that it was built with; or use "
                "--device cpu"
            )
        self.inputs = tuple(graph_input.name for graph_input in self._session.get_inputs())
        self.outputs = tuple(graph_output.name for graph_output in self._session.get_outputs())
        self.shapes = {
            graph_input.name: tuple(graph_input.shape) for graph_input in self._session.get_inputs()
        }
        self.kinds = {
            graph_input.name: str(graph_input.type) for graph_input in self._session.get_inputs()
        }
        if len(self.inputs) != num_inputs or len(self.outputs) < num_outputs:
            raise WrongWeights(
                f"{str(path)!r} takes {list(self.inputs)} and gives {list(self.outputs)}; "
                f"expected {expected}"
            )

    def size(self, default: int) -> tuple[int, int]:
        """(height, width) of the first input; `default` where it takes any size."""
        high, wide = self.shapes[self.inputs[0]][-2:]
        return (
            high if isinstance(high, int) else default,
            wide if isinstance(wide, int) else default,
        )

    def run(self, feeds: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        """All outputs by name, in one run."""
        return dict(zip(self.outputs, self._session.run(None, dict(feeds)), strict=True))

    def __call__(self, batch: NDArray[Any]) -> tuple[NDArray[Any], ...]:
        """All outputs for a batch of a graph with one input.

        A graph with a fixed batch size runs chunk by chunk, the last chunk padded with zeros.

        Args:
            batch: (n, ...).

        Returns:
            Outputs in the graph's order, n rows each.
        """
        fixed = self.shapes[self.inputs[0]][0]
        step = fixed if isinstance(fixed, int) and fixed > 0 else max(1, len(batch))
        chunks: list[Sequence[NDArray[Any]]] = []
        for first in range(0, len(batch), step):
            chunk = batch[first : first + step]
            missing = step - len(chunk)
            if missing:
                chunk = np.concatenate([chunk, np.zeros((missing, *batch.shape[1:]), batch.dtype)])
            outputs = self._session.run(None, {self.inputs[0]: chunk})
            chunks.append([output[: step - missing] for output in outputs])
        return tuple(np.concatenate(column) for column in zip(*chunks, strict=True))


def _name_of(provider: Any) -> str:
    return str(provider[0] if isinstance(provider, tuple) else provider)


def _providers(device: str) -> list[Any]:
    if device == "cpu":
        return ["CPUExecutionProvider"]
    available = onnxruntime.get_available_providers()
    if "CUDAExecutionProvider" not in available:
        raise RuntimeError(
            f"device {device!r} was asked for, and this onnxruntime has {', '.join(available)}: "
            f"{package_command('onnxruntime-gpu')} in place of onnxruntime, or use --device cpu"
        )
    number = int(device.partition(":")[2] or 0)
    return [("CUDAExecutionProvider", {"device_id": number}), "CPUExecutionProvider"]

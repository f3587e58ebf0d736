"""TransNetV2 (MIT): how likely a shot ends at each frame, from an ONNX file.

thumbnails of 48 x 27 --> windows of 100, 50 apart --> the inner 50 of each --> a probability each
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..onnx_graph import Graph, WrongWeights
from ..opencv import cv2
from .frame import Image

WINDOW, MARGIN = 100, 25
"""Frames of a window, and of the context at each end whose answers are dropped (publisher)."""
_KEPT = WINDOW - 2 * MARGIN
_SIZE = (48, 27)


class TransNet:
    """The network on a stream of frames, padded with copies of the first and the last.

    Args:
        graph: of `load_transnet`; several videos may share it, each with its own `TransNet`.
    """

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._frames: list[NDArray[np.uint8]] = []
        self._probabilities: list[NDArray[np.float32]] = []
        self._count = 0

    def add(self, bgr: Image) -> None:
        """See `ShotModel.add`."""
        small = cv2.resize(bgr, _SIZE, interpolation=cv2.INTER_AREA)
        frame = np.ascontiguousarray(np.asarray(small, np.uint8)[..., ::-1])
        if not self._frames:
            self._frames = [frame] * MARGIN
        self._frames.append(frame)
        self._count += 1
        self._run()

    def finish(self) -> NDArray[np.float32]:
        """See `ShotModel.finish`."""
        if self._count:
            self._frames += [self._frames[-1]] * (MARGIN + _KEPT)
            self._run()
        return np.concatenate([*self._probabilities, np.zeros(0, np.float32)])[: self._count]

    def _run(self) -> None:
        while len(self._frames) >= WINDOW:
            window = np.stack(self._frames[:WINDOW])[None]
            kind = self._graph.kinds[self._graph.inputs[0]]
            values = window.astype(np.float32) if "float" in kind else window
            probabilities = np.asarray(self._graph(values)[0], np.float32).reshape(-1)
            if len(probabilities) != WINDOW:
                raise WrongWeights(
                    f"{str(self._graph.path)!r} gave {len(probabilities)} numbers "
                    f"for {WINDOW} frames"
                )
            self._probabilities.append(probabilities[MARGIN : WINDOW - MARGIN])
            self._frames = self._frames[_KEPT:]


def load_transnet(path: Path, device: str) -> Graph:
    """The graph: (1, 100, 27, 48, 3) RGB 0 to 255 in, 100 probabilities out.

    Raises:
        WrongWeights: another graph.
    """
    expected = "TransNetV2: (1, 100, 27, 48, 3) in, 100 probabilities out"
    graph = Graph(path, device, expected=expected)
    shape = graph.shapes[graph.inputs[0]]
    if len(shape) != 5 or tuple(shape[2:]) != (27, 48, 3):
        raise WrongWeights(f"{str(path)!r} takes {list(shape)}; expected {expected}")
    return graph

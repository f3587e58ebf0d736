"""UVQ 1.5 (Apache-2.0, code and weights): opinion score of each second, by an ONNX file.

first frame of each second --> 1920 x 1080, -1 to 1 --> content, distortion, aggregation --> 1 to 5

The publisher has torch checkpoints; `docs/models.md` shows how to export its `UVQ1p5Core` to the
graph that this module reads: (n, 1, 3, 1080, 1920) in, (n, 1) out.
"""

from pathlib import Path

import numpy as np

from ..onnx_graph import Graph, WrongWeights
from ..opencv import cv2
from .frame import FPS, Image
from .preprocessing import planar
from .protocols import QualityColumn

SIZE = (1080, 1920)
"""(h, w) of the model's input for frames of any shape (publisher)."""


class Uvq:
    """The graph on a device; see `QualityModel`.

    Raises:
        WrongWeights: another graph.
    """

    column: QualityColumn = "uvq"

    def __init__(self, path: Path, device: str) -> None:
        expected = "UVQ 1.5: (n, 1, 3, 1080, 1920) in, (n, 1) out"
        self._graph = Graph(path, device, expected=expected)
        shape = self._graph.shapes[self._graph.inputs[0]]
        if len(shape) != 5 or self._graph.size(0) not in (SIZE, (0, 0)):
            raise WrongWeights(f"{str(path)!r} takes {list(shape)}; expected {expected}")

    def begin(self, num_frames: int) -> "UvqClip":
        """See `QualityModel.begin`."""
        del num_frames
        return UvqClip(self)

    def judge(self, frame: Image) -> float:
        """Opinion score of one frame, 1 to 5."""
        large = np.asarray(cv2.resize(frame, SIZE[::-1], interpolation=cv2.INTER_CUBIC), np.uint8)
        values = planar([large], rgb=True) / np.float32(127.5) - np.float32(1)
        return float(np.ravel(self._graph(values[:, None])[0])[0])


class UvqClip:
    """Scores the first frame of each second of one clip."""

    def __init__(self, model: Uvq) -> None:
        self._model, self._index = model, 0
        self._scores: list[float] = []

    def add_frame(self, frame: Image) -> None:
        """See `ClipQuality.add_frame`."""
        if self._index % FPS == 0:
            self._scores.append(self._model.judge(frame))
        self._index += 1

    def score(self) -> float | None:
        """See `ClipQuality.score`."""
        return float(np.mean(self._scores)) if self._scores else None

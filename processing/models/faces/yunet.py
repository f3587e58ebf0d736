"""YuNet (MIT): faces with five points, by an ONNX file.

frames --> letterboxed to 640 x 640 --> graph --> scores, boxes, points --> the best of overlaps

onnxruntime runs it and not OpenCV's own reader, so that it uses the same devices as the other
graphs; a test compares the two.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..onnx_graph import Graph, WrongWeights
from ..vision.frame import Frame
from ..vision.preprocessing import Letterbox, planar, suppressed
from .haar import square_of_points
from .protocols import DetectedFaces

MIN_SCORE = 0.7
"""Least score of a face (ours: OpenCV's sample takes 0.9, which loses faces in profile)."""
MAX_OVERLAP = 0.3
"""Greatest IoU of two faces (OpenCV's default)."""
_SIDE = 640
"""Pixels of the graph of 2023; a graph that takes any size gets this too."""
_STRIDES = (8, 16, 32)


class YuNet:
    """YuNet as OpenCV's zoo publishes it: four outputs for each of three strides."""

    def __init__(self, path: Path, device: str, *, min_score: float = MIN_SCORE) -> None:
        expected = "YuNet: an image in, cls, obj, bbox and kps of strides 8, 16, 32 out"
        self._graph = Graph(path, device, num_outputs=12, expected=expected)
        names = [f"{kind}_{stride}" for stride in _STRIDES for kind in _KINDS]
        if missing := sorted(set(names) - set(self._graph.outputs)):
            raise WrongWeights(f"{str(path)!r} has no output {missing[0]!r}; expected {expected}")
        self._size = self._graph.size(_SIDE)
        self._min_score = min_score

    def detect(self, frames: Sequence[Frame]) -> list[DetectedFaces]:
        """See `FaceDetector.detect`."""
        size = frames[0].luma.shape
        letterbox = Letterbox.of(size, self._size, centred=False)
        boxed = [letterbox.apply(frame.bgr(), self._size, 0) for frame in frames]
        outputs = dict(zip(self._graph.outputs, self._graph(planar(boxed, rgb=False)), strict=True))
        scale = np.array(size[::-1], np.float32)
        faces: list[DetectedFaces] = []
        for number in range(len(frames)):
            points = self._points({name: output[number] for name, output in outputs.items()})
            # First in pixels of the frame: its sides may differ, and squares are square in pixels.
            pixels = letterbox.back(points)
            boxes = square_of_points(pixels).reshape(-1, 2, 2) / scale
            faces.append(
                DetectedFaces(
                    boxes=boxes.reshape(-1, 4).astype(np.float32),
                    points=(pixels / scale).astype(np.float32),
                )
            )
        return faces

    def candidates(
        self, outputs: dict[str, NDArray[Any]]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
        """Boxes (n, 4), points (n, 5, 2) and scores (n,) of one frame, in the graph's pixels."""
        boxes, points, scores = [], [], []
        for stride in _STRIDES:
            rows, columns = self._size[0] // stride, self._size[1] // stride
            grid = np.stack(np.meshgrid(np.arange(columns), np.arange(rows)), -1).reshape(-1, 2)
            cls, obj, box, kps = (
                np.asarray(outputs[f"{kind}_{stride}"], np.float32).reshape(len(grid), -1)
                for kind in _KINDS
            )
            score = np.sqrt(np.clip(cls[:, 0], 0, 1) * np.clip(obj[:, 0], 0, 1))
            sure = score >= self._min_score
            middle = (grid[sure] + box[sure, :2]) * stride
            half = np.exp(box[sure, 2:]) * (stride / 2)
            boxes.append(np.hstack([middle - half, middle + half]))
            points.append((kps[sure].reshape(-1, 5, 2) + grid[sure, None]) * stride)
            scores.append(score[sure])
        return (
            np.concatenate(boxes).astype(np.float32),
            np.concatenate(points).astype(np.float32),
            np.concatenate(scores).astype(np.float32),
        )

    def _points(self, outputs: dict[str, NDArray[Any]]) -> NDArray[np.float32]:
        boxes, points, scores = self.candidates(outputs)
        return points[suppressed(boxes, scores, MAX_OVERLAP)]


_KINDS = ("cls", "obj", "bbox", "kps")

"""Whole-body pose by DWPose or RTMW, as ONNX files: top-down on the clip's own box.

frame --> scaled into 288 x 384 --> network --> likelihoods of each point's column and row (SimCC)
      --> the most likely of each --> points in the frame
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from ..kernels import patches, sharpness
from ..onnx_graph import Graph, WrongWeights
from .preprocessing import Image, imagenet, warped

NUM_POINTS = 133
"""COCO-WholeBody: body 17, feet 6, face 68, hands 2 x 21."""
_SPLIT = 2.0
"""Bins for a pixel (RTMPose's `simcc_split_ratio`)."""
PADDING = 1.0
"""Size of the network's input in sizes of the frame. RTMPose takes 1.25 of a tight box; a clip's
box is the union over its frames and wider already (ours)."""


class SimccPose:
    """DWPose's `dw-ll_ucoco_384` and RTMW's graphs: a frame in, `simcc_x` and `simcc_y` out.

    Raises:
        WrongWeights: another graph.
    """

    def __init__(self, path: Path, device: str) -> None:
        expected = "DWPose or RTMW: an image in, simcc_x and simcc_y of 133 points out"
        self._graph = Graph(path, device, num_outputs=2, expected=expected)
        self._device = torch.device(device)
        high, wide = self._graph.shapes[self._graph.inputs[0]][-2:]
        if not (isinstance(high, int) and isinstance(wide, int)):
            high, wide = 384, 288
        self._size = (high, wide)
        self._expected = expected

    def points(self, frames: Sequence[Image]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """See `PoseModel.points`."""
        high, wide = frames[0].shape[:2]
        scale = min(self._size[1] / wide, self._size[0] / high) / PADDING
        shift = np.array([self._size[1] - scale * wide, self._size[0] - scale * high]) / 2
        matrix = np.array([[scale, 0, shift[0]], [0, scale, shift[1]]])
        inputs = imagenet([warped(frame, matrix, self._size) for frame in frames])
        columns, rows = self._graph(inputs)[:2]
        if columns.shape[1] != NUM_POINTS or rows.shape[1] != NUM_POINTS:
            raise WrongWeights(
                f"{str(self._graph.path)!r} gives {columns.shape[1]} points; "
                f"expected {self._expected}"
            )
        best = np.stack([columns.argmax(2), rows.argmax(2)], axis=2) / _SPLIT
        scores = np.minimum(columns.max(2), rows.max(2)).astype(np.float32)
        return ((best - shift) / scale).astype(np.float32), scores

    def sharpness(
        self, planes: NDArray[np.uint8], boxes: NDArray[np.float32], frame_index: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """See `PoseModel.sharpness`."""
        cut = patches(
            torch.from_numpy(planes).to(self._device),
            torch.from_numpy(boxes).to(self._device),
            torch.from_numpy(frame_index).to(self._device),
        )
        return np.asarray(sharpness(cut).cpu().numpy(), np.float64)

"""Detectors of people behind one protocol: RF-DETR and YOLO11, both as ONNX files.

frames --> boxes of people, scores
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..onnx_graph import Graph
from ..opencv import cv2
from .preprocessing import Image, Letterbox, imagenet, planar, suppressed
from .protocols import DetectedPersons

MIN_CONFIDENCE = 0.4
"""Least score of a person (official code: `conf`)."""
MAX_OVERLAP = 0.3
"""Greatest IoU of two people's boxes (official code: `iou`)."""
YOLO_SIDE = 640
"""Long side of a frame for YOLO (official code); a graph of fixed size takes its own."""
_YOLO_STRIDE = 32
_YOLO_FILL = 114
"""Grey around a frame (Ultralytics' letterbox)."""
_COCO_PERSON = 1
"""Class of a person in COCO's own numbering, where 0 is no class (RF-DETR: 91 logits)."""


class RfDetrPersons:
    """RF-DETR (Apache-2.0) in its own export format: `dets`, `labels` of each query.

    Frames are resized to the graph's square, as in its training. Boxes come as centre and size,
    normalised by the frame, so they need no transformation back.
    """

    def __init__(self, path: Path, device: str) -> None:
        self._graph = Graph(
            path, device, num_outputs=2, expected="RF-DETR: an image in, dets, labels"
        )
        self._size = self._graph.size(560)

    def detect(self, frames: Sequence[Image]) -> list[DetectedPersons]:
        """See `PersonDetector.detect`."""
        high, wide = self._size
        squeezed = [
            np.asarray(cv2.resize(frame, (wide, high), interpolation=cv2.INTER_AREA), np.uint8)
            for frame in frames
        ]
        outputs = dict(zip(self._graph.outputs, self._graph(imagenet(squeezed)), strict=True))
        queries, logits = (outputs.get(name) for name in ("dets", "labels"))
        if queries is None or logits is None:
            queries, logits = list(outputs.values())[:2]
        scores = 1 / (1 + np.exp(-logits[..., _COCO_PERSON].astype(np.float32)))
        corners = np.concatenate(
            [queries[..., :2] - queries[..., 2:] / 2, queries[..., :2] + queries[..., 2:] / 2], -1
        )
        return [_kept(boxes, score) for boxes, score in zip(corners, scores, strict=True)]


class YoloPersons:
    """YOLO11 as an ONNX file that the user exports: (n, 4 + classes, candidates).

    The network and its weights are AGPL-3.0 and no part of this project, which only reads numbers
    from the user's file. Parameters are the official code's.
    """

    def __init__(self, path: Path, device: str) -> None:
        self._graph = Graph(path, device, expected="YOLO11: an image in, (n, 84, candidates) out")

    def detect(self, frames: Sequence[Image]) -> list[DetectedPersons]:
        """See `PersonDetector.detect`."""
        size = frames[0].shape[:2]
        canvas = self._canvas(size)
        letterbox = Letterbox.of(size, canvas, centred=True)
        boxed = [letterbox.apply(frame, canvas, _YOLO_FILL) for frame in frames]
        (candidates_of_frames,) = self._graph(planar(boxed, rgb=True) / np.float32(255))[:1]
        people: list[DetectedPersons] = []
        for candidates in candidates_of_frames.transpose(0, 2, 1):
            # Only people count (official code: class person), class 0 of COCO's 80.
            middle, half = candidates[:, :2], candidates[:, 2:4] / 2
            corners = np.stack([middle - half, middle + half], axis=1)
            boxes = letterbox.back(corners).reshape(-1, 4) / np.array([*size[::-1]] * 2, np.float32)
            people.append(_kept(np.asarray(boxes, np.float32), candidates[:, 4]))
        return people

    def _canvas(self, size: tuple[int, int]) -> tuple[int, int]:
        """(h, w) of the graph's input: its own size, else multiples of 32 around the frame."""
        high, wide = self._graph.size(0)
        if high and wide:
            return high, wide
        scale = YOLO_SIDE / max(size)
        tall, broad = (int(-(-round(side * scale) // _YOLO_STRIDE)) * _YOLO_STRIDE for side in size)
        return tall, broad


def _kept(boxes: NDArray[np.float32], scores: NDArray[np.float32]) -> DetectedPersons:
    sure = np.flatnonzero(scores >= MIN_CONFIDENCE)
    boxes, scores = np.clip(boxes[sure], 0, 1).astype(np.float32), scores[sure]
    best = suppressed(boxes, scores, MAX_OVERLAP)
    solid = best[np.all(boxes[best, 2:] > boxes[best, :2], axis=1)]
    return DetectedPersons(boxes=boxes[solid], scores=np.asarray(scores[solid], np.float32))

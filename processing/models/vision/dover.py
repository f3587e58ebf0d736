"""DOVER: technical and aesthetic quality, fused, by an ONNX file that the user exports.

frames --> technical: three runs of 32 frames, every second one, each a mosaic of 7 x 7 squares of
           32 pixels at full resolution
       --> aesthetic: 32 frames over the whole clip, resized to 224 x 224
       --> two scores --> one, 0 to 1

Code and weights are under the S-Lab licence (no commercial use) and no part of this project. The
export is the publisher's `convert_to_onnx.py`. Samples, sizes and the fusion are the publisher's,
except for chance: where it draws a square or a run at random, ours is the middle one, so that a
clip has one score.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..onnx_graph import Graph, WrongWeights
from ..opencv import cv2
from .frame import Image
from .preprocessing import imagenet
from .protocols import QualityColumn

RUN_FRAMES, STEP, NUM_RUNS = 32, 2, 3
"""Frames of a run, step between them, and number of runs (publisher's `dover.yml`)."""
_SQUARES, _SQUARE = 7, 32
SIDE = _SQUARES * _SQUARE
"""Pixels of both views: 224."""
_TECHNICAL = (0.1107, 0.07355, 0.6104)
_AESTHETIC = (-0.08285, 0.03774, 0.3896)
"""Mean, deviation and weight of the two scores (publisher's `fuse_results`)."""


class Dover:
    """The graph on a device; see `QualityModel`.

    Raises:
        WrongWeights: another graph.
    """

    column: QualityColumn = "dover"

    def __init__(self, path: Path, device: str) -> None:
        expected = "DOVER: aes_view and tech_view in, an aesthetic and a technical score out"
        self._graph = Graph(path, device, num_inputs=2, num_outputs=2, expected=expected)
        if set(self._graph.inputs) != {"aes_view", "tech_view"}:
            raise WrongWeights(
                f"{str(path)!r} takes {', '.join(self._graph.inputs)}; expected {expected}"
            )
        # The publisher's export fixes the number of runs.
        runs = self._graph.shapes["tech_view"][0]
        self.num_runs = runs if isinstance(runs, int) else NUM_RUNS

    def begin(self, num_frames: int) -> "DoverClip":
        """See `QualityModel.begin`."""
        return DoverClip(self, num_frames)

    def judge(self, aesthetic: NDArray[np.float32], technical: NDArray[np.float32]) -> float:
        """Fused score of views (1, 3, 32, 224, 224) and (runs, 3, 32, 224, 224)."""
        outputs = self._graph.run({"aes_view": aesthetic, "tech_view": technical})
        first, second = (float(np.mean(outputs[name])) for name in self._graph.outputs[:2])
        return fused(aesthetic=first, technical=second)


class DoverClip:
    """Collects the two views of one clip."""

    def __init__(self, model: Dover, num_frames: int) -> None:
        self._model, self._index = model, 0
        self._technical = technical_frames(num_frames, model.num_runs)
        self._aesthetic = aesthetic_frames(num_frames)
        self._mosaics: dict[int, Image] = {}
        self._wholes: dict[int, Image] = {}

    def add_frame(self, frame: Image) -> None:
        """See `ClipQuality.add_frame`."""
        if self._index in self._technical:
            self._mosaics[self._index] = squares(frame)
        if self._index in self._aesthetic:
            small = cv2.resize(frame, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
            self._wholes[self._index] = np.asarray(small, np.uint8)
        self._index += 1

    def score(self) -> float | None:
        """See `ClipQuality.score`."""
        if not self._mosaics or not self._wholes:
            return None
        pieces = imagenet([self._mosaics[index] for index in self._technical])
        technical = pieces.reshape(-1, RUN_FRAMES, 3, SIDE, SIDE).transpose(0, 2, 1, 3, 4)
        wholes = imagenet([self._wholes[index] for index in self._aesthetic])
        aesthetic = wholes[None].transpose(0, 2, 1, 3, 4)
        return self._model.judge(np.ascontiguousarray(aesthetic), np.ascontiguousarray(technical))


def technical_frames(num_frames: int, num_runs: int) -> list[int]:
    """Frames of the runs, one run after the other; beyond the end they start over."""
    length = num_frames // num_runs
    slack = max(0, length - RUN_FRAMES * STEP) // 2
    return [
        (run * length + slack + STEP * number) % num_frames
        for run in range(num_runs)
        for number in range(RUN_FRAMES)
    ]


def aesthetic_frames(num_frames: int) -> list[int]:
    """32 frames evenly over the clip."""
    length = num_frames // RUN_FRAMES
    slack = max(0, length - STEP) // 2
    return [(number * length + slack) % num_frames for number in range(RUN_FRAMES)]


def squares(image: Image) -> Image:
    """(224, 224, 3) the middles of 7 x 7 equal parts; small frames are enlarged first."""
    least = min(image.shape[:2])
    if least < SIDE:
        scale = SIDE / least
        size = tuple(max(SIDE, round(side * scale)) for side in image.shape[1::-1])
        image = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_LINEAR), np.uint8)
    mosaic = np.empty((SIDE, SIDE, 3), np.uint8)
    high, wide = image.shape[0] // _SQUARES, image.shape[1] // _SQUARES
    for row in range(_SQUARES):
        for column in range(_SQUARES):
            top = min(row * high, image.shape[0] - _SQUARE) + max(0, high - _SQUARE) // 2
            left = min(column * wide, image.shape[1] - _SQUARE) + max(0, wide - _SQUARE) // 2
            square = image[top : top + _SQUARE, left : left + _SQUARE]
            y, x = row * _SQUARE, column * _SQUARE
            mosaic[y : y + _SQUARE, x : x + _SQUARE] = square
    return mosaic


def fused(*, aesthetic: float, technical: float) -> float:
    """One score, 0 to 1, fused as in the publisher's `evaluate_a_set_of_videos.py`.

    (The publisher's `onnx_inference.py` passes the two scores in the other order.)
    """
    mean, deviation, weight = _TECHNICAL
    total = (technical - mean) / deviation * weight
    mean, deviation, weight = _AESTHETIC
    total += (aesthetic - mean) / deviation * weight
    return float(1 / (1 + np.exp(-total)))

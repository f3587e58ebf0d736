"""`pose`: whole-body pose of every frame of every clip, and sharpness of face and hands (paper).

frames of a clip --> model (top-down, the clip's box is the person's) --> 133 points
    --> 130 in the order of the official files, stored as 16-bit shares of the crop
    --> boxes of face and hands --> patches of 128 x 128 --> sharpness, mean over frames
"""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ....records import Clip, clips_of
from ...engines import Source, Stage, Tables, in_halves
from ...models.contract import listed, numbers
from ...models.opencv import cv2
from ...models.vision.frame import Image
from ...models.vision.protocols import PoseModel
from ..clips.clip_pass import run_clip_pass
from ..clips.clip_tables import MEASURED, measured_schema, measured_table
from ..contract.builder import StageContext, WithModel

NUM_POINTS = 130
"""Points of a stored pose: body 20, left hand 21, right hand 21, face 68."""
MIN_SCORE = 0.3
"""A point is seen from this score (official code)."""
UNSEEN = 65535
"""Both numbers of a point that is not seen."""
_SCALE = 65535
_NECK_OF = (5, 6)
"""Shoulders of COCO-WholeBody; the neck is their middle (DWPose)."""
_OPENPOSE = (0, -1, 6, 8, 10, 5, 7, 9, 12, 14, 16, 11, 13, 15, 2, 1, 4, 3)
"""COCO's point for each of OpenPose's 18; -1 is the neck (DWPose)."""
_TOES = (17, 20)
"""Big toes of COCO-WholeBody, points 18 and 19 of a body of 20 (ours: our reading of the official
files' 20 points; public code with 20 points stores these)."""
_FACE, _LEFT_HAND, _RIGHT_HAND = slice(23, 91), slice(91, 112), slice(112, 133)
MIN_HAND_POINTS, MIN_FACE_POINTS = 10, 30
"""Seen points from which a hand or a face has a box (ours: half of them)."""
MIN_PATCH_PIXELS = 16
"""Boxes with a shorter side are not measured: scaled to 128 pixels they are all blur (ours)."""
_PATCH_MARGIN = 0.1
"""Share of its side by which a box reaches beyond its points (ours)."""
BATCH = 16
"""Frames of one batch (ours)."""

MEASURES = measured_schema("face_sharpness", "hand_sharpness")
POSES = pa.schema({"clip_id": pa.string(), "pose": pa.binary()})


def pose_stage(context: StageContext) -> Stage:
    """Poses of all clips."""
    return context.stage(
        name="pose",
        what="whole-body pose of every frame; how sharp face and hands are",
        reads=("clips",),
        writes={MEASURED: MEASURES, "poses": POSES},
        load=WithModel(context.spec, context.weights, _pose),
    )


def in_official_order(
    points: NDArray[np.float32], scores: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Body 20, hands 2 x 21, face 68, from COCO-WholeBody's 133.

    Args:
        points: (n, 133, 2).
        scores: (n, 133).

    Returns:
        (n, 130, 2), and (n, 130) whether each is seen; a neck is seen if both shoulders are.
    """
    left, right = _NECK_OF
    neck = points[:, [left, right]].mean(1, keepdims=True)
    neck_score = scores[:, [left, right]].min(1, keepdims=True)
    points = np.concatenate([points, neck], 1)
    scores = np.concatenate([scores, neck_score], 1)
    # The neck is last, at index -1.
    order = [*_OPENPOSE, *_TOES, *range(91, 133), *range(23, 91)]
    return points[:, order], scores[:, order] > MIN_SCORE


def packed(points: NDArray[np.float32], visible: NDArray[np.bool_], size: tuple[int, int]) -> bytes:
    """A `.npy` file of (n, 130, 2) uint16: shares of the crop's width and height.

    Args:
        points: (n, 130, 2) in pixels of the crop.
        visible: (n, 130).
        size: (h, w) of the crop.
    """
    normalised = points / np.array(size[::-1], np.float32)
    visible = visible & np.all((normalised >= 0) & (normalised <= 1), axis=2)
    # 65535 means unseen, so the far edge is 65534.
    values = np.minimum(np.rint(np.clip(normalised, 0, 1) * _SCALE), UNSEEN - 1)
    stored = np.where(visible[..., None], values, UNSEEN).astype("<u2")
    file = io.BytesIO()
    np.save(file, stored, allow_pickle=False)
    return file.getvalue()


def patch_boxes(
    points: NDArray[np.float32], scores: NDArray[np.float32], size: tuple[int, int]
) -> dict[str, NDArray[np.float32] | None]:
    """Squares around the face and the hands of one frame; None for those not in view.

    Args:
        points: (133, 2) in pixels.
        scores: (133,).
        size: (h, w) of the frame.

    Returns:
        `face`, `left`, `right`: (4,) x1, y1, x2, y2.
    """
    parts = {
        "face": (_FACE, MIN_FACE_POINTS),
        "left": (_LEFT_HAND, MIN_HAND_POINTS),
        "right": (_RIGHT_HAND, MIN_HAND_POINTS),
    }
    return {
        name: _square(points[part][scores[part] > MIN_SCORE], least, size)
        for name, (part, least) in parts.items()
    }


def _square(
    points: NDArray[np.float32], least: int, size: tuple[int, int]
) -> NDArray[np.float32] | None:
    inside = points[np.all((points >= 0) & (points < np.array(size[::-1])), axis=1)]
    if len(inside) < least:
        return None
    low, high = inside.min(0), inside.max(0)
    half = float((high - low).max()) * (0.5 + _PATCH_MARGIN)
    middle = (low + high) / 2
    low = np.clip(middle - half, 0, np.array(size[::-1]))
    high = np.clip(middle + half, 0, np.array(size[::-1]))
    if float((high - low).min()) < MIN_PATCH_PIXELS:
        return None
    return np.asarray(np.concatenate([low, high]), np.float32)


@dataclass(slots=True)
class _Sharpness:
    """A running mean; None without values."""

    total: float = 0.0
    count: int = 0

    def add(self, value: float) -> None:
        self.total, self.count = self.total + value, self.count + 1

    @property
    def mean(self) -> float | None:
        return round(self.total / self.count, 6) if self.count else None


@dataclass(frozen=True, slots=True)
class _Patches:
    """Boxes to measure, and the frames that hold them."""

    planes: Sequence[Image]
    boxes: NDArray[np.float32]
    frame_index: NDArray[np.int64]

    def sharpness(self, model: PoseModel, part: range) -> list[float]:
        """Sharpness of some boxes; the model gets only the frames that hold them."""
        span = slice(part.start, part.stop)
        used, index = np.unique(self.frame_index[span], return_inverse=True)
        planes = np.stack([self.planes[plane_index] for plane_index in used])
        answer = model.sharpness(planes, self.boxes[span], index.astype(np.int64))
        numbers("a pose model's sharpness", answer, (len(part),), least=0, most=1)
        return [float(score) for score in answer]


class Poses:
    """Tap of a clip: its poses, and the sharpness of face and hands."""

    def __init__(self, model: PoseModel) -> None:
        self._model = model
        self._waiting: list[Image] = []
        self._points: list[NDArray[np.float32]] = []
        self._visible: list[NDArray[np.bool_]] = []
        self._size = (0, 0)
        self.face, self.hands = _Sharpness(), _Sharpness()

    def add_frame(self, image: Image) -> None:
        """See `ClipTap.add_frame`."""
        self._size = image.shape[:2]
        self._waiting.append(image)
        if len(self._waiting) == BATCH:
            self._measure()

    def pose(self) -> bytes | None:
        """The `.npy` file; None for a clip without a frame."""
        self._measure()
        if not self._points:
            return None
        return packed(np.concatenate(self._points), np.concatenate(self._visible), self._size)

    def _measure(self) -> None:
        if not self._waiting:
            return
        frames, self._waiting = self._waiting, []
        answers = in_halves(frames, self._points_of)
        points = np.stack([frame_points for frame_points, _ in answers])
        scores = np.stack([frame_scores for _, frame_scores in answers])
        ordered, visible = in_official_order(points, scores)
        self._points.append(ordered)
        self._visible.append(visible)
        boxes: list[NDArray[np.float32]] = []
        positions: list[int] = []
        owners: list[_Sharpness] = []
        for position, (frame_points, score) in enumerate(zip(points, scores, strict=True)):
            for name, box in patch_boxes(frame_points, score, self._size).items():
                if box is not None:
                    boxes.append(box)
                    positions.append(position)
                    owners.append(self.face if name == "face" else self.hands)
        if boxes:
            planes = [
                np.asarray(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY), np.uint8) for frame in frames
            ]
            patches = _Patches(planes, np.stack(boxes), np.array(positions, np.int64))
            values = in_halves(range(len(boxes)), partial(patches.sharpness, self._model))
            for owner, value in zip(owners, values, strict=True):
                owner.add(value)

    def _points_of(
        self, images: Sequence[Image]
    ) -> list[tuple[NDArray[np.float32], NDArray[np.float32]]]:
        answer = listed("a pose model's points and scores", self._model.points(images), 2)
        points = numbers("a pose model's points", answer[0], (len(images), 133, 2))
        scores = numbers("a pose model's scores", answer[1], (len(images), 133))
        return list(zip(points, scores, strict=True))


def _pose(model: PoseModel, source: Source, inputs: Mapping[str, Tables]) -> Tables:
    clips: list[Clip] = clips_of(inputs["clips"]["clips"])
    poses: dict[str, bytes | None] = {}
    rows: dict[str, dict[str, float | None]] = {}
    for clip, tap in run_clip_pass(source.path, clips, lambda _: Poses(model)):
        # The pose first: it also measures the last frames.
        poses[clip.clip_id] = tap.pose()
        rows[clip.clip_id] = {"face_sharpness": tap.face.mean, "hand_sharpness": tap.hands.mean}
    table = pa.table([list(poses), list(poses.values())], schema=POSES)
    return {MEASURED: measured_table(rows, MEASURES), "poses": table}

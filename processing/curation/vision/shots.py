"""Shots and scenes of a source.

frames --> tap `CutScores` --> scores of every frame --> shots --> scenes of 3 to 14 s

Scores are PySceneDetect's `ContentDetector`: mean absolute differences of hue, saturation and
value from one frame to the next. Its `AdaptiveDetector` finds hard cuts. Fades are dark runs, as
in its `ThresholdDetector`, but cut at the blackest frame rather than in the middle.
"""

from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from math import ceil
from typing import Literal, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ...models.opencv import cv2
from ...models.vision.frame import FPS, Frame, Image

MIN_SCENE_SECONDS = 3.0
"""Shorter scenes give no clips (paper)."""
MAX_SCENE_SECONDS = 14.0
"""Longer shots are split into equal parts (paper: 3 to 14 s; how it splits is ours)."""
SCORED_WIDTH = 256
"""Pixels; wider frames are scaled down to this before they are scored (PySceneDetect)."""
BLACK_LUMA = 16 + 12 * 219 / 255
"""Mean Y below which a frame is black: 12 of 255 (PySceneDetect's `ThresholdDetector`)."""
_THUMBNAIL = (32, 18)
"""Pixels of the thumbnails that `likeness` compares (ours)."""
_AS_DARK = 0.25
"""Frames of a dark run within this mean Y of the darkest count as darkest (ours: less than a level
is noise)."""

SCHEMA = pa.schema(
    {
        "index": pa.int32(),
        "score": pa.float32(),
        "likeness": pa.float32(),
        "luma_mean": pa.float32(),
        "is_black": pa.bool_(),
    }
)

Transition = Literal["start", "cut", "fade"]


class FoundShot(NamedTuple):
    """Frames without a cut between them."""

    first: int
    """First frame."""
    stop: int
    """Frame after the last."""
    transition: Transition
    """How it starts; `start` for the first of a source."""


class FoundScene(NamedTuple):
    """A part of a shot, of 3 to 14 s."""

    index: int  # type: ignore[assignment]  # nobody needs tuple.index
    """Position in the source, where dropped short scenes count too."""
    first: int
    """First frame."""
    stop: int
    """Frame after the last."""
    shot: int
    """Index of its shot."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CutParams:
    """When a change between frames is a cut."""

    threshold: float = 3.0
    """Least ratio of a score to the mean of its neighbours (PySceneDetect's default)."""
    window: int = 2
    """Neighbours on either side, in frames (PySceneDetect's default)."""
    min_score: float = 15.0
    """Least score of a cut (PySceneDetect's default)."""
    min_shot_frames: int = 15
    """Least distance of a cut from the last one (PySceneDetect's default, 0.6 s)."""
    max_likeness: float = 0.9
    """Frames with a higher correlation differ by light alone: no cut (ours)."""
    max_fade_frames: int = 50
    """A dark run up to this long is one cut, a longer one its own shot (ours)."""


class CutScores:
    """Tap: how much every frame differs from the previous one, and how dark it is."""

    def __init__(self) -> None:
        # 13 bytes a frame: 9 MB in eight hours.
        self._scores, self._likeness, self._lumas = (array("f") for _ in range(3))
        self._blacks = array("b")
        self._last: tuple[Frame, Image | None, NDArray[np.float32]] | None = None

    def add_frame(self, frame: Frame) -> None:
        """See `Tap.add_frame`."""
        if self._last is not None and self._last[0].planes is frame.planes:
            # A repeated frame.
            self._add(0.0, 1.0, self._lumas[-1])
            return
        previous = self._last
        hsv: Image | None = None
        if frame.measures is not None:
            score, luma = frame.measures.content_score, frame.measures.luma_mean
            thumbnail = _evened(frame.measures.thumbnail)
        else:
            hsv = to_hsv(shrunk_for_scores(frame.bgr()))
            score = 0.0
            if previous is not None:
                assert previous[1] is not None, "either all frames have measures, or none"
                score = content_score(previous[1], hsv)
            luma = float(cv2.mean(frame.luma)[0])
            small = cv2.resize(frame.luma, _THUMBNAIL, interpolation=cv2.INTER_AREA)
            thumbnail = _evened(np.asarray(small, np.uint8))
        likeness = 1.0 if previous is None else float((previous[2] * thumbnail).mean())
        self._add(score, likeness, luma)
        self._last = (frame, hsv, thumbnail)

    def _add(self, score: float, likeness: float, luma: float) -> None:
        self._scores.append(score)
        self._likeness.append(likeness)
        self._lumas.append(luma)
        self._blacks.append(luma < BLACK_LUMA)

    def finish(self) -> pa.Table:
        """A row a frame.

        `index` int32; `score` 0 to 255, 0 for the first; `likeness` -1 to 1, the correlation of
        the thumbnail with the previous one; `luma_mean` of the Y plane, 16 to 235; `is_black`
        whether that is below `BLACK_LUMA`.
        """
        kept = (np.asarray(column) for column in (self._scores, self._likeness, self._lumas))
        index = np.arange(len(self._scores), dtype=np.int32)
        black = np.asarray(self._blacks).astype(np.bool_)
        return pa.table([pa.array(column) for column in (index, *kept, black)], schema=SCHEMA)


def shrunk_for_scores(bgr: Image) -> Image:
    """A frame of at most 256 pixels width, as PySceneDetect's `SceneManager` scales it."""
    high, wide = bgr.shape[:2]
    if wide < SCORED_WIDTH:
        return bgr
    factor = wide / SCORED_WIDTH
    size = (max(1, round(wide / factor)), max(1, round(high / factor)))
    return np.asarray(cv2.resize(bgr, size, interpolation=cv2.INTER_LINEAR), np.uint8)


def to_hsv(bgr: Image) -> Image:
    """(h, w, 3) hue 0 to 179, saturation and value 0 to 255, as OpenCV has them."""
    return np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2HSV), np.uint8)


def content_score(previous: Image, current: Image) -> float:
    """Mean over hue, saturation and value of the mean absolute difference, 0 to 255.

    Sums are integers, so the result is PySceneDetect's to the last bit or two.

    Args:
        previous: (h, w, 3) HSV.
        current: (h, w, 3) HSV.
    """
    hue, saturation, value, _ = cv2.sumElems(cv2.absdiff(previous, current))
    pixels = previous.shape[0] * previous.shape[1]
    return float((hue / pixels + saturation / pixels + value / pixels) / 3.0)


def _evened(thumbnail: Image) -> NDArray[np.float32]:
    """A thumbnail scaled to mean 0 and deviation 1."""
    small = thumbnail.astype(np.float32)
    small -= small.mean()
    deviation = float(small.std())
    return np.asarray(small / max(deviation, 1e-3), np.float32)


def adaptive_ratios(scores: NDArray[np.float64], params: CutParams) -> NDArray[np.float64]:
    """Ratio of each score to the mean of its neighbours, 0 to 255 (PySceneDetect).

    Args:
        scores: (n,) of one source.
        params: `window` and `min_score` are used.

    Returns:
        (n,), 0 with too few neighbours.
    """
    width = params.window
    ratios = np.zeros(len(scores))
    if len(scores) <= 2 * width:
        return ratios
    sums = np.convolve(scores, np.ones(2 * width + 1), mode="valid")
    middle = scores[width : len(scores) - width]
    around = (sums - middle) / (2 * width)
    still = around < 1e-5
    ratios[width : len(scores) - width] = np.where(
        still,
        np.where(middle >= params.min_score, 255.0, 0.0),
        np.minimum(middle / np.where(still, 1.0, around), 255.0),
    )
    return ratios


def find_shots(table: pa.Table, params: CutParams | None = None) -> list[FoundShot]:
    """Shots of a source in order; they cover it.

    Args:
        table: of `CutScores`.
        params: when a change is a cut.
    """
    params = params or CutParams()
    if not table.num_rows:
        return []
    scores = table["score"].to_numpy().astype(np.float64)
    likeness = table["likeness"].to_numpy()
    luma = table["luma_mean"].to_numpy()
    runs = _runs(table["is_black"].to_numpy(zero_copy_only=False))
    ratios = adaptive_ratios(scores, params)
    hard = (ratios >= params.threshold) & (scores >= params.min_score)
    hard &= likeness <= params.max_likeness
    boundaries: list[tuple[int, Transition]] = []
    for first, stop in runs:
        # Within a dark run hue is noise, and its edges are no hard cuts.
        hard[max(0, first - params.window) : stop + params.window + 1] = False
        if first == 0 and stop == len(luma):
            continue
        if stop - first <= params.max_fade_frames:
            if first > 0 and stop < len(luma):
                boundaries.append((_blackest(luma, first, stop), "fade"))
        else:
            boundaries += [(edge, "fade") for edge in (first, stop) if 0 < edge < len(luma)]
    boundaries += [(int(frame), "cut") for frame in np.flatnonzero(hard)]
    # Fades stay; a hard cut too close to the last boundary or to any fade is dropped.
    fades = [frame for frame, transition in boundaries if transition == "fade"]
    edges: list[tuple[int, Transition]] = [(0, "start")]
    for frame, transition in sorted(boundaries):
        near_fade = any(abs(frame - fade) < params.min_shot_frames for fade in fades)
        near_last = frame - edges[-1][0] < params.min_shot_frames
        if transition == "fade" or not (near_fade or near_last):
            edges.append((frame, transition))
    stops = [frame for frame, _ in edges[1:]] + [len(luma)]
    return [
        FoundShot(first, stop, transition)
        for (first, transition), stop in zip(edges, stops, strict=True)
    ]


def _runs(flags: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """[first, stop) of every run of true flags."""
    padded = np.concatenate([[False], flags, [False]])
    edges = np.flatnonzero(padded[1:] != padded[:-1])
    return [(int(first), int(stop)) for first, stop in edges.reshape(-1, 2)]


def _blackest(luma: NDArray[np.float32], first: int, stop: int) -> int:
    """The middle one of the darkest frames of a run."""
    run = luma[first:stop]
    darkest = np.flatnonzero(run <= run.min() + _AS_DARK)
    return first + int(darkest[len(darkest) // 2])


def scenes_of(shots: Iterable[FoundShot]) -> list[FoundScene]:
    """Scenes of 3 to 14 s: longer shots are split into equal parts, shorter ones are dropped.

    Args:
        shots: of one source, in order.
    """
    scenes: list[FoundScene] = []
    count = 0
    for number, shot in enumerate(shots):
        length = shot.stop - shot.first
        num_parts = max(1, ceil(length / FPS / MAX_SCENE_SECONDS))
        edges = [shot.first + round(length * part / num_parts) for part in range(num_parts + 1)]
        for first, stop in pairwise(edges):
            if stop - first >= MIN_SCENE_SECONDS * FPS:
                scenes.append(FoundScene(count, first, stop, number))
            count += 1
    return scenes

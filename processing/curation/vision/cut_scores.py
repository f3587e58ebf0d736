"""Scores of every frame, from which `shots` finds the cuts.

frames --> tap `CutScores` --> a row a frame: change of colour, sums over the thumbnail

The colour score is PySceneDetect's `ContentDetector`: mean absolute differences of hue, saturation
and value from one frame to the next. The sums over the thumbnail give mean, deviation and
correlation of any part of the frame whose surroundings stand still: what stands still adds the
same number to each sum, so it can be taken off once the whole source was seen (`margins`).
"""

from array import array

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ...models.opencv import cv2
from ...models.vision.frame import Frame, Image

SCORED_WIDTH = 256
"""Pixels; wider frames are scaled down to this before they are scored (PySceneDetect)."""

FLAT_DEVIATION = 2.0
"""Levels of Y: a smaller deviation over a frame counts as this, so that noise has no
correlation (ours)."""

SCHEMA = pa.schema(
    {
        "index": pa.int32(),
        "score": pa.float32(),
        "luma_mean": pa.float32(),
        "light": pa.int32(),
        "light_square": pa.int32(),
        "light_product": pa.int32(),
    }
)


class CutScores:
    """Tap: how much every frame differs from the previous one, and how bright and flat it is."""

    def __init__(self) -> None:
        # 20 bytes a frame: 14 MB in eight hours.
        self._scores, self._lumas = array("f"), array("f")
        self._sums = array("i")
        self._last: tuple[Frame, Image | None, NDArray[np.int32]] | None = None

    def add_frame(self, frame: Frame) -> None:
        """See `Tap.add_frame`."""
        if self._last is not None and self._last[0].planes is frame.planes:
            # A repeated frame.
            light, square, _ = self._sums[-3:]
            self._add(0.0, self._lumas[-1], (light, square, square))
            return
        hsv: Image | None = None
        if frame.measures is not None:
            score, luma = frame.measures.content_score, frame.measures.luma_mean
        else:
            hsv = to_hsv(shrunk_for_scores(frame.bgr()))
            score = 0.0
            if self._last is not None:
                assert self._last[1] is not None, "either all frames have measures, or none"
                score = content_score(self._last[1], hsv)
            luma = float(cv2.mean(frame.luma)[0])
        thumbnail = frame.thumbnail().astype(np.int32).ravel()
        previous = thumbnail if self._last is None else self._last[2]
        sums = (thumbnail.sum(), thumbnail @ thumbnail, previous @ thumbnail)
        self._add(score, luma, (int(sums[0]), int(sums[1]), int(sums[2])))
        self._last = (frame, hsv, thumbnail)

    def _add(self, score: float, luma: float, sums: tuple[int, int, int]) -> None:
        self._scores.append(score)
        self._lumas.append(luma)
        self._sums.extend(sums)

    def finish(self) -> pa.Table:
        """A row a frame.

        `index` int32; `score` 0 to 255, 0 for the first; `luma_mean` of the Y plane, 16 to 235;
        and int32 sums over the 576 pixels of the thumbnail: `light` of Y, `light_square` of its
        squares, `light_product` of its products with the previous thumbnail (the first: with
        itself).
        """
        index = np.arange(len(self._scores), dtype=np.int32)
        sums = np.asarray(self._sums, np.int32).reshape(-1, 3)
        columns = (index, np.asarray(self._scores), np.asarray(self._lumas), *sums.T)
        return pa.table([pa.array(column) for column in columns], schema=SCHEMA)


def light_change(previous: Image, current: Image) -> float:
    """1 less the correlation of two thumbnails, 0 to 2; flat ones are alike.

    Args:
        previous: (h, w) luma.
        current: (h, w) luma.
    """
    one, other = (image.astype(np.float64).ravel() for image in (previous, current))
    one, other = one - one.mean(), other - other.mean()
    scales = [max(float(light.std()), FLAT_DEVIATION) for light in (one, other)]
    return float(((one / scales[0] - other / scales[1]) ** 2).mean() / 2)


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

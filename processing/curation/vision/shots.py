"""Shots and scenes of a source.

scores of every frame, margins --> measures within the margins --> shots --> scenes of 3 to 14 s

Two measures find hard cuts, each by the rule of PySceneDetect's `AdaptiveDetector`: its own colour
score, and how little the light of a frame correlates with that of the previous one. The second
needs no colour, no contrast and no large frame, and grain hardly moves it. Fades are runs of dark
frames, as in its `ThresholdDetector`, or of flat ones, and are cut at the flattest frame rather
than in the middle.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from math import ceil
from typing import Literal, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ...models.vision.frame import FPS
from .cut_scores import FLAT_DEVIATION
from .margins import NO_MARGINS, Margins

MIN_SCENE_SECONDS = 3.0
"""Shorter scenes give no clips (paper)."""
MAX_SCENE_SECONDS = 14.0
"""Longer shots are split into equal parts (paper: 3 to 14 s; how it splits is ours)."""
BLACK_LUMA = 16 + 12 * 219 / 255
"""Mean Y below which a frame is black: 12 of 255 (PySceneDetect's `ThresholdDetector`)."""
_AS_FLAT = 0.25
"""Frames of a dark or flat run whose deviation is within this of the least, in levels of Y, are as
flat as it gets (ours: less than a level is noise)."""

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
    """Least ratio of a measure to the mean of its neighbours (PySceneDetect's default)."""
    window: int = 2
    """Neighbours on either side, in frames (PySceneDetect's default)."""
    min_score: float = 15.0
    """Least colour score of a cut (PySceneDetect's default)."""
    min_change: float = 0.1
    """Least change of light of a cut that colour finds: below it frames differ by brightness alone
    (ours)."""
    min_light_change: float = 0.2
    """Least change of light of a cut that light alone finds (ours: people who move quickly, or
    whose film lacks frames, make 0.13)."""
    min_shot_frames: int = 15
    """Least distance of a cut from the last one (PySceneDetect's default, 0.6 s)."""
    max_fade_frames: int = 50
    """A dark run up to this long is one cut, a longer one its own shot (ours)."""
    max_flatness: float = 0.15
    """A frame whose deviation is below this share of the source's median is flat, as in the middle
    of a fade to any colour (ours)."""


class Measures(NamedTuple):
    """Of every frame of a source, within its margins; (n,) float64 each."""

    score: NDArray[np.float64]
    """Colour score, 0 to 255."""
    change: NDArray[np.float64]
    """`cut_scores.light_change` from the previous frame; 0 for the first."""
    luma: NDArray[np.float64]
    """Mean Y, 16 to 235."""
    deviation: NDArray[np.float64]
    """Of Y over the cells, in levels."""


def measures_within(table: pa.Table, margins: Margins = NO_MARGINS) -> Measures:
    """The measures of a part of the frame, from sums over all of it.

    Args:
        table: of `CutScores`.
        margins: what stands still around the part.
    """
    score, luma, light, square, product = (
        table[name].to_numpy().astype(np.float64)
        for name in ("score", "luma_mean", "light", "light_square", "light_product")
    )
    number = margins.num_cells
    mean = (light - margins.light) / number
    variance = np.maximum((square - margins.light_square) / number - mean**2, 0.0)
    deviation = np.sqrt(variance)
    scale = np.maximum(deviation, FLAT_DEVIATION)
    before = np.maximum(np.arange(len(mean)) - 1, 0)
    shared = (product - margins.light_square) / number - mean * mean[before]
    power = variance / scale**2
    change = (power + power[before]) / 2 - shared / (scale * scale[before])
    change[:1] = 0.0
    return Measures(
        score=score / margins.share,
        change=np.maximum(change, 0.0),
        luma=luma if margins == NO_MARGINS else mean,
        deviation=deviation,
    )


def adaptive_ratios(scores: NDArray[np.float64], window: int, least: float) -> NDArray[np.float64]:
    """Ratio of each score to the mean of its neighbours, 0 to 255 (PySceneDetect).

    Args:
        scores: (n,) of one source.
        window: neighbours on either side.
        least: a score from which a change between still frames counts.

    Returns:
        (n,), 0 with too few neighbours.
    """
    width = window
    ratios = np.zeros(len(scores))
    if len(scores) <= 2 * width:
        return ratios
    sums = np.convolve(scores, np.ones(2 * width + 1), mode="valid")
    middle = scores[width : len(scores) - width]
    around = (sums - middle) / (2 * width)
    still = around < 1e-5
    ratios[width : len(scores) - width] = np.where(
        still,
        np.where(middle >= least, 255.0, 0.0),
        np.minimum(middle / np.where(still, 1.0, around), 255.0),
    )
    return ratios


def find_shots(
    table: pa.Table, params: CutParams | None = None, margins: Margins = NO_MARGINS
) -> list[FoundShot]:
    """Shots of a source in order; they cover it.

    Args:
        table: of `CutScores`.
        params: when a change is a cut.
        margins: what stands still around the frame proper.
    """
    params = params or CutParams()
    if not table.num_rows:
        return []
    measures = measures_within(table, margins)
    num_frames = table.num_rows
    hard = _hard_cuts(measures, params)
    boundaries: list[tuple[int, Transition]] = []
    for first, stop in _runs(_blank(measures, params)):
        # Within a dark run hue is noise, and its edges are no hard cuts.
        hard[max(0, first - params.window) : stop + params.window + 1] = False
        if first == 0 and stop == num_frames:
            continue
        if stop - first <= params.max_fade_frames:
            if first > 0 and stop < num_frames:
                boundaries.append((_flattest(measures.deviation, first, stop), "fade"))
        else:
            boundaries += [(edge, "fade") for edge in (first, stop) if 0 < edge < num_frames]
    boundaries += [(int(frame), "cut") for frame in np.flatnonzero(hard)]
    # Fades stay; a hard cut too close to the last boundary or to any fade is dropped.
    fades = [frame for frame, transition in boundaries if transition == "fade"]
    edges: list[tuple[int, Transition]] = [(0, "start")]
    for frame, transition in sorted(boundaries):
        near_fade = any(abs(frame - fade) < params.min_shot_frames for fade in fades)
        near_last = frame - edges[-1][0] < params.min_shot_frames
        if transition == "fade" or not (near_fade or near_last):
            edges.append((frame, transition))
    stops = [frame for frame, _ in edges[1:]] + [num_frames]
    return [
        FoundShot(first, stop, transition)
        for (first, transition), stop in zip(edges, stops, strict=True)
    ]


def _hard_cuts(measures: Measures, params: CutParams) -> NDArray[np.bool_]:
    """Whether each frame stands out from its neighbours by colour, or by light alone."""

    def stands_out(values: NDArray[np.float64], least: float) -> NDArray[np.bool_]:
        ratios = adaptive_ratios(values, params.window, least)
        return np.asarray((values >= least) & (ratios >= params.threshold))

    by_colour = stands_out(measures.score, params.min_score)
    by_colour &= measures.change >= params.min_change
    return by_colour | stands_out(measures.change, params.min_light_change)


def _blank(measures: Measures, params: CutParams) -> NDArray[np.bool_]:
    """Whether each frame shows nothing: it is black, or flat."""
    usual = float(np.median(measures.deviation))
    flat = measures.deviation < params.max_flatness * usual
    return np.asarray(flat | (measures.luma < BLACK_LUMA))


def _runs(flags: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """[first, stop) of every run of true flags."""
    padded = np.concatenate([[False], flags, [False]])
    edges = np.flatnonzero(padded[1:] != padded[:-1])
    return [(int(first), int(stop)) for first, stop in edges.reshape(-1, 2)]


def _flattest(deviation: NDArray[np.float64], first: int, stop: int) -> int:
    """The middle one of the flattest frames of a run."""
    run = deviation[first:stop]
    flattest = np.flatnonzero(run <= run.min() + _AS_FLAT)
    return first + int(flattest[len(flattest) // 2])


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

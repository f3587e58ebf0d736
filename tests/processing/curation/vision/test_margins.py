"""Margins are where nothing ever changes, on all sides of what does."""

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray

from speakervid5m.processing.curation.vision.light import SCHEMA
from speakervid5m.processing.curation.vision.margins import NO_MARGINS, Margins, find_margins

NUM_FRAMES = 300


def cells_of(luma: NDArray[np.float64]) -> pa.Table:
    """Light of every fifth frame, (n, 18, 32)."""
    number = len(luma)
    index = pa.array(np.arange(number, dtype=np.int32) * 5)
    flat = pa.array(np.clip(luma, 0, 255).round().astype(np.uint8).ravel())
    still = pa.array(np.zeros(number * 576, np.float16))
    columns = [index, *(pa.FixedSizeListArray.from_arrays(part, 576) for part in (flat, still))]
    return pa.table(columns, schema=SCHEMA)


def lively(seed: int = 0) -> NDArray[np.float64]:
    return np.random.default_rng(seed).uniform(30, 220, (NUM_FRAMES, 18, 32))


@pytest.mark.parametrize(
    ("box", "level"),
    [((0, 2, 32, 16), 16), ((4, 0, 28, 18), 16), ((14, 8, 30, 17), 90), ((0, 0, 30, 18), 120)],
    ids=["letterbox", "pillarbox", "window", "one side"],
)
@pytest.mark.parametrize("grain", [0.0, 0.9])
def test_the_box_within_still_surroundings(
    box: tuple[int, int, int, int], level: int, grain: float
) -> None:
    x1, y1, x2, y2 = box
    luma = level + np.random.default_rng(1).normal(0, grain, (NUM_FRAMES, 18, 32))
    luma[:, y1:y2, x1:x2] = lively()[:, y1:y2, x1:x2]
    number = 576 - (x2 - x1) * (y2 - y1)
    assert find_margins(cells_of(luma)) == Margins(
        box=box, light=number * level, light_square=number * level**2
    )


def test_what_has_no_margins() -> None:
    half = lively()
    half[: NUM_FRAMES // 2, :4] = 16
    empty = cells_of(np.zeros((0, 18, 32)))
    tiny = np.full((NUM_FRAMES, 18, 32), 60.0)
    tiny[:, 8:10, 10:14] = lively()[:, 8:10, 10:14]
    for luma in (lively(), np.full((NUM_FRAMES, 18, 32), 60.0), half, tiny):
        assert find_margins(cells_of(luma)) == NO_MARGINS
    assert find_margins(empty) == NO_MARGINS
    assert find_margins(cells_of(lively()[:1])) == NO_MARGINS


def test_a_title_over_all_of_it_is_forgiven() -> None:
    luma = np.full((NUM_FRAMES, 18, 32), 16.0)
    luma[:, 3:15] = lively()[:, 3:15]
    luma[:4] = 235
    assert find_margins(cells_of(luma)).box == (0, 3, 32, 15)

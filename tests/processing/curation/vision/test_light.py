"""Light, motion and clarity: the official formulas, and cells that give them for any box."""

import cv2
import numpy as np
import pytest

from speakervid5m.processing.curation.vision.frame_pass import run_frame_pass
from speakervid5m.processing.curation.vision.light import (
    COLUMNS,
    ROWS,
    SCHEMA,
    Cells,
    box_means,
    cell_means,
    clarity,
    longest_abnormal_run,
    luminance,
    luminance_in,
    motion_in,
    official_luminance,
)
from speakervid5m.processing.models.vision.frame import Frame

from ..conftest import Seen, grey_frame

WHOLE = (0.0, 0.0, 1.0, 1.0)


def test_luminance_is_the_official_one() -> None:
    rng = np.random.default_rng(1)
    bgr = rng.integers(0, 256, (36, 64, 3), dtype=np.uint8)
    blue, green, red = (bgr[..., channel].astype(np.float64) for channel in range(3))
    expected = (0.2126 * red + 0.7152 * green + 0.0722 * blue).mean()
    assert official_luminance(bgr) == pytest.approx(expected, rel=1e-9)
    for level in (16, 100, 235):
        frame = grey_frame(0, np.full((36, 64), level, np.uint8))
        assert luminance(np.array([level]))[0] == pytest.approx(
            official_luminance(frame.bgr()), abs=1
        )


def test_luminance_of_a_show_is_near_the_official_one(shows: list[Seen]) -> None:
    class Official:
        def __init__(self) -> None:
            self.values: list[float] = []

        def add_frame(self, frame: Frame) -> None:
            if frame.index % 25 == 0:
                self.values.append(official_luminance(frame.bgr()))

    official = Official()
    run_frame_pass(shows[0].path, [official])  # type: ignore[list-item]
    ours = luminance(shows[0].cuts["luma_mean"].to_numpy())[::25]
    assert np.abs(ours - official.values).max() < 4


def test_dark_scenes_are_darker(shows: list[Seen]) -> None:
    light: dict[str | None, list[float]] = {}
    for show in shows:
        for one in show.tracks:
            values = luminance_in(show.cells, one.person_box, one.first, one.stop)
            assert abs(len(values) - (one.stop - one.first) / 5) <= 1
            fault = show.fault_at((one.first + one.stop) // 2)
            light.setdefault(fault, []).append(float(values.mean()))
            motion = motion_in(show.cells, one.person_box, one.first, one.stop)
            assert motion is not None
            assert 0.02 < motion < 10
    assert max(light["dark"]) < 0.5 * min(light[None])


def test_abnormal_runs() -> None:
    assert longest_abnormal_run(np.array([])) == 0
    assert longest_abnormal_run(np.array([10, 210, 100])) == 0
    assert longest_abnormal_run(np.array([9, 9, 100, 211, 9, 9, 211, 100, 9])) == 4


def test_cells_are_means(shows: list[Seen]) -> None:
    rng = np.random.default_rng(2)
    plane = rng.integers(0, 256, (ROWS * 5, COLUMNS * 3), dtype=np.uint8)
    expected = plane.reshape(ROWS, 5, COLUMNS, 3).mean((1, 3)).ravel()
    assert cell_means(plane) == pytest.approx(expected, abs=1e-3)
    assert shows[0].cells.schema == SCHEMA
    every = shows[0].cells["index"].to_numpy()
    assert np.array_equal(every, np.arange(0, shows[0].looked.num_frames, 5))
    # The same mean as OpenCV's of the whole picture, to the rounding of a cell.
    luma = np.stack(shows[0].cells["luma"].to_numpy(zero_copy_only=False))
    whole = shows[0].cuts["luma_mean"].to_numpy()[::5]
    assert np.abs(box_means(luma, WHOLE) - whole).max() < 0.6


def test_boxes_take_the_part_of_a_cell_that_is_inside() -> None:
    grid = np.zeros((1, ROWS, COLUMNS))
    grid[0, :, 0] = 100
    cells = grid.reshape(1, -1)
    assert box_means(cells, WHOLE)[0] == pytest.approx(100 / COLUMNS)
    assert box_means(cells, (0.0, 0.0, 1 / COLUMNS, 1.0))[0] == pytest.approx(100)
    half = (0.5 / COLUMNS, 0.2, 1.5 / COLUMNS, 0.9)
    assert box_means(cells, half)[0] == pytest.approx(50)


def test_motion_is_the_mean_difference_inside_the_box() -> None:
    tap = Cells()
    left = np.zeros((90, 160), np.uint8)
    for index in range(40):
        luma = left.copy()
        luma[:, :80] = 100 + 20 * (index % 2)
        tap.add_frame(grey_frame(index, luma))
    table = tap.finish()
    assert motion_in(table, (0.0, 0.0, 0.5, 1.0), 0, 40) == pytest.approx(20, abs=0.01)
    assert motion_in(table, (0.5, 0.0, 1.0, 1.0), 0, 40) == 0
    assert motion_in(table, WHOLE, 0, 40) == pytest.approx(10, abs=0.01)
    assert motion_in(table, WHOLE, 1, 5) is None
    assert Cells().finish().num_rows == 0


def test_clarity_is_bit_rate_by_the_root_of_the_area() -> None:
    assert clarity(2_000_000, 1920, 1080) == pytest.approx(2_000_000 / np.sqrt(1920 * 1080))


def test_the_mean_of_luma_equals_opencvs(shows: list[Seen]) -> None:
    capture = cv2.VideoCapture(str(shows[1].path))
    capture.set(cv2.CAP_PROP_CONVERT_RGB, 1)
    _, bgr = capture.read()
    capture.release()
    ours = float(luminance(shows[1].cuts["luma_mean"].to_numpy()[:1])[0])
    grey = float(cv2.mean(cv2.cvtColor(bgr, cv2.COLOR_BGR2GRAY))[0])
    assert ours == pytest.approx(grey, abs=1.5)

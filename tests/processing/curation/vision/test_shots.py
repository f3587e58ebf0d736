"""Cuts where the truth has them; scores and hard cuts as PySceneDetect has them."""

from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
import scenedetect

from speakervid5m.processing.curation.vision.cut_scores import (
    SCHEMA,
    CutScores,
    content_score,
    light_change,
    shrunk_for_scores,
    to_hsv,
)
from speakervid5m.processing.curation.vision.frame_pass import run_frame_pass
from speakervid5m.processing.curation.vision.margins import Margins
from speakervid5m.processing.curation.vision.shots import (
    BLACK_LUMA,
    CutParams,
    FoundScene,
    FoundShot,
    adaptive_ratios,
    find_shots,
    measures_within,
    scenes_of,
)
from speakervid5m.processing.models.vision.frame import Frame, Image
from speakervid5m.processing.studio import FPS

from ..conftest import Seen, grey_frame


class Pictures:
    """Keeps the pictures that are scored."""

    def __init__(self) -> None:
        self.bgr: list[Image] = []

    def add_frame(self, frame: Frame) -> None:
        self.bgr.append(shrunk_for_scores(frame.bgr()))

    def finish(self) -> pa.Table:
        return pa.table({})


def test_shots_and_scenes_are_the_true_ones(shows: list[Seen]) -> None:
    for show in shows:
        shots = find_shots(show.cuts)
        true = show.truth.shots
        assert [shot.transition for shot in shots[1:]] == [shot.transition for shot in true[1:]]
        for shot, expected in zip(shots, true, strict=True):
            assert abs(shot.first - expected.start_seconds * FPS) <= 1.001
        expected_scenes = {
            (scene.index, scene.shot)
            for scene in show.truth.scenes
            if scene.interval.duration_seconds > 3 - 1e-6
        }
        assert {(scene.index, scene.shot) for scene in show.scenes} == expected_scenes
    assert {shot.transition for show in shows for shot in show.truth.shots} == {"cut", "fade"}


def test_scores_and_hard_cuts_equal_pyscenedetects(shows: list[Seen]) -> None:
    pictures = Pictures()
    run_frame_pass(shows[0].path, [pictures])
    frames = pictures.bgr[:400]
    content, adaptive = scenedetect.ContentDetector(), scenedetect.AdaptiveDetector()
    expected, cuts = [], []
    for number, frame in enumerate(frames):
        time = scenedetect.FrameTimecode(number, fps=25.0)
        expected.append(content._calculate_frame_score(time, frame))
        cuts += [cut.frame_num for cut in adaptive.process_frame(time, frame)]
    scores = [0.0, *(content_score(to_hsv(a), to_hsv(b)) for a, b in pairwise(frames))]
    assert np.allclose(scores, expected, rtol=1e-12, atol=0)
    kept = shows[0].cuts["score"].to_numpy()[:400]
    assert np.array_equal(kept, np.array(expected, np.float32))
    bare = CutParams(min_change=0.0, min_light_change=9.0)
    ours = [shot.first for shot in find_shots(shows[0].cuts.slice(0, 400), bare)[1:]]
    black = np.flatnonzero(shows[0].cuts["luma_mean"].to_numpy()[:400] < BLACK_LUMA)
    assert [cut for cut in ours if not np.any(np.abs(black - cut) < 4)] == [
        cut for cut in cuts if not np.any(np.abs(black - cut) < 4)
    ]
    assert len(cuts) >= 2


def test_scores_of_plain_arrays() -> None:
    rng = np.random.default_rng(0)
    one, other = (rng.integers(0, 180, (30, 40, 3), dtype=np.uint8) for _ in range(2))
    difference = np.abs(one.astype(np.int32) - other.astype(np.int32))
    assert content_score(one, other) == pytest.approx(difference.mean((0, 1)).mean(), rel=1e-12)
    assert content_score(one, one) == 0


def test_adaptive_ratios_at_the_edges() -> None:
    assert not adaptive_ratios(np.array([0.0, 50, 0, 0]), 2, 15.0).any()
    ratios = adaptive_ratios(np.array([0.0, 0, 0, 40, 0, 0, 0]), 2, 15.0)
    assert ratios[3] == 255
    assert not np.delete(ratios, 3).any()
    ratios = adaptive_ratios(np.array([1.0, 2, 3, 40, 5, 6, 7]), 2, 15.0)
    assert ratios[3] == pytest.approx(40 / 4)


CELLS = 18 * 32


def made(
    scores: dict[int, float],
    black: range = range(0),
    changes: dict[int, float] | None = None,
    *,
    deviation: float = 30.0,
    outside: int = 0,
) -> pa.Table:
    """Scores of 200 frames.

    Args:
        scores: colour scores; 1 elsewhere.
        black: a dark run.
        changes: 1 less the correlation with the previous frame; 0.01 elsewhere.
        deviation: of the light that is seen.
        outside: cells that stand still at the level 200.
    """
    frames = np.arange(200)
    luma = np.full(200, 90.0)
    for frame in black:
        luma[frame] = 16 + min(9.0, abs(frame - (black.start + black.stop) // 2) * 0.5)
    values, change = np.ones(200), np.full(200, 0.01)
    values[list(scores)] = list(scores.values())
    change[list(changes or {})] = list((changes or {}).values())
    spread = deviation * (luma - 16) / (90 - 16)
    before = np.maximum(frames - 1, 0)
    number, still = CELLS - outside, np.array([200.0, 200.0**2, 200.0**2]) * outside
    sums = number * np.stack(
        [
            luma,
            luma**2 + spread**2,
            luma * luma[before] + (1 - change) * spread * spread[before],
        ]
    )
    light, square, product = np.rint(sums + still[:, None]).astype(np.int32)
    columns = (
        frames.astype(np.int32),
        (values * number / CELLS).astype(np.float32),
        (light / CELLS).astype(np.float32),
        light,
        square,
        product,
    )
    return pa.table([pa.array(column) for column in columns], schema=SCHEMA)


def firsts(table: pa.Table) -> list[tuple[int, str]]:
    return [(shot.first, shot.transition) for shot in find_shots(table)]


def test_rules_of_cuts() -> None:
    start = (0, "start")
    alike = {50: 0.15, 60: 0.15, 120: 0.15, 5: 0.15, 150: 0.15}
    assert firsts(made({50: 40.0, 120: 40.0}, changes=alike)) == [start, (50, "cut"), (120, "cut")]
    # Too close to the last one, to the beginning, too weak.
    assert firsts(made({50: 40.0, 60: 40.0}, changes=alike)) == [start, (50, "cut")]
    assert firsts(made({5: 40.0, 150: 14.0}, changes=alike)) == [start]
    # Brighter alone.
    assert firsts(made({50: 40.0}, changes={50: 0.05})) == [start]
    # A fade; changes inside it and close to it are part of it.
    assert firsts(made({101: 60.0, 108: 60.0}, range(96, 105))) == [start, (100, "fade")]
    # Black at the edges of a source is no fade; long black is a shot of its own.
    assert firsts(made({}, range(0, 20))) == [start]
    assert firsts(made({}, range(180, 200))) == [start]
    assert firsts(made({}, range(200))) == [start]
    assert firsts(made({}, range(80, 150))) == [start, (80, "fade"), (150, "fade")]
    assert find_shots(pa.table([[] for _ in SCHEMA], schema=SCHEMA)) == []


def test_the_change_of_thumbnails_is_that_of_their_sums() -> None:
    rng = np.random.default_rng(0)
    flat = np.full((18, 32), 90, np.uint8)
    lights = [flat, *(rng.integers(16, 236, (18, 32), dtype=np.uint8) for _ in range(3)), flat + 1]
    tap = CutScores()
    for number, light in enumerate(lights):
        tap.add_frame(grey_frame(number, np.kron(light, np.ones((2, 2), np.uint8))))
    changes = [0.0, *(light_change(one, other) for one, other in pairwise(lights))]
    assert measures_within(tap.finish()).change.tolist() == pytest.approx(changes, abs=1e-9)
    assert light_change(flat, flat + 40) == 0
    assert light_change(lights[1], lights[1] // 2) == pytest.approx(0, abs=1e-3)


def test_light_alone_finds_cuts_where_there_is_no_colour_no_contrast_or_grain() -> None:
    start, seen = (0, "start"), {50: 0.6, 120: 0.3}
    cuts = [start, (50, "cut"), (120, "cut")]
    assert firsts(made({}, changes=seen)) == cuts
    assert firsts(made({}, changes=seen, deviation=12.0)) == cuts
    # All frames change as much, as in a pan; motion that is no cut; noise on a flat wall.
    assert firsts(made({}, changes=dict.fromkeys(range(40, 60), 0.4))) == [start]
    assert firsts(made({}, changes={50: 0.15})) == [start]
    assert firsts(made({}, changes=seen, deviation=0.3)) == [start]


def test_margins_are_taken_off() -> None:
    margins = Margins(box=(8, 5, 24, 13), light=448 * 200, light_square=448 * 200**2)
    assert margins.num_cells == CELLS - 448
    whole = made({30: 40.0}, range(96, 105), {30: 0.3, 60: 0.6})
    framed = made({30: 40.0}, range(96, 105), {30: 0.3, 60: 0.6}, outside=448)
    for one, other in zip(measures_within(whole), measures_within(framed, margins), strict=True):
        assert one == pytest.approx(other, rel=1e-3, abs=0.02)
    assert find_shots(framed, margins=margins) == find_shots(whole)
    # Without them the light around hides the fade.
    assert "fade" not in {shot.transition for shot in find_shots(framed)}


def test_a_fade_to_any_flat_frame_is_a_cut_at_the_flattest() -> None:
    table = made({}).to_pydict()
    for frame in range(90, 111):
        share = min(abs(frame - 100) / 10, 1.0)
        square = CELLS * (90.0**2 + (30 * share) ** 2)
        table["light_square"][frame] = round(square)
        table["light_product"][frame] = round(square)
    shots = find_shots(pa.table(table, schema=SCHEMA))
    assert [(shot.first, shot.transition) for shot in shots] == [(0, "start"), (100, "fade")]


def test_scenes_are_split_and_short_ones_counted() -> None:
    shots = [
        FoundShot(0, 74, "start"),
        FoundShot(74, 149, "cut"),
        FoundShot(149, 499, "cut"),
        FoundShot(499, 850, "fade"),
    ]
    assert scenes_of(shots) == [
        FoundScene(1, 74, 149, 1),
        FoundScene(2, 149, 499, 2),
        FoundScene(3, 499, 675, 3),
        FoundScene(4, 675, 850, 3),
    ]


def test_flat_and_held_pictures_have_scores() -> None:
    tap = CutScores()
    flat = grey_frame(0, np.full((36, 64), 16, np.uint8))
    tap.add_frame(flat)
    tap.add_frame(Frame(1, flat.planes))
    tap.add_frame(grey_frame(2, np.full((36, 64), 235, np.uint8)))
    table = tap.finish()
    assert table.schema == SCHEMA
    assert table["light"].to_pylist() == [16 * CELLS, 16 * CELLS, 235 * CELLS]
    assert table["light_product"].to_pylist() == [256 * CELLS, 256 * CELLS, 16 * 235 * CELLS]
    assert table["score"].to_pylist() == pytest.approx([0, 0, 255 / 3])
    assert CutScores().finish().num_rows == 0

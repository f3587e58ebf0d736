"""Altered shows: what is shown when, where the truth lies, and figures row by row."""

import json
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from benchmarks.accuracy.__main__ import main
from benchmarks.accuracy.altered import ROWS, altered, judge
from benchmarks.accuracy.altered.judge import row_figures
from benchmarks.accuracy.altered.reencode import altered_show, show_on, shown_at
from benchmarks.accuracy.altered.rows import SIZE, music_of
from benchmarks.accuracy.shows import Show
from speakervid5m.processing.studio import FPS


@pytest.mark.parametrize("name", ["original", "fps_23.976", "fps_29.97", "fps_50", "fps_60"])
def test_each_frame_shows_what_the_show_shows_at_its_time(name: str) -> None:
    shown = shown_at(100, ROWS[name], np.random.default_rng(0))
    assert len(shown) == int(100 * ROWS[name].rate / FPS)
    for number, time in shown:
        assert 0 <= time * FPS - number < 1
    assert {time - before for (_, before), (_, time) in pairwise(shown)} == {1 / ROWS[name].rate}


def test_no_two_neighbours_are_left_out_of_a_variable_rate() -> None:
    shown = shown_at(300, ROWS["variable"], np.random.default_rng(0))
    numbers = [number for number, _ in shown]
    assert all(time == Fraction(number, FPS) for number, time in shown)
    assert max(np.diff(numbers)) == 2 and 220 < len(shown) < 280


@pytest.mark.parametrize(
    ("name", "share"), [("area_25", 0.25), ("area_40", 0.4), ("upright", 0.316)]
)
def test_a_box_lies_where_its_frame_lies(name: str, share: float) -> None:
    place = ROWS[name].place
    assert place is not None
    x1, y1, x2, y2 = place.moved((0, 0, 1, 1))
    assert (x2 - x1) * (y2 - y1) == pytest.approx(share, abs=0.005)
    assert all(side % 2 == 0 for side in place.box)
    assert 0 <= x1 < x2 <= 1 and 0 <= y1 < y2 <= 1


def test_frames_lose_what_a_row_takes() -> None:
    rng = np.random.default_rng(0)
    planes = rng.integers(16, 236, (SIZE[1] * 3 // 2, SIZE[0]), dtype=np.uint8)
    changed = {name: row.change(planes, rng) for name, row in ROWS.items() if row.change}
    assert (changed["grey"][360:] == 128).all() and (changed["grey"][:360] == planes[:360]).all()
    middle = np.full_like(planes, 120)
    grain = ROWS["grain_12"].change
    assert grain is not None
    assert float(grain(middle, rng)[:360].std()) == pytest.approx(12, abs=0.2)
    spread = float(changed["low_contrast"].std())
    assert spread == pytest.approx(0.4 * float(planes.std()), rel=0.02)


def test_audio_loses_what_a_row_takes() -> None:
    samples = np.random.default_rng(0).normal(0, 0.09, 48_000).astype(np.float32)
    made = {name: row.audio(samples, 48_000) for name, row in ROWS.items() if row.audio}
    assert made["audio_8k"][1] == 8000 and len(made["audio_8k"][0]) == 8000
    assert float(made["audio_-30dB"][0].std()) == pytest.approx(0.09 * 10**-1.5, rel=0.01)
    for name, level in (("music_-10dB", 0.09 * 10**-0.5), ("music_0dB", 0.09)):
        added = made[name][0] - samples
        assert float(np.sqrt((added**2).mean())) == pytest.approx(level, rel=0.03)
    assert np.isfinite(music_of(8000, 8000)).all()


def test_an_altered_show_has_its_frames_and_its_truth(show: Show, tmp_path: Path) -> None:
    made = altered_show(show, "upright", ROWS["upright"], tmp_path)
    with av.open(str(made.path)) as container:
        frames = [frame.to_ndarray(format="gray") for frame in container.decode(video=0)]
    assert len(frames) == show.truth.num_frames
    assert frames[0].shape == (640, 360) and frames[30][:200].max() < 20 < frames[30][230:400].max()
    for box, (clip, whole) in zip(
        [one.bbox for one in made.truth.clips],
        zip(made.truth.clips, show.truth.clips, strict=True),
        strict=True,
    ):
        assert clip.clip_id == whole.clip_id and 0.34 <= box[1] < box[3] <= 0.66
    assert show_on(None, show) is show
    stamp = made.path.stat().st_mtime_ns
    assert altered_show(show, "upright", ROWS["upright"], tmp_path).path.stat().st_mtime_ns == stamp


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", ["grey", "area_56"])
def test_figures_of_a_row(name: str, show: Show, tmp_path: Path) -> None:
    figures = row_figures([show], name, "embedded", tmp_path, detectors=name == "grey")
    assert figures["cut_f1"] == 1 and figures["num_cuts"] == len(show.truth.shots) - 1
    assert figures["false_sft_pairs"] == 0 and figures["refused"] == {}
    assert 0 <= figures["dialogue_pair_f1"] <= 1
    others = figures["other_detectors"]
    assert others is None if name != "grey" else set(others) > {"HistogramDetector"}


def test_a_source_without_a_voice_is_refused_by_name(
    show: Show, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    silent = replace(ROWS["original"], audio=lambda samples, rate: (samples * 0, rate))
    monkeypatch.setitem(ROWS, "original", silent)
    figures = row_figures([show], "original", "embedded", tmp_path)
    name = show.truth.source_id
    assert figures["refused"] == {name: f"{name} voices no_speech"}
    assert figures["dialogue_pair_recall"] == 0


def test_rows_are_kept_as_they_are_done(
    show: Show, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []

    def figures(_: Any, name: str, *__: Any, **___: Any) -> dict[str, Any]:
        if len(done) == 2:
            raise KeyboardInterrupt
        done.append(name)
        return {"cut_f1": 1.0}

    monkeypatch.setattr(judge, "row_figures", figures)
    into = tmp_path / "a folder" / "altered.json"
    with pytest.raises(KeyboardInterrupt):
        altered([show], "embedded", tmp_path, into=into)
    assert list(json.loads(into.read_text())["rows"]) == done == ["original", "grey"]
    done.clear()
    altered([show], "embedded", tmp_path, only=["grey"], into=into)
    assert done == ["grey"]
    done.clear()
    with pytest.raises(KeyboardInterrupt):
        altered([show], "embedded", tmp_path, into=into)
    assert done == ["grain_6", "grain_12"]
    with pytest.raises(ValueError, match="other shows"):
        altered([show], "paper", tmp_path, into=into)
    with pytest.raises(ValueError, match="no row 'gray'"):
        altered([show], "embedded", tmp_path, only=["gray"])


def test_a_row_that_there_is_not(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--altered", "--only", "sepia"])
    assert "letterbox" in capsys.readouterr().err

"""One decode, whoever looks: the picture shown at every 1/25 s, upright, small, limited range."""

import importlib
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from speakervid5m.media import MediaError
from speakervid5m.processing.curation.vision.frame_pass import run_frame_pass
from speakervid5m.processing.models.vision.frame import Frame
from tests.media.rendered import Kind, expected_indices, index_of, render, shown_times, turn_flag

IRREGULAR = tuple(
    Fraction(int(time), 1000)
    for time in np.concatenate([[0], np.cumsum(np.random.default_rng(3).integers(5, 90, 60))])
)


class Keeper:
    def __init__(self) -> None:
        self.frames: list[Frame] = []

    def add_frame(self, frame: Frame) -> None:
        self.frames.append(frame)

    def finish(self) -> pa.Table:
        return pa.table({"index": [frame.index for frame in self.frames]})


def test_one_damaged_time_stamp_asks_for_no_endless_pictures(tmp_path: Path) -> None:
    times = (Fraction(0), Fraction(1, 25), Fraction(2_000_000))
    kind = Kind(times=times, time_base=Fraction(1, 1000), options={"bf": "0"}, layout=None)
    keeper = Keeper()
    with pytest.raises(MediaError, match="time stamps of 2000000 s") as caught:
        run_frame_pass(render(tmp_path / "a.mkv", kind), [keeper])
    assert caught.value.reason == "frame_times" and len(keeper.frames) == 1


@pytest.mark.parametrize(
    "kind",
    [
        Kind(),
        Kind(fps=Fraction(10)),
        Kind(fps=Fraction(30000, 1001)),
        Kind(fps=Fraction(60)),
        Kind(times=IRREGULAR, time_base=Fraction(1, 1000)),
        Kind(begins=Fraction(5)),
        Kind(pixel_format="yuv420p10le"),
        Kind(width=161, height=97, pixel_format="yuv444p"),
        Kind(layout=None),
    ],
    ids=["25", "10", "29.97", "60", "variable", "begins late", "10 bit", "odd", "silent"],
)
def test_frame_k_is_the_one_shown_at_k_25ths(kind: Kind, tmp_path: Path) -> None:
    path = render(tmp_path / "a.mp4", kind)
    keeper = Keeper()
    looked = run_frame_pass(path, [keeper])
    frames = keeper.frames
    assert [frame.index for frame in frames] == list(range(looked.num_frames))
    times = shown_times(path)
    assert looked.num_pictures_decoded == len(times)
    assert looked.damage is None
    assert abs(looked.num_frames / 25 - looked.duration_seconds) <= 1 / 25
    found = [index_of(frame.luma, half=False) for frame in frames]
    assert found == expected_indices(times, 0.0, looked.num_frames)


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_pictures_are_upright(degrees: int, tmp_path: Path) -> None:
    path = render(tmp_path / "a.mp4", Kind(seconds=1, stored_turns=degrees // 90))
    turn_flag(path, degrees)
    keeper = Keeper()
    looked = run_frame_pass(path, [keeper])
    assert (looked.width, looked.height) == (160, 96)
    assert [index_of(frame.luma, half=False) for frame in keeper.frames] == list(range(25))


def test_the_longer_side_is_bounded_and_sizes_are_even(tmp_path: Path) -> None:
    path = render(tmp_path / "a.mp4", Kind(seconds=1, width=300, height=200))
    keeper = Keeper()
    looked = run_frame_pass(path, [keeper], max_width=128)
    assert (looked.width, looked.height) == (300, 200)
    assert {frame.luma.shape for frame in keeper.frames} == {(86, 128)}
    assert {frame.bgr().shape for frame in keeper.frames} == {(86, 128, 3)}
    assert [index_of(frame.luma, half=False) for frame in keeper.frames] == list(range(25))


def test_full_range_becomes_limited(tmp_path: Path) -> None:
    levels = []
    for name in ("yuv420p", "yuvj420p"):
        path = render(tmp_path / f"{name}.mp4", Kind(seconds=1, pixel_format=name))
        keeper = Keeper()
        run_frame_pass(path, [keeper])
        levels.append(np.percentile(keeper.frames[5].luma, [2, 98]))
    assert np.abs(levels[0] - levels[1]).max() <= 3


def test_a_held_picture_is_converted_once(tmp_path: Path) -> None:
    path = render(tmp_path / "a.mp4", Kind(seconds=1, fps=Fraction(5)))
    keeper = Keeper()
    looked = run_frame_pass(path, [keeper])
    assert (looked.num_frames, looked.num_pictures_decoded) == (25, 5)
    assert keeper.frames[0].bgr() is keeper.frames[4].bgr()
    assert keeper.frames[0].bgr() is not keeper.frames[5].bgr()


def test_grey_stays_grey() -> None:
    luma = np.repeat(np.arange(16, 236, 2, dtype=np.uint8)[None], 4, axis=0)
    planes = np.concatenate([luma, np.full((2, luma.shape[1]), 128, np.uint8)])
    colors = Frame(0, planes).bgr().astype(np.float64)
    expected = (luma.astype(np.float64) - 16) * 255 / 219
    assert np.abs(colors - expected[..., None]).max() <= 1


def test_no_video_is_an_error_of_media(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(b"")
    with pytest.raises(MediaError, match="empty_file"):
        run_frame_pass(path, [])


def test_without_opencv_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    name = "speakervid5m.processing.models.opencv"
    monkeypatch.setitem(sys.modules, "cv2", None)
    monkeypatch.delitem(sys.modules, name)
    with pytest.raises(ImportError, match=r"install .*\[curate\]"):
        importlib.import_module(name)


def test_before_a_late_first_frame_frames_are_black(tmp_path: Path) -> None:
    times = tuple(1 + Fraction(index, 25) for index in range(25))
    path = render(tmp_path / "a.mp4", Kind(seconds=2.0, times=times))
    keeper = Keeper()
    looked = run_frame_pass(path, [keeper])
    lumas = [frame.luma for frame in keeper.frames]
    assert looked.num_frames == len(lumas) == 50
    assert all((luma == 16).all() for luma in lumas[:25]), "nothing is shown yet"
    assert [index_of(luma, half=False) for luma in lumas[25:]] == list(range(25))


def test_a_still_picture_is_whole(tmp_path: Path) -> None:
    times = tuple(Fraction(index) for index in range(6))
    path = render(tmp_path / "a.ts", Kind(seconds=6.0, times=times))
    looked = run_frame_pass(path, [])
    assert looked.damage is None and 148 <= looked.num_frames <= 151

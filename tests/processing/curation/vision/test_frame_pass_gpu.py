"""`look` on a device gives the tables of `look`; what does not fit is said, and done elsewhere."""

import logging
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import torch

from speakervid5m.media.frames.gpu_reader import UnfitError
from speakervid5m.processing.curation.stages.look import _look
from speakervid5m.processing.curation.vision.cut_scores import CutScores
from speakervid5m.processing.curation.vision.faces import Faces
from speakervid5m.processing.curation.vision.frame_pass import (
    FramePassReport,
    FrameTaps,
    Tap,
    run_frame_pass,
)
from speakervid5m.processing.curation.vision.frame_pass_gpu import run_frame_pass_on
from speakervid5m.processing.curation.vision.light import Cells
from speakervid5m.processing.models.vision.frame import Frame
from tests.media.rendered import Kind, render, turn_flag

from ..conftest import Seen

IRREGULAR = tuple(
    Fraction(int(time), 1000)
    for time in np.concatenate([[0], np.cumsum(np.random.default_rng(3).integers(5, 90, 40))])
)
DEVICES = ["cpu", pytest.param("cuda", marks=pytest.mark.cuda)]


@pytest.fixture(autouse=True)
def one_thread() -> None:
    """Torch's threads wait for one another on a busy machine, six times as long as they work."""
    torch.set_num_threads(1)


Looking = Callable[[list[Tap]], FramePassReport]


class Pixels:
    """Tap: the pictures themselves."""

    def __init__(self) -> None:
        self.planes: list[np.ndarray] = []

    def add_frame(self, frame: Frame) -> None:
        assert frame.index == len(self.planes)
        self.planes.append(frame.planes)

    def finish(self) -> pa.Table:
        return pa.table({"planes": [planes.tobytes() for planes in self.planes]})


def tables(looking: Looking) -> tuple[FramePassReport, list[pa.Table]]:
    taps: list[Tap] = [CutScores(), Cells(), Pixels()]
    return looking(taps), [tap.finish() for tap in taps]


def same(path: Path, device: str, max_width: int) -> None:
    looked, expected = tables(lambda taps: run_frame_pass(path, taps, max_width=max_width))
    found_looked, found = tables(
        lambda taps: run_frame_pass_on(path, taps, device=device, max_width=max_width)
    )
    assert found_looked == looked and looked.num_frames >= 25
    for table, other in zip(found, expected, strict=True):
        assert table.equals(other)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize(
    ("kind", "max_width"),
    [
        (Kind(seconds=2), 640),
        (Kind(seconds=2, width=384, height=216), 128),
        (Kind(seconds=2, width=192, height=108, fps=Fraction(30000, 1001)), 96),
        (Kind(seconds=1, fps=Fraction(10)), 640),
        (Kind(seconds=1, fps=Fraction(60)), 640),
        (Kind(times=IRREGULAR, time_base=Fraction(1, 1000)), 640),
        (Kind(seconds=1, begins=Fraction(5), layout=None), 640),
        (Kind(seconds=1, codec="libvpx-vp9", width=256, height=144), 640),
        (Kind(seconds=2, times=tuple(1 + Fraction(index, 25) for index in range(25))), 640),
    ],
    ids=["25", "third", "half", "held", "60", "variable", "late", "vp9", "late video"],
)
def test_tables_are_those_of_look(kind: Kind, max_width: int, device: str, tmp_path: Path) -> None:
    same(render(tmp_path / "a b.mp4", kind), device, max_width)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_pictures_are_turned(degrees: int, device: str, tmp_path: Path) -> None:
    path = render(tmp_path / "a.mp4", Kind(seconds=1, stored_turns=degrees // 90))
    turn_flag(path, degrees)
    same(path, device, 640)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("device", DEVICES)
def test_a_show_has_the_same_scores_cells_and_faces(shows: list[Seen], device: str) -> None:
    show = shows[1]
    taps: list[Tap] = [CutScores(), Cells(), Faces()]
    looked = run_frame_pass_on(show.path, taps, device=device)
    assert looked == show.looked
    for tap, expected in zip(taps, (show.cuts, show.cells, show.faces), strict=True):
        assert tap.finish().equals(expected)


def test_broken_factors_differ_by_halves_alone(tmp_path: Path) -> None:
    path = render(tmp_path / "a.mp4", Kind(seconds=1, width=300, height=200))
    taps: list[Pixels] = [Pixels(), Pixels()]
    run_frame_pass(path, taps[:1], max_width=128)
    run_frame_pass_on(path, taps[1:], device="cpu", max_width=128)
    one, other = (np.stack(tap.planes).astype(np.int16) for tap in taps)
    assert one.shape == other.shape and np.abs(one - other).max() <= 1
    assert (one != other).mean() < 2e-3


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        (Kind(seconds=1, pixel_format="yuv420p10le"), "yuv420p10le"),
        (Kind(seconds=1, pixel_format="yuvj420p"), "yuvj420p|range pc"),
        (Kind(seconds=1, width=161, height=97, pixel_format="yuv444p"), "yuv444p"),
        (Kind(seconds=1, pixel_aspect=Fraction(4, 3)), "not square"),
    ],
    ids=["10 bit", "full range", "4:4:4", "pixel aspect"],
)
def test_what_does_not_fit_is_refused_with_the_reason(
    kind: Kind, reason: str, tmp_path: Path
) -> None:
    path = render(tmp_path / "a.mp4", kind)
    with pytest.raises(UnfitError, match=reason):
        run_frame_pass_on(path, [], device="cpu")


def test_a_codec_that_leaves_bits_open_is_refused_on_a_gpu(tmp_path: Path) -> None:
    path = render(tmp_path / "a.mp4", Kind(seconds=1, codec="mpeg4"))
    same(path, "cpu", 640)
    with pytest.raises(UnfitError, match="mpeg4 do not agree"):
        run_frame_pass_on(path, [], device="cuda:0")


def test_the_stage_says_when_it_decodes_elsewhere(
    shows: list[Seen], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from speakervid5m.processing.engines import Source

    def unfit(path: Path, taps: list[Tap], *, device: str, max_width: int) -> FramePassReport:
        assert max_width == 640
        taps[0].add_frame(Frame(0, np.zeros((6, 4), np.uint8)))
        raise UnfitError(f"NVDEC on {device} does not decode {path.name}: no AV1")

    monkeypatch.setattr(
        "speakervid5m.processing.curation.vision.frame_pass_gpu.run_frame_pass_on", unfit
    )
    show = shows[0]
    source = Source(source_id="x", path=show.path, digest="0", name="talk.mp4")
    with caplog.at_level(logging.WARNING):
        frame_taps = FrameTaps(max_width=640, new_taps=lambda: {"faces": Faces()})
        found = _look("cuda:0", frame_taps, source, {})
    assert "'talk.mp4' is decoded on the CPU, not on cuda:0" in caplog.text
    assert "no AV1" in caplog.text
    assert found["scores"].equals(show.cuts), "taps start anew"

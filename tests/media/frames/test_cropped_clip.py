"""Which frames of a source a clip shows, and which clips are read together."""

from fractions import Fraction
from pathlib import Path

import pytest

from speakervid5m.media import (
    CroppedClip,
    FrameGrid,
    SourceReader,
    frames_at,
    num_frames_of,
    overlapping,
    shown_frames,
)
from tests.media.rendered import LEFT, Kind, index_of, render


@pytest.mark.parametrize(
    ("seconds", "fps", "frames"), [(2.0, 25, 50), (1.9999, 25, 49), (0.12, 25, 3), (0.001, 25, 1)]
)
def test_a_clip_has_whole_frames(seconds: float, fps: float, frames: int) -> None:
    assert num_frames_of(seconds, fps) == frames
    assert num_frames_of(10.0 + seconds - 10.0, fps) == frames, "rounding of times changes nothing"


def test_frames_of_a_clip_at_another_rate() -> None:
    assert shown_frames(0.0, 25 / 10, 5, 50) == [0, 2, 5, 7, 10]
    assert shown_frames(-1.5, 1.0, 5, 3) == [0, 0, 0, 1, 2]
    assert shown_frames(0.9999, 0.5, 4, 2) == [1, 1, 1, 1]


@pytest.mark.parametrize(
    ("gap", "groups"), [(0.0, [[0, 1], [2], [3]]), (1.0, [[0, 1], [2, 3]]), (2.0, [[0, 1, 2, 3]])]
)
def test_what_overlaps_is_read_together(gap: float, groups: list[list[int]]) -> None:
    spans = [(0.0, 5.0), (1.0, 2.0), (6.0, 7.0), (7.0, 8.0)]
    assert list(overlapping(range(4), lambda number: spans[number], gap)) == groups
    assert list(overlapping([], lambda number: spans[number], gap)) == []


def test_frames_that_the_source_lacks_are_the_one_before(tmp_path: Path) -> None:
    # Nothing is shown from 1 s to 1.06 s, and after 2 s.
    times = (*(Fraction(n, 25) for n in range(25)), *(Fraction(53 + 2 * n, 50) for n in range(24)))
    path = render(tmp_path / "a.mp4", Kind(times=times, time_base=Fraction(1, 50), layout=None))
    with SourceReader(path) as reader:
        clip = CroppedClip(reader.info, LEFT, FrameGrid(0.5, 25.0, 39), 1920)
        frames = [frame for shown in reader.frames(0.5, 2.06) for frame in clip.take(shown)]
        missing = clip.finish()
    assert missing is not None and len(frames) + len(missing) == 39
    assert not any(frame is not clip.last for frame in missing)


def test_frames_at_times_near_and_far(tmp_path: Path) -> None:
    path = render(tmp_path / "a.mp4", Kind(seconds=8.0, layout=None, options={"g": "250"}))
    times = [0.0, 0.04, 0.5, 0.5, 4.02, 7.99, 8.5]
    with SourceReader(path) as reader:
        frames = frames_at(reader, times, LEFT, 1920)
    assert [index_of(frame) for frame in frames] == [0, 1, 12, 12, 100, 199]


@pytest.mark.parametrize(("begins", "shown"), [(0.08, [0, 0, 1]), (0.12, [0])])
def test_a_video_may_begin_a_little_late(tmp_path: Path, begins: float, shown: list[int]) -> None:
    times = tuple(Fraction(begins).limit_denominator(100) + Fraction(n, 25) for n in range(25))
    path = render(tmp_path / "a.mp4", Kind(times=times, time_base=Fraction(1, 100)))
    with SourceReader(path) as reader:
        frames = frames_at(reader, [0.0, 0.05, 0.13], LEFT, 1920)
    assert [index_of(frame) for frame in frames] == shown

"""A source into clips: what is decoded, in which order results come, what memory is let go."""

import tempfile
from pathlib import Path
from typing import Any

import pytest

from speakervid5m.media import ClipEncoder
from speakervid5m.processing.assembly.cut_clips import (
    CutClip,
    CutCounts,
    CutReject,
    CutRequest,
    CutSettings,
    cut_source,
)
from speakervid5m.records import Interval
from tests.media.rendered import (
    LEFT,
    RIGHT,
    Kind,
    complement,
    cut,
    heard,
    indices_of,
    render,
    request,
    samples_of,
)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    kind = Kind(seconds=12.0, options={"x264-params": "scenecut=0"})
    return render(tmp_path_factory.mktemp("source") / "a.mp4", kind)


THREADS_AHEAD = 34
"""Pictures that decoding threads may give beyond a stretch, and B frames before it."""


def test_each_needed_stretch_is_decoded_once(source: Path) -> None:
    asked = [
        request("a", 1.0, 3.0),
        request("b", 2.0, 4.0, bbox=RIGHT),
        request("c", 2.5, 2.9),
        request("d", 8.0, 9.0),
        request("e", 9.0, 9.6),
    ]
    counts = CutCounts()
    results = cut(source, asked, counts=counts)
    assert all(isinstance(result, CutClip) for result in results)
    assert counts.spans == [Interval(1.0, 4.0), Interval(8.0, 9.6)]
    needed = 75 + 40
    assert needed <= counts.num_frames_decoded <= needed + 2 * THREADS_AHEAD


def test_a_short_gap_is_decoded_and_a_long_one_is_sought(source: Path) -> None:
    counts = CutCounts()
    asked = [request("a", 1.0, 2.0), request("b", 3.0, 4.0), request("c", 8.0, 9.0)]
    assert all(isinstance(result, CutClip) for result in cut(source, asked, counts=counts))
    assert counts.spans == [Interval(1.0, 4.0), Interval(8.0, 9.0)]


def test_two_people_in_one_picture_share_the_decoder(source: Path) -> None:
    alone, shared = CutCounts(), CutCounts()
    (only,) = cut(source, [request("l", 1.0, 5.0)], counts=alone)
    asked = [request("l", 1.0, 5.0, bbox=LEFT), request("r", 1.0, 5.0, bbox=RIGHT)]
    left, right = cut(source, asked, counts=shared)
    assert shared.num_frames_decoded == alone.num_frames_decoded
    assert shared.spans == alone.spans == [Interval(1.0, 5.0)]
    assert isinstance(left, CutClip) and isinstance(right, CutClip)
    assert left == only, "who else is cut changes no byte"
    assert indices_of(left.video) == list(range(25, 125))
    assert indices_of(right.video) == [complement(index) for index in range(25, 125)]


def test_results_come_in_order_of_start_then_of_name(source: Path) -> None:
    asked = [
        request("late", 6.0, 7.0),
        request("b", 1.0, 5.0),
        request("a", 1.0, 1.4),
        request("bad", 1.2, 1.6, bbox=(0.0, 0.0, 2.0, 1.0)),
        request("short", 2.0, 2.2),
        request("outside", 30.0, 31.0),
    ]
    results = cut(source, asked)
    assert [result.clip_id for result in results] == ["a", "b", "bad", "short", "late", "outside"]
    assert [result.clip_id for result in results if isinstance(result, CutReject)] == [
        "bad",
        "outside",
    ]
    assert cut(source, asked[::-1]) == results, "the order of asking changes nothing"


def test_each_clip_is_muted_by_its_own_request(source: Path) -> None:
    asked = [
        request("a", 1.0, 3.0, muted=(Interval(2.0, 3.0),)),
        request("b", 1.0, 3.0, bbox=RIGHT, muted=(Interval(1.0, 2.0),)),
        request("c", 1.0, 3.0, muted=None),
    ]
    first, second, third = cut(source, asked)
    assert isinstance(first, CutClip) and isinstance(second, CutClip)
    assert isinstance(third, CutClip) and third.audio is None and third.sample_rate is None
    one, rate = samples_of(first.audio)
    two, _ = samples_of(second.audio)
    assert not one[rate:].any() and heard(one[:rate], rate, 1.0)[1] > 0.98
    assert not two[:rate].any() and heard(two[rate:], rate, 2.0)[1] > 0.98


def test_sound_alone_has_no_picture(source: Path) -> None:
    (clip,) = cut(source, [request("a", 1.0, 2.0, bbox=None)])
    assert isinstance(clip, CutClip)
    assert (clip.video, clip.width, clip.height) == (None, None, None)
    samples, rate = samples_of(clip.audio)
    assert len(samples) == rate and heard(samples, rate, 1.0)[1] > 0.98


def test_a_long_clip_does_not_keep_the_encoders_of_short_ones(
    source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from speakervid5m.processing.assembly import cut_clips as cutting

    alive: list[int] = []
    peak: list[int] = []

    class Counted(ClipEncoder):
        def __init__(self, *given: Any, **named: Any) -> None:
            super().__init__(*given, **named)
            alive.append(id(self))
            peak.append(len(alive))

        def close(self) -> None:
            super().close()
            if id(self) in alive:
                alive.remove(id(self))

    monkeypatch.setattr(cutting, "ClipEncoder", Counted)
    asked = [request(f"{n:02d}", n * 0.4, n * 0.4 + 0.6, muted=None) for n in range(20)]
    counts = CutCounts()
    assert len(cut(source, asked, counts=counts)) == 20
    assert len(counts.spans) == 1, "they overlap in a chain"
    assert max(peak) <= 3 and not alive


def test_clips_on_their_way_are_no_files(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    asked = [request("a", 1.0, 2.0), request("b", 1.5, 9.0)]
    for result in cut_source(source, asked, CutSettings()):
        assert isinstance(result, CutClip)
        assert not list(tmp_path.iterdir())


def test_nothing_asked_is_nothing_cut(source: Path) -> None:
    nothing: list[CutRequest] = []
    counts = CutCounts()
    assert cut(source, nothing, counts=counts) == []
    assert counts == CutCounts()

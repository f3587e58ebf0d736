"""What cannot be cut is named with a reason; what stands beside it is cut all the same."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from speakervid5m.media import MediaError, Reason, ShownFrame, SourceReader, probe
from speakervid5m.media.source_limits import check_source
from speakervid5m.processing.assembly.cut_clips import CutClip, CutReject
from tests.media.hostile import listing_many_frames, png_in_mp4
from tests.media.rendered import (
    Kind,
    cut,
    expected_indices,
    heard,
    indices_of,
    one_clip,
    render,
    request,
    samples_of,
)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    kind = Kind(seconds=6.0, container={"movflags": "faststart"})
    return render(tmp_path_factory.mktemp("source") / "a.mp4", kind)


def reasons(results: list[CutClip | CutReject]) -> dict[str, Reason | None]:
    return {
        result.clip_id: result.reason if isinstance(result, CutReject) else None
        for result in results
    }


def check_good(result: CutClip | CutReject, start: float) -> None:
    assert isinstance(result, CutClip)
    times = [index / 25 for index in range(150)]
    assert indices_of(result.video) == expected_indices(times, start, result.num_frames)


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"", "empty_file"), (b"This is no video.\n" * 50, "unreadable"), (bytes(5000), "unreadable")],
    ids=["empty", "text", "zeros"],
)
def test_files_that_are_no_video(tmp_path: Path, content: bytes, reason: Reason) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(content)
    results = cut(path, [request("b", 1.0, 2.0), request("a", 0.0, 1.0)])
    assert reasons(results) == {"a": reason, "b": reason}
    for result in results:
        assert isinstance(result, CutReject) and result.detail
        assert not result.detail.startswith(reason), "said once"


def test_a_file_that_is_not_there_and_a_folder(tmp_path: Path) -> None:
    assert reasons(cut(tmp_path / "no.mp4", [request("a", 0.0, 1.0)])) == {"a": "unreadable"}
    assert reasons(cut(tmp_path, [request("a", 0.0, 1.0)])) == {"a": "unreadable"}


def test_a_truncated_file_gives_what_it_has(source: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    data = source.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    asked = [
        request("good", 0.5, 1.5),
        request("good sound", 1.6, 1.9, bbox=None),
        request("bad", 4.0, 5.0),
        request("bad sound", 5.2, 5.8, bbox=None),
    ]
    results = cut(path, asked)
    assert reasons(results) == {
        "good": None,
        "good sound": None,
        "bad": "truncated",
        "bad sound": "truncated",
    }
    check_good(results[0], 0.5)
    assert isinstance(results[2], CutReject) and "ends" in results[2].detail


def test_a_file_cut_off_before_its_index_is_unreadable(tmp_path: Path) -> None:
    path = render(tmp_path / "a.mp4", Kind())
    path.write_bytes(path.read_bytes()[:-5000])
    assert reasons(cut(path, [request("a", 0.0, 1.0)])) == {"a": "unreadable"}


def test_a_cut_off_stream_without_an_index(tmp_path: Path) -> None:
    path = render(tmp_path / "a.ts", Kind(seconds=6.0))
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    asked = [request("good", 0.5, 1.5), request("bad", 4.0, 5.0)]
    found = reasons(cut(path, asked))
    assert found["good"] is None and found["bad"] in ("truncated", "range_outside_source")


def test_damage_in_the_middle_spares_the_other_stretches(source: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    data = bytearray(source.read_bytes())
    middle = len(data) // 2
    data[middle - 2000 : middle + 2000] = bytes(4000)
    path.write_bytes(data)
    results = cut(path, [request("a", 0.2, 1.0), request("b", 2.1, 3.9), request("c", 5.04, 5.6)])
    assert reasons(results) == {"a": None, "b": "truncated", "c": None}
    check_good(results[0], 0.2)
    check_good(results[2], 5.04)


def test_video_without_sound(tmp_path: Path) -> None:
    path = render(tmp_path / "a.mp4", Kind(layout=None))
    asked = [request("mute", 0.0, 1.0, muted=None), request("heard", 0.0, 1.0)]
    assert reasons(cut(path, asked)) == {"mute": None, "heard": "no_audio"}


@pytest.mark.parametrize(
    ("start", "end", "bbox", "reason"),
    [
        (5.0, 7.0, (0.0, 0.0, 0.5, 1.0), "range_outside_source"),
        (9.0, 12.0, (0.0, 0.0, 0.5, 1.0), "range_outside_source"),
        (5.0, 7.0, None, "range_outside_source"),
        (9.0, 12.0, None, "range_outside_source"),
        (-3.0, 1.0, (0.0, 0.0, 0.5, 1.0), "range_outside_source"),
        (1.0, 2.0, (0.5, 0.0, 1.2, 1.0), "box_outside_frame"),
        (1.0, 2.0, (-0.1, 0.0, 0.5, 1.0), "box_outside_frame"),
        (1.0, 2.0, (0.5, 0.0, 0.5, 1.0), "box_outside_frame"),
        (1.0, 2.0, (float("nan"), 0.0, 0.5, 1.0), "box_outside_frame"),
        (1.0, 2.0, (0.0, 0.0, 0.05, 1.0), "box_too_small"),
    ],
)
def test_a_bad_request_is_rejected_alone(
    source: Path, start: float, end: float, bbox: tuple[float, ...] | None, reason: Reason
) -> None:
    asked = [
        request("bad", start, end, bbox=bbox),
        request("beside", 0.5, 1.5),
        request("after", 3.0, 4.0),
    ]
    results = {result.clip_id: result for result in cut(source, asked)}
    found = results["bad"]
    assert isinstance(found, CutReject)
    assert found.reason == reason and found.detail
    check_good(results["beside"], 0.5)
    check_good(results["after"], 3.0)


def test_an_end_two_frames_late_holds_the_last_picture(source: Path) -> None:
    clip = one_clip(source, request("a", 5.0, 6.08))
    assert indices_of(clip.video) == [*range(125, 150), 149, 149]
    samples, rate = samples_of(clip.audio)
    assert len(samples) == 27 * rate // 25
    assert heard(samples[: rate // 2], rate, 5.0)[1] > 0.98


@pytest.mark.parametrize(
    "name",
    [
        "with spaces.mp4",
        "with 'single' and \"double\".mp4",
        "-i.mp4",
        "concat:a|b.mp4",
        "http:x.mp4",
        "per%cent%03d.mp4",
        "日本語.mp4",
    ],
)
def test_names_mean_nothing(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(name).write_bytes(source.read_bytes())
    check_good(one_clip(Path(name), request("a", 1.0, 2.0)), 1.0)


@pytest.mark.parametrize("error", [AttributeError, MemoryError, OverflowError, UnicodeError])
def test_what_nobody_thought_of_rejects_the_clips_of_its_source_alone(
    source: Path, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    frames = SourceReader.frames

    def strange(self: SourceReader, start: float, stop: float) -> Iterator[ShownFrame]:
        if start > 3.0:
            raise error("no such thing")
        return frames(self, start, stop)

    monkeypatch.setattr(SourceReader, "frames", strange)
    asked = [request("a", 0.5, 1.5), request("b", 4.5, 5.5), request("c", 0.5, 1.0, bbox=None)]
    results = {result.clip_id: result for result in cut(source, asked)}
    assert reasons(list(results.values())) == {"a": None, "b": "unreadable", "c": None}
    found = results["b"]
    assert isinstance(found, CutReject)
    assert found.detail == f"unexpected {error.__name__}: no such thing"


def test_a_fault_of_the_machine_is_no_reject(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("speakervid5m.processing.assembly.cut_clips.write_flac", full)
    with pytest.raises(OSError, match="No space left"):
        cut(source, [request("a", 0.5, 1.0, bbox=None), request("b", 1.0, 1.5, bbox=None)])


@pytest.mark.parametrize(
    "text",
    [
        "ffconcat version 1.0\nfile a.mp4\n",
        "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\na.mp4\n#EXT-X-ENDLIST\n",
    ],
)
def test_a_list_of_other_files_is_no_video(source: Path, tmp_path: Path, text: str) -> None:
    (tmp_path / "a.mp4").write_bytes(source.read_bytes())
    (tmp_path / "list.mp4").write_text(text)
    with pytest.raises(MediaError) as caught:
        probe(tmp_path / "list.mp4")
    assert caught.value.reason == "unreadable"


@pytest.mark.parametrize("wrapped", [False, True])
def test_a_source_that_lists_more_frames_than_it_has_bytes(tmp_path: Path, wrapped: bool) -> None:
    # FFmpeg makes an entry of 24 bytes for each of them.
    data = listing_many_frames(png_in_mp4(32), 1 << 31)
    if wrapped:
        # Deeper than Python calls itself, and read by FFmpeg all the same.
        at = data.index(b"moov") - 4
        header = data[at:]
        for _ in range(3000):
            header = (len(header) + 8).to_bytes(4, "big") + b"moov" + header
        data = data[:at] + header
    path = tmp_path / "a.mp4"
    path.write_bytes(data)
    with pytest.raises(MediaError, match="lists 2147483648 frames in") as caught:
        check_source(path)
    assert caught.value.reason == "too_large"
    assert reasons(cut(path, [request("a", 0.0, 1.0)])) == {"a": "too_large"}

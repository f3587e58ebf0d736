"""Files whose times or key frames mislead: no frame of another moment, and every reject named."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import pytest

from speakervid5m.media import MediaError, SourceReader, frame_table, open_video
from tests.media.readback import best_effort, outcomes, remux, truth_of, without_first_key
from tests.media.rendered import Kind, Packet, cut, render, request

LONG_GOP = {"g": "50", "bf": "0", "x264-params": "scenecut=0"}
REFRESHED = Kind(
    seconds=7.0,
    options={"g": "50", "bf": "0", "x264-params": "intra-refresh=1:bframes=0:keyint=50"},
)
MPEG4 = Kind(codec="mpeg4", options={"bf": "2", "b": "2000000"})
SLOWLY = [pytest.param(container, marks=pytest.mark.slow) for container in ("mkv", "ts")]
VP9 = Kind(codec="libvpx-vp9", options={"deadline": "realtime", "cpu-used": "8"})


@pytest.mark.parametrize("container", ["mp4", *SLOWLY])
def test_where_key_frames_are_recovered_step_by_step(tmp_path: Path, container: str) -> None:
    path = render(tmp_path / f"a.{container}", REFRESHED)
    found = outcomes(path, truth_of(path, REFRESHED))
    assert found == {"right": 9, "range_outside_source": 2}


@pytest.mark.parametrize("container", ["mp4", *SLOWLY])
@pytest.mark.parametrize(
    "kind",
    [Kind(options=LONG_GOP), replace(MPEG4, options={**MPEG4.options, "g": "50"})],
    ids=["h264", "mpeg4"],
)
def test_a_stream_that_begins_between_key_frames(
    tmp_path: Path, container: str, kind: Kind
) -> None:
    path = without_first_key(
        render(tmp_path / f"whole.{container}", kind), tmp_path / f"a.{container}"
    )
    truth = truth_of(path, kind, frames=_from_first_key(path, kind), stored_from=1)
    found = outcomes(path, truth)
    assert found["right"] >= 2 and found["not_shown"] >= 2
    assert set(found) == {"right", "not_shown", "range_outside_source"}


def _from_first_key(path: Path, kind: Kind) -> list[int]:
    with av.open(str(path)) as container:
        stamps = [packet for packet in container.demux(video=0) if packet.size]
        begin = min(packet.pts or 0 for packet in stamps)
        key = next(packet for packet in stamps if packet.is_keyframe)
        first = 1 + round(float(((key.pts or 0) - begin) * key.time_base) * 25)
    return list(range(first, len(kind.shown)))


def test_a_clip_before_the_first_frame_is_not_called_truncated(tmp_path: Path) -> None:
    times = tuple(8 + Fraction(index, 25) for index in range(50))
    path = render(tmp_path / "a.mp4", Kind(seconds=10.0, times=times))
    before, over, at = cut(
        path, [request("a", 1.0, 4.0), request("b", 7.0, 9.0), request("c", 7.96, 9.0)]
    )
    for result, span in ((before, "[1.000, 4.000)"), (over, "[7.000, 9.000)")):
        assert getattr(result, "reason", None) == "not_shown"
        assert span in getattr(result, "detail", "")
    assert not hasattr(at, "reason"), "a frame or two are made up for"


def test_frames_in_the_order_of_decoding(tmp_path: Path) -> None:
    kind = Kind(sound_codec="pcm_s16le")
    path = render(tmp_path / "a.avi", kind)
    assert outcomes(path, best_effort(path, kind)) == {"right": 5, "range_outside_source": 2}


def test_without_reordering_frames_are_found_by_their_time_of_decoding(tmp_path: Path) -> None:
    kind = Kind(sound_codec="pcm_s16le", options={"bf": "0"})
    path = render(tmp_path / "a.avi", kind)
    assert outcomes(path, best_effort(path, kind)) == {"right": 5, "range_outside_source": 2}
    with SourceReader(path) as reader:
        assert len(list(reader.frames(3.0, 3.5))) == 13
        assert reader.num_pictures_decoded <= 13 + 25 + 16, "from the last key frame, threads ahead"


def test_a_program_stream_tells_the_times_of_some_frames(tmp_path: Path) -> None:
    kind = Kind(codec="mpeg2video", options={"bf": "2", "b": "2000000"}, sound_codec="mp2")
    path = render(tmp_path / "a.mpg", kind)
    found = outcomes(path, truth_of(path, kind))
    assert found["right"] >= 4 and set(found) <= {"right", "range_outside_source"}


@pytest.mark.parametrize("name", ["a.h264", "a.hevc"])
def test_a_bare_stream_says_no_times(tmp_path: Path, name: str) -> None:
    hevc = Kind(codec="libx265", options={"x265-params": "log-level=none"})
    kind = Kind() if name == "a.h264" else hevc
    path = render(tmp_path / name, replace(kind, layout=None, seconds=1.0))
    (result,) = cut(path, [request("a", 0.0, 0.5, muted=None)])
    assert getattr(result, "reason", None) == "frame_times"


def test_two_recordings_in_one_file(tmp_path: Path) -> None:
    parts = [
        render(tmp_path / f"{number}.ts", Kind(layout=None, seconds=2.0)) for number in range(2)
    ]
    path = tmp_path / "a.ts"
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    with pytest.raises(MediaError, match=r"frame_times: .* go back"):
        SourceReader(path)
    (result,) = cut(path, [request("a", 0.5, 1.5, muted=None)])
    assert getattr(result, "reason", None) == "frame_times"


def test_two_frames_at_one_time(tmp_path: Path) -> None:
    kind = Kind(layout=None, options={"bf": "0"})
    path = render(tmp_path / "whole.mkv", kind)

    def doubled(packet: Packet) -> bool:
        if packet.pts == 1560:
            packet.pts = packet.dts = 1520
        return True

    twice = remux(path, tmp_path / "a.mkv", keep=doubled)
    spans = [(0.0, 1.2), (1.0, 2.0), (1.7, 1.9), (2.0, 3.0)]
    asked = [request(f"{n}", *span, muted=None) for n, span in enumerate(spans)]
    results = cut(twice, asked)
    reasons = [getattr(result, "reason", None) for result in results]
    assert reasons == [None, "frame_times", "frame_times", None]
    assert results == [cut(twice, [one])[0] for one in asked]


@pytest.mark.parametrize("kind", [Kind(), MPEG4, VP9], ids=["h264", "mpeg4", "vp9"])
def test_packets_that_only_say_that_they_are_key_frames(tmp_path: Path, kind: Kind) -> None:
    def marked(packet: Packet) -> bool:
        packet.is_keyframe = True
        return True

    path = remux(render(tmp_path / "whole.mkv", kind), tmp_path / "a.mkv", keep=marked)
    found = outcomes(path, truth_of(path, kind))
    assert set(found) <= {"right", "range_outside_source", "frame_times"}
    assert found["right"] >= 4 or found["frame_times"] == 7


def test_a_transport_stream_with_a_lost_piece(tmp_path: Path) -> None:
    kind = Kind(seconds=6.0, options={**LONG_GOP, "g": "25"}, layout=None)
    path = render(tmp_path / "a.ts", kind)
    data = path.read_bytes()
    middle = len(data) // 188 // 2 * 188
    path.write_bytes(data[:middle] + data[middle + 188 * 4 :])
    found = outcomes(path, replace(truth_of(path, kind), lost=(2.8, 3.0)))
    assert found["right"] >= 4 and found["truncated"] >= 1


def test_damage_before_a_clip_is_not_that_of_its_neighbour(tmp_path: Path) -> None:
    path = render(tmp_path / "a.ts", Kind(seconds=6.0, options=LONG_GOP | {"g": "25"}, layout=None))
    data = path.read_bytes()
    with av.open(str(path)) as container:
        stamps = [packet for packet in container.demux(video=0) if packet.size]
    place = (stamps[30].pos or 0) // 188 * 188
    path.write_bytes(data[:place] + data[place + 188 * 4 :])
    asked = [request("a", 1.5, 2.0, muted=None), request("b", 3.1, 4.0, muted=None)]
    together = cut(path, asked)
    assert [getattr(result, "reason", None) for result in together] == ["truncated", None]
    assert together == [cut(path, [one])[0] for one in asked]


def test_a_clock_that_wraps_around(tmp_path: Path) -> None:
    kind = Kind(seconds=6.0, begins=Fraction(2**33 // 90000 - 3))
    path = render(tmp_path / "a.ts", kind)
    assert outcomes(path, truth_of(path, kind)) == {"right": 8, "range_outside_source": 2}


@pytest.mark.parametrize(
    "container", ["ts", *(pytest.param(one, marks=pytest.mark.slow) for one in ("mkv", "mp4"))]
)
@pytest.mark.parametrize("layout", ["mono", None])
def test_a_still_picture_of_one_frame_a_second(
    tmp_path: Path, container: str, layout: str | None
) -> None:
    kind = Kind(seconds=8.0, fps=Fraction(1), layout=layout)
    path = render(tmp_path / f"a.{container}", kind)
    found = outcomes(path, truth_of(path, kind))
    assert found["right"] >= 10 and set(found) <= {"right", "range_outside_source"}


def test_a_still_picture_whose_codec_claims_another_rate(tmp_path: Path) -> None:
    kind = Kind(seconds=8.0, times=tuple(Fraction(index) for index in range(8)))
    path = render(tmp_path / "a.ts", kind)
    found = outcomes(path, replace(truth_of(path, kind), end_seconds=8.0))
    assert found["right"] >= 10 and set(found) <= {"right", "range_outside_source"}


def test_a_clip_whose_frames_cannot_be_counted_is_refused(tmp_path: Path) -> None:
    kind = Kind(
        seconds=1.0,
        layout=None,
        begins=Fraction(-12, 25),
        container={"avoid_negative_ts": "disabled"},
    )
    data = render(tmp_path / "a.mp4", kind).read_bytes()
    with pytest.raises(MediaError, match="frame_times"):
        frame_table(data)
    with pytest.raises(MediaError, match="frame_times"):
        open_video(data, backend="pyav")

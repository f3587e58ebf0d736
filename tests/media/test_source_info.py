from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from av.stream import Disposition

from speakervid5m.media import MediaError, probe
from speakervid5m.media.orientation import Orientation
from tests.media.rendered import Kind, render, turn_flag


def test_a_source_is_described(tmp_path: Path) -> None:
    info = probe(render(tmp_path / "a.mp4", Kind(fps=Fraction(30000, 1001), layout="5.1")))
    assert (info.width, info.height, info.orientation.rotation) == (160, 96, 0)
    assert info.fps == pytest.approx(30000 / 1001)
    assert info.duration_seconds == pytest.approx(4.0, abs=0.05)
    assert (info.video_codec, info.pixel_format) == ("h264", "yuv420p")
    assert (info.sample_rate, info.num_channels) == (48_000, 6)
    assert info.bit_rate is not None and info.bit_rate > 0
    assert info.start_seconds == 0.0


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.ts", "a.mov"])
@pytest.mark.parametrize("seconds", [4.0, 1.0])
def test_where_pictures_end_whatever_the_sound_does(
    tmp_path: Path, name: str, seconds: float
) -> None:
    times = tuple(Fraction(index, 25) for index in range(round(25 * seconds)))
    info = probe(render(tmp_path / name, Kind(times=times, begins=Fraction(2 * (name == "a.ts")))))
    assert info.duration_seconds == pytest.approx(4.0, abs=0.1)
    assert info.video_end_seconds == pytest.approx(seconds, abs=0.1)


def test_a_file_without_a_length_says_none(tmp_path: Path) -> None:
    info = probe(render(tmp_path / "a.mkv", Kind(container={"live": "1"})))
    assert (info.duration_seconds, info.video_end_seconds, info.bit_rate) == (None, None, None)


def test_a_source_without_sound_has_none(tmp_path: Path) -> None:
    info = probe(render(tmp_path / "a.mp4", Kind(layout=None)))
    assert info.sample_rate is None and info.num_channels is None


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_rotation_is_clockwise_and_sizes_are_as_shown(tmp_path: Path, degrees: int) -> None:
    path = render(tmp_path / "a.mp4", Kind())
    turn_flag(path, degrees)
    info = probe(path)
    assert info.orientation == Orientation(degrees, mirrored=False)
    assert (info.width, info.height) == ((96, 160) if degrees != 180 else (160, 96))


def test_wide_pixels_make_a_wide_picture(tmp_path: Path) -> None:
    info = probe(render(tmp_path / "a.mp4", Kind(pixel_aspect=Fraction(4, 3))))
    assert info.sample_aspect_ratio == Fraction(4, 3)
    assert (info.width, info.height) == (213, 96)


def test_second_zero_is_the_earliest_start(tmp_path: Path) -> None:
    info = probe(render(tmp_path / "a.ts", Kind(begins=Fraction(7, 5))))
    assert info.start_seconds == pytest.approx(1.4, abs=0.03)


def test_sound_with_a_cover_picture_is_no_source(tmp_path: Path) -> None:
    path = tmp_path / "a.m4a"
    with av.open(str(path), "w", format="mp4") as out:
        sound = out.add_stream("aac", rate=48_000, layout="mono")
        cover = out.add_stream("mjpeg", rate=1)
        assert isinstance(cover, av.VideoStream) and isinstance(sound, av.AudioStream)
        cover.width, cover.height, cover.pix_fmt = 64, 64, "yuvj420p"
        cover.disposition = Disposition.attached_pic
        black = av.VideoFrame.from_ndarray(np.zeros((64, 64), np.uint8), format="gray")
        out.mux(cover.encode(black.reformat(format="yuvj420p")))
        out.mux(cover.encode())
        silence = av.AudioFrame.from_ndarray(np.zeros((1, 48_000), np.float32), "fltp", "mono")
        silence.sample_rate = 48_000
        out.mux(sound.encode(silence))
        out.mux(sound.encode())
    with pytest.raises(MediaError) as caught:
        probe(path)
    assert caught.value.reason == "no_video"


def test_sound_alone_is_no_source(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, np.zeros(8000, np.float32), 8000)
    with pytest.raises(MediaError) as caught:
        probe(path)
    assert caught.value.reason == "no_video"

"""Sources of every kind, cut at 25 fps: the right frame and the right sound at every time."""

import itertools
import multiprocessing
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from speakervid5m.media import AudioReader, EncodeSettings, SourceReader, probe
from speakervid5m.processing.assembly.cut_clips import CutClip, CutSettings
from tests.media.rendered import (
    LEFT,
    RIGHT,
    WHOLE,
    Kind,
    complement,
    cut,
    expected_indices,
    heard,
    index_of,
    indices_of,
    lumas,
    one_clip,
    render,
    request,
    samples_of,
    shown_times,
    turn_flag,
)

VP9 = {"deadline": "realtime", "cpu-used": "8"}
IRREGULAR = tuple(
    Fraction(int(time), 1000)
    for time in np.concatenate([[0], np.cumsum(np.random.default_rng(0).integers(5, 90, 90))])
)

KINDS: dict[str, tuple[str, Kind]] = {
    "10 fps": ("a.mp4", Kind(fps=Fraction(10))),
    "24 fps": ("a.mp4", Kind(fps=Fraction(24))),
    "25 fps": ("a.mp4", Kind()),
    "29.97 fps": ("a.mp4", Kind(fps=Fraction(30000, 1001))),
    "50 fps": ("a.mp4", Kind(fps=Fraction(50))),
    "60 fps": ("a.mp4", Kind(fps=Fraction(60))),
    "variable": ("a.mp4", Kind(times=IRREGULAR, time_base=Fraction(1, 1000))),
    "no B frames": ("a.mp4", Kind(options={"bf": "0"})),
    "open GOP": ("a.mp4", Kind(options={"x264-params": "open-gop=1:bframes=3:scenecut=0"})),
    "one GOP": ("a.mp4", Kind(options={"g": "250", "x264-params": "scenecut=0"})),
    "odd size": ("a.mp4", Kind(width=161, height=97, pixel_format="yuv444p")),
    "odd 4:2:0": (
        "a.webm",
        Kind(codec="libvpx-vp9", width=161, height=97, options=VP9, layout=None),
    ),
    "anamorphic": ("a.mp4", Kind(pixel_aspect=Fraction(4, 3))),
    "10 bit": ("a.mp4", Kind(pixel_format="yuv420p10le")),
    "HEVC": ("a.mp4", Kind(codec="libx265", options={"x265-params": "log-level=none"})),
    "VP9 and Opus": ("a.webm", Kind(codec="libvpx-vp9", options=VP9, sound_codec="libopus")),
    "AV1": ("a.mp4", Kind(codec="libsvtav1", options={"preset": "10", "crf": "15"})),
    "stereo": ("a.mp4", Kind(layout="stereo")),
    "5.1": ("a.mp4", Kind(layout="5.1")),
    "22 kHz": ("a.mp4", Kind(sample_rate=22_050)),
    "44 kHz": ("a.mp4", Kind(sample_rate=44_100)),
    "96 kHz": ("a.mp4", Kind(sample_rate=96_000)),
    "two tracks": ("a.mp4", Kind(num_tracks=2)),
    "begins late": ("a.mp4", Kind(begins=Fraction(7, 5))),
    "edit list": (
        "a.mp4",
        Kind(begins=Fraction(-12, 25), container={"avoid_negative_ts": "disabled"}),
    ),
    "fragments": ("a.mp4", Kind(container={"movflags": "frag_keyframe+empty_moov"})),
    "Matroska": ("a.mkv", Kind(begins=Fraction(7, 5))),
    "live Matroska": ("a.mkv", Kind(container={"live": "1"})),
    "Flash": ("a.flv", Kind(sample_rate=44_100)),
    "transport stream": ("a.ts", Kind(begins=Fraction(7, 5))),
    "long GOP stream": ("a.ts", Kind(seconds=20.0, options={"g": "250"})),
}
SPANS = [(0.0, 1.5), (1.0, 2.5), (0.337, 3.1), (2.04, 2.2), (2.0, 3.0)]
LATE_SECONDS = 0.0015
"""Containers round the times of sound to milliseconds, some twice."""


def rendered(path: Path, kind: Kind) -> Path:
    """The video; skips where PyAV's FFmpeg cannot make it."""
    try:
        av.codec.Codec(kind.codec, "w")
    except av.codec.codec.UnknownCodecError:
        pytest.skip(f"PyAV's FFmpeg has no encoder {kind.codec}")
    if kind.codec != "libsvtav1":
        return render(path, kind)
    # In a process of its own: run as root, SVT-AV1 makes the calling thread a real-time one, and
    # with it every process that the thread starts afterwards.
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(render, (path, kind))


@pytest.mark.parametrize(("name", "kind"), KINDS.values(), ids=KINDS)
def test_every_kind_shows_the_right_frame_and_sound(tmp_path: Path, name: str, kind: Kind) -> None:
    path = rendered(tmp_path / name, kind)
    times = shown_times(path)
    muted = () if kind.layout else None
    for start, end in SPANS:
        clip = one_clip(path, request("a", start, end, muted=muted))
        found = indices_of(clip.video)
        assert clip.num_frames == len(found) == int((end - start) * 25 + 1e-3)
        assert found == expected_indices(times, start, len(found))
        if kind.layout is None:
            assert clip.audio is None
            continue
        samples, rate = samples_of(clip.audio)
        assert rate == clip.sample_rate == min(kind.sample_rate, 48_000)
        assert len(samples) == clip.num_frames * rate / 25
        late, likeness = heard(samples, rate, start - times[0])
        assert abs(late) <= LATE_SECONDS and likeness > 0.95, (start, late, likeness)


@pytest.mark.parametrize(("name", "kind"), KINDS.values(), ids=KINDS)
def test_what_is_cut_beside_a_clip_changes_no_byte_of_it(
    tmp_path: Path, name: str, kind: Kind
) -> None:
    path = rendered(tmp_path / name, kind)
    muted = () if kind.layout else None
    asked = [
        request("a", 0.5, 2.0, muted=muted),
        request("b", 1.3, 2.7, muted=muted),
        *([request("c", 1.3, 2.7, bbox=None)] if kind.layout else []),
        request("d", 2.04, 2.9, bbox=RIGHT, muted=muted),
    ]
    together = cut(path, asked)
    assert all(isinstance(clip, CutClip) for clip in together)
    assert together == [one_clip(path, one) for one in asked]


@pytest.mark.parametrize("name", ["no B frames", "VP9 and Opus"])
def test_sound_is_whole_from_the_first_sample_of_a_key_frame(tmp_path: Path, name: str) -> None:
    path = render(tmp_path / KINDS[name][0], KINDS[name][1])
    for start in (1.0, 2.0, 3.0):
        samples, rate = samples_of(one_clip(path, request("a", start, start + 0.8)).audio)
        late, likeness = heard(samples[: rate // 20], rate, start)
        assert abs(late) <= LATE_SECONDS and likeness > 0.98


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_the_rotation_flag_turns_the_picture_upright(tmp_path: Path, degrees: int) -> None:
    path = render(tmp_path / "a.mp4", Kind(stored_turns=degrees // 90))
    turn_flag(path, degrees)
    clip = one_clip(path, request("a", 1.0, 2.0))
    assert (clip.width, clip.height) == (80, 96)
    assert indices_of(clip.video) == list(range(25, 50))


@pytest.mark.parametrize(
    ("name", "size"), [("odd size", (160, 96)), ("anamorphic", (212, 96)), ("HEVC", (160, 96))]
)
def test_clips_have_even_sizes_and_square_pixels(
    tmp_path: Path, name: str, size: tuple[int, int]
) -> None:
    kind = KINDS[name][1]
    path = rendered(tmp_path / "a.mp4", kind)
    clip = one_clip(path, request("a", 0.0, 0.4, bbox=WHOLE))
    assert (clip.width, clip.height) == size
    assert clip.video is not None
    for number, luma in enumerate(lumas(clip.video)):
        assert luma.shape == size[::-1]
        assert index_of(luma, half=False) == number


def test_ten_bits_keep_their_brightness(tmp_path: Path) -> None:
    means = []
    for name, pixel_format in (("8.mp4", "yuv420p"), ("10.mp4", "yuv420p10le")):
        path = render(tmp_path / name, Kind(pixel_format=pixel_format))
        video = one_clip(path, request("a", 1.0, 1.4)).video
        assert video is not None
        means.append([float(luma.mean()) for luma in lumas(video)])
    assert np.abs(np.subtract(means[0], means[1])).max() < 1.5


def test_boxes_cut_their_own_side_and_large_ones_are_shrunk(tmp_path: Path) -> None:
    path = render(tmp_path / "a.mp4", Kind(width=320, height=192))
    settings = CutSettings(long_side=96, encode=EncodeSettings(crf=18, preset="ultrafast"))
    asked = [request("l", 1.0, 1.4, bbox=LEFT), request("r", 1.0, 1.4, bbox=RIGHT)]
    left, right = cut(path, asked, settings=settings)
    assert isinstance(left, CutClip) and isinstance(right, CutClip)
    assert (left.width, left.height) == (80, 96)
    assert indices_of(left.video) == list(range(25, 35))
    assert indices_of(right.video) == [complement(index) for index in range(25, 35)]


def counted_on(data: bytes) -> bytes:
    """A transport stream whose packets are counted without a break: as nothing of it is lost."""
    packets, last = bytearray(data), dict[int, int]()
    for begin in range(0, len(packets), 188):
        pid = int.from_bytes(packets[begin + 1 : begin + 3], "big") & 0x1FFF
        kind = packets[begin + 3]
        last[pid] = (last.get(pid, -1) + (1 if kind & 0x10 else 0)) % 16
        packets[begin + 3] = kind & 0xF0 | last[pid]
    return bytes(packets)


def test_a_stream_that_changes_its_size_keeps_the_clips_size(tmp_path: Path) -> None:
    begins = Fraction(7, 5)
    small = render(tmp_path / "small.ts", Kind(layout=None, seconds=2.0, begins=begins))
    kind = Kind(layout=None, seconds=2.0, width=320, height=192, begins=begins + 2)
    large = render(tmp_path / "large.ts", kind)
    joined = tmp_path / "joined.ts"
    joined.write_bytes(counted_on(small.read_bytes() + large.read_bytes()))
    with SourceReader(joined) as reader:
        shapes = {(shown.frame.width, shown.frame.height) for shown in reader.frames(1.0, 3.0)}
    assert shapes == {(160, 96), (320, 192)}, "the source does change"
    clip = one_clip(joined, request("a", 1.0, 3.0, muted=None))
    assert (clip.width, clip.height) == (80, 96)
    assert indices_of(clip.video) == [*range(25, 50), *range(25)]


def test_sound_that_changes_its_channels_and_rate_goes_on(tmp_path: Path) -> None:
    begins = Fraction(7, 5)
    mono = render(tmp_path / "mono.ts", Kind(seconds=2.0, begins=begins))
    kind = Kind(seconds=4.0, layout="stereo", sample_rate=44_100, begins=begins, sound_starts=2.0)
    stereo = render(tmp_path / "stereo.ts", kind)
    joined = tmp_path / "joined.ts"
    joined.write_bytes(mono.read_bytes() + stereo.read_bytes())
    sound = AudioReader(joined, probe(joined)).read(0.0, 4.0, sample_rate=48_000)
    assert sound.damage is None
    assert np.abs(sound.samples[120_000:]).max() > 0.2


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.ts", "a.flv", "a.avi"])
def test_stretches_come_in_any_order_and_decode_no_more_than_they_need(
    tmp_path: Path, name: str
) -> None:
    options = {"bf": "0"} if name == "a.avi" else {}
    path = render(tmp_path / name, Kind(seconds=8.0, layout=None, options=options))
    with SourceReader(path) as reader:
        for start in (6.0, 1.0, 4.0):
            before = reader.num_pictures_decoded
            shown = list(reader.frames(start, start + 1.0))
            assert [round(picture.start_seconds * 25) for picture in shown] == list(
                range(round(start * 25), round(start * 25) + 25)
            )
            assert all(a.stop_seconds == b.start_seconds for a, b in itertools.pairwise(shown))
            assert reader.num_pictures_decoded - before <= 25 + 16, "threads decode ahead"


def test_at_a_key_frame_nothing_before_it_is_decoded(tmp_path: Path) -> None:
    path = render(
        tmp_path / "a.mp4",
        Kind(seconds=8.0, options={"g": "100", "bf": "0", "x264-params": "scenecut=0"}),
    )
    with SourceReader(path) as reader:
        shown = list(reader.frames(4.0, 5.0))
        assert [round(picture.start_seconds * 25) for picture in shown] == list(range(100, 125))
        assert reader.num_pictures_decoded <= 25 + 16

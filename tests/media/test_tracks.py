"""Which tracks are read, how their channels become one, and what is told of the choice."""

from pathlib import Path

import numpy as np
import pytest
from av.stream import Disposition
from numpy.typing import NDArray

from speakervid5m.media import AudioReader, MediaError, SourceInfo, probe
from speakervid5m.processing.assembly.cut_clips import CutCounts, CutReject
from tests.media.rendered import WHOLE, cut, lumas, one_clip, request, samples_of
from tests.media.tracked import (
    RATE,
    AudioTrack,
    VideoTrack,
    grey,
    hum,
    of_unknown_codec,
    pitch_of,
    write,
)

VIDEO = VideoTrack(rgb=grey(120))
SMALL = VideoTrack(rgb=grey(40, 80, 48))
DEFAULT, NONE = Disposition.default, Disposition(0)


def heard(path: Path) -> NDArray[np.float32]:
    """The audio of the middle second."""
    found = AudioReader(path, probe(path)).read(0.5, 1.0, sample_rate=RATE)
    assert found.damage is None and found.present.all()
    return found.samples


def loudness(samples: NDArray[np.float32]) -> float:
    """In dB of a tone of `hum`."""
    return 20 * float(np.log10(np.sqrt(np.mean(samples**2)) / (0.3 / 2**0.5)))


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv"])
@pytest.mark.parametrize(
    ("tracks", "index"),
    [
        ([SMALL, VIDEO], 1),
        ([VIDEO, SMALL], 0),
        ([VideoTrack(rgb=grey(40, 64, 32), disposition=DEFAULT), VIDEO], 1),
        (
            [
                VideoTrack(rgb=grey(40, 128, 64), disposition=DEFAULT),
                VideoTrack(rgb=grey(120), disposition=NONE),
            ],
            0,
        ),
    ],
    ids=["small first", "large first", "a preview by default", "default"],
)
def test_the_video_that_is_read(
    tmp_path: Path, name: str, tracks: list[VideoTrack], index: int
) -> None:
    path = write(tmp_path / name, [*tracks, AudioTrack(samples=hum(300)[None])])
    info = probe(path)
    height, width = tracks[index].rgb.shape[:2]
    assert (info.video_index, info.width, info.height) == (index, width, height)
    (choice,) = info.choices
    assert choice.startswith(f"video: stream {index} (h264 {width}x{height}); not stream")
    counts = CutCounts()
    (clip,) = cut(path, [request("a", 0.2, 1.2, bbox=WHOLE)], counts=counts)
    assert not isinstance(clip, CutReject) and clip.video is not None
    assert (clip.width, clip.height) == (width, height)
    light = float(np.mean(lumas(clip.video)))
    assert light == pytest.approx(float(tracks[index].rgb[0, 0, 0]), abs=2)
    assert counts.choices == info.choices


def audio_choice(path: Path, tracks: list[AudioTrack]) -> SourceInfo:
    return probe(write(path, [VIDEO, *tracks]))


SILENT = np.zeros((1, 2 * RATE), np.float32)
LOW, HIGH = hum(300)[None], hum(900)[None]


@pytest.mark.parametrize(
    ("tracks", "pitch", "said"),
    [
        ([AudioTrack(samples=LOW), AudioTrack(samples=HIGH)], 300, "not stream 2"),
        (
            [AudioTrack(samples=SILENT), AudioTrack(samples=HIGH)],
            900,
            "stream 1 (aac mono), silent",
        ),
        (
            [
                AudioTrack(samples=LOW, disposition=NONE),
                AudioTrack(samples=np.repeat(HIGH, 2, axis=0), layout="stereo", disposition=NONE),
            ],
            900,
            "stream 2 (aac stereo); not stream 1 (aac mono)",
        ),
        (
            [
                AudioTrack(samples=np.repeat(LOW, 2, axis=0), layout="stereo", disposition=NONE),
                AudioTrack(samples=HIGH, disposition=DEFAULT),
            ],
            900,
            "stream 2 (aac mono); not stream 1 (aac stereo)",
        ),
        (
            [
                AudioTrack(samples=LOW, disposition=DEFAULT | Disposition.visual_impaired),
                AudioTrack(samples=HIGH, disposition=DEFAULT),
            ],
            900,
            "stream 2",
        ),
    ],
    ids=["the first", "not the silent", "most channels", "default", "not a description"],
)
def test_the_audio_that_is_heard(
    tmp_path: Path, tracks: list[AudioTrack], pitch: float, said: str
) -> None:
    path = tmp_path / "a.mkv"
    info = audio_choice(path, tracks)
    assert pitch_of(heard(path), RATE) == pytest.approx(pitch, abs=2)
    (choice,) = info.choices
    assert choice.startswith("audio: ") and said in choice


def test_a_track_of_an_unknown_codec_stops_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    audio_choice(path, [AudioTrack(samples=LOW), AudioTrack(samples=HIGH)])
    of_unknown_codec(path, 0)
    info = probe(path)
    assert info.audio_index == 2 and "stream 1 (unknown), of an unknown codec" in info.choices[0]
    assert pitch_of(heard(path), RATE) == pytest.approx(900, abs=2)


def test_a_source_whose_only_track_is_unknown_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    audio_choice(path, [AudioTrack(samples=LOW)])
    of_unknown_codec(path, 0)
    info = probe(path)
    assert info.audio_index is None and info.no_audio is not None
    with pytest.raises(MediaError, match=r"no_audio.*of an unknown codec"):
        AudioReader(path, info)
    mute, spoken = cut(path, [request("a", 0.0, 1.0, muted=None), request("b", 0.0, 1.0)])
    assert not isinstance(mute, CutReject)
    assert isinstance(spoken, CutReject) and spoken.reason == "no_audio"
    assert "of an unknown codec" in spoken.detail


def test_a_track_that_does_not_decode_hides_none_that_does(tmp_path: Path) -> None:
    path = tmp_path / "a.mkv"
    noise = AudioTrack(samples=LOW, codec="mp2", disposition=DEFAULT)
    audio_choice(path, [noise, AudioTrack(samples=HIGH)])
    data = path.read_bytes()
    # Without its sync words, no frame of MP2 is one.
    path.write_bytes(data.replace(b"\xff\xfd", b"\x00\x00"))
    assert path.read_bytes() != data
    info = probe(path)
    assert info.audio_index == 2 and "nothing of it decodes" in info.choices[0]


def in_channel(place: int, count: int) -> NDArray[np.float32]:
    samples = np.zeros((count, 2 * RATE), np.float32)
    samples[place] = hum(300)
    return samples


@pytest.mark.parametrize(
    ("layout", "place", "decibels"),
    [
        ("mono", 0, 0.0),
        ("stereo", 0, -6.0),
        ("5.1", 2, 0.0),
        ("5.1", 0, -3.0),
        ("5.1", 1, -3.0),
        ("5.1", 4, -6.0),
        ("7.1", 2, 0.0),
        ("quad", 0, -6.0),
        ("2.1", 1, -6.0),
    ],
)
def test_a_voice_in_one_channel_keeps_its_level(
    tmp_path: Path, layout: str, place: int, decibels: float
) -> None:
    count = {"mono": 1, "stereo": 2, "2.1": 3, "quad": 4, "5.1": 6, "7.1": 8}[layout]
    track = AudioTrack(samples=in_channel(place, count), layout=layout, codec="flac")
    path = write(tmp_path / "a.mkv", [VIDEO, track])
    assert loudness(heard(path)) == pytest.approx(decibels, abs=0.1)


@pytest.mark.parametrize("layout", ["mono", "stereo", "5.1"])
def test_channels_are_weighed_so_that_nothing_is_clipped(tmp_path: Path, layout: str) -> None:
    count = {"mono": 1, "stereo": 2, "5.1": 6}[layout]
    samples = np.stack([hum(300, loudness=0.95)] * count)
    path = write(
        tmp_path / "a.mkv", [VIDEO, AudioTrack(samples=samples, layout=layout, codec="flac")]
    )
    found = heard(path)
    assert 0.75 < np.abs(found).max() < 0.97
    spectrum = np.abs(np.fft.rfft(found))
    assert spectrum[300] > 100 * np.delete(spectrum, 300).max(), "a tone stays a tone"


def test_a_peak_that_was_not_tasted_is_bent_and_not_cut_off(tmp_path: Path) -> None:
    samples = np.zeros((6, 24 * RATE), np.float32)
    samples[2] = hum(300, 24.0, 0.2)
    # Half a second of full channels between two places at which the track is listened to.
    samples[:, 2 * RATE : 2 * RATE + RATE // 2] = hum(300, 0.5, 0.9)
    track = AudioTrack(samples=samples, layout="5.1", codec="flac")
    path = write(tmp_path / "a.mkv", [VideoTrack(rgb=grey(9, 64, 32), seconds=24.0), track])
    found = AudioReader(path, probe(path)).read(1.0, 3.0, sample_rate=RATE).samples
    assert 0.9 < np.abs(found).max() <= 1.0
    assert loudness(found[: RATE // 2]) == pytest.approx(20 * np.log10(0.2 / 0.3), abs=0.1)


@pytest.mark.parametrize("louder", [0, 1])
def test_antiphase_is_heard_from_one_channel(tmp_path: Path, louder: int) -> None:
    tone = hum(300)
    samples = np.stack([tone, -tone]) * np.float32(0.8)
    samples[louder] *= 1.25
    path = write(tmp_path / "a.mkv", [VIDEO, AudioTrack(samples=samples, layout="stereo")])
    info = probe(path)
    assert loudness(heard(path)) == pytest.approx(0.0, abs=0.3)
    (choice,) = info.choices
    assert f"the {('left', 'right')[louder]} channel alone" in choice and "antiphase" in choice


def test_two_voices_of_two_sides_are_both_heard(tmp_path: Path) -> None:
    samples = np.stack([hum(300), hum(900)])
    samples[0, RATE:] = 0
    samples[1, :RATE] = 0
    # One of them in antiphase with its own faint cross-talk.
    samples[0, RATE:] = -0.05 * samples[1, RATE:]
    path = write(tmp_path / "a.mkv", [VIDEO, AudioTrack(samples=samples, layout="stereo")])
    assert probe(path).choices == ()
    found = heard(path)
    assert pitch_of(found[: RATE // 2], RATE) == pytest.approx(300, abs=3)
    assert pitch_of(found[RATE // 2 :], RATE) == pytest.approx(900, abs=3)


def test_channels_that_no_layout_names_are_averaged(tmp_path: Path) -> None:
    from speakervid5m.media.downmix import Mix

    assert Mix.of(["NONE"] * 4).weights == (0.25,) * 4
    assert Mix.of(["DL", "DR"]).weights == (0.5, 0.5)
    path = write(tmp_path / "a.mkv", [VIDEO])
    assert probe(path).mix is None


def test_a_huge_frame_is_refused_by_its_header(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.mov", [VideoTrack(rgb=grey(9, 64, 32), codec="png", pixel_format="rgb24")]
    )
    data = bytearray(path.read_bytes())
    at = data.index(b"png ") + 4 + 24
    assert data[at : at + 4] == bytes((0, 64, 0, 32))
    data[at : at + 4] = b"\xff\xff\xff\xff"
    place = -1
    while (place := data.find(b"IHDR", place + 1)) >= 0:
        data[place + 4 : place + 12] = (1 << 15).to_bytes(4, "big") * 2
    path.write_bytes(data)
    with pytest.raises(MediaError, match="unreadable"):
        probe(path)


def test_one_clip_has_the_audio_of_the_chosen_track(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    audio_choice(path, [AudioTrack(samples=SILENT), AudioTrack(samples=HIGH)])
    samples, rate = samples_of(one_clip(path, request("a", 0.2, 1.8)).audio)
    assert pitch_of(samples, rate) == pytest.approx(900, abs=2)

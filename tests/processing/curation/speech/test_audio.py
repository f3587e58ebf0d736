"""The sound of a source: on its timeline, mono, 16 kHz, whatever the track is."""

import tracemalloc
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from speakervid5m.media import MediaError
from speakervid5m.processing.curation.speech.audio import read_source_audio
from speakervid5m.processing.models.speech.protocols import SAMPLE_RATE
from tests.media.rendered import Kind, render


def write_sound(
    path: Path,
    *,
    seconds: float = 3.0,
    rate: int = 48_000,
    layout: str = "mono",
    codec: str = "aac",
    late_seconds: float = 0.0,
    gap: tuple[float, float] | None = None,
    tracks: int = 1,
) -> None:
    """A small grey video; a click every half second, an octave of hum a track."""
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=25, options={"preset": "ultrafast"})
        video.width, video.height, video.pix_fmt = 64, 64, "yuv420p"
        sounds: list[Any] = [
            container.add_stream(codec, rate=rate, layout=layout) for _ in range(tracks)
        ]
        grey = np.full((64, 64, 3), 99, np.uint8)
        for number in range(max(1, round(seconds * 25))):
            frame = av.VideoFrame.from_ndarray(grey, format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, 25)
            container.mux(video.encode(frame))
        container.mux(video.encode())
        time = np.arange(round(seconds * rate)) / rate
        for track, sound in enumerate(sounds):
            clicks = (
                (time % 0.5 < 0.01) * np.sin(2 * np.pi * 1000 * time) * (0.8 if not track else 0)
            )
            samples = np.repeat(clicks.astype(np.float32)[None], sound.channels, axis=0)
            each = sound.frame_size or 1024
            for first in range(0, len(time), each):
                if gap and gap[0] <= first / rate < gap[1]:
                    continue
                piece = np.ascontiguousarray(samples[:, first : first + each])
                heard = av.AudioFrame.from_ndarray(piece, "fltp", layout)
                heard.sample_rate, heard.time_base = rate, Fraction(1, rate)
                heard.pts = first + round(late_seconds * rate)
                container.mux(sound.encode(heard))
            container.mux(sound.encode())


def clicks_in(samples: NDArray[np.float32]) -> list[float]:
    """Begin of every sound after silence, in seconds."""
    loud = np.flatnonzero(np.abs(samples) > 0.2)
    return [float(s) / SAMPLE_RATE for s in loud[np.diff(loud, prepend=-9999) > 800]]


@pytest.mark.parametrize("rate", [22_050, 44_100, 48_000])
@pytest.mark.parametrize("layout", ["mono", "stereo", "5.1"])
def test_every_layout_and_rate_stands_where_it_is_heard(
    tmp_path: Path, rate: int, layout: str
) -> None:
    write_sound(tmp_path / "a.mp4", rate=rate, layout=layout)
    samples, seconds, _ = read_source_audio(tmp_path / "a.mp4")
    assert samples.dtype == np.float32 and samples.ndim == 1
    assert seconds == len(samples) / SAMPLE_RATE == pytest.approx(3.0, abs=0.05)
    np.testing.assert_allclose(clicks_in(samples), [0, 0.5, 1, 1.5, 2, 2.5], atol=0.002)
    assert np.abs(samples).max() <= 1.0


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv"])
def test_late_sound_and_gaps_are_silence(tmp_path: Path, name: str) -> None:
    write_sound(tmp_path / name, late_seconds=0.7, codec="aac")
    samples, _, _ = read_source_audio(tmp_path / name)
    assert clicks_in(samples)[0] == pytest.approx(0.7, abs=0.003)
    write_sound(tmp_path / name, gap=(0.8, 1.8))
    samples, _, _ = read_source_audio(tmp_path / name)
    np.testing.assert_allclose(clicks_in(samples), [0, 0.5, 2, 2.5], atol=0.003)
    assert not samples[17_600:28_000].any()


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv"])
def test_where_there_is_no_audio_is_told(tmp_path: Path, name: str) -> None:
    write_sound(tmp_path / name, gap=(0.8, 1.8))
    (missing,) = read_source_audio(tmp_path / name).missing
    assert missing.start_seconds == pytest.approx(0.8, abs=0.03)
    assert missing.stop_seconds == pytest.approx(1.8, abs=0.03)
    write_sound(tmp_path / name, late_seconds=0.7)
    (missing,) = read_source_audio(tmp_path / name).missing
    assert missing.start_seconds == 0.0
    assert missing.stop_seconds == pytest.approx(0.7, abs=0.03)
    write_sound(tmp_path / name)
    assert read_source_audio(tmp_path / name).missing == ()


def test_the_first_of_several_tracks_is_read(tmp_path: Path) -> None:
    write_sound(tmp_path / "a.mkv", tracks=3)
    assert len(clicks_in(read_source_audio(tmp_path / "a.mkv")[0])) == 6


def test_what_has_no_sound_says_so(tmp_path: Path) -> None:
    render(tmp_path / "mute.mp4", Kind(layout=None))
    with pytest.raises(MediaError, match="no_audio"):
        read_source_audio(tmp_path / "mute.mp4")
    (tmp_path / "empty.mp4").touch()
    with pytest.raises(MediaError, match="empty_file"):
        read_source_audio(tmp_path / "empty.mp4")
    (tmp_path / "text.mp4").write_text("no video at all" * 100)
    with pytest.raises(MediaError, match="unreadable"):
        read_source_audio(tmp_path / "text.mp4")


def test_a_damaged_middle_is_silent_and_the_rest_stays_in_place(tmp_path: Path) -> None:
    path = tmp_path / "a.mkv"
    write_sound(path, seconds=4.0)
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 2000] = bytes(2000)
    path.write_bytes(data)
    samples, seconds, _ = read_source_audio(path)
    assert 0 < seconds <= 4.1
    assert all(abs(click * 2 - round(click * 2)) < 0.01 for click in clicks_in(samples))


def test_memory_is_that_of_the_array(tmp_path: Path) -> None:
    write_sound(tmp_path / "a.mp4", seconds=240)
    tracemalloc.start()
    samples, _, _ = read_source_audio(tmp_path / "a.mp4")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # Six hundred seconds are the growth.
    assert peak < samples.nbytes + 700 * SAMPLE_RATE * 4

"""Sound in and out: lengths to the sample, what is muted, what is resampled."""

from pathlib import Path

import numpy as np
import pytest

from speakervid5m.media import read_audio, resample, write_flac
from speakervid5m.records import Interval
from tests.media.rendered import Kind, heard, one_clip, render, request, samples_of, tone


@pytest.mark.parametrize("rate", [8000, 22_050, 44_100, 48_000])
@pytest.mark.parametrize("end", [1.04, 1.5, 2.96])
def test_sound_is_exactly_as_long_as_the_pictures(tmp_path: Path, rate: int, end: float) -> None:
    path = render(tmp_path / "a.mp4", Kind(sample_rate=rate))
    for bbox in ((0.0, 0.0, 0.5, 1.0), None):
        clip = one_clip(path, request("a", 0.48, end, bbox=bbox))
        samples, found = samples_of(clip.audio)
        assert found == rate and len(samples) * 25 == clip.num_frames * rate
        assert (clip.video is None) == (bbox is None)


def test_muted_intervals_are_silent_and_others_are_heard(tmp_path: Path) -> None:
    path = render(tmp_path / "a.mp4", Kind())
    muted = (Interval(0.2, 1.25), Interval(1.75, 2.0), Interval(2.9, 9.0))
    samples, rate = samples_of(one_clip(path, request("a", 1.0, 3.0, muted=muted)).audio)
    whole, _ = samples_of(one_clip(path, request("a", 1.0, 3.0)).audio)
    wanted = whole.copy()
    for begin, end in ((0.0, 0.25), (0.75, 1.0), (1.9, 2.0)):
        assert not samples[round(begin * rate) : round(end * rate)].any()
        wanted[round(begin * rate) : round(end * rate)] = 0.0
    np.testing.assert_array_equal(samples, wanted)
    assert heard(samples[rate // 4 : rate * 3 // 4], rate, 1.25)[1] > 0.98
    assert heard(samples[rate : rate * 19 // 10], rate, 2.0)[1] > 0.98


def test_flac_keeps_sixteen_bits_and_clips_what_is_louder() -> None:
    samples = np.array([0.0, 0.5, -0.5, 1.0, -1.0, 1.5, -1.5], np.float32)
    data = write_flac(samples, 16_000)
    assert data[:4] == b"fLaC" and data == write_flac(samples, 16_000)
    found = read_audio(data)
    np.testing.assert_allclose(found, np.clip(samples, -1, 1), atol=1e-4)


def test_a_window_of_a_clip_is_what_stands_there() -> None:
    rate = 16_000
    data = write_flac(tone(np.arange(4 * rate) / rate), rate)
    whole = read_audio(data)
    window = read_audio(data, start_seconds=1.25, stop_seconds=2.5)
    np.testing.assert_array_equal(window, whole[rate * 5 // 4 : rate * 5 // 2])
    assert len(read_audio(data, start_seconds=3.5, stop_seconds=9.0)) == rate // 2
    assert len(read_audio(data, start_seconds=9.0)) == 0


@pytest.mark.parametrize("rate", [8000, 16_000, 22_050, 44_100, 48_000])
def test_resampling_keeps_time_and_length(rate: int) -> None:
    samples = tone(np.arange(96_000) / 48_000)
    found = resample(samples, 48_000, rate)
    assert len(found) == 2 * rate and found.dtype == np.float32
    late, likeness = heard(found, rate, 0.0)
    assert abs(late) <= 1 / rate and likeness > 0.99
    assert found[-4:].any(), "the end is not silence"
    assert heard(found[-rate // 10 :], rate, 1.9)[1] > 0.98, "the end is not lost"
    np.testing.assert_array_equal(
        read_audio(write_flac(found, rate), sample_rate=rate), read_audio(write_flac(found, rate))
    )


def test_nothing_resampled_is_nothing() -> None:
    assert resample(np.zeros(0, np.float32), 48_000, 16_000).shape == (0,)

"""Media of a stranger's release: small files that ask for gigabytes."""

import io
import threading
from http.client import IncompleteRead
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from speakervid5m.cards.explorer import ReleaseWatcher, ReportBox, create_app, routes
from speakervid5m.cards.explorer.media import previews
from speakervid5m.cards.explorer.media.byte_ranges import MediaFile
from speakervid5m.cards.explorer.media.previews import draw_poster, waveform_peaks
from speakervid5m.media import MediaError, write_flac
from speakervid5m.release import DamagedRelease, MediaRange, Samples
from tests.cards.explorer.asking import Asked
from tests.cards.explorer.serving import Explorer
from tests.media.hostile import flac_that_says, listing_many_frames, png_in_mp4


def test_a_waveform_takes_what_a_clip_takes() -> None:
    with pytest.raises(MediaError, match=r"too_large: .* of 8 channels at 655350 Hz"):
        waveform_peaks(flac_that_says(655_350 * 60 * 20))
    with pytest.raises(MediaError, match="too_large"):
        waveform_peaks(flac_that_says((1 << 36) - 1, sample_rate=192_000, num_channels=2))


def test_a_waveform_of_many_channels_is_their_loudest() -> None:
    samples = np.zeros((4800, 2), np.float32)
    samples[1920:3840, 1] = -0.5
    samples[4799, 0] = 1.0
    buffer = io.BytesIO()
    soundfile.write(buffer, samples, 48_000, format="FLAC", subtype="PCM_16")
    assert waveform_peaks(buffer.getvalue()) == [0, 127, 254]
    assert len(waveform_peaks(write_flac(np.zeros(8_000 * 130, np.float32), 8_000))) == 120 * 25


def test_a_poster_takes_what_a_clip_takes() -> None:
    with pytest.raises(MediaError, match="too_large: the mp4 lists 70000000 frames"):
        draw_poster(io.BytesIO(listing_many_frames(png_in_mp4(64), 70_000_000)))
    with pytest.raises(MediaError, match="unreadable: no frame"):
        draw_poster(io.BytesIO(png_in_mp4(6_000)))
    assert draw_poster(io.BytesIO(png_in_mp4(600)))
    with pytest.raises(MediaError):
        draw_poster(io.BytesIO(b"ffconcat version 1.0\nfile private.mp4\n"))


def test_what_is_too_large_is_told(served: Explorer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(previews, "MAX_PREVIEW_BYTES", 100)
    view = served.sample("dialogue_sft")
    row = served.rows("dialogue_sft")[0]
    for path in (view["lanes"][0]["wave"], row["people"][0]["poster"]):
        told = served.ask("/" + path)
        assert told.status == 502 and "previews take at most 100" in told.json()["error"]


def test_hostile_media_are_an_error_with_a_name(
    served: Explorer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """As they come out of a shard that says that they are right."""
    data = b""

    def view(_samples: Samples, _place: MediaRange) -> memoryview:
        return memoryview(data)

    poster_path = "/" + served.rows("dialogue_sft")[0]["people"][0]["poster"]
    wave_path = "/" + served.sample("dialogue_sft")["lanes"][0]["wave"]
    monkeypatch.setattr(Samples, "view", view)
    for path, hostile in (
        (poster_path, listing_many_frames(png_in_mp4(64), 70_000_000)),
        (poster_path, png_in_mp4(6_000)),
        (poster_path, b"#EXTM3U\n"),
        (poster_path, b"x"),
        (wave_path, flac_that_says(1 << 34)),
        (wave_path, b"RIFF" + b"\xff" * 60),
        (wave_path, b"x"),
    ):
        data = hostile
        told = served.ask(path)
        assert told.status == 502, path
        assert told.json()["error"].startswith(("unreadable: ", "too_large: "))
        assert " object at 0x" not in told.json()["error"]
    assert not caplog.records


def test_two_are_drawn_at_once_and_the_rest_wait(
    release: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock, here, most = threading.Lock(), 0, 0
    both = threading.Barrier(2, timeout=60)

    def drawn(*_: Any) -> bytes:
        nonlocal here, most
        with lock:
            here += 1
            most = max(most, here)
        # Two come in, or this ends in an error; a third would be counted.
        both.wait()
        with lock:
            here -= 1
        return b""

    monkeypatch.setattr(routes, "draw_poster", drawn)
    app = create_app(ReleaseWatcher(str(release)), ReportBox(None, root=str(release)))
    asked = Asked(app)
    own = {"host": "localhost"}
    row = asked("/api/search/dialogue_sft", headers=own).json()["rows"][0]
    paths = ["/" + row["people"][0]["poster"]] * 8
    assert {one.status for one in asked.together(paths, headers=own)} == {200}
    assert most == 2


def test_a_piece_is_read_block_by_block(served: Explorer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("speakervid5m.cards.explorer.media.byte_ranges.BLOCK_BYTES", 1000)
    checked = []
    was = Samples.check

    def check(samples: Samples, place: MediaRange, data: memoryview) -> None:
        checked.append(place)
        was(samples, place, data)

    path = "/" + served.sample("dialogue_sft")["lanes"][0]["video"]
    whole = served.ask(path).body
    monkeypatch.setattr(Samples, "check", check)
    assert served.ask(path, headers={"Range": "bytes=10-"}).body == whole[10:]
    assert len(whole) > 3000 and len(checked) == 1


def test_a_piece_that_breaks_off_is_one_line_in_the_log(
    served: Explorer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    was = MediaFile.read

    def read(file: MediaFile, size: int = -1) -> bytes:
        if file.tell() > 0:
            raise DamagedRelease("http://user:secret@host/rel/data.parquet?token=hidden is gone")
        return was(file, min(size, 100))

    path = "/" + served.sample("dialogue_sft")["lanes"][0]["video"]
    monkeypatch.setattr(MediaFile, "read", read)
    with pytest.raises(IncompleteRead):
        served.ask(path)
    assert "http://host/rel/data.parquet" in caplog.text
    for hidden in ("secret", "hidden", "Traceback"):
        assert hidden not in caplog.text

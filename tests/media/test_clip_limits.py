"""What a clip may take, said by name before any of it is taken."""

import io
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from speakervid5m.media import (
    MediaError,
    available_backends,
    count_frames,
    frame_table,
    open_video,
    read_audio,
    write_flac,
)
from speakervid5m.media.clip_limits import check_mp4, open_clip
from tests.media.hostile import flac_that_says, listing_many_frames, png_in_mp4

BACKENDS = [
    name for name, why in available_backends().items() if why is None and "cuda" not in name
]


@pytest.mark.parametrize("backend", BACKENDS)
def test_an_mp4_that_lists_a_hundred_million_frames(backend: Any) -> None:
    data = listing_many_frames(png_in_mp4(64), 70_000_000)
    assert len(data) < 1000
    with pytest.raises(MediaError, match=r"too_large: the mp4 lists 70000000 frames"):
        open_video(data, backend=backend)
    for read in (frame_table, count_frames):
        with pytest.raises(MediaError, match="too_large"):
            read(data)


@pytest.mark.parametrize("backend", BACKENDS)
def test_frames_of_more_pixels_than_any_clip_has(backend: Any) -> None:
    with pytest.raises(MediaError), open_video(png_in_mp4(6000), backend=backend) as reader:
        reader.frames([0])
    with pytest.raises(MediaError, match="unreadable"):
        count_frames(png_in_mp4(6000))
    assert count_frames(png_in_mp4(600)) == 1


def test_pixels_are_told_by_the_codec_header() -> None:
    # avcC of baseline, level 5.2: 1000 by 1000 macroblocks, written as Exp-Golomb codes.
    bits = "01000010000000000011010011110100"
    bits += f"{999 + 1:b}".zfill(19) * 2 + "10001"
    sps = b"\x67" + int(bits.ljust(-len(bits) % 8 + len(bits), "0"), 2).to_bytes(
        (len(bits) + 7) // 8, "big"
    )
    header = b"\x01\x42\x00\x34\xff\xe1" + len(sps).to_bytes(2, "big") + sps
    box = (len(header) + 8).to_bytes(4, "big") + b"avcC" + header
    with pytest.raises(MediaError, match="too_large: frames of 16000x16000; 33554432 pixels"):
        check_mp4(io.BytesIO(b"\0\0\0\x08ftyp" + (len(box) + 8).to_bytes(4, "big") + b"moov" + box))


@pytest.mark.parametrize("backend", BACKENDS)
def test_what_is_no_mp4_names_no_other_files(
    backend: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "private.mp4").write_bytes(png_in_mp4(64))
    data = b"ffconcat version 1.0\nfile private.mp4\n"
    with av.open(io.BytesIO(data)) as container:
        assert container.streams.video, "FFmpeg itself follows the name"
    with pytest.raises(MediaError, match="the clip is no mp4"):
        open_video(data, backend=backend)
    for read in (frame_table, count_frames):
        with pytest.raises(MediaError, match="the clip is no mp4"):
            read(data)


def test_a_codec_that_nobody_knows() -> None:
    data = bytearray(png_in_mp4(64))
    entry = data.find(b"stsd") + 16
    data[entry : entry + 4] = b"zzzz"
    esds = data.find(b"esds")
    data[esds : esds + 4] = b"free"
    for read in (frame_table, count_frames, lambda one: open_video(one, backend="pyav")):
        with pytest.raises(MediaError, match="no decoder knows"):
            read(bytes(data))


def box(name: bytes, *numbers: int) -> bytes:
    body = name + b"".join(number.to_bytes(4, "big") for number in numbers)
    return (len(body) + 4).to_bytes(4, "big") + body


@pytest.mark.parametrize(
    ("boxes", "reason"),
    [
        (box(b"moov", 0) + box(b"stts", 0, 1, 1 << 20, 1), "too_large"),
        (box(b"moov", 0) + box(b"ctts", 0, 2, 1 << 17, 1, 1 + (1 << 17), 1), "too_large"),
        (box(b"moof", 0) + box(b"trun", 0, 1 << 20), "too_large"),
        (box(b"free") + box(b"stsz", 0, 1, 200_000) + box(b"elst", 0, 9), "too_large"),
        (box(b"stz2", 0, 8, 200_000) + box(b"stz2", 0, 8, 100_000), "too_large"),
        (b"\0\0\0\0moov" + box(b"stsz", 0, 1, 1 << 20), "too_large"),
        (b"\0\0\0\x01moov\0\0\0\0\0\0\0\x24" + box(b"stsz", 0, 1, 1 << 20), "too_large"),
        (box(b"free") * 2000, "too_large"),
        (box(b"free", *[1] * 5_000_000), "too_large"),
        (box(b"moov", 0) + b"stts" * 2000, "too_large"),
        (box(b"moov") + box(b"cmov"), "unreadable"),
        (b"\0\0\0\x05free", "unreadable"),
    ],
)  # fmt: skip
def test_what_a_header_may_not_ask_for(boxes: bytes, reason: str) -> None:
    with pytest.raises(MediaError) as told:
        check_mp4(io.BytesIO(box(b"ftyp", 0) + boxes))
    assert told.value.reason == reason


def test_media_that_look_like_a_header_are_media() -> None:
    check_mp4(io.BytesIO(box(b"ftyp", 0) + box(b"mdat")[:4] + b"mdat" + b""))
    hidden = b"stsz" + b"\xff" * 12
    mdat = (len(hidden) + 8).to_bytes(4, "big") + b"mdat" + hidden
    check_mp4(io.BytesIO(box(b"ftyp", 0) + mdat + box(b"moov", 0)))


def test_frames_that_lie_over_one_another() -> None:
    """Every frame at the same bytes: together they would take more memory than the file."""
    # Without its edit list, which shows one frame.
    data = bytearray(png_in_mp4(64).replace(b"elst", b"free"))
    size = data.find(b"stsz") + 8
    data[size + 4 : size + 8] = (50).to_bytes(4, "big")
    moov = data.find(b"moov") - 4
    place = data.find(b"stco")
    first = data[place + 12 : place + 16]
    for name, runs in ((b"stsc", b"\0\0\0\x01" * 3), (b"stts", b"\0\0\0\x32\0\0\x02\0")):
        where = data.find(name) + 12
        data[where : where + len(runs)] = runs
    more = first * 49
    data[place + 16 : place + 16] = more
    data[place + 8 : place + 12] = (50).to_bytes(4, "big")
    for name in (b"stco", b"stbl", b"minf", b"mdia", b"trak", b"moov"):
        where = data.find(name) - 4
        grown = int.from_bytes(data[where : where + 4], "big") + len(more)
        data[where : where + 4] = grown.to_bytes(4, "big")
    assert moov > data.find(b"mdat"), "offsets are those of before"
    with open_clip(io.BytesIO(bytes(data))) as container:
        assert container.streams.video[0].frames == 50
    with pytest.raises(MediaError, match="stores frames over one another"):
        frame_table(bytes(data))


def test_audio_of_more_samples_than_any_clip_has() -> None:
    with pytest.raises(MediaError, match=r"too_large: .* samples of 8 channels at 655350 Hz"):
        read_audio(flac_that_says(655_350 * 120))
    with pytest.raises(MediaError, match="too_large"):
        read_audio(flac_that_says((1 << 36) - 1, sample_rate=48_000, num_channels=1))
    # Few samples that become many.
    with pytest.raises(MediaError, match="too_large"):
        read_audio(flac_that_says(1 << 20, sample_rate=8, num_channels=1), sample_rate=48_000)
    whole = write_flac(np.zeros(480_000, np.float32), 48_000)
    assert len(read_audio(whole, sample_rate=16_000)) == 160_000
    window = flac_that_says(1 << 30, sample_rate=48_000, num_channels=1)
    assert len(read_audio(window, stop_seconds=0.01)) == 480

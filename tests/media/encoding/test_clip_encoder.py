"""The mp4 that a release keeps: its bytes, its layout, and the table of its frames."""

import hashlib
import io
import subprocess
import sys
from fractions import Fraction

import av
import numpy as np
import pytest

from speakervid5m.media import (
    ClipEncoder,
    EncodeSettings,
    FrameTable,
    MediaError,
    aac_sample_rate,
    count_frames,
    frame_table,
)
from tests.media.rendered import index_of, picture_of, tone

NUM_FRAMES = 70


def encoded() -> bytes:
    encoder: ClipEncoder | None = None
    for index in range(NUM_FRAMES):
        grey = av.VideoFrame.from_ndarray(picture_of(index, 160, 96), format="gray")
        frame = grey.reformat(format="yuv420p")
        encoder = encoder or ClipEncoder(
            frame, fps=25, sample_rate=48_000, settings=EncodeSettings()
        )
        encoder.add(frame)
    assert encoder is not None
    return encoder.finish(tone(np.arange(NUM_FRAMES * 1920) / 48_000))


@pytest.fixture(scope="module")
def clip() -> bytes:
    return encoded()


def test_bytes_are_the_same_again_and_in_another_process(clip: bytes) -> None:
    assert encoded() == clip
    code = (
        "import hashlib; from tests.media.encoding.test_clip_encoder import encoded\n"
        "print(hashlib.sha256(encoded()).hexdigest())"
    )
    other = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert other.stdout.strip() == hashlib.sha256(clip).hexdigest()


def boxes(data: bytes) -> list[str]:
    names, at = [], 0
    while at < len(data):
        names.append(data[at + 4 : at + 8].decode())
        at += int.from_bytes(data[at : at + 4], "big")
    return names


def test_the_header_stands_before_the_media(clip: bytes) -> None:
    names = boxes(clip)
    assert names.index("moov") < names.index("mdat")


def test_it_is_h264_4_2_0_with_a_closed_gop_each_second(clip: bytes) -> None:
    with av.open(io.BytesIO(clip), "r") as container:
        stream = container.streams.video[0]
        assert stream.codec_context.name == "h264" and stream.codec_context.pix_fmt == "yuv420p"
        assert stream.average_rate == 25 and stream.frames == NUM_FRAMES
        assert container.streams.audio[0].codec_context.name == "aac"
        packets = [packet for packet in container.demux(stream) if packet.size]
    shown = [packet.pts or 0 for packet in packets]
    keys = [number for number, packet in enumerate(packets) if packet.is_keyframe]
    assert keys == [0, 25, 50]
    for key in keys:
        assert idr(bytes(packets[key])), "a key frame is an IDR frame"
        assert all(pts > shown[key] for pts in shown[key + 1 :])
        assert all(pts < shown[key] for pts in shown[:key])


def idr(packet: bytes) -> bool:
    """Whether some NAL unit of a length-prefixed packet is an IDR slice."""
    at = 0
    while at < len(packet):
        if packet[at + 4] & 31 == 5:
            return True
        at += 4 + int.from_bytes(packet[at : at + 4], "big")
    return False


def test_the_table_says_where_every_frame_lies(clip: bytes) -> None:
    table = frame_table(clip)
    assert table.num_frames == NUM_FRAMES == count_frames(clip)
    shown = sorted(pts * table.time_base for pts in table.pts)
    assert [time - shown[0] for time in shown] == [Fraction(n, 25) for n in range(NUM_FRAMES)]
    assert [number for number, key in enumerate(table.is_key) if key] == [0, 25, 50]
    header = clip.index(b"avcC") + 4
    assert clip[header : header + len(table.codec_header)] == table.codec_header
    assert min(table.offset_bytes) > clip.index(b"mdat")


def test_a_window_decodes_from_its_bytes_alone(clip: bytes) -> None:
    table = frame_table(clip)
    first, last = 25, 50
    begin, end = table.offset_bytes[first], table.offset_bytes[last]
    window = clip[begin:end]
    decoder = av.CodecContext.create("h264", "r")
    decoder.extradata = table.codec_header
    frames = []
    for number in range(first, last):
        at = table.offset_bytes[number] - begin
        packet = av.Packet(window[at : at + table.size_bytes[number]])
        packet.pts, packet.time_base = table.pts[number], table.time_base
        frames += decoder.decode(packet)
    frames += decoder.decode(None)
    lumas = [np.asarray(frame.to_ndarray(format="gray"), np.uint8) for frame in frames]
    shown = [index_of(luma, half=False) for luma in lumas]
    assert shown == list(range(first, last))


def test_a_table_with_lists_of_unlike_length_is_refused() -> None:
    with pytest.raises(ValueError, match="one entry a frame"):
        FrameTable(
            codec_header=b"",
            time_base=Fraction(1, 25),
            pts=(0, 1),
            size_bytes=(1,),
            offset_bytes=(0, 1),
            is_key=(True, False),
        )


@pytest.mark.parametrize("data", [b"", b"no video" * 100], ids=["empty", "text"])
def test_what_is_no_mp4_is_a_media_error(data: bytes) -> None:
    with pytest.raises(MediaError):
        frame_table(data)
    with pytest.raises(MediaError):
        count_frames(data)


def test_a_cut_off_mp4_has_no_table(clip: bytes) -> None:
    with pytest.raises(MediaError):
        frame_table(clip[: len(clip) // 2])


@pytest.mark.parametrize(
    ("rate", "aac"), [(48_000, 48_000), (44_100, 44_100), (47_999, 44_100), (6000, 8000)]
)
def test_viewers_hear_a_rate_that_aac_knows(rate: int, aac: int) -> None:
    assert aac_sample_rate(rate) == aac

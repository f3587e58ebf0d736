"""The frame table's reader gives what the backends give, from fewer bytes and packets."""

import dataclasses
from fractions import Fraction

import av
import numpy as np
import pytest
from av.video.reformatter import Colorspace
from numpy.typing import NDArray

from speakervid5m.media import MediaError, frame_table, open_video
from speakervid5m.media.decoding.pixels import ColourSpace, PixelWriter
from speakervid5m.media.decoding.table_reader import FramePlaces, TableReader
from speakervid5m.media.h264_headers import NalLength, frame_size
from tests.media.decoding.test_backends import NUM_FRAMES, ORDERS, encoded


@pytest.fixture(scope="module")
def clip() -> bytes:
    return encoded()


@pytest.fixture(scope="module")
def reference(clip: bytes) -> NDArray[np.uint8]:
    with open_video(clip, backend="pyav") as reader:
        return reader.frames(range(NUM_FRAMES))


def opened(data: bytes) -> TableReader:
    return TableReader(FramePlaces.of(frame_table(data)), lambda begin, end: data[begin:end])


def test_frames_and_pixels_are_the_backends(clip: bytes, reference: NDArray[np.uint8]) -> None:
    with opened(clip) as reader:
        assert (reader.num_frames, reader.width, reader.height) == (NUM_FRAMES, 192, 128)
        orders = [*ORDERS, *(range(first, NUM_FRAMES, 3) for first in range(5)), range(10, 42)]
        orders += [[number] for number in range(NUM_FRAMES)]
        for order in orders:
            pixels = reader.frames(order)
            assert pixels.shape == (len(order), 128, 192, 3)
            np.testing.assert_array_equal(pixels, reference[list(order)])


@pytest.mark.parametrize("space", [Colorspace.ITU709, Colorspace.ITU601])
@pytest.mark.parametrize("full_range", [False, True])
def test_colours_are_the_backends(space: Colorspace, full_range: bool) -> None:
    data = encoded(space=space, full_range=full_range)
    with open_video(data, backend="pyav") as other, opened(data) as reader:
        np.testing.assert_array_equal(reader.frames([0, 31]), other.frames([0, 31]))
        assert reader.colour == ColourSpace(space == Colorspace.ITU709, full_range)


@pytest.mark.parametrize("height", [2, 18])
def test_any_width_is_written_whole_and_nothing_beside_it(height: int) -> None:
    rng, guard = np.random.default_rng(0), 1024
    for width in range(2, 164, 2):
        planes = rng.integers(0, 256, (height * 3 // 2, width), dtype=np.uint8)
        frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
        num_bytes = width * height * 3
        memory = np.full(num_bytes + 2 * guard, 77, np.uint8)
        PixelWriter("rgb", width, height).write(frame, memory.ctypes.data + guard)
        around = np.concatenate([memory[:guard], memory[guard + num_bytes :]])
        assert (around == 77).all(), width
        written = memory[guard : guard + num_bytes].reshape(height, width, 3)
        np.testing.assert_array_equal(written, frame.to_ndarray(format="rgb24"))


def test_planes_are_the_decoders(clip: bytes) -> None:
    import io

    with av.open(io.BytesIO(clip), "r") as container:
        expected = np.stack(
            [frame.to_ndarray(format="yuv420p") for frame in container.decode(video=0)]
        )
    with opened(clip) as reader:
        assert reader.shape("yuv420") == (192, 192)
        np.testing.assert_array_equal(reader.decode(range(NUM_FRAMES), "yuv420"), expected)
        room = np.zeros((2, 192, 192), np.uint8)
        assert reader.decode([40, 40], "yuv420", room) is room
        np.testing.assert_array_equal(room, expected[[40, 40]])


def test_a_window_reads_its_groups_alone(clip: bytes) -> None:
    read: list[tuple[int, int]] = []
    places = FramePlaces.of(frame_table(clip))

    def noted(begin: int, end: int) -> bytes:
        read.append((begin, end))
        return clip[begin:end]

    with TableReader(places, noted) as reader:
        reader.frames([26, 30])
    ((begin, end),) = read
    assert begin == places.offset_bytes[places.is_key][1] and (begin, end) == places.span([30, 26])
    assert places.runs([30]) == [(25, places.runs([30])[0][1])]
    assert 25 < places.runs([30])[0][1] <= 50 and places.runs([0, 59])[0][0] == 0
    assert end - begin < len(clip) / 2


def test_pictures_that_nothing_depends_on_are_not_decoded(clip: bytes) -> None:
    places = FramePlaces.of(frame_table(clip))
    nal = NalLength(places.codec_header)
    spared = [
        not nal.is_reference(memoryview(clip)[begin : begin + size])
        for begin, size in zip(places.offset_bytes, places.size_bytes, strict=True)
    ]
    assert 10 < sum(spared) < NUM_FRAMES and not any(np.array(spared) & places.is_key)
    fed = opened(clip)._packets([49], frozenset([int(np.sort(places.pts)[49])]))
    assert len(fed) - 1 < 25


@pytest.mark.parametrize("size", [(64, 48), (80, 32), (1920, 1080), (34, 50)])
def test_the_header_says_the_size(size: tuple[int, int]) -> None:
    context = av.CodecContext.create("libx264", "w")
    context.width, context.height, context.pix_fmt = *size, "yuv420p"
    context.time_base, context.flags = Fraction(1, 25), 1 << 22
    context.open()
    # Annex B: start codes; sps first.
    sps = bytes(context.extradata or b"").split(b"\0\0\0\1")[1]
    header = b"\1\0\0\0\xff\xe1" + len(sps).to_bytes(2, "big") + sps
    assert frame_size(header) == size


@pytest.mark.parametrize("index", [-1, NUM_FRAMES])
def test_an_index_outside_is_an_error(clip: bytes, index: int) -> None:
    with opened(clip) as reader, pytest.raises(IndexError, match=str(index)):
        reader.frames([0, index])


@pytest.mark.parametrize("damage", ["zeros", "noise", "short", "header", "no header", "no key"])
def test_damage_is_a_media_error(clip: bytes, damage: str) -> None:
    places = FramePlaces.of(frame_table(clip))
    data = clip
    third = len(clip) // 3
    match damage:
        case "zeros":
            data = clip[:third] + bytes(third) + clip[2 * third :]
        case "noise":
            data = bytes(np.random.default_rng(0).integers(0, 256, len(clip), dtype=np.uint8))
        case "short":
            data = clip[:-200]
        case "header":
            places = dataclasses.replace(places, codec_header=places.codec_header[:12])
        case "no header":
            places = dataclasses.replace(places, codec_header=b"")
        case "no key":
            places = dataclasses.replace(places, is_key=np.zeros_like(places.is_key))
    with pytest.raises(MediaError):
        TableReader(places, lambda begin, end: data[begin:end]).frames(range(NUM_FRAMES))


def test_another_clips_table_is_an_error(clip: bytes) -> None:
    other = encoded(full_range=True)
    places = FramePlaces.of(frame_table(clip))
    with pytest.raises(MediaError):
        TableReader(places, lambda begin, end: other[begin:end]).frames(range(NUM_FRAMES))

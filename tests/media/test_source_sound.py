"""Sound that stands elsewhere than its pictures, or in pieces that are no frames: none is lost."""

import struct
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from speakervid5m.media import AudioReader, probe
from tests.media.rendered import Kind, heard, one_clip, render, request, samples_of

STARTS = [round(0.5 + 0.37 * number, 2) for number in range(16)]


def later(data: bytes, track: int, milliseconds: int) -> bytes:
    """A Matroska file whose blocks of a track say another time, and stand where they stood."""
    changed = bytearray(data)

    def number(place: int, *, marked: bool) -> tuple[int, int]:
        length = 9 - data[place].bit_length()
        value = int.from_bytes(data[place : place + length], "big")
        return value if marked else value & ((1 << 7 * length) - 1), length

    def walk(place: int, end: int) -> None:
        while place < end:
            name, long = number(place, marked=True)
            size, wide = number(place + long, marked=False)
            place += long + wide
            if name in (0x18538067, 0x1F43B675, 0xA0):  # Segment, Cluster, BlockGroup
                walk(place, min(place + size, end))
            elif name in (0xA3, 0xA1):  # SimpleBlock, Block
                of, at = number(place, marked=False)
                if of == track:
                    (time,) = struct.unpack_from(">h", data, place + at)
                    struct.pack_into(">h", changed, place + at, time + milliseconds)
            place += size

    walk(0, len(data))
    assert changed != data
    return bytes(changed)


def test_sound_that_is_stored_before_its_pictures(tmp_path: Path) -> None:
    path = render(tmp_path / "a.mkv", Kind(seconds=9.0, options={"g": "5"}))
    path.write_bytes(later(path.read_bytes(), 2, 600))
    for start in (*STARTS[1:], 8.6):
        samples, rate = samples_of(one_clip(path, request("a", start, min(9.0, start + 0.8))).audio)
        late, likeness = heard(samples, rate, start - 0.6)
        assert abs(late) <= 0.0015 and likeness > 0.95, (start, late, likeness)


def test_sound_in_pieces_that_are_no_frames(tmp_path: Path) -> None:
    frames = render(tmp_path / "a.mkv", Kind(seconds=9.0, sound_codec="mp2"))
    path = tmp_path / "a.ts"
    with av.open(str(frames)) as given, av.open(str(path), "w") as out:
        picture, sound = given.streams.video[0], given.streams.audio[0]
        streams = {one: out.add_stream_from_template(one) for one in (picture, sound)}
        packets = [one for one in given.demux(picture, sound) if one.size]
        stream = b"".join(bytes(one) for one in packets if one.stream is sound)
        packets = [one for one in packets if one.stream is picture]
        for packet in packets:
            packet.stream = streams[picture]
        # 1000 bytes of 128 kbit/s: frames of 384 begin anywhere in them.
        for first in range(0, len(stream), 1000):
            piece = av.Packet(stream[first : first + 1000])
            piece.stream, piece.time_base = streams[sound], Fraction(1, 16_000)
            piece.pts = piece.dts = first
            packets.append(piece)
        for packet in sorted(packets, key=lambda one: float((one.dts or 0) * one.time_base)):
            out.mux(packet)
    info = probe(path)
    for start in STARTS:
        found = AudioReader(path, info).hear(start, 0.8, sample_rate=48_000)
        assert found.damage is None and found.there.all()
        loud = found.samples.reshape(8, -1).std(axis=1)
        assert loud.min() > 0.2, (start, loud)


def test_damage_before_a_stretch_is_none_of_its(tmp_path: Path) -> None:
    path = render(tmp_path / "a.mkv", Kind(seconds=9.0, options={"g": "250"}))
    whole = AudioReader(path, probe(path)).hear(6.0, 1.0, sample_rate=48_000)
    with av.open(str(path)) as container:
        packets = [one for one in container.demux(audio=0) if one.pos is not None]
    data = bytearray(path.read_bytes())
    for packet in packets:
        time = float((packet.pts or 0) * (packet.time_base or 1))
        if 4.0 < time < 4.5:
            assert packet.pos is not None
            data[packet.pos + 12 : packet.pos + 12 + packet.size - 16] = b"\xff" * (
                packet.size - 16
            )
    path.write_bytes(bytes(data))
    after = AudioReader(path, probe(path)).hear(6.0, 1.0, sample_rate=48_000)
    assert after.damage is None
    np.testing.assert_allclose(after.samples, whole.samples, atol=0.05)
    assert AudioReader(path, probe(path)).hear(3.8, 1.0, sample_rate=48_000).damage is not None


@pytest.mark.parametrize(("start", "seconds"), [(0.2, 0.0), (1.0, 0.7), (8.5, 0.5)])
def test_what_has_no_sound_is_told(tmp_path: Path, start: float, seconds: float) -> None:
    path = render(tmp_path / "a.mp4", Kind(seconds=9.0, sound_starts=1.3))
    found = AudioReader(path, probe(path)).hear(start, 1.0, sample_rate=48_000)
    assert found.damage is None
    # AAC rings one frame before, and fills its last one.
    assert found.there.sum() / 48_000 == pytest.approx(seconds, abs=0.025)

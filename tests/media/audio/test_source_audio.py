"""Audio that stands elsewhere than its frames, or in pieces: none is lost, none is made up."""

import struct
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.container import InputContainer

from speakervid5m.media import AudioReader, open_container, probe
from speakervid5m.processing.assembly.cut_clips import CutClip, CutReject, CutRequest
from speakervid5m.records import Interval
from tests.media.rendered import (
    Kind,
    cut,
    heard,
    one_clip,
    render,
    request,
    samples_of,
    shown_times,
)

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
        found = AudioReader(path, info).read(start, 0.8, sample_rate=48_000)
        assert found.damage is None and found.present.all()
        loud = found.samples.reshape(8, -1).std(axis=1)
        assert loud.min() > 0.2, (start, loud)


def test_damage_before_a_stretch_is_none_of_its(tmp_path: Path) -> None:
    path = render(tmp_path / "a.mkv", Kind(seconds=9.0, options={"g": "250"}))
    whole = AudioReader(path, probe(path)).read(6.0, 1.0, sample_rate=48_000)
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
    after = AudioReader(path, probe(path)).read(6.0, 1.0, sample_rate=48_000)
    assert after.damage is None
    np.testing.assert_allclose(after.samples, whole.samples, atol=0.05)
    assert AudioReader(path, probe(path)).read(3.8, 1.0, sample_rate=48_000).damage is not None


@pytest.mark.parametrize(("start", "seconds"), [(0.2, 0.0), (1.0, 0.7), (8.5, 0.5)])
def test_what_has_no_sound_is_told(tmp_path: Path, start: float, seconds: float) -> None:
    path = render(tmp_path / "a.mp4", Kind(seconds=9.0, sound_starts=1.3))
    found = AudioReader(path, probe(path)).read(start, 1.0, sample_rate=48_000)
    assert found.damage is None
    # AAC rings one frame before, and fills its last one.
    assert found.present.sum() / 48_000 == pytest.approx(seconds, abs=0.025)


def remuxed(path: Path, to: Path) -> Path:
    """The same packets in another container."""
    with av.open(str(path)) as given, av.open(str(to), "w") as out:
        streams = {one: out.add_stream_from_template(one) for one in given.streams}
        for packet in [one for one in given.demux() if one.size]:
            packet.stream = streams[packet.stream]
            out.mux(packet)
    return to


@pytest.mark.parametrize("codec", ["aac", "libmp3lame"])
def test_every_container_gives_the_same_samples(tmp_path: Path, codec: str) -> None:
    mp4 = render(tmp_path / "a.mp4", Kind(seconds=9.0, sound_codec=codec))
    wanted = AudioReader(mp4, probe(mp4)).read(6.0, 1.0, sample_rate=48_000).samples
    for name in ("a.mkv", "a.ts", "a.mov"):
        path = remuxed(mp4, tmp_path / name)
        found = AudioReader(path, probe(path)).read(6.0, 1.0, sample_rate=48_000)
        assert found.damage is None and found.present.all()
        # Second 0 is where its encoder's silence begins; times are rounded to milliseconds.
        late = round(shown_times(path)[0] * 48_000)
        middle = found.samples[2000:-2000]
        same = [
            np.array_equal(middle, wanted[2000 - shift : 46_000 - shift])
            for shift in range(late - 48, late + 49)
        ]
        assert any(same), name


@pytest.mark.parametrize("seconds", [20.0, 28.0])
def test_audio_that_is_stored_long_before_its_frames(tmp_path: Path, seconds: float) -> None:
    path = render(tmp_path / "a.mkv", Kind(seconds=45.0, fps=Fraction(5), options={"g": "5"}))
    path.write_bytes(later(path.read_bytes(), 2, round(1000 * seconds)))
    for start in (seconds + 0.5, 36.0):
        samples, rate = samples_of(one_clip(path, request("a", start, start + 0.8)).audio)
        late, likeness = heard(samples, rate, start - seconds)
        assert abs(late) <= 0.0015 and likeness > 0.95, (start, late, likeness)


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.ts"])
def test_the_audio_of_stills_is_heard(tmp_path: Path, name: str) -> None:
    stills = tuple(Fraction(second) for second in (0, 20, 40))
    kind = Kind(seconds=45.0, times=stills, time_base=Fraction(1, 25), options={"bf": "0"})
    path = render(tmp_path / name, kind)
    reader = AudioReader(path, probe(path))
    for start in (1.0, 19.5, 33.3, 43.0):
        found = reader.read(start, 1.0, sample_rate=48_000)
        late, likeness = heard(found.samples, 48_000, start - shown_times(path)[0])
        assert found.damage is None and abs(late) <= 0.0015 and likeness > 0.95, (start, late)


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.ts"])
def test_audio_before_a_late_first_frame_is_kept(tmp_path: Path, name: str) -> None:
    late = tuple(Fraction(3, 5) + Fraction(index, 25) for index in range(60))
    path = render(tmp_path / name, Kind(seconds=3.0, times=late))
    samples, rate = samples_of(one_clip(path, request("a", 0.05, 1.5, bbox=None)).audio)
    begin = 0.05 - (shown_times(path)[0] - 0.6)
    for part in (samples, samples[: rate // 2]):
        off, likeness = heard(part, rate, begin)
        assert abs(off) <= 0.0015 and likeness > 0.98


def without_audio(path: Path, to: Path, start: float, end: float) -> Path:
    """The same file without the audio packets of a time."""
    with av.open(str(path)) as given, av.open(str(to), "w") as out:
        streams = {one: out.add_stream_from_template(one) for one in given.streams}
        for packet in [one for one in given.demux() if one.size]:
            time = float((packet.pts or 0) * packet.time_base)
            if packet.stream.type == "audio" and start <= time < end:
                continue
            packet.stream = streams[packet.stream]
            out.mux(packet)
    return to


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.ts"])
@pytest.mark.parametrize(
    ("hole", "asked", "seconds"),
    [
        ((4.0, 4.8), request("in it", 4.1, 4.6), 0.5),
        ((4.0, 4.8), request("over it", 3.0, 5.0), 0.8),
        ((4.0, 4.8), request("off screen", 3.0, 5.0, bbox=None), 0.8),
        ((4.0, 4.8), request("its end", 4.6, 6.0), 0.2),
        ((4.0, 4.8), request("before", 2.5, 3.9), 0.0),
        ((4.0, 4.8), request("after", 4.9, 6.0), 0.0),
        ((4.0, 4.8), request("another speaks in it", 3.0, 5.0, muted=(Interval(3.9, 4.9),)), 0.0),
        ((4.0, 4.08), request("a short one", 3.0, 5.0), 0.0),
        ((4.0, 9.0), request("beyond the end", 4.5, 6.0), 1.5),
        ((4.0, 9.0), request("over the end", 3.0, 5.0), 1.0),
        ((4.0, 9.0), request("a frame over the end", 3.0, 4.04), 0.0),
    ],
    ids=lambda value: value.clip_id if isinstance(value, CutRequest) else "",
)
def test_speech_that_the_track_lacks_is_a_named_reject(
    tmp_path: Path, name: str, hole: tuple[float, float], asked: CutRequest, seconds: float
) -> None:
    whole = render(tmp_path / f"whole{name[1:]}", Kind(seconds=7.0))
    path = without_audio(whole, tmp_path / name, *hole)
    (result,) = cut(path, [asked])
    if not seconds:
        assert isinstance(result, CutClip), result
        return
    assert isinstance(result, CutReject) and result.reason == "audio_missing"
    said = float(result.detail.split(" lacks ")[1].split(" s ")[0])
    assert said == pytest.approx(seconds, abs=0.06)


def test_a_listener_needs_no_audio(tmp_path: Path) -> None:
    path = render(tmp_path / "a.mp4", Kind(seconds=3.0, sound_starts=1.3))
    mute = one_clip(path, request("a", 0.0, 1.0, muted=None))
    assert mute.audio is None


def test_the_end_of_a_track_is_looked_for_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = render(tmp_path / "whole.ts", Kind(seconds=9.0))
    path = without_audio(whole, tmp_path / "a.ts", 4.0, 20.0)
    reader = AudioReader(path, probe(path))
    opened = []

    def counted(path: Path) -> InputContainer:
        opened.append(path)
        return open_container(path)

    monkeypatch.setattr("speakervid5m.media.audio.source_audio.open_container", counted)
    assert not reader.read(6.0, 1.0, sample_rate=48_000).present.any()
    before = len(opened)
    for start in (5.0, 7.0, 8.0):
        assert not reader.read(start, 1.0, sample_rate=48_000).present.any()
    assert len(opened) == before
    assert reader.read(2.0, 1.0, sample_rate=48_000).present.all()


def test_time_stamps_that_go_back_are_named(tmp_path: Path) -> None:
    path = render(tmp_path / "a.mkv", Kind(seconds=9.0))
    data = path.read_bytes()
    # From the second half on a second earlier.
    changed = later(data, 2, -1000)
    half = len(data) // 2
    path.write_bytes(data[:half] + changed[half:])
    results = cut(path, [request("before", 1.0, 2.0), request("over", 3.0, 6.0)])
    reasons = {one.clip_id: getattr(one, "reason", None) for one in results}
    assert reasons == {"before": None, "over": "unreadable"}


def test_jitter_makes_no_gaps(tmp_path: Path) -> None:
    frames = render(tmp_path / "a.mkv", Kind(seconds=5.0))
    path = tmp_path / "b.mkv"
    with av.open(str(frames)) as given, av.open(str(path), "w") as out:
        streams = {one: out.add_stream_from_template(one) for one in given.streams}
        for number, packet in enumerate(one for one in given.demux() if one.size):
            if packet.stream.type == "audio" and packet.pts:
                packet.pts = packet.dts = packet.pts + (0, 9, 4, 7)[number % 4]
            packet.stream = streams[packet.stream]
            out.mux(packet)
    found = AudioReader(path, probe(path)).read(2.0, 1.0, sample_rate=48_000)
    late, likeness = heard(found.samples, 48_000, 2.0)
    assert found.present.all() and 0.0 <= late <= 0.009 and likeness > 0.99

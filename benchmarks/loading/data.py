"""Synthetic clips, a release of them, and the same bytes in the peers' formats."""

import hashlib
import importlib
import io
import math
import tarfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np

from speakervid5m.media import ClipEncoder, EncodeSettings, write_flac
from speakervid5m.records import Clip, ClipKey, DialogueSample, Interval, bucket_of
from speakervid5m.release import (
    BucketContent,
    ReleaseFacts,
    Row,
    Samples,
    open_release,
    write_release,
)

FPS, SAMPLE_RATE, SIDE = 25, 16_000, 512
CONFIG = "dialogue_sft"
COLUMNS = ("initiator_video", "responder_video")


@dataclass(frozen=True, kw_only=True, slots=True)
class Media:
    """One clip's bytes."""

    video: bytes
    """mp4."""
    audio: bytes
    """FLAC."""
    num_frames: int
    """Of the video."""


def make_media(seed: int, num_frames: int, gop_frames: int) -> Media:
    """A head that moves before a textured room, with grain: about 1.5 Mbit/s."""
    rng = np.random.default_rng(seed)
    background = np.kron(rng.integers(40, 200, (SIDE // 8, SIDE // 8)), np.ones((8, 8))) / 2 + 50
    skin = rng.integers(0, 50, (SIDE, SIDE))
    grains = rng.integers(-4, 5, (8, SIDE, SIDE)).astype(np.int16)
    rows, columns = np.mgrid[:SIDE, :SIDE]
    encoder: ClipEncoder | None = None
    settings = EncodeSettings(crf=23, gop_frames=gop_frames)
    for number in range(num_frames):
        x = SIDE / 2 + 30 * math.sin(number / 9 + seed)
        y = SIDE / 2 + 20 * math.sin(number / 7)
        pixels = np.roll(background, number // 3, 1)
        head = ((columns - x) / 110) ** 2 + ((rows - y) / 160) ** 2 < 1
        pixels[head] = 110 + np.roll(skin, number % 13, 0)[head]
        luma = np.clip(pixels + grains[number % 8], 16, 235).astype(np.uint8)
        chroma = np.full((SIDE // 2, SIDE), 128, np.uint8)
        chroma[:, ::2] = 120 + number % 16
        frame = av.VideoFrame.from_ndarray(np.concatenate([luma, chroma]), format="yuv420p")
        if encoder is None:
            encoder = ClipEncoder(frame, fps=FPS, sample_rate=SAMPLE_RATE, settings=settings)
        encoder.add(frame)
    assert encoder is not None
    times = np.arange(num_frames * SAMPLE_RATE // FPS) / SAMPLE_RATE
    wave = (0.2 * np.sin(2 * np.pi * 220 * times) + rng.normal(0, 0.01, len(times))).astype(
        np.float32
    )
    return Media(
        video=encoder.finish(wave), audio=write_flac(wave, SAMPLE_RATE), num_frames=num_frames
    )


def make_release(root: Path, media: Sequence[Media], num_samples: int) -> Samples:
    """A release of dialogues; clips are drawn from these in turns."""
    buckets: dict[int, list[Row]] = {}
    for number in range(num_samples):
        source_id = "x" + hashlib.sha256(str(number).encode()).hexdigest()[:10]
        first, second = media[2 * number % len(media)], media[(2 * number + 1) % len(media)]
        opening, answer = _clip(source_id, 0, "A", first), _clip(source_id, 1, "B", second)
        row = Row(
            sample=DialogueSample(initiator=opening, responder=answer, gap_seconds=0.2),
            media={
                "initiator_video": first.video,
                "initiator_audio": first.audio,
                "initiator_pose": None,
                "responder_video": second.video,
                "responder_audio": second.audio,
                "responder_pose": None,
            },
        )
        buckets.setdefault(bucket_of(source_id, 4), []).append(row)
    contents = {
        bucket: BucketContent(
            digest=hashlib.sha256(f"{num_samples} {bucket}".encode()).hexdigest(),
            rows=lambda rows=rows: iter(rows),  # type: ignore[misc]
        )
        for bucket, rows in (
            (one, sorted(found, key=lambda row: row.sample.clips[0].source_id))
            for one, found in buckets.items()
        )
    }
    from speakervid5m.records import CONFIGS

    facts = ReleaseFacts(
        origin="official",
        num_buckets=dict.fromkeys(CONFIGS, 4),
        empty_configs={name: "not needed" for name in CONFIGS if name != CONFIG},
    )
    write_release(root, {CONFIG: contents}, facts)
    return open_release(str(root))[CONFIG]


def _clip(source_id: str, scene: int, voice: str, media: Media) -> Clip:
    key = ClipKey(
        source_id=source_id,
        source_width=1280,
        source_height=720,
        scene=scene,
        voice=voice,
        role="speaking",
        box_index=0,
    )
    start = 20.0 * scene
    stop = start + media.num_frames / FPS
    return Clip(
        clip_id=str(key),
        source_id=source_id,
        scene=scene,
        voice=voice,
        box_index=0,
        role="speaking",
        person_id=f"{source_id}#{voice}",
        scene_start_seconds=start,
        scene_end_seconds=start + 15.0,
        start_seconds=start,
        end_seconds=stop,
        bbox=(0.1, 0.1, 0.9, 0.9),
        source_width=1280,
        source_height=720,
        width=SIDE,
        height=SIDE,
        fps=float(FPS),
        num_frames=media.num_frames,
        sample_rate=SAMPLE_RATE,
        speech=(Interval(start, stop),),
        transcript="words",
        language="en",
        dover=0.8,
        tier="sft",
        origin="official",
    )


def raw_samples(samples: Samples) -> Iterator[tuple[str, dict[str, bytes]]]:
    """Id and bytes of every sample, for the peers' writers."""
    for number in range(len(samples)):
        found: dict[str, Any] = {name: samples.media(number, name) for name in COLUMNS}
        yield f"{number:06d}", found


def write_webdataset(samples: Samples, folder: Path, shards: int = 2) -> list[str]:
    """Tar files, one member a clip."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{number:04d}.tar" for number in range(shards)]
    files = [tarfile.open(path, "w") for path in paths]  # noqa: SIM115
    for number, (name, media) in enumerate(raw_samples(samples)):
        for column, data in media.items():
            info = tarfile.TarInfo(f"{name}.{column.split('_')[0]}.mp4")
            info.size = len(data)
            files[number % shards].addfile(info, io.BytesIO(data))
    for file in files:
        file.close()
    return [str(path) for path in paths]


def write_mds(samples: Samples, folder: Path) -> None:
    """MosaicML's shards."""
    streaming: Any = importlib.import_module("streaming")

    with streaming.MDSWriter(out=str(folder), columns=dict.fromkeys(COLUMNS, "bytes")) as out:
        for _, media in raw_samples(samples):
            out.write(media)


def write_litdata(samples: Samples, folder: Path) -> None:
    """LitData's chunks, by its cache writer in this process."""
    caches: Any = importlib.import_module("litdata.streaming.cache")

    folder.mkdir(parents=True, exist_ok=True)
    cache = caches.Cache(str(folder), chunk_bytes=64 << 20)
    for number, (_, media) in enumerate(raw_samples(samples)):
        cache[number] = media
    cache.done()
    cache.merge()

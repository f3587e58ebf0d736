"""A release of all nine configs, small enough for a test: real mp4, FLAC and poses, made here.

Every source holds, in each tier, a conversation of four scenes: A speaks and is listened to,
B answers, A goes on, and B is heard off screen while A listens. The left half of frame `n` has
luma `16 + 3 * n`, so a decoded frame tells its number; the right half tells clips apart.
"""

import base64
import hashlib
import io
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

import av
import numpy as np

from speakervid5m.media import ClipEncoder, EncodeSettings, write_flac
from speakervid5m.records import (
    CONFIGS,
    TIERS,
    Clip,
    ClipKey,
    DialogueSample,
    Interval,
    ListeningSample,
    MultiTurnSample,
    OffScreenVoice,
    Role,
    Sample,
    Segment,
    SingleSample,
    Tier,
    Utterance,
    VoiceInterval,
    bucket_of,
    to_row,
)
from speakervid5m.release import (
    BucketContent,
    Manifest,
    MediaValue,
    ReleaseFacts,
    Row,
    count_answers,
    describe_gates,
    write_release,
)

WIDTH, HEIGHT, FPS, SAMPLE_RATE = 64, 48, 25, 16_000

Rows = dict[str, list[Row]]
"""Config to its rows, by source, then time."""


def write_small_release(
    root: Path,
    *,
    num_sources: int = 4,
    seed: int = 0,
    num_buckets: int = 2,
    configs: Collection[str] | None = None,
    with_media: bool = True,
) -> Manifest:
    """Writes a small release.

    Args:
        root: the release's folder.
        num_sources: conversations in training; VidChatBench has half as many of its own.
        seed: another one gives other sources, so other rows.
        num_buckets: shards of each config, a power of two.
        configs: which to write; all nine if left out.
        with_media: null media and null measured sizes if False.
    """
    rows = small_rows(num_sources=num_sources, seed=seed, configs=configs, with_media=with_media)
    return write_rows(root, rows, num_buckets=num_buckets, with_media=with_media)


def write_rows(
    root: Path, rows: Rows, *, num_buckets: int = 2, with_media: bool = True
) -> Manifest:
    """Writes a release of these rows."""
    return write_release(
        root,
        contents_of(rows, num_buckets),
        facts_of(rows, num_buckets=num_buckets, with_media=with_media),
    )


def small_rows(
    *,
    num_sources: int = 4,
    seed: int = 0,
    configs: Collection[str] | None = None,
    with_media: bool = True,
) -> Rows:
    """The rows of a small release; all nine configs if `configs` is left out."""
    rows: Rows = {name: [] for name in CONFIGS if configs is None or name in configs}
    num_bench = max(1, num_sources // 2)
    for number in range(num_sources + num_bench):
        source_id = _source_id(seed, number)
        for name, sample in _samples(source_id, with_media, bench=number >= num_sources):
            if name in rows:
                media = media_of(sample) if with_media else {}
                rows[name].append(Row(sample=sample, media=media))
    for found in rows.values():
        found.sort(key=lambda row: (row.sample.clips[0].source_id, _begin(row.sample)))
    return rows


def contents_of(rows: Rows, num_buckets: int) -> dict[str, dict[int, BucketContent]]:
    """Rows as `write_release` takes them."""
    contents: dict[str, dict[int, BucketContent]] = {}
    for name, found in rows.items():
        buckets: dict[int, list[Row]] = {}
        for row in found:
            bucket = bucket_of(row.sample.clips[0].source_id, num_buckets)
            buckets.setdefault(bucket, []).append(row)
        contents[name] = {bucket: _content(chosen) for bucket, chosen in buckets.items()}
    return contents


def facts_of(rows: Rows, *, num_buckets: int = 2, with_media: bool = True) -> ReleaseFacts:
    """What the manifest of these rows says beside the counts."""
    clips = {
        clip.clip_id: clip for found in rows.values() for row in found for clip in row.sample.clips
    }
    return ReleaseFacts(
        origin="official",
        num_buckets=dict.fromkeys(CONFIGS, num_buckets),
        with_media=with_media,
        empty_configs={name: "the test left it out" for name in CONFIGS if not rows.get(name)},
        gates=describe_gates(),
        gate_counts=count_answers(clips.values()),
        backends={"small": {"encoder": "tests"}},
    )


def media_of(sample: Sample) -> dict[str, MediaValue]:
    """The media columns of a sample; poses exist for voice A alone, sound for who speaks."""
    match sample:
        case SingleSample(clip=clip):
            return _media("", clip)
        case DialogueSample(initiator=initiator, responder=responder):
            return _media("initiator_", initiator) | _media("responder_", responder)
        case ListeningSample(speaker=Clip() as speaker, listener=listener):
            return _media("speaker_", speaker) | _media("listener_", listener, sound=False)
        case ListeningSample(speaker=voice, listener=listener):
            assert isinstance(voice, OffScreenVoice)
            heard = sound_of(f"{listener.clip_id} {voice.voice}", _num_frames(listener.clip_id))
            return {"speaker_audio": heard} | _media("listener_", listener, sound=False)
        case MultiTurnSample(turns=turns):
            found = [_media("", turn) for turn in turns]
            return {
                f"turn_{medium}s": [_one(one[medium]) for one in found]
                for medium in ("video", "audio", "pose")
            }


def video_of(clip: Clip) -> bytes:
    """The clip's mp4."""
    return _video(clip.clip_id, clip.role == "speaking")


@cache
def sound_of(name: str, num_frames: int) -> bytes:
    """FLAC of as many seconds as the frames last; the pitch depends on the name."""
    return write_flac(_wave(name, num_frames), SAMPLE_RATE)


@cache
def pose_of(name: str, num_frames: int) -> bytes:
    """A `.npy` file of (frames, 130, 2) uint16."""
    values = np.random.default_rng(_number(name)).integers(0, 65536, (num_frames, 130, 2))
    buffer = io.BytesIO()
    np.save(buffer, values.astype(np.uint16), allow_pickle=False)
    return buffer.getvalue()


def _media(prefix: str, clip: Clip, sound: bool = True) -> dict[str, MediaValue]:
    num_frames = _num_frames(clip.clip_id)
    found: dict[str, MediaValue] = {f"{prefix}video": video_of(clip)}
    found[f"{prefix}pose"] = pose_of(clip.clip_id, num_frames) if clip.voice == "A" else None
    if sound:
        speaks = clip.role == "speaking"
        found[f"{prefix}audio"] = sound_of(clip.clip_id, num_frames) if speaks else None
    return found


def _one(value: MediaValue) -> bytes | None:
    assert not isinstance(value, list)
    return value


@cache
def _video(clip_id: str, with_sound: bool) -> bytes:
    num_frames, shade = _num_frames(clip_id), 40 + _number(clip_id) % 160
    encoder: ClipEncoder | None = None
    for number in range(num_frames):
        luma = np.full((HEIGHT * 3 // 2, WIDTH), 128, np.uint8)
        luma[:HEIGHT, : WIDTH // 2] = 16 + 3 * number
        luma[:HEIGHT, WIDTH // 2 :] = shade
        frame = av.VideoFrame.from_ndarray(luma, format="yuv420p")
        if encoder is None:
            rate = SAMPLE_RATE if with_sound else None
            encoder = ClipEncoder(frame, fps=FPS, sample_rate=rate, settings=EncodeSettings())
        encoder.add(frame)
    assert encoder is not None
    return encoder.finish(_wave(clip_id, num_frames) if with_sound else None)


def _wave(name: str, num_frames: int) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    times = np.arange(num_frames * SAMPLE_RATE // FPS) / SAMPLE_RATE
    pitch = 200 + _number(name) % 600
    wave: np.ndarray[tuple[int], np.dtype[np.float32]]
    wave = (0.3 * np.sin(2 * np.pi * pitch * times)).astype(np.float32)
    return wave


def _samples(source_id: str, with_media: bool, *, bench: bool) -> Iterator[tuple[str, Sample]]:
    for number, tier in enumerate(TIERS):
        first = 4 * number

        def clip(
            scene: int, voice: str, role: Role = "speaking", box: int = 0, tier: Tier = tier
        ) -> Clip:
            return _clip(source_id, scene, voice, role, box, tier, with_media)

        opening, answer, reply = clip(first, "A"), clip(first + 1, "B"), clip(first + 2, "A")
        pairs = [
            DialogueSample(initiator=opening, responder=answer, gap_seconds=0.25),
            DialogueSample(initiator=answer, responder=reply, gap_seconds=-0.5),
        ]
        if bench:
            yield from (("vidchatbench", pair) for pair in pairs)
            continue
        watching = clip(first, "A", "listening", 1)
        hearing = clip(first + 3, "B", "listening", 0)
        voice = OffScreenVoice(
            source_id=source_id,
            voice="B",
            person_id=f"{source_id}#B",
            speech=(Interval(hearing.start_seconds, hearing.end_seconds),),
        )
        for one in (opening, watching, answer, reply):
            yield f"single_{tier}", SingleSample(clip=one)
        for pair in pairs:
            yield f"dialogue_{tier}", pair
        yield f"listening_{tier}", ListeningSample(speaker=opening, listener=watching)
        yield f"listening_{tier}", ListeningSample(speaker=voice, listener=hearing)
        history = (Utterance(voice="B", start_seconds=first * 4.0, text="Good morning"),)
        yield (
            f"multi_turn_{tier}",
            MultiTurnSample(turns=(opening, answer, reply), history=history if number else ()),
        )


def _clip(
    source_id: str, scene: int, voice: str, role: Role, box: int, tier: Tier, with_media: bool
) -> Clip:
    key = ClipKey(
        source_id=source_id,
        source_width=128,
        source_height=96,
        scene=scene,
        voice=voice,
        role=role,
        box_index=box,
    )
    name = str(key)
    start, num_frames = 4.0 * scene, _num_frames(name)
    stop = start + num_frames / FPS
    speaks = role == "speaking"
    score = _number(name) % 1000 / 1000
    return Clip(
        clip_id=name,
        source_id=source_id,
        scene=scene,
        voice=voice,
        box_index=box,
        role=role,
        person_id=f"{source_id}#{voice}" if speaks else None,
        scene_start_seconds=start,
        scene_end_seconds=start + 4.0,
        start_seconds=start,
        end_seconds=stop,
        bbox=(0.25, 0.25, 0.75, 0.75),
        source_width=128,
        source_height=96,
        width=WIDTH if with_media else None,
        height=HEIGHT if with_media else None,
        fps=float(FPS) if with_media else None,
        num_frames=num_frames if with_media else None,
        sample_rate=SAMPLE_RATE if with_media and speaks else None,
        speech=(Interval(start, stop),) if speaks else (),
        scene_voices=(VoiceInterval(start, stop, voice),),
        sync_confidence=3 + 5 * score if speaks else None,
        dover=round(0.25 + 0.7 * score, 4) if tier == "pretrain" else round(0.65 + 0.3 * score, 4),
        face_blur=0.75 + 0.2 * score,
        hand_blur=None if scene % 2 else 0.6,
        motion_degree=float(1 + _number(name) % 5),
        luminance_mean=100 + 50 * score,
        luminance_abnormal_run=0,
        transcript=f"scene {scene}, \N{LATIN SMALL LETTER U WITH DIAERESIS}ber uns"
        if speaks
        else None,
        language=("en", "de")[scene % 2] if speaks else None,
        asr_avg_logprob=-0.5 * score if speaks else None,
        asr_no_speech_prob=0.1 if speaks else None,
        asr_compression_ratio=1.2 if speaks else None,
        segments=(Segment(0.0, stop - start, f"scene {scene}", -0.2, 0.1, 1.2),) if speaks else (),
        motion="nods",
        entities=("desk", "lamp"),
        human_body=("portrait", "head", "full")[scene % 3],
        facing="front",
        tier=tier,
        origin="official",
        backends_id="small",
    )


def _source_id(seed: int, number: int) -> str:
    """Spread over the buckets, so that a few sources fill all of a few buckets."""
    wanted = number * 5 % 16
    for attempt in range(10_000):
        digest = hashlib.sha256(f"source {seed} {number} {attempt}".encode()).digest()
        name = "x" + base64.b32encode(digest)[:10].decode().lower()
        if bucket_of(name, 16) == wanted:
            return name
    raise AssertionError("no id falls into the bucket")


def _content(rows: list[Row]) -> BucketContent:
    digest = hashlib.sha256()
    for row in rows:
        digest.update(repr(to_row(row.sample)).encode())
        for value in _flat(row.media):
            digest.update(b"none" if value is None else hashlib.sha256(value).digest())
    return BucketContent(digest=digest.hexdigest(), rows=lambda: iter(rows))


def _flat(media: Mapping[str, MediaValue]) -> Iterable[bytes | None]:
    for value in media.values():
        yield from value if isinstance(value, list) else [value]


def _begin(sample: Sample) -> tuple[float, str]:
    return sample.clips[0].start_seconds, sample.clips[-1].clip_id


def _num_frames(clip_id: str) -> int:
    return 20 + _number(clip_id) % 41


def _number(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big")

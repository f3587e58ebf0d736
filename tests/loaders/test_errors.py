import dataclasses
import importlib
import logging
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from speakervid5m.loaders import Loader, NoMediaError, SampleError, VideoSpec
from speakervid5m.loaders.decoding.decode_clip import decode_audio, decode_video
from speakervid5m.loaders.requests.request_planner import _check_record
from speakervid5m.loaders.specs.errors import BatchSizeError
from speakervid5m.loaders.specs.windows import ClipWindow
from speakervid5m.media import MediaError, available_backends
from speakervid5m.records import ListeningSample, install_command
from speakervid5m.release import MediaRange, Release, Row, Samples, open_release
from tests.small_release import small_rows, sound_of, video_of, write_rows, write_small_release

SMALL = VideoSpec(fps=8, height=24, width=32, num_frames=3)
WINDOW = ClipWindow(start_seconds=0.0, duration_seconds=0.4, fps=25.0, num_frames=10)


def damaged(root: Path, name: str, number: int, column: str) -> Samples:
    """The samples of a config, with bytes changed in the middle of one piece of media."""
    samples = open_release(str(root))[name]
    place = samples.ranges(number, column)
    assert isinstance(place, MediaRange)
    path = root / place.path
    data = bytearray(path.read_bytes())
    middle = place.offset_bytes + place.num_bytes // 2
    data[middle : middle + 16] = bytes(255 - one for one in data[middle : middle + 16])
    path.unlink()
    path.write_bytes(data)
    return open_release(str(root))[name]


@pytest.mark.parametrize("column", ["responder_video", "initiator_audio"])
@pytest.mark.parametrize("workers", [0, 2])
def test_damage_raises_and_names_sample_and_shard(
    own_root: Path, column: str, workers: int
) -> None:
    samples = damaged(own_root, "dialogue_sft", 1, column)
    loader = Loader(samples, batch_size=4, video=SMALL, shuffle=False, num_workers=workers)
    with pytest.raises(SampleError, match=column) as caught:
        next(iter(loader))
    error = caught.value
    assert error.sample_id == samples[1].sample_id and error.sample_id in str(error)
    assert "data/dialogue/sft/train-" in error.shard and error.shard in str(error)
    assert "checksum" in error.reason
    assert loader.state_dict()["position"] == 0, "before the batch that could not be made"


@pytest.mark.parametrize("column", ["responder_video", "initiator_audio"])
def test_damage_is_skipped_counted_and_named(
    own_root: Path, column: str, caplog: pytest.LogCaptureFixture
) -> None:
    samples = damaged(own_root, "dialogue_sft", 1, column)
    loader = Loader(samples, batch_size=4, video=SMALL, shuffle=False, on_error="skip")
    with caplog.at_level(logging.WARNING):
        batches = list(loader)
    first: Any = batches[0]
    assert first.valid.tolist() == [True, False, True, True]
    assert not first.responder.video.mask[1].any() and not first.initiator.audio.mask[1].any()
    assert not first.reference[1].any()
    assert first.samples[1] == samples[1], "the record is known"
    (one,) = loader.skipped
    assert first.skipped == (one,) and loader.num_skipped == 1
    assert one.sample_id == samples[1].sample_id and column in one.reason
    assert (one.epoch, one.position) == (0, 1) and "train-" in one.shard
    assert f"skipped: sample {one.sample_id}" in caplog.text
    assert all(batch.valid.all() for batch in batches[1:])


def test_a_truncated_shard_costs_its_own_samples_alone(own_root: Path) -> None:
    samples = open_release(str(own_root))["dialogue_sft"]
    shard = Path(samples.shard_urls[0])
    data = shard.read_bytes()
    shard.unlink()
    shard.write_bytes(data[: len(data) // 2])
    samples = open_release(str(own_root))["dialogue_sft"]
    loader = Loader(samples, batch_size=4, video=SMALL, on_error="skip", num_workers=2)
    valid = sum(int(batch.valid.sum()) for batch in loader)
    assert 0 < loader.num_skipped < len(samples) == 8 and valid == 8 - loader.num_skipped
    assert all(shard.name in one.shard and "bytes, not" in one.reason for one in loader.skipped)


@pytest.mark.parametrize("column", ["turn_videos", "turn_audios"])
def test_one_bad_turn_masks_the_run(own_root: Path, column: str) -> None:
    samples = open_release(str(own_root))["multi_turn_sft"]
    places = samples.ranges(0, column)
    assert isinstance(places, list) and places[1] is not None
    shard = own_root / places[1].path
    data = bytearray(shard.read_bytes())
    data[places[1].offset_bytes] ^= 1
    shard.unlink()
    shard.write_bytes(data)
    loader = Loader(
        open_release(str(own_root))["multi_turn_sft"],
        batch_size=4,
        video=SMALL,
        shuffle=False,
        on_error="skip",
    )
    (batch,) = list(loader)
    assert batch.valid.tolist() == [False, True, True, True]
    assert batch.turn_mask.any(1).tolist() == batch.valid.tolist()  # type: ignore[union-attr]
    assert "turn_1_" in loader.skipped[0].reason


def test_a_release_without_media_says_what_to_run(tmp_path: Path) -> None:
    root = tmp_path / "speakervid5m"
    write_small_release(root, with_media=False, configs=["dialogue_sft"])
    samples = open_release(str(root))["dialogue_sft"]
    with pytest.raises(NoMediaError, match="speakervid5m materialize"):
        Loader(samples, batch_size=4)
    batch = next(iter(Loader(samples, batch_size=4, video=None, audio=None)))
    assert batch.valid.all()


def test_clips_that_are_never_seen_at_once(tmp_path: Path) -> None:
    rows = small_rows(num_sources=1, configs=["listening_sft"])
    row = next(one for one in rows["listening_sft"] if len(one.sample.clips) == 2)
    assert isinstance(row.sample, ListeningSample)
    listener = dataclasses.replace(row.sample.listener, start_seconds=90.0, end_seconds=92.0)
    sample = dataclasses.replace(row.sample, listener=listener)
    rows["listening_sft"] = [Row(sample=sample, media=row.media)]
    write_rows(tmp_path / "speakervid5m", rows)
    samples = open_release(str(tmp_path / "speakervid5m"))["listening_sft"]
    with pytest.raises(SampleError, match=r"train-\d+.*never on screen at once"):
        next(iter(Loader(samples, batch_size=1)))


@pytest.mark.parametrize(
    "fields", [{"fps": 1e-9}, {"fps": None}, {"num_frames": 0}, {"start_seconds": float("-inf")}]
)
def test_records_that_say_nonsense(release: Release, fields: dict[str, Any]) -> None:
    sample = release["single_sft"][0]
    wrong = dataclasses.replace(sample.clips[0], **fields)
    with pytest.raises(ValueError, match="a clip that was cut has at least 1 frame"):
        _check_record(wrong)


def test_media_that_is_missing(tmp_path: Path) -> None:
    rows = small_rows(num_sources=1, configs=["single_sft"])
    row = rows["single_sft"][0]
    rows["single_sft"][0] = Row(sample=row.sample, media={**row.media, "video": None})
    write_rows(tmp_path / "speakervid5m", rows)
    samples = open_release(str(tmp_path / "speakervid5m"))["single_sft"]
    with pytest.raises(SampleError, match="video: there is none"):
        list(Loader(samples, batch_size=2, video=SMALL))


def test_a_bug_or_a_lack_of_memory_is_no_bad_sample(
    release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise RuntimeError("can't allocate memory")

    monkeypatch.setattr("speakervid5m.loaders.decoding.decode_clip.fit_frames", full)
    with pytest.raises(RuntimeError, match="allocate"):
        next(iter(Loader(release["single_sft"], batch_size=4, video=SMALL, on_error="skip")))


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("out of memory: 20 MiB"),
        torch.AcceleratorError("an illegal memory access"),
        RuntimeError("CUDA error: the launch timed out"),
    ],
)
@pytest.mark.parametrize("place", ["VideoDecoder", "get_frames_at"])
def test_an_error_of_the_gpu_is_no_bad_sample(
    release: Release, monkeypatch: pytest.MonkeyPatch, error: Exception, place: str
) -> None:
    # The backend is tried once, and has to pass its trial before its decoder fails.
    if reason := available_backends()["torchcodec"]:
        pytest.skip(reason)
    decoding = importlib.import_module("speakervid5m.media.decoding.torchcodec")

    def full(*_: Any, **__: Any) -> None:
        raise error

    owner = decoding if place == "VideoDecoder" else decoding.VideoDecoder
    monkeypatch.setattr(owner, place, full)
    video = dataclasses.replace(SMALL, backend="torchcodec")
    loader = Loader(release["single_sft"], batch_size=4, video=video, on_error="skip")
    with pytest.raises(type(error), match=str(error)):
        next(iter(loader))


def test_a_batch_that_is_too_large_is_refused_before_it_is_decoded(
    release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    samples = release["single_sft"]
    loader = Loader(samples, batch_size=4, video=SMALL, max_batch_bytes=4 * 3 * 24 * 32 * 3 - 1)
    monkeypatch.setattr("speakervid5m.loaders.decoding.decode_clip._fitted", None)
    with pytest.raises(SampleError, match=r"3 frames of 32x24 take 6912 bytes; 6911 at most"):
        next(iter(loader))


def test_padding_is_counted_too(release: Release) -> None:
    samples = release["multi_turn_sft"]
    video = VideoSpec(height=24, width=32)
    fits = Loader(samples, batch_size=4, video=video, audio=None)
    batch: Any = next(iter(fits))
    needed = batch.video.frames.numel()
    with pytest.raises((SampleError, BatchSizeError), match="max_batch_bytes"):
        next(
            iter(Loader(samples, batch_size=4, video=video, audio=None, max_batch_bytes=needed - 1))
        )


def test_frames_that_are_too_large_are_refused(
    release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("speakervid5m.loaders.decoding.decode_clip.MAX_FRAME_PIXELS", 100)
    with pytest.raises(SampleError, match="frames of 64x48; 100 pixels at most"):
        next(iter(Loader(release["single_sft"], batch_size=4, video=SMALL)))
    monkeypatch.setattr("speakervid5m.loaders.requests.request_planner.MAX_MEDIA_BYTES", 100)
    with pytest.raises(SampleError, match="bytes of media; 100 at most"):
        next(iter(Loader(release["single_sft"], batch_size=4, video=SMALL)))


@pytest.mark.parametrize("backend", ["pyav", None])
@pytest.mark.parametrize("kept", [0, 10, 0.5, 0.9])
def test_bytes_that_are_no_video(release: Release, kept: float, backend: Any) -> None:
    # A listener's: without sound, what is cut off is pictures.
    clip = next(one.clips[0] for one in release["single_sft"] if one.clips[0].role == "listening")
    data, num_frames = video_of(clip), clip.num_frames or 0
    with pytest.raises(MediaError):
        decode_video(
            data[: kept if isinstance(kept, int) else int(len(data) * kept)],
            VideoSpec(backend=backend),
            dataclasses.replace(WINDOW, num_frames=num_frames, duration_seconds=num_frames / 25),
            clip_fps=25.0,
            clip_frames=num_frames,
            max_bytes=1 << 30,
        )


def test_a_clip_that_is_shorter_than_its_record_says(release: Release) -> None:
    data = video_of(release["single_sft"][0].clips[0])
    with pytest.raises(MediaError, match="its record says 1000"):
        decode_video(data, SMALL, WINDOW, clip_fps=25.0, clip_frames=1000, max_bytes=1 << 30)


@pytest.mark.parametrize("data", [b"", b"fLaC" + bytes(100), b"RIFF"])
def test_bytes_that_are_no_sound(data: bytes) -> None:
    with pytest.raises(MediaError, match="does not decode"):
        decode_audio(data, WINDOW, 16_000, max_bytes=1 << 20)


def test_sound_that_is_too_large() -> None:
    long = dataclasses.replace(WINDOW, duration_seconds=1e6)
    with pytest.raises(BatchSizeError, match="bytes of audio"):
        decode_audio(sound_of("a", 25), long, 16_000, max_bytes=1 << 20)


def test_without_torch_the_error_names_the_extra() -> None:
    code = "import sys; sys.modules['torch'] = None; import speakervid5m.loaders"
    result = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "USE_TORCH": "0"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert f"needs torch: {install_command('loaders')}" in result.stderr

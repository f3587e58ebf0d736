import dataclasses
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
import torch
from torchvision import tv_tensors

from speakervid5m.loaders import (
    AudioSpec,
    BatchSizeError,
    DialogueBatch,
    ListeningBatch,
    Loader,
    MultiTurnBatch,
    SingleBatch,
    VideoSpec,
)
from speakervid5m.loaders.specs.clip_specs import WindowStart
from speakervid5m.media import open_video, read_audio, write_flac
from speakervid5m.records import Clip, DialogueSample, ListeningSample, MultiTurnSample
from speakervid5m.release import Release, Row, Samples, open_release
from tests.small_release import SAMPLE_RATE, small_rows, video_of, write_rows

SPEC = VideoSpec(fps=8, height=24, width=40, num_frames=4, window="random")


def only(samples: Samples, **arguments: Any) -> Any:
    """The first batch, of four samples, in order."""
    defaults = {"batch_size": 4, "shuffle": False}
    return next(iter(Loader(samples, **(defaults | arguments))))


def pixels(clip: Clip, indices: list[int]) -> torch.Tensor:
    with open_video(video_of(clip)) as reader:
        return torch.from_numpy(reader.frames(indices)).permute(0, 3, 1, 2)


def test_single_batches(release: Release) -> None:
    samples = release["single_sft"]
    batch = only(samples, video=SPEC)
    assert isinstance(batch, SingleBatch)
    video, audio = batch.clip.video, batch.clip.audio
    assert video is not None and audio is not None
    assert isinstance(video.frames, tv_tensors.Video)
    assert video.frames.shape == (4, 4, 3, 24, 40) and video.frames.dtype == torch.uint8
    assert video.mask.all() and video.num_frames.tolist() == [4] * 4
    assert video.fps.tolist() == [8.0] * 4
    assert audio.waveform.shape == (4, 8000) and audio.waveform.dtype == torch.float32
    speaks = [samples[number].clips[0].role == "speaking" for number in range(4)]
    assert False in speaks, "a listener's clip has no sound"
    assert audio.num_samples.tolist() == [8000 * one for one in speaks]
    assert torch.equal(audio.mask.any(1), torch.tensor(speaks))
    assert batch.valid.all() and batch.samples == tuple(samples[number] for number in range(4))
    assert batch.sample_ids == tuple(samples[number].sample_id for number in range(4))
    assert batch.clip.transcripts == tuple(clip and clip.transcript for clip in batch.clip.clips)
    assert batch.clip.captions == ("nods",) * 4


def test_whole_clips_are_padded_and_masked(release: Release) -> None:
    samples = release["single_sft"]
    batch = only(samples, audio=AudioSpec(sample_rate=SAMPLE_RATE))
    video, audio = batch.clip.video, batch.clip.audio
    for number in range(4):
        clip = samples[number].clips[0]
        assert clip.num_frames is not None
        length, count = int(video.num_frames[number]), int(audio.num_samples[number])
        assert length == clip.num_frames
        frames = video.frames[number].as_subclass(torch.Tensor)
        assert torch.equal(frames[:length], pixels(clip, list(range(length))))
        assert not frames[length:].any()
        assert video.mask[number].tolist() == [t < length for t in range(frames.shape[0])]
        data = samples.media(number, "audio")
        if isinstance(data, bytes):
            assert count == length * SAMPLE_RATE // 25
            assert np.array_equal(audio.waveform[number, :count].numpy(), read_audio(data))
        assert not audio.waveform[number, count:].any()


def test_windows_of_pictures_and_sound_are_of_the_same_time(release: Release) -> None:
    samples = release["dialogue_sft"]
    video = VideoSpec(fps=12.5, num_frames=6, window="random")
    batch = only(samples, video=video, audio=AudioSpec(sample_rate=SAMPLE_RATE), seed=5)
    starts = batch.responder.video.start_seconds
    assert torch.equal(starts, batch.responder.audio.start_seconds) and starts.any()
    for number in range(4):
        clip = samples[number].clips[1]
        first = round(float(starts[number]) * 25)
        frames = batch.responder.video.frames[number].as_subclass(torch.Tensor)
        assert torch.equal(frames, pixels(clip, list(range(first, first + 12, 2))))
        data = samples.media(number, "responder_audio")
        assert isinstance(data, bytes)
        expected = read_audio(data)[first * 640 : (first + 12) * 640]
        assert np.array_equal(batch.responder.audio.waveform[number].numpy(), expected)


def test_resampled_sound_is_the_sound_of_the_window(release: Release) -> None:
    samples = release["dialogue_sft"]
    video = VideoSpec(seconds=0.4, window="center")
    batch = only(samples, video=video, audio=AudioSpec(sample_rate=8000))
    assert batch.responder.audio.waveform.shape == (4, 3200)
    for number in range(4):
        data = samples.media(number, "responder_audio")
        assert isinstance(data, bytes)
        begin = round(float(batch.responder.audio.start_seconds[number]) * 8000)
        expected = read_audio(data, sample_rate=8000)[begin : begin + 3200]
        # The resampler's filter begins from silence, so the first samples differ.
        got = batch.responder.audio.waveform[number].numpy()
        assert np.abs(got - expected)[64:-64].max() < 1e-2


def test_dialogue_batches(release: Release) -> None:
    samples = release["dialogue_sft"]
    batch = only(samples, video=SPEC)
    assert isinstance(batch, DialogueBatch)
    assert batch.gap_seconds.tolist()[:2] == [0.25, -0.5]
    assert isinstance(batch.reference, tv_tensors.Image)
    assert batch.reference.shape == (4, 3, 24, 40)
    assert batch.reference_outside.all()
    sample = samples[0]
    assert isinstance(sample, DialogueSample)
    assert batch.initiator.clips[0] == sample.initiator
    assert batch.responder.clips[0] == sample.responder
    assert batch.conversation_ids[0] == sample.initiator.source_id


def test_the_reference_is_the_key_frame_farthest_from_the_window(release: Release) -> None:
    samples = release["dialogue_sft"]
    clips = [samples[number].clips[1] for number in range(4)]
    windows = (
        (VideoSpec(num_frames=6), True),
        (VideoSpec(num_frames=6, window="center"), True),
        (VideoSpec(), False),
    )
    for video, outside in windows:
        batch = only(samples, video=video)
        assert batch.reference_outside.tolist() == [outside] * 4
        for number, clip in enumerate(clips):
            last = (clip.num_frames or 0) - 1
            begin = round(float(batch.responder.video.start_seconds[number]) * 25)
            end = begin + 6
            apart = {key: max(begin - key, key + 1 - end) for key in range(0, last + 1, 25)}
            found = [key for key in apart if apart[key] > 0]
            far = max(found, key=lambda key: apart[key]) if found else last if end < last else 0
            index = far if outside else 0
            reference = batch.reference[number].as_subclass(torch.Tensor)
            assert torch.equal(reference, pixels(clip, [index])[0])


def test_listening_batches(release: Release) -> None:
    samples = release["listening_sft"]
    batch = only(samples, video=SPEC)
    assert isinstance(batch, ListeningBatch)
    seen = [isinstance(one, ListeningSample) and one.co_present for one in batch.samples]
    assert sorted(set(seen)) == [False, True]
    assert batch.speaker_seen.tolist() == seen
    speaker, listener = batch.speaker, batch.listener
    assert speaker.video and speaker.audio and listener.video and listener.audio is None
    assert torch.equal(speaker.video.mask.all(1), batch.speaker_seen)
    assert [clip is not None for clip in speaker.clips] == seen
    assert speaker.audio.mask.all() and listener.video.mask.all()
    assert torch.equal(speaker.audio.start_seconds, listener.video.start_seconds)
    assert set(batch.voices) == {"A", "B"}


def test_speaker_and_listener_are_shown_at_the_same_time(tmp_path: Path) -> None:
    """The listener's clip begins eight frames after the speaker's."""
    rows = small_rows(num_sources=1, configs=["listening_sft"])
    row = next(one for one in rows["listening_sft"] if len(one.sample.clips) == 2)
    assert isinstance(row.sample, ListeningSample)
    late = row.sample.listener.start_seconds + 0.32
    listener = dataclasses.replace(row.sample.listener, start_seconds=late, end_seconds=late + 2)
    rows["listening_sft"] = [
        Row(sample=dataclasses.replace(row.sample, listener=listener), media=row.media)
    ]
    write_rows(tmp_path / "speakervid5m", rows)
    samples = open_release(str(tmp_path / "speakervid5m"))["listening_sft"]
    for place in get_args(WindowStart):
        video = VideoSpec(num_frames=5, window=place)
        batch = only(samples, batch_size=1, video=video)
        speaker, other = batch.speaker.video, batch.listener.video
        apart = float(speaker.start_seconds - other.start_seconds)
        assert apart == pytest.approx(0.32)
        first = round(float(speaker.start_seconds) * 25)
        expected = pixels(row.sample.clips[0], list(range(first, first + 5)))
        assert torch.equal(speaker.frames[0].as_subclass(torch.Tensor), expected)
    whole = only(samples, batch_size=1)
    assert torch.equal(whole.speaker.video.num_frames, whole.listener.video.num_frames)


def test_multi_turn_batches(release: Release) -> None:
    samples = release["multi_turn_sft"]
    batch = only(samples, batch_size=2, video=SPEC)
    assert isinstance(batch, MultiTurnBatch)
    assert batch.video and batch.audio
    assert batch.video.frames.shape == (2, 3, 4, 3, 24, 40)
    assert batch.video.mask.shape == (2, 3, 4) and batch.video.num_frames.shape == (2, 3)
    assert batch.audio.waveform.shape == (2, 3, 8000)
    assert batch.turn_mask.all() and batch.voices == (("A", "B", "A"),) * 2
    sample = samples[0]
    assert isinstance(sample, MultiTurnSample)
    assert batch.turns[0] == sample.turns and batch.history[0] == sample.history
    assert batch.transcripts[0] == tuple(clip.transcript for clip in sample.turns)
    assert batch.captions[0] == ("nods",) * 3


def test_runs_of_unequal_length_are_masked(tmp_path: Path) -> None:
    rows = small_rows(num_sources=1, configs=["multi_turn_sft", "multi_turn_pretrain"])
    long, short = rows["multi_turn_sft"][0], rows.pop("multi_turn_pretrain")[0]
    assert isinstance(short.sample, MultiTurnSample)
    media = {name: value[:2] for name, value in short.media.items() if isinstance(value, list)}
    cut = dataclasses.replace(short.sample, turns=short.sample.turns[:2])
    rows["multi_turn_sft"] = [Row(sample=cut, media=media), long]
    write_rows(tmp_path / "speakervid5m", rows)
    batch = only(open_release(str(tmp_path / "speakervid5m"))["multi_turn_sft"], batch_size=2)
    counts = batch.turn_mask.sum(1).tolist()
    assert sorted(counts) == [2, 3]
    missing = counts.index(2)
    assert not batch.video.frames[missing, 2].any() and not batch.video.mask[missing, 2].any()
    clip = batch.turns[missing][1]
    length = int(batch.video.num_frames[missing, 1])
    frames = batch.video.frames[missing, 1, :length].as_subclass(torch.Tensor)
    assert torch.equal(frames, pixels(clip, list(range(length))))


def test_shapes_stand_in_the_repr(release: Release) -> None:
    shown = repr(only(release["dialogue_sft"], video=SPEC))
    assert shown.startswith("DialogueBatch(")
    assert "frames=uint8[4, 4, 3, 24, 40]" in shown and "waveform=float32[4, 8000]" in shown
    assert "reference=uint8[4, 3, 24, 40]" in shown and "sample_rate=16000" in shown
    assert "uint8[2, 3, 4, 3, 24, 40]" in repr(
        only(release["multi_turn_sft"], batch_size=2, video=SPEC)
    )


def test_batches_move_and_keep_their_types(release: Release) -> None:
    batch = only(release["dialogue_sft"], video=SPEC)
    moved = batch.to("meta")
    assert moved.responder.video.frames.device.type == "meta"
    assert isinstance(moved.responder.video.frames, tv_tensors.Video)
    assert isinstance(moved.reference, tv_tensors.Image)
    assert moved.valid.device.type == "meta" and moved.sample_ids == batch.sample_ids


def test_video_or_sound_can_be_left_out(release: Release) -> None:
    samples = release["dialogue_sft"]
    sound = only(samples, video=None, audio=AudioSpec(seconds=0.5, window="random"))
    assert sound.responder.video is None and sound.reference is None
    assert sound.responder.audio.waveform.shape == (4, 8000)
    assert not sound.reference_outside.any()
    pictures = only(samples, video=SPEC, audio=None)
    assert pictures.responder.audio is None and pictures.reference is not None
    records = only(samples, video=None, audio=None)
    assert records.responder.video is None and records.responder.clips[0] is not None


def test_clips_of_several_sizes_need_a_size(tmp_path: Path) -> None:
    import av

    from speakervid5m.media import ClipEncoder, EncodeSettings

    rows = small_rows(num_sources=1, configs=["single_sft"])
    row = rows["single_sft"][0]
    encoder: ClipEncoder | None = None
    for _ in range(row.sample.clips[0].num_frames or 0):
        frame = av.VideoFrame.from_ndarray(np.full((48, 80), 90, np.uint8), format="yuv420p")
        if encoder is None:
            settings = EncodeSettings()
            encoder = ClipEncoder(frame, fps=25, sample_rate=None, settings=settings)
        encoder.add(frame)
    assert encoder is not None
    wide = Row(sample=row.sample, media={**row.media, "video": encoder.finish(None)})
    rows["single_sft"] = [wide, *rows["single_sft"][1:]]
    write_rows(tmp_path / "speakervid5m", rows)
    samples = open_release(str(tmp_path / "speakervid5m"))["single_sft"]
    with pytest.raises(BatchSizeError, match=r"64x48, 80x32 pixels in one batch: give VideoSpec"):
        only(samples)
    assert only(samples, video=SPEC).clip.video.frames.shape == (4, 4, 3, 24, 40)
    assert only(samples, batch_size=1).clip.video.frames.shape[-2:] in {(32, 80), (48, 64)}


def test_sound_at_another_rate_than_asked_for(tmp_path: Path) -> None:
    """A 48 kHz tone comes out at 16 kHz as the same tone."""
    rows = small_rows(num_sources=1, configs=["single_sft"])
    row = next(one for one in rows["single_sft"] if one.media["audio"])
    frames = row.sample.clips[0].num_frames or 0
    times = np.arange(frames * 48_000 // 25) / 48_000
    tone = (0.5 * np.sin(2 * np.pi * 440 * times)).astype(np.float32)
    rows["single_sft"] = [
        Row(sample=row.sample, media={**row.media, "audio": write_flac(tone, 48_000)})
    ]
    write_rows(tmp_path / "speakervid5m", rows)
    samples = open_release(str(tmp_path / "speakervid5m"))["single_sft"]
    audio = only(samples, batch_size=1, video=VideoSpec(seconds=0.4, window="center")).clip.audio
    assert audio.waveform.shape == (1, 6400)
    at = float(audio.start_seconds) + np.arange(6400) / 16_000
    expected = 0.5 * np.sin(2 * np.pi * 440 * at)
    assert np.abs(audio.waveform[0].numpy() - expected)[64:-64].max() < 1e-2

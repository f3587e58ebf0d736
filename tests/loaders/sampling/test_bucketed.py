"""Buckets and packing: a plan by the epoch, equal on all ranks, exact to resume; nothing lost."""

import json
from typing import Any

import numpy as np
import pytest
import torch

from speakervid5m.loaders import AudioSpec, Buckets, Loader, Packing, StateError, VideoSpec
from speakervid5m.loaders.requests.request_planner import RequestPlanner
from speakervid5m.loaders.sampling.lengths import lengths_of
from speakervid5m.loaders.sampling.shuffling import BlockOrder, Permutation
from speakervid5m.release import Release, Samples

CLOCKS: list[tuple[VideoSpec | None, AudioSpec | None]] = [
    (VideoSpec(), AudioSpec()),
    (VideoSpec(fps=8), None),
    (VideoSpec(num_frames=30, window="center"), AudioSpec()),
    (VideoSpec(fps=8, seconds=1.3, window="random"), AudioSpec()),
    (None, AudioSpec(seconds=1.1)),
]


def records(samples: Samples, **arguments: Any) -> Loader:
    defaults: dict[str, Any] = {"video": None, "audio": None, "drop_last": False}
    return Loader(samples, **(defaults | arguments))


def ids(loader: Loader) -> list[tuple[str | None, ...]]:
    return [batch.sample_ids for batch in loader]


@pytest.mark.parametrize("name", ["single_sft", "dialogue_sft", "listening_sft", "multi_turn_sft"])
@pytest.mark.parametrize(("video", "audio"), CLOCKS)
def test_lengths_are_those_of_the_windows(
    release: Release, name: str, video: VideoSpec | None, audio: AudioSpec | None
) -> None:
    samples = release[name]
    found = lengths_of(samples, video, audio)
    orders = RequestPlanner(samples, video=video, audio=audio, seed=0, checksums=True)
    for number in range(len(samples)):
        clips = orders(number, 0).clips
        windows = [part.window for part in clips if part.clip and part.window]
        assert found.longest[number] == max(one.num_frames for one in windows)
        frames = sum(one.num_frames for one in windows) if video else 0
        assert found.frames[number] == frames
        assert found.clips[number] == len(windows)
        heard = [part.window for part in clips if part.audio and part.window]
        seconds = sum(one.duration_seconds for one in heard) if audio else 0
        assert found.seconds[number] == pytest.approx(seconds)


def test_a_medium_that_is_not_asked_for_takes_nothing_of_a_budget(release: Release) -> None:
    packing = Packing(max_tokens=120, tokens_per_frame=1, tokens_per_second=10)
    heard = records(release["single_sft"], packing=packing, audio=AudioSpec())
    both = records(release["single_sft"], packing=packing)
    assert len(heard) < len(both), "of sound alone more fits"
    without = lengths_of(release["single_sft"], None, None)
    assert without.frames.all() and without.seconds.any(), "of features and records, both count"


@pytest.mark.parametrize("size", [1, 2, 5, 100, 1000])
def test_whole_orders_are_the_orders(size: int) -> None:
    order = Permutation(size, 3, 4)
    assert order.whole().tolist() == [int(order(np.array([place]))[0]) for place in range(size)]
    bounds = np.unique([0, size // 3, size // 2, size])
    blocks = BlockOrder(bounds, 3, 4)
    assert blocks.whole().tolist() == [int(blocks(np.array([place]))[0]) for place in range(size)]


@pytest.mark.parametrize("shuffle", [True, False, "blocks"])
def test_buckets_hold_what_is_alike_and_lose_nothing(release: Release, shuffle: Any) -> None:
    samples = release["single_sft"]
    longest = lengths_of(samples, VideoSpec(), None).longest
    by_id = {samples[n].sample_id: int(longest[n]) for n in range(len(samples))}
    bounds = (30, 45)
    loader = records(
        samples, batch_size=2, buckets=Buckets(frames=bounds), shuffle=shuffle, video=None
    )
    batches = ids(loader)
    given = [one for batch in batches for one in batch if one]
    assert sorted(given) == sorted(by_id)
    kinds = [
        {int(np.searchsorted(bounds, by_id[one])) for one in batch if one} for batch in batches
    ]
    mixed = sum(len(kind) > 1 for kind in kinds)
    assert mixed <= len(bounds) and len(kinds) - mixed >= 5, "only what was left over is mixed"
    assert ids(loader) != batches or not shuffle


@pytest.mark.parametrize(
    "arguments",
    [
        {"batch_size": 4, "buckets": Buckets(frames=(40,))},
        {"packing": Packing(max_tokens=120)},
        {"packing": Packing(max_tokens=150, tokens_per_second=25, tokens_per_clip=2)},
    ],
)
@pytest.mark.parametrize("drop_last", [True, False])
def test_plans_are_equal_on_all_ranks_and_resume_exactly(
    release: Release, arguments: dict[str, Any], drop_last: bool
) -> None:
    samples = release["single_pretrain"]
    whole = ids(records(samples, drop_last=drop_last, **arguments))
    halves = arguments | ({"batch_size": 2} if "batch_size" in arguments else {})
    ranks = [
        records(samples, drop_last=drop_last, rank=rank, world_size=2, **halves)
        for rank in range(2)
    ]
    assert len(ranks[0]) == len(ranks[1])
    steps = list(zip(*(ids(one) for one in ranks), strict=True))
    if "packing" in arguments:
        resumed = [one for step in steps for one in step if one != (None,)]
        assert resumed == whole[: len(resumed)]
        assert len(whole) - len(resumed) < (2 if drop_last else 1)
    else:
        assert [one + two for one, two in steps] == whole
    loader = records(samples, drop_last=drop_last, **arguments)
    got = [next(iter(loader)).sample_ids for _ in range(2)]
    state = json.loads(json.dumps(loader.state_dict()))
    assert len(json.dumps(state)) < 1024
    other = records(samples, drop_last=drop_last, num_workers=2, **arguments)
    other.load_state_dict(state)
    assert got + ids(other) == whole
    wrong: dict[str, Any] = {"batch_size": 3}
    with pytest.raises(StateError, match="batching is"):
        records(samples, **wrong).load_state_dict(state)


def test_packs_keep_the_budget_and_lie_end_to_end(release: Release) -> None:
    samples = release["dialogue_sft"]
    packing, video = Packing(max_tokens=220), VideoSpec(height=24, width=32)
    packed = Loader(samples, packing=packing, video=video, shuffle=False)
    apart = Loader(samples, batch_size=1, video=video, shuffle=False)
    singles: list[Any] = list(apart)
    seen = 0
    for batch in packed:
        count = len(batch.sample_ids)
        own, seen = singles[seen : seen + count], seen + count
        assert batch.sample_ids == tuple(one.sample_ids[0] for one in own)
        total = 0
        for role in ("initiator", "responder"):
            clips: Any = getattr(batch, role)
            for medium, values in (("video", "frames"), ("audio", "waveform")):
                found = getattr(clips, medium)
                pieces = [getattr(getattr(getattr(one, role), medium), values)[0] for one in own]
                assert torch.equal(
                    getattr(found, values)[0].as_subclass(torch.Tensor),
                    torch.cat([one.as_subclass(torch.Tensor) for one in pieces]),
                )
                lengths = [len(one) for one in pieces]
                assert found.cu_seqlens.diff().tolist() == lengths
                assert found.segment_ids[0].bincount().tolist() == lengths
                assert found.mask.all() and found.mask.shape == (1, sum(lengths))
            total += clips.video.frames.shape[1]
        assert total <= 220
        assert batch.reference.shape == (count, 3, 24, 32)  # type: ignore[union-attr]
    assert seen == len(samples)


@pytest.mark.parametrize("name", ["listening_sft", "multi_turn_sft"])
def test_packs_of_every_branch_and_of_planes(release: Release, name: str) -> None:
    video = VideoSpec(height=24, width=32, fps=8, pixels="yuv420")
    loader = Loader(release[name], packing=Packing(max_tokens=90), video=video)
    for batch in loader:
        found: Any = batch.video if name == "multi_turn_sft" else batch.listener.video  # type: ignore[union-attr]
        assert found.frames.shape[1] == int(found.num_frames.sum()) == int(found.cu_seqlens[-1])
        rgb = found.rgb()
        assert rgb.shape == (1, found.frames.shape[1], 3, 24, 32)


def test_sizes_by_shape_and_bad_arguments(release: Release) -> None:
    samples = release["dialogue_sft"]
    buckets = Buckets(sizes=((24, 32), (32, 16)))
    for batch in Loader(samples, batch_size=2, buckets=buckets):
        assert batch.responder.video.frames.shape[-2:] == (24, 32)  # type: ignore[union-attr]
    with pytest.raises(ValueError, match="without a size"):
        Loader(samples, batch_size=2, buckets=buckets, video=VideoSpec(height=24, width=32))
    with pytest.raises(ValueError, match="give one of them"):
        Loader(samples)
    with pytest.raises(ValueError, match="take more than max_tokens=10"):
        Loader(samples, packing=Packing(max_tokens=10))
    with pytest.raises(ValueError, match="must ascend"):
        Buckets(frames=(30, 20))
    with pytest.raises(ValueError, match="not all 0"):
        Packing(max_tokens=10, tokens_per_frame=0)


def test_a_skipped_sample_leaves_no_gap_in_a_pack(
    release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    from speakervid5m.loaders.decoding import decode_clip as decode, decode_sample as fetch
    from speakervid5m.media import MediaError

    whole = decode.decode_video
    calls = []

    def broken(*given: Any, **named: Any) -> Any:
        calls.append(1)
        if len(calls) == 2:
            raise MediaError("unreadable", "the test says so")
        return whole(*given, **named)

    monkeypatch.setattr(fetch, "decode_video", broken)
    loader = Loader(
        release["single_sft"],
        packing=Packing(max_tokens=200),
        video=VideoSpec(height=24, width=32),
        on_error="skip",
        shuffle=False,
    )
    batch: Any = next(iter(loader))
    video = batch.clip.video
    assert batch.valid.tolist()[:3] == [True, False, True] and loader.num_skipped == 1
    assert video.num_frames[1] == 0 and video.frames.shape[1] == int(video.num_frames.sum())
    assert video.cu_seqlens[1] == video.cu_seqlens[2]

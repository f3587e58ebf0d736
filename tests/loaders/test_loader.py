import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fsspec
import pytest
import torch

from speakervid5m.loaders import AudioSpec, Batch, Loader, StateError, VideoSpec
from speakervid5m.release import Release, Samples, open_release
from tests.loaders.conftest import assert_same
from tests.small_release import write_small_release

SMALL = VideoSpec(fps=8, height=24, width=32, num_frames=3, window="random")


@pytest.fixture(scope="module")
def samples(release: Release) -> Samples:
    return release["single_sft"]


def records(samples: Samples, **arguments: Any) -> Loader:
    """A loader without media, whose order is quick to look at."""
    defaults = {"batch_size": 8, "video": None, "audio": None}
    return Loader(samples, **(defaults | arguments))


def ids(batches: Iterator[Batch] | Loader) -> list[tuple[str | None, ...]]:
    return [batch.sample_ids for batch in batches]


def flat(batches: list[tuple[str | None, ...]]) -> list[str | None]:
    return [one for batch in batches for one in batch]


def threads() -> list[str]:
    return [
        thread.name for thread in threading.enumerate() if thread.name.startswith("speakervid5m")
    ]


def test_an_epoch_gives_every_sample_once_and_the_next_another_order(samples: Samples) -> None:
    loader = records(samples)
    first, second = flat(ids(loader)), flat(ids(loader))
    every = {sample.sample_id for sample in samples}
    assert set(first) == set(second) == every and len(first) == len(every) == 16
    assert first != second
    assert loader.epoch == 2
    loader.set_epoch(0)
    assert flat(ids(loader)) == first
    assert flat(ids(records(samples, seed=1))) != first


def test_without_shuffling_the_order_is_the_index(samples: Samples) -> None:
    loader = records(samples, shuffle=False)
    assert flat(ids(loader)) == [sample.sample_id for sample in samples] == flat(ids(loader))


@pytest.mark.parametrize(("ranks", "batch_size"), [(1, 8), (2, 4), (4, 2), (8, 1)])
def test_global_batches_do_not_depend_on_ranks(
    samples: Samples, ranks: int, batch_size: int
) -> None:
    whole = ids(records(samples))
    parts = [
        ids(records(samples, batch_size=batch_size, rank=rank, world_size=ranks))
        for rank in range(ranks)
    ]
    assert [flat(list(one)) for one in zip(*parts, strict=True)] == [list(one) for one in whole]


@pytest.mark.parametrize("ranks", [1, 2, 3])
def test_a_last_batch_is_left_out_or_masked_but_never_doubled(samples: Samples, ranks: int) -> None:
    for drop_last in (True, False):
        loaders = [
            records(samples, batch_size=3, rank=rank, world_size=ranks, drop_last=drop_last)
            for rank in range(ranks)
        ]
        batches = [list(loader) for loader in loaders]
        group = 3 * ranks
        length = 16 // group if drop_last else -(-16 // group)
        assert [len(one) for one in batches] == [length] * ranks == [len(one) for one in loaders]
        found = [one for own in batches for batch in own for one in batch.sample_ids]
        known = [one for one in found if one is not None]
        assert len(known) == len(set(known)) == (length * group if drop_last else 16)
        for own in batches:
            for batch in own:
                assert batch.valid.tolist() == [one is not None for one in batch.sample_ids]


def test_a_slot_without_a_sample_is_empty_in_every_branch(release: Release) -> None:
    for name in ("single_sft", "dialogue_sft", "listening_sft", "multi_turn_sft"):
        for video in (SMALL, VideoSpec()):
            own = release[name].take([0])
            loader = Loader(own, batch_size=2, video=video, drop_last=False)
            (batch,) = list(loader)
            assert batch.valid.tolist() == [True, False]
            assert batch.samples[1] is None
            other = Loader(own, batch_size=1, video=video, drop_last=False, rank=1, world_size=2)
            (empty,) = list(other)
            assert empty.valid.tolist() == [False], "every rank gets its batch"


def test_resuming_gives_exactly_the_rest(samples: Samples) -> None:
    def loader(workers: int, rank: int = 0, ranks: int = 1) -> Loader:
        return Loader(
            samples,
            batch_size=4 // ranks,
            video=SMALL,
            seed=3,
            num_workers=workers,
            rank=rank,
            world_size=ranks,
        )

    uninterrupted = loader(0)
    assert len(uninterrupted) == 4
    whole = [batch for _ in range(2) for batch in uninterrupted]
    for taken in (1, 2, 3):
        began = loader(2)
        began_batches = iter(began)
        for number in range(taken):
            assert_same(next(began_batches), whole[number])
        state = json.loads(json.dumps(began.state_dict()))
        began_batches.close()
        for workers, ranks in ((0, 1), (3, 2), (0, 4)):
            parts = []
            for rank in range(ranks):
                resumed = loader(workers, rank, ranks)
                resumed.load_state_dict(state)
                parts.append([batch for _ in range(2) for batch in resumed])
            if ranks == 1:
                for got, expected in zip(parts[0], whole[taken:], strict=True):
                    assert_same(got, expected)
            together = [
                flat([batch.sample_ids for batch in one]) for one in zip(*parts, strict=True)
            ]
            assert together == [list(one.sample_ids) for one in whole[taken:]]


def test_a_state_says_what_was_handed_out_not_what_was_prefetched(samples: Samples) -> None:
    loader = records(samples, batch_size=2, num_workers=2, prefetch=4)
    assert loader.state_dict()["position"] == 0
    for number, _ in enumerate(loader, 1):
        state = loader.state_dict()
        expected = (0, 2 * number) if number < 8 else (1, 0)
        assert (state["epoch"], state["position"]) == expected


def test_a_state_is_small(samples: Samples) -> None:
    loader = records(samples, seed=2**63, batch_size=2)
    loader.set_epoch(10**9)
    next(iter(loader))
    assert len(json.dumps(loader.state_dict())) < 1024


def test_leaving_a_loop_loses_nothing(samples: Samples) -> None:
    whole = ids(records(samples, batch_size=4))
    loader = records(samples, batch_size=4)
    assert next(iter(loader)).sample_ids == whole[0]
    assert ids(loader) == whole[1:]


def test_another_global_batch_goes_on_with_the_samples_that_are_left(samples: Samples) -> None:
    loader = records(samples, batch_size=4)
    next(iter(loader))
    other = records(samples, batch_size=6)
    other.load_state_dict(loader.state_dict())
    assert flat(ids(other)) == flat(ids(records(samples, batch_size=4)))[4:]
    assert other.epoch == 1


def test_a_state_of_another_dataset_is_refused(
    samples: Samples, release: Release, tmp_path: Path
) -> None:
    state = records(samples).state_dict()
    with pytest.raises(StateError, match="config is 'single_sft' there, 'single_pretrain' here"):
        records(release["single_pretrain"]).load_state_dict(state)
    with pytest.raises(StateError, match="num_rows is 16 there, 8 here"):
        records(samples.take(range(8))).load_state_dict(state)
    with pytest.raises(StateError, match=r"rows is 'all' there, '[0-9a-f]{32}' here"):
        records(samples.take(range(15, -1, -1))).load_state_dict(state)
    with pytest.raises(StateError, match="seed is 0 there, 1 here"):
        records(samples, seed=1).load_state_dict(state)
    with pytest.raises(StateError, match="order is 'shuffled' there, 'sequential' here"):
        records(samples, shuffle=False).load_state_dict(state)
    write_small_release(tmp_path / "speakervid5m", seed=1, configs=["single_sft"])
    other = open_release(str(tmp_path / "speakervid5m"))["single_sft"]
    with pytest.raises(StateError, match="config_digest is"):
        records(other).load_state_dict(state)


def test_where_is_part_of_a_state(samples: Samples) -> None:
    chosen = samples.where("scene > 4")
    state = records(chosen, batch_size=2).state_dict()
    records(samples.where("scene >= 5"), batch_size=2).load_state_dict(state)
    with pytest.raises(StateError, match="rows is"):
        records(samples.where("scene <= 4"), batch_size=2).load_state_dict(state)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"version": 1}, "version 1; this loader reads 2"),
        ({"position": -1}, "position from 0 to 16"),
        ({"position": 17}, "position from 0 to 16"),
        ({"epoch": "0"}, "epoch must be"),
        ({"epoch": True}, "epoch must be"),
        ({"fingerprint": None}, "not a loader's state"),
    ],
)
def test_a_damaged_state_is_refused(samples: Samples, change: dict[str, Any], message: str) -> None:
    loader = records(samples)
    with pytest.raises(StateError, match=message):
        loader.load_state_dict(loader.state_dict() | change)
    with pytest.raises(StateError, match="not a loader's state"):
        loader.load_state_dict({})


def test_random_windows_repeat_and_change_with_the_epoch(samples: Samples) -> None:
    def starts(epoch: int, seed: int = 0) -> dict[str | None, float]:
        loader = Loader(samples, batch_size=4, video=SMALL, audio=None, seed=seed)
        loader.set_epoch(epoch)
        found: dict[str | None, float] = {}
        for batch in loader:
            video = batch.clip.video  # type: ignore[union-attr]
            assert video is not None
            found |= zip(batch.sample_ids, video.start_seconds.tolist(), strict=True)
        return found

    assert starts(0) == starts(0)
    assert starts(0) != starts(1) and starts(0) != starts(0, seed=1)


@pytest.mark.parametrize("name", ["dialogue_sft", "listening_sft", "multi_turn_sft"])
def test_workers_do_not_change_a_byte(release: Release, name: str) -> None:
    batches = [
        list(Loader(release[name], batch_size=2, video=SMALL, num_workers=workers, prefetch=ahead))
        for workers, ahead in ((0, 1), (1, 1), (4, 3))
    ]
    for other in batches[1:]:
        for one, two in zip(batches[0], other, strict=True):
            assert_same(one, two)


def test_a_release_behind_a_url_gives_the_same_bytes(release: Release, small_root: Path) -> None:
    memory = fsspec.filesystem("memory")
    memory.put(str(small_root), "/loaders/speakervid5m", recursive=True)
    remote = open_release("memory://loaders/speakervid5m")["dialogue_sft"]
    pairs = [
        Loader(one, batch_size=4, video=SMALL, num_workers=2)
        for one in (release["dialogue_sft"], remote)
    ]
    for one, two in zip(*pairs, strict=True):
        assert_same(one, two)
    pairs[1].load_state_dict(pairs[0].state_dict())
    memory.rm("/loaders", recursive=True)


def test_no_thread_is_left(samples: Samples) -> None:
    loader = Loader(samples, batch_size=2, video=SMALL, num_workers=3)
    for _ in loader:
        assert threads()
        break
    assert not threads()
    assert list(loader) and not threads()


def test_an_error_of_a_worker_surfaces(samples: Samples, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise KeyError("a bug")

    monkeypatch.setattr("speakervid5m.loaders.decoding.decode_sample.decode_video", broken)
    for workers in (0, 2):
        loader = Loader(samples, batch_size=2, num_workers=workers, on_error="skip")
        with pytest.raises(KeyError, match="a bug"):
            next(iter(loader))
        assert not threads() and loader.state_dict()["position"] == 0


def test_an_iteration_ends_when_the_loader_is_sent_elsewhere(samples: Samples) -> None:
    loader = records(samples, batch_size=2)
    old = iter(loader)
    next(old)
    loader.set_epoch(0)
    next(old)
    loader.set_epoch(4)
    with pytest.raises(RuntimeError, match="iterated again, or sent elsewhere"):
        next(old)
    older = iter(loader)
    next(older)
    next(iter(loader))
    with pytest.raises(RuntimeError, match="this iteration is over"):
        next(older)


def test_ranks_come_from_torch_distributed(
    samples: Samples, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (records(samples).rank, records(samples).world_size) == (0, 1)
    monkeypatch.setattr(torch.distributed, "is_initialized", lambda: True)
    monkeypatch.setattr(torch.distributed, "get_rank", lambda: 1)
    monkeypatch.setattr(torch.distributed, "get_world_size", lambda: 2)
    loader = records(samples)
    assert (loader.rank, loader.world_size, len(loader)) == (1, 2, 1)
    assert records(samples, rank=0, world_size=1).world_size == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"batch_size": 0}, "batch_size must be a whole number of at least 1, got 0"),
        ({"batch_size": 17}, "16 samples make no batch of 17"),
        ({"batch_size": 8, "rank": 0}, "give both, or neither"),
        ({"batch_size": 8, "rank": 2, "world_size": 2}, "rank must be from 0 to 1, got 2"),
        ({"batch_size": 8, "rank": 0, "world_size": 3}, "no batch of 8 for each of 3 ranks"),
        ({"seed": -1}, "seed must be a whole number of at least 0, got -1"),
        ({"num_workers": 1.5}, "num_workers must be a whole number"),
        ({"prefetch": 0}, "prefetch must be a whole number of at least 1"),
        ({"on_error": "ignore"}, "on_error must be 'raise' or 'skip', got 'ignore'"),
        ({"video": SMALL, "audio": AudioSpec(seconds=1.0)}, "from the video's window"),
        ({"max_batch_bytes": 0}, "max_batch_bytes must be"),
    ],
)
def test_bad_arguments_are_refused(
    samples: Samples, arguments: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        records(samples, **arguments)
    with pytest.raises(ValueError, match="epoch must be"):
        records(samples).set_epoch(-1)


def test_a_query_that_keeps_nothing_makes_no_loader(samples: Samples) -> None:
    with pytest.raises(ValueError, match=r"0 samples make no batch of 8 .*wider where"):
        records(samples.where("scene > 1000"))


def test_the_repr_says_where_it_stands(samples: Samples) -> None:
    loader = records(samples)
    next(iter(loader))
    assert "rank=0 of 1, epoch=0, position=8" in repr(loader)

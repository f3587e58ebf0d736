"""After a takedown: the old plan with masked slots, or the next epoch; nothing comes back."""

import itertools
import json
import logging
import shutil
from pathlib import Path
from typing import Any

import pytest

from speakervid5m.loaders import Buckets, Loader, Mixture, Packing, StateError, VideoSpec
from speakervid5m.release import DamagedRelease, Release, open_release
from speakervid5m.release.read import column_cache
from speakervid5m.release.takedown.retraction import retract
from speakervid5m.release.tombstones.records import TOMBSTONES, Request

NAME = "single_sft"


def records(release: Release, name: str = NAME, **arguments: Any) -> Loader:
    defaults: dict[str, Any] = {"batch_size": 2, "video": None, "audio": None, "drop_last": False}
    return Loader(release[name], **(defaults | arguments))


def sources(release: Release) -> list[str]:
    return sorted({one.clips[0].source_id for one in release[NAME]})


def taken_back(root: Path, *ids: str) -> Release:
    for number, one in enumerate(ids):
        request = (
            Request(sources=frozenset([one]))
            if "#" not in one
            else Request(people=frozenset([one]))
        )
        retract(root, request, date=f"2026-11-{20 + number}")
    return open_release(str(root))


def ids(batches: Any) -> list[str | None]:
    return [one for batch in batches for one in batch.sample_ids]


def test_the_epoch_goes_on_as_planned_with_masked_slots(
    own_root: Path, caplog: pytest.LogCaptureFixture
) -> None:
    before = open_release(str(own_root))
    loader = records(before)
    first = sources(before)
    head = ids(itertools.islice(loader, 3))
    state = json.loads(json.dumps(loader.state_dict()))
    rest = ids(loader)
    after = taken_back(own_root, first[0], f"{first[1]}#A")
    left = set(ids(records(after))) - {None}
    assert left < set(head + rest)

    with pytest.raises(StateError, match=r"config_digest.*after_takedown=True"):
        records(after).load_state_dict(state)
    for ranks in (1, 2):
        parts = []
        for rank in range(ranks):
            other = records(after, batch_size=2 // ranks, rank=rank, world_size=ranks)
            with caplog.at_level(logging.WARNING):
                other.load_state_dict(state, after_takedown=True)
            batches = list(other)
            assert all(
                batch.valid.tolist() == [one is not None for one in batch.sample_ids]
                for batch in batches
            )
            parts.append([batch.sample_ids for batch in batches])
            assert other.epoch == 1
        got = [one for step in zip(*parts, strict=True) for rank in step for one in rank]
        assert got == [one if one in left else None for one in rest]
    assert "epoch 0 goes on with" in caplog.text
    other = records(after)
    other.load_state_dict(state, after_takedown=True)
    next(iter(other))
    middle = other.state_dict()
    assert middle["fingerprint"] == state["fingerprint"], "it still means the old plan"
    again = records(after)
    again.load_state_dict(middle, after_takedown=True)
    assert ids(again) == [one if one in left else None for one in rest][2:]
    assert set(ids(again)) - {None} == left, "the next epoch is the new release's"
    assert again.state_dict()["fingerprint"]["config_digest"] == after[NAME].config_digest


def test_what_cannot_be_planned_again_goes_on_with_the_next_epoch(
    own_root: Path, caplog: pytest.LogCaptureFixture
) -> None:
    before = open_release(str(own_root))
    chosen = [
        records(before, shuffle="blocks"),
        Loader(before[NAME].where("dover > 0"), batch_size=2, video=None, audio=None),
    ]
    states = []
    for loader in chosen:
        next(iter(loader))
        states.append(loader.state_dict())
    names = ("single_sft", "dialogue_sft", "multi_turn_sft")
    mixture = Mixture({one: records(before, one) for one in names}, dict.fromkeys(names, 1.0))
    list(itertools.islice(mixture, 2))
    mixed = json.loads(json.dumps(mixture.state_dict()))
    assert len(json.dumps(mixed)) < 1024
    after = taken_back(own_root, sources(before)[0])
    others = [
        records(after, shuffle="blocks"),
        Loader(after[NAME].where("dover > 0"), batch_size=2, video=None, audio=None),
    ]
    for other, state in zip(others, states, strict=True):
        with caplog.at_level(logging.WARNING):
            other.load_state_dict(state, after_takedown=True)
        assert (other.epoch, other.position) == (1, 0)
    assert caplog.text.count("continuing at epoch 1") == 2
    new = Mixture({one: records(after, one) for one in names}, dict.fromkeys(names, 1.0))
    with pytest.raises(StateError, match="single_sft is"):
        new.load_state_dict(mixed)
    with caplog.at_level(logging.WARNING):
        new.load_state_dict(mixed, after_takedown=True)
    assert "single_sft of the mixture goes on at epoch 1" in caplog.text
    assert [new.loaders[one].epoch for one in names] == [1, 1, 1]
    assert ids(batch for _, batch in itertools.islice(new, 6))


@pytest.mark.parametrize(
    "arguments",
    [
        {"buckets": Buckets(frames=(30, 45))},
        {"batch_size": None, "packing": Packing(max_tokens=120)},
        {"batch_size": None, "packing": Packing(max_tokens=120), "buckets": Buckets(frames=(40,))},
    ],
)
def test_plans_by_length_go_on_with_the_next_epoch(
    own_root: Path, caplog: pytest.LogCaptureFixture, arguments: dict[str, Any]
) -> None:
    before = open_release(str(own_root))
    loader = records(before, **arguments)
    next(iter(loader))
    state = json.loads(json.dumps(loader.state_dict()))
    mixture = Mixture({"one": records(before, **arguments)}, {"one": 1.0})
    next(iter(mixture))
    mixed = json.loads(json.dumps(mixture.state_dict()))
    other = records(before, seed=1, **arguments)
    with pytest.raises(StateError, match="seed is 0 there, 1 here"):
        other.load_state_dict(state, after_takedown=True)

    after = taken_back(own_root, sources(before)[0])
    left = sorted(after[NAME].table(["sample_id"])["sample_id"].to_pylist())
    loader = records(after, **arguments)
    with pytest.raises(StateError, match="after_takedown=True"):
        loader.load_state_dict(state)
    with caplog.at_level(logging.WARNING):
        loader.load_state_dict(state, after_takedown=True)
    assert (loader.epoch, loader.position) == (1, 0)
    assert "continuing at epoch 1" in caplog.text
    assert sorted(one for one in ids(loader) if one) == left
    mixture = Mixture({"one": records(after, **arguments)}, {"one": 1.0})
    with pytest.raises(StateError, match="of the lengths planned by"):
        mixture.load_state_dict(mixed)
    with caplog.at_level(logging.WARNING):
        mixture.load_state_dict(mixed, after_takedown=True)
    assert "one of the mixture goes on at epoch 1" in caplog.text
    assert (mixture.loaders["one"].epoch, mixture.loaders["one"].position) == (1, 0)


def test_other_lengths_without_a_takedown_are_refused(release: Release) -> None:
    whole, short = (
        records(release, batch_size=None, packing=Packing(max_tokens=120), video=video)
        for video in (VideoSpec(), VideoSpec(num_frames=8))
    )
    with pytest.raises(StateError, match=r"batching is .*lengths"):
        short.load_state_dict(whole.state_dict(), after_takedown=True)
    with pytest.raises(StateError, match="of the lengths planned by"):
        Mixture({"one": short}, {"one": 1.0}).load_state_dict(
            Mixture({"one": whole}, {"one": 1.0}).state_dict(), after_takedown=True
        )


def test_states_of_elsewhere_are_refused_with_both_named(own_root: Path, release: Release) -> None:
    state = records(release).state_dict()
    changed = json.loads(json.dumps(state))
    changed["fingerprint"]["config_digest"] = "f" * 64
    loader = records(release)
    with pytest.raises(StateError, match=f"{'f' * 64}.*{release[NAME].config_digest}"):
        loader.load_state_dict(changed, after_takedown=True)
    with pytest.raises(StateError, match="seed is 0 there, 1 here"):
        records(release, seed=1).load_state_dict(state, after_takedown=True)
    with pytest.raises(StateError, match="version 1; this loader reads 2"):
        loader.load_state_dict(state | {"version": 1})
    loader.load_state_dict(state, after_takedown=True)
    taken_back(own_root, sources(release)[0])
    assert loader.position == 0


def test_newer_tombstones_hold_rows_back(own_root: Path, tmp_path: Path) -> None:
    old = shutil.copytree(own_root, tmp_path / "old" / "speakervid5m")
    before = open_release(str(old))
    first, second, *_ = sources(before)
    clip = next(one.clips[0] for one in before[NAME] if one.clips[0].source_id == second)
    after = taken_back(own_root, first)
    retract(own_root, Request(clips=frozenset([clip.clip_id])), date="2026-11-25")
    after = open_release(str(own_root))
    shutil.copytree(own_root / "takedown", old / "takedown")

    held = open_release(str(old))
    for name in after.configs:
        kept = list(held[name])
        assert kept == list(after[name])
        assert len(kept) < len(before[name]) or name == "vidchatbench", name
        assert len(held.whole(name)) == len(before[name])
    state = records(before).state_dict()
    loader = records(held)
    with pytest.raises(StateError, match="num_rows"):
        loader.load_state_dict(state)
    loader.load_state_dict(state, after_takedown=True)
    got = ids(loader)
    assert got.count(None) == len(before[NAME]) - len(after[NAME])
    assert set(got) == set(ids(records(after))) | {None}
    (old / TOMBSTONES).write_bytes(b"no Parquet file")
    with pytest.raises(DamagedRelease, match=r"takedown.*must not be loaded"):
        open_release(str(old))[NAME]


@pytest.mark.parametrize("in_memory_rows", [0, 50_000])
def test_an_open_release_never_reads_the_index_of_a_later_one(
    own_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, in_memory_rows: int
) -> None:
    monkeypatch.setenv(column_cache.CACHE_VARIABLE, str(tmp_path / "cache"))
    monkeypatch.setattr(column_cache, "IN_MEMORY_ROWS", in_memory_rows)
    before = open_release(str(own_root))
    samples = before[NAME]
    whole = samples.table(["sample_id"])
    dover = open_release(str(own_root))[NAME].table(["dover"])
    taken_back(own_root, sources(open_release(str(own_root)))[0])
    if in_memory_rows:
        assert samples.table(["dover"]) == dover, "the part is open, and stays as it was"
    else:
        with pytest.raises(DamagedRelease, match=r"scan-.*replaced since .* open it again"):
            samples.table(["dover"])
    assert samples.table(["sample_id"]) == whole, "what was read stays"
    assert open_release(str(own_root))[NAME].table(["person_id"]).num_rows < whole.num_rows


def test_the_cache_of_a_superseded_index_goes_with_the_first_opening(
    own_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(column_cache.CACHE_VARIABLE, str(tmp_path / "cache"))
    monkeypatch.setattr(column_cache, "IN_MEMORY_ROWS", 0)
    before = open_release(str(own_root))
    ids(records(before))
    cached = list((tmp_path / "cache").glob("*/*"))
    assert len(cached) == 1
    monkeypatch.setattr(column_cache, "IN_MEMORY_ROWS", 50_000)
    open_release(str(own_root))
    assert cached[0].exists(), "the same state keeps it"
    taken_back(own_root, sources(before)[0])
    assert not cached[0].exists()

"""Workers of `DataLoader` that come late to a loop, or at the same moment as another."""

import copy
import multiprocessing
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from torch import Tensor
from torch.utils.data import DataLoader, get_worker_info

from speakervid5m.loaders import Loader
from speakervid5m.loaders import dataset as module
from speakervid5m.loaders.dataset import LoaderDataset
from speakervid5m.release import Release


def loader(release: Release) -> Loader:
    return Loader(release["single_sft"], batch_size=2, video=None, audio=None)


@pytest.mark.parametrize("persistent", [False, True])
@pytest.mark.parametrize("before", [0, 1])
@pytest.mark.parametrize("taken", [0, 1])
def test_who_comes_late_to_a_loop_that_was_left_counts_none(
    release: Release, monkeypatch: pytest.MonkeyPatch, persistent: bool, before: int, taken: int
) -> None:
    own = loader(release)
    epochs = [[batch.sample_ids for batch in own] for _ in range(3)]
    # Forked workers hold these, too; worker 0 joins at once where its batch is waited for.
    context = multiprocessing.get_context("fork")
    come, may_join = context.Semaphore(0), context.Event()
    may_join.set()
    joined = LoaderDataset._joined

    def late(self: LoaderDataset, *arguments: Any) -> tuple[int, int]:
        come.release()
        info = get_worker_info()
        if info is None or info.id >= taken:
            may_join.wait()
        return joined(self, *arguments)

    monkeypatch.setattr(LoaderDataset, "_joined", late)
    dataset = loader(release).as_dataset()
    data = DataLoader(
        dataset,
        batch_size=None,
        num_workers=2,
        multiprocessing_context="fork",
        persistent_workers=persistent,
    )
    for expected in epochs[:before]:
        assert [batch.sample_ids for batch in data] == expected
        assert [come.acquire(timeout=100) for _ in range(2)] == [True, True]
    may_join.clear()
    left = iter(data)
    assert [next(left).sample_ids for _ in range(taken)] == epochs[before][:taken]
    assert [come.acquire(timeout=100) for _ in range(2)] == [True, True]
    if taken:
        dataset.load_state_dict(dataset.state_dict(taken))
    else:
        dataset.set_epoch(before)
    may_join.set()
    assert [batch.sample_ids for batch in data] == epochs[before][taken:]
    assert [batch.sample_ids for batch in data] == epochs[before + 1]


class Interrupted:
    """Shared memory; something happens before one of its readings or writings."""

    def __init__(self, shared: Tensor, moment: int, happens: Callable[[], object]) -> None:
        self.shared, self.left, self.happens = shared, moment, happens

    def _touched(self) -> Tensor:
        self.left -= 1
        if self.left == -1:
            self.happens()
        return self.shared

    def __getitem__(self, place: Any) -> Tensor:
        return self._touched()[place]

    def __setitem__(self, place: Any, value: Any) -> None:
        self._touched()[place] = value


class Worker:
    """What a worker that stays does to what is shared, without its process."""

    def __init__(self, dataset: LoaderDataset, number: int) -> None:
        self.dataset = copy.copy(dataset)
        self.dataset.loader = copy.copy(dataset.loader)
        self.info = SimpleNamespace(id=number, seed=1000 + number, num_workers=2)

    def begin(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
        with monkeypatch.context() as patch:
            patch.setattr(module, "get_worker_info", lambda: self.info)
            return iter(self.dataset)

    def join(self, monkeypatch: pytest.MonkeyPatch, batches: Iterator[Any]) -> tuple[int, ...]:
        """The samples of its first batch."""
        with monkeypatch.context() as patch:
            patch.setattr(module, "get_worker_info", lambda: self.info)
            found: tuple[int, ...] = next(batches).sample_ids
            return found


@pytest.mark.parametrize("before", [0, 2])
def test_two_that_join_at_the_same_moment_begin_the_same_loop(
    release: Release, monkeypatch: pytest.MonkeyPatch, before: int
) -> None:
    own = loader(release)
    epochs = [[batch.sample_ids for batch in own][:2] for _ in range(before + 2)]
    moment = 0
    while True:
        dataset = loader(release).as_dataset()
        one, two = (Worker(dataset, number) for number in range(2))

        def loop(one: Worker = one, two: Worker = two) -> list[Any]:
            begun = [worker.begin(monkeypatch) for worker in (one, two)]
            return [
                worker.join(monkeypatch, batches)
                for worker, batches in zip((one, two), begun, strict=True)
            ]

        for epoch in range(before):
            assert loop() == epochs[epoch]
        batches, others = one.begin(monkeypatch), two.begin(monkeypatch)
        first: list[Any] = []

        def join(
            one: Worker = one, batches: Iterator[Any] = batches, first: list[Any] = first
        ) -> None:
            first.append(one.join(monkeypatch, batches))

        two.dataset._shared = Interrupted(dataset._shared, moment, join)  # type: ignore[assignment]
        second = two.join(monkeypatch, others)
        two.dataset._shared = dataset._shared
        if not first:
            break
        assert [*first, second] == epochs[before], f"before touch {moment}"
        assert loop() == epochs[before + 1], f"before touch {moment}"
        moment += 1
    assert moment >= 4, "touches of a worker that joins"

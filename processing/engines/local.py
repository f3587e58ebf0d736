"""Stages in processes of this machine, one stage after the other.

A model is loaded once a process, drains what is pending, and is unloaded with its process.
"""

import time
from collections import deque
from collections.abc import Iterator, Sequence

from .capacity import Capacity, machine_capacity, processes_of
from .engine import Waiting
from .stop import Stop
from .units.stage import Stage
from .units.store import StageStore
from .units.unit import LoadFailed, Outcome, Unit, UnitLost
from .worker import Worker, next_ready
from .worker_host import lost

_TICK_SECONDS = 1.0
_SMALL_BYTES = 1 << 30
"""Main memory of a stage whose process may serve the next one too (ours: what is kept of it is
less than a process costs that starts anew)."""
_PAUSE_SECONDS = 0.2
"""Between two looks at a unit that another process holds (ours)."""


class Local:
    """Processes of this machine."""

    def __init__(self, device: str = "cpu", num_processes: int = 1) -> None:
        """Says where and how many.

        Args:
            device: where models run: `cpu`, `cuda:0`.
            num_processes: of each stage, one source each; of one that needs a GPU fewer, if its
                memory has no room for as many.
        """
        self._device, self._num_processes = device, max(1, num_processes)
        self._idle: list[Worker] = []

    def capacity(self, stages: Sequence[Stage]) -> Capacity:
        """How stages fit this machine."""
        return machine_capacity(stages, self._device, self._num_processes)

    def run(
        self, stage: Stage, units: Sequence[Unit], store: StageStore, stop: Stop
    ) -> Iterator[Outcome | Waiting]:
        """Runs the units; those that others hold, last."""
        if not units:
            return
        yield Waiting(waits_for="start")
        device = stage.device_in(self._device)
        most = min(processes_of(stage, self._device, self._num_processes), len(units))
        # Idle ones are of stages that need no GPU.
        idle = self._idle if device == "cpu" else []
        workers = [idle.pop() if idle else Worker(device) for _ in range(most)]
        try:
            yield from _drain(_Pool(stage, store, workers, device), units, stop)
        except BaseException:
            for worker in workers:
                worker.end()
            raise
        # What has loaded a large model goes, and its memory with it; others serve the next stage.
        if device == "cpu" and stage.resources.memory_bytes <= _SMALL_BYTES:
            self._idle += workers
        else:
            for worker in workers:
                worker.end()

    def close(self) -> None:
        """Ends the processes."""
        while self._idle:
            self._idle.pop().end()


class _Pool:
    """The workers of one stage, and what is done when one of them dies."""

    def __init__(self, stage: Stage, store: StageStore, workers: list[Worker], device: str) -> None:
        self.stage, self.store, self.workers = stage, store, workers
        self._device = device

    def answers(self, most_seconds: float) -> Iterator[tuple[Unit, Outcome | LoadFailed]]:
        """What has come of the units in hand, after at most so many seconds."""
        active = [one for one in self.workers if one.unit is not None]
        ready = next_ready(active, most_seconds)
        for worker in active:
            unit = worker.unit
            assert unit is not None, "it is active"
            if worker in ready:
                answer = worker.take()
                if isinstance(answer, str):
                    self._replace(worker)
                    answer = lost(self.stage, self.store, unit, UnitLost("crashed", answer))
                if answer is not None:
                    yield unit, answer
            elif time.monotonic() >= worker.deadline:
                why = worker.late()
                self._replace(worker)
                if isinstance(why, LoadFailed):
                    yield unit, why
                else:
                    yield unit, lost(self.stage, self.store, unit, why)

    def _replace(self, worker: Worker) -> None:
        worker.end()
        self.workers[self.workers.index(worker)] = Worker(self._device)


def _drain(pool: _Pool, units: Sequence[Unit], stop: Stop) -> Iterator[Outcome | Waiting]:
    waiting, held = deque(units), 0
    while True:
        for worker in pool.workers:
            if waiting and worker.unit is None and stop.asked is None:
                unit = waiting.popleft()
                worker.give(pool.stage, pool.store, unit, waiting[0] if waiting else None)
        in_hand = [one.unit for one in pool.workers if one.unit is not None]
        if not in_hand:
            return
        answered = False
        for unit, answer in pool.answers(_TICK_SECONDS):
            answered = True
            if isinstance(answer, LoadFailed):
                for one in (unit, *waiting):
                    yield lost(pool.stage, pool.store, one, answer)
                waiting.clear()
            elif answer.status == "busy":
                waiting.append(unit)
                held += 1
                if held >= len(waiting):
                    yield Waiting(waits_for="lock", unit=unit.name)
                    time.sleep(_PAUSE_SECONDS)
            else:
                held = 0
                yield answer
        if not answered:
            yield Waiting(waits_for="stage", unit=in_hand[0].name)

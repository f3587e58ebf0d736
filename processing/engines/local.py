"""Units in, outcomes out, run by worker processes of this machine, one stage after another.

Each process loads the model once, runs its share of the pending units, and frees the model when it
ends.
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
from .worker import Worker, wait_for
from .worker_host import lost

_TICK_SECONDS = 1.0
_SMALL_BYTES = 1 << 30
"""Main memory of a stage whose process may also run the next one (ours: what such a process keeps
costs less than starting another)."""
_PAUSE_SECONDS = 0.2
"""Between two attempts at a unit that another process holds (ours)."""


class Local:
    """Processes of this machine."""

    def __init__(self, device: str = "cpu", num_processes: int = 1) -> None:
        """Sets the device and the number of processes; starts none.

        Args:
            device: where models run: `cpu`, `cuda:0`.
            num_processes: processes of each stage, one source each; fewer for a stage on a GPU, if
                not all of them fit its memory.
        """
        self._device, self._num_processes = device, max(1, num_processes)
        self._idle: list[Worker] = []

    def capacity(self, stages: Sequence[Stage]) -> Capacity:
        """How stages fit this machine."""
        return machine_capacity(stages, self._device, self._num_processes)

    def run(
        self, stage: Stage, units: Sequence[Unit], store: StageStore, stop: Stop
    ) -> Iterator[Outcome | Waiting]:
        """Runs the units; those that other processes hold come last."""
        if not units:
            return
        yield Waiting(waits_for="start")
        device = stage.device_in(self._device)
        most = min(processes_of(stage, self._device, self._num_processes), len(units))
        # Idle workers belong to stages that need no GPU.
        idle = self._idle if device == "cpu" else []
        workers = [idle.pop() if idle else Worker(device) for _ in range(most)]
        try:
            yield from _drain(stage, store, workers, units, stop)
        except BaseException:
            for worker in workers:
                worker.end()
            raise
        # A worker with a large model ends, which frees its memory; others run the next stage.
        if device == "cpu" and stage.resources.memory_bytes <= _SMALL_BYTES:
            self._idle += workers
        else:
            for worker in workers:
                worker.end()

    def close(self) -> None:
        """Ends the processes."""
        while self._idle:
            self._idle.pop().end()


def _answers(
    stage: Stage, store: StageStore, workers: Sequence[Worker]
) -> Iterator[tuple[Unit, Outcome | LoadFailed]]:
    """The outcomes that arrive within a tick, and what is known of lost units."""
    active = [worker for worker in workers if worker.unit is not None]
    wait_for(active, _TICK_SECONDS)
    for worker in active:
        unit = worker.unit
        assert unit is not None, "it is active"
        answer = worker.take()
        if answer is not None:
            yield unit, lost(stage, store, unit, answer) if isinstance(answer, UnitLost) else answer


def _drain(
    stage: Stage, store: StageStore, workers: Sequence[Worker], units: Sequence[Unit], stop: Stop
) -> Iterator[Outcome | Waiting]:
    waiting, held = deque(units), 0
    while True:
        began = False
        for worker in workers:
            if waiting and worker.unit is None and stop.asked is None:
                unit = waiting.popleft()
                worker.give(stage, store, unit, waiting[0] if waiting else None)
                began = True
        running = [worker.unit for worker in workers if worker.unit is not None]
        if not running:
            return
        if began:
            yield _at_work(workers)
        answered = False
        for unit, answer in _answers(stage, store, workers):
            answered = True
            if isinstance(answer, LoadFailed):
                for failed in (unit, *waiting):
                    yield lost(stage, store, failed, answer)
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
            yield _at_work(workers)


def _at_work(workers: Sequence[Worker]) -> Waiting:
    units = tuple(worker.unit for worker in workers)
    first = next(unit for unit in units if unit is not None)
    return Waiting(waits_for="stage", unit=first.name, running=units)

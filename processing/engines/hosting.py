"""One worker process for one stage, and what is done when it dies: what each engine stands on."""

import time

from .stage import Stage
from .store import StageStore
from .unit import LoadFailed, Outcome, Unit, failure_of, keep_failure
from .worker import Worker, next_ready

_TICK_SECONDS = 5.0
_PAUSE_SECONDS = 0.5
"""Between two looks at a unit that another process holds (ours)."""


class Host:
    """Runs units one after the other, whatever becomes of the process that has the stage."""

    def __init__(self, stage: Stage, store: StageStore, device: str) -> None:
        self._stage, self._store, self._device = stage, store, device
        self._worker = Worker(device)

    def run(self, unit: Unit) -> Outcome:
        """Runs a unit to its end; waits for one that another process holds."""
        while True:
            self._worker.give(self._stage, self._store, unit)
            answer = None
            while answer is None:
                ready = next_ready([self._worker], _TICK_SECONDS)
                if ready:
                    answer = self._worker.take()
                elif time.monotonic() >= self._worker.deadline:
                    answer = LoadFailed("timed_out", late(self._stage, unit))
                    self._anew()
            if isinstance(answer, str):
                self._anew()
                answer = LoadFailed("crashed", answer)
            if isinstance(answer, LoadFailed):
                return lost(self._stage, self._store, unit, answer)
            if answer.status != "busy":
                return answer
            time.sleep(_PAUSE_SECONDS)

    def close(self) -> None:
        """Ends the process."""
        self._worker.end()

    def _anew(self) -> None:
        self._worker.end()
        self._worker = Worker(self._device)


def late(stage: Stage, unit: Unit) -> str:
    """Says that a unit hangs."""
    return f"took longer than {stage.resources.limit_seconds(unit.duration_seconds):g} s"


def lost(stage: Stage, store: StageStore, unit: Unit, error: Exception) -> Outcome:
    """Keeps a failure that the worker could not keep itself, unless its last act was a result."""
    if store.find(stage.name, unit.key) is not None:
        return Outcome(unit=unit, status="done")
    failure = failure_of(stage, unit, error)
    keep_failure(store, stage, unit, failure, error)
    return Outcome(unit=unit, status="failed", failure=failure)

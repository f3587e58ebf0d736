"""Units in, outcomes out, by one worker process for one stage."""

import time

from .units.stage import Stage
from .units.store import StageStore
from .units.unit import LoadFailed, Outcome, Unit, UnitLost, failure_of, keep_failure
from .worker import Worker, wait_for

_TICK_SECONDS = 5.0
_PAUSE_SECONDS = 0.5
"""Between two attempts at a unit that another process holds (ours)."""


class Host:
    """Runs units one after another, even if the process that has loaded the stage dies."""

    def __init__(self, stage: Stage, store: StageStore, device: str) -> None:
        self._stage, self._store = stage, store
        self._worker = Worker(device)
        self._not_loaded: LoadFailed | None = None

    def run(self, unit: Unit) -> Outcome:
        """Runs a unit to its end; waits while another process holds it.

        If the stage cannot be loaded, every later unit fails with the same message.
        """
        while self._not_loaded is None:
            self._worker.give(self._stage, self._store, unit)
            while (answer := self._worker.take()) is None:
                wait_for([self._worker], _TICK_SECONDS)
            if isinstance(answer, UnitLost):
                return lost(self._stage, self._store, unit, answer)
            if isinstance(answer, LoadFailed):
                self._not_loaded = answer
            elif answer.status != "busy":
                return answer
            else:
                time.sleep(_PAUSE_SECONDS)
        return lost(self._stage, self._store, unit, self._not_loaded)

    def close(self) -> None:
        """Ends the process."""
        self._worker.end()


def lost(stage: Stage, store: StageStore, unit: Unit, error: Exception) -> Outcome:
    """Stores a failure that the worker could not store itself, unless it stored a result."""
    if store.find(stage.name, unit.key) is not None:
        return Outcome(unit=unit, status="done")
    failure = failure_of(stage, unit, error)
    keep_failure(store, stage, unit, failure, error)
    return Outcome(unit=unit, status="failed", failure=failure)

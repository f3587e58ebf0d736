"""Units in, outcomes out, all in this process: for tests, notebooks and debuggers."""

import gc
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .capacity import Capacity, machine_capacity
from .engine import Waiting
from .stop import Stop
from .units.stage import Stage
from .units.store import StageStore
from .units.unit import Outcome, Unit, UnitRunner, failure_of, keep_failure, load_failure

_PAUSE_SECONDS = 0.2
"""Between two attempts at a unit that another process holds (ours)."""


@dataclass(frozen=True, slots=True)
class Inline:
    """Runs one unit after another, without time limits: a stage that hangs is not ended."""

    device: str = "cpu"

    def capacity(self, stages: Sequence[Stage]) -> Capacity:
        """How stages fit this machine, one process each."""
        return machine_capacity(stages, self.device, 1)

    def run(
        self, stage: Stage, units: Sequence[Unit], store: StageStore, stop: Stop
    ) -> Iterator[Outcome | Waiting]:
        """Runs the units in their order; those that other processes hold come last."""
        if not units:
            return
        try:
            runner = UnitRunner(stage, stage.device_in(self.device))
        except Exception as error:
            said = load_failure(error)
            for unit in units:
                failure = failure_of(stage, unit, said)
                keep_failure(store, stage, unit, failure, said)
                yield Outcome(unit=unit, status="failed", failure=failure)
            return
        try:
            waiting, held = deque(units), 0
            while waiting and stop.asked is None:
                unit = waiting.popleft()
                yield Waiting(waits_for="stage", unit=unit.name)
                outcome = runner.run(store, unit, waiting[0] if waiting else None)
                if outcome.status != "busy":
                    held = 0
                    yield outcome
                    continue
                waiting.append(unit)
                held += 1
                if held >= len(waiting):
                    yield Waiting(waits_for="lock", unit=unit.name)
                    time.sleep(_PAUSE_SECONDS)
        finally:
            runner.close()
            del runner
            gc.collect()

    def close(self) -> None:
        """Nothing was started."""

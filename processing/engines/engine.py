"""The Protocol of an engine: pending units of one stage in, their outcomes out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from .capacity import Capacity
from .stop import Stop
from .units.stage import Stage
from .units.store import StageStore
from .units.unit import Outcome, Unit

Waits = Literal["start", "stage", "lock"]
"""What it waits for: `start`, that processes or a cluster start and the model loads; `stage`, the
stage's own code (decode and model); `lock`, another process that runs the unit."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Waiting:
    """A sign of life between outcomes, about once a second."""

    waits_for: Waits
    """What the run waits for."""
    unit: str = ""
    """The current unit."""
    running: tuple[Unit | None, ...] = ()
    """The unit of each worker process of this machine, always in the same order."""


class Engine(Protocol):
    """Runs stages. All engines leave the same results in the store."""

    def capacity(self, stages: Sequence[Stage]) -> Capacity:
        """How these stages fit where the engine runs them; called before the first one starts."""

    def run(
        self, stage: Stage, units: Sequence[Unit], store: StageStore, stop: Stop
    ) -> Iterator[Outcome | Waiting]:
        """Runs the units of a stage, in any order.

        A unit that had not started when `stop` was asked has no outcome.
        """

    def close(self) -> None:
        """Ends the processes that the engine has started."""

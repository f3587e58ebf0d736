"""What an engine is: it takes the pending units of one stage and gives their outcomes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from .capacity import Capacity
from .stop import Stop
from .units.stage import Stage
from .units.store import StageStore
from .units.unit import Outcome, Unit

Waits = Literal["start", "stage", "lock"]
"""For what: processes or a cluster to start and the model to load; the stage's own code (decode
and model); another process that holds the unit."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Waiting:
    """A sign of life between outcomes, about once a second."""

    waits_for: Waits
    """What holds it up."""
    unit: str = ""
    """The unit at hand."""


class Engine(Protocol):
    """Where stages run. What stands in the store afterwards is the same for all of them."""

    def capacity(self, stages: Sequence[Stage]) -> Capacity:
        """How these stages fit where it runs them; asked before the first of them begins."""

    def run(
        self, stage: Stage, units: Sequence[Unit], store: StageStore, stop: Stop
    ) -> Iterator[Outcome | Waiting]:
        """Runs the units of a stage, in any order.

        A unit that was not begun when `stop` was asked has no outcome.
        """

    def close(self) -> None:
        """Ends what the engine has started."""

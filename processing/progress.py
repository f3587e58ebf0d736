"""How a long command tells where it is: one small value, and whoever wants to may look."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a stage is."""

    stage: str
    """What is being done: `annotations`, `plan`, `cut`, `write`, ..."""
    done: int
    """Units finished, those of earlier runs included."""
    total: int
    """Units there are."""
    unit: str
    """What is counted: `sources`, `archives`, `shards`."""
    detail: str = ""
    """The unit at hand, or what was found."""


Listener = Callable[[Progress], None]
"""Takes each `Progress` as it comes; must be quick."""


def silent(_: Progress) -> None:
    """Looks away."""

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
    done_before: int = 0
    """Of `done`, those of earlier runs: they say nothing about speed."""
    num_failed: int = 0
    """Units that have failed."""
    media_seconds: float = 0.0
    """Video that was worked through in this run; 0 where that is not what takes the time."""
    waits_for: str = ""
    """What holds it up at this moment, if not the work itself."""


Listener = Callable[[Progress], None]
"""Takes each `Progress` as it comes; must be quick."""


def silent(_: Progress) -> None:
    """Looks away."""

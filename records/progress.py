"""How a long command reports its progress: one small value, sent to a listener.

a stage --Progress--> Listener: a progress bar, a status file, or `silent`
"""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Working:
    """What one of the worker processes of a stage does."""

    unit: str = ""
    """The video in work; empty while it waits for one."""
    unit_seconds: float = 0.0
    """Length of that video; 0 if unknown."""
    done: int = 0
    """Units that it has finished in this stage."""
    media_seconds: float = 0.0
    """Seconds of video in them."""


@dataclass(frozen=True, slots=True)
class Progress:
    """The progress of a stage."""

    stage: str
    """Its name: `annotations`, `plan`, `cut`, `write`, ..."""
    done: int
    """Units finished, including those of earlier runs."""
    total: int
    """Number of all units."""
    unit: str
    """What is counted: `sources`, `archives`, `shards`."""
    detail: str = ""
    """The current unit, or a result."""
    done_before: int = 0
    """Units of `done` from earlier runs: they say nothing about speed."""
    num_failed: int = 0
    """Units that have failed."""
    media_seconds: float = 0.0
    """Seconds of video processed in this run; 0 where time does not depend on video."""
    waits_for: str = ""
    """What it waits for now; empty while it works."""
    workers: tuple[Working, ...] = ()
    """The worker processes, always in the same order; empty where this process works."""
    stopping: str = ""
    """Why nothing more begins, in words; empty while the run goes on."""


Listener = Callable[[Progress], None]
"""Takes each `Progress` as it comes; must be quick."""


def silent(_: Progress) -> None:
    """Ignores progress."""

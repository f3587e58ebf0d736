"""What comes out of a run: counts by stage, failures, and the keys of the results."""

from dataclasses import dataclass, field
from typing import Literal

ALL_SOURCES = "all sources"
"""The name of the one unit of a global stage."""

Stopped = Literal["interrupted", "time_limit"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Failure:
    """A unit that has no result."""

    stage: str
    """Where it failed."""
    source_id: str
    """The unit; `all sources` for a global stage."""
    reason: str
    """A stable short word: the error's type, or its own reason."""
    detail: str
    """What exactly was wrong, and in which backend."""


@dataclass(slots=True)
class StageCounts:
    """How many units of a stage are done, failed, blocked and pending."""

    num_done: int = 0
    """Results of this run."""
    num_done_before: int = 0
    """Results in the store, including those that another process wrote meanwhile."""
    num_failed: int = 0
    """Units with an error."""
    num_blocked: int = 0
    """Units whose input failed."""
    num_pending: int = 0
    """Units that have not run yet."""
    seconds: float = 0.0
    """Time inside the stage's own code in this run, summed over processes."""
    engine_seconds: float = 0.0
    """Time around it: reading inputs, checking, writing, summed over processes."""


@dataclass(slots=True)
class RunReport:
    """What a run did, and what is in the store."""

    counts: dict[str, StageCounts] = field(default_factory=dict)
    """By stage, in order."""
    failures: list[Failure] = field(default_factory=list)
    """By stage and source."""
    keys: dict[str, dict[str, str]] = field(default_factory=dict)
    """Source, stage, key of the finished part."""
    global_keys: dict[str, str] = field(default_factory=dict)
    """Global stage, key of the finished part."""
    stopped: Stopped | None = None
    """Why the run ended before everything was done."""

"""What a stage is: a name, what it reads, what decides its result, and a function of a source."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa

from ...weights import Weights

Tables = Mapping[str, pa.Table]
"""What a stage gives, and gets of another: tables by name."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """One video to curate."""

    source_id: str
    """YouTube's id where the file is named after it, else `x` and 10 characters of the digest."""
    path: Path
    """The file."""
    digest: str
    """sha256 of its bytes."""
    name: str
    """The file's name."""
    duration_seconds: float | None = None
    """As its header says; None where it does not open. Decides no result."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Backend:
    """What does the work of a stage, and on which terms."""

    name: str
    """Unique within the stage."""
    build: str = ""
    """Version of the library, digest of the weights: whatever changes results."""
    licence: str
    """Of the code."""
    files: tuple[Weights, ...] = ()
    """Weights in the folder of weights, each with licence, source and size."""
    bundled: tuple[Weights, ...] = ()
    """Weights that a package brings inside."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Resources:
    """What a stage takes while it runs one source."""

    num_cpus: float = 1
    """Cores."""
    gpu_bytes: int = 0
    """Memory of a GPU that model and batch take; 0: it needs none, and is loaded on `cpu`."""
    memory_bytes: int = 1 << 30
    """Main memory."""
    least_limit_seconds: float = 900.0
    """A unit that takes longer than this, and longer than what follows, hangs: its process is
    ended and the unit fails with `timed_out`. (Ours: a quarter of an hour, models loaded.)"""
    limit_times_real_time: float = 20.0
    """The same, in times of the source's length (ours: nobody waits for a stage of which an hour
    of video takes most of a day)."""

    def limit_seconds(self, duration_seconds: float | None) -> float:
        """How long a source of this length may take; of unknown length as one of four hours."""
        length = 4 * 3600.0 if duration_seconds is None else duration_seconds
        return max(self.least_limit_seconds, self.limit_times_real_time * length)


Run = Callable[[Source, Mapping[str, Tables]], Tables]
"""Takes a source and the tables of each stage that is read; gives tables by name."""

GlobalRun = Callable[[Iterable[tuple[Source, Mapping[str, Tables]]]], Tables]
"""What a `global` stage loads: takes all finished sources, by id, each read when it is its turn;
gives one set of tables."""

Kind = Literal["map", "explode", "group", "global"]
"""What a stage makes of a source: a row for each that it reads, more of them, or some that need all
of the source; `global` looks at all sources together, and is the only kind that waits for all."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Stage:
    """One step for one source.

    Its result is a function of the source's bytes, the tables that it reads, `version`, `params`
    and `backend`; all of these name the part in the store, so a change of any of them runs the
    stage again, and what lies behind it, and nothing else.
    """

    name: str
    """Unique; names its folder in the store."""
    what: str
    """One sentence, in the words of the paper where it has some."""
    kind: Kind = "map"
    """What it makes of a source."""
    version: int = 1
    """Goes up when the same input gives another result."""
    reads: tuple[str, ...] = ()
    """Names of the stages whose tables it reads."""
    writes: Mapping[str, pa.Schema] | None = None
    """Tables that it gives, with their schemas: a backend that gives others fails that unit; None
    leaves them unchecked, for stages of one's own."""
    may_write: Mapping[str, pa.Schema] = field(default_factory=dict)
    """Tables that some of its backends give beside those."""
    params: Mapping[str, Any] = field(default_factory=dict)
    """Plain values that decide the result."""
    backend: Backend
    """What does the work."""
    resources: Resources = Resources()
    """What it takes while it runs."""
    load: Callable[[str], Run | GlobalRun]
    """Loads what the stage needs on a device (`cpu`, `cuda:0`), once for all units of a process,
    and gives what runs them. Must be picklable: a class, a function, a `partial`."""

    def device_in(self, device: str) -> str:
        """Where it is loaded in a run whose models are on this device: `cpu` if it needs no GPU."""
        return device if self.resources.gpu_bytes else "cpu"


@dataclass(frozen=True, slots=True)
class Stateless:
    """`load` of a stage that has no model: gives the function itself."""

    run: Run | GlobalRun

    def __call__(self, device: str) -> Run | GlobalRun:
        """The function, on whatever device."""
        del device
        return self.run

"""The definition of a stage: a source and the tables of earlier stages in, tables out.

It has a name, the stages that it reads, everything that decides its result, and a function.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa

from ...weights import WeightsFacts

Tables = Mapping[str, pa.Table]
"""What a stage writes and reads: tables by name."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """One video to curate."""

    source_id: str
    """YouTube's id if the file is named after it, else `x` and 10 characters of the digest."""
    path: Path
    """The file."""
    digest: str
    """sha256 of its bytes."""
    name: str
    """The file's name."""
    duration_seconds: float | None = None
    """From its header; None if it does not open. Decides no result."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Backend:
    """The model or algorithm of a stage, and its terms."""

    name: str
    """Unique within the stage."""
    build: str = ""
    """Version of the library, digest of the weights: everything that changes results."""
    licence: str
    """Of the code."""
    files: tuple[WeightsFacts, ...] = ()
    """Weights in the folder of weights, each with licence, source and size."""
    bundled: tuple[WeightsFacts, ...] = ()
    """Weights inside a package."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Resources:
    """What a stage takes while it runs one source."""

    num_cpus: float = 1
    """Cores."""
    gpu_bytes: int = 0
    """GPU memory of model and batch; 0: it needs no GPU and is loaded on `cpu`."""
    memory_bytes: int = 1 << 30
    """Main memory."""
    least_limit_seconds: float = 900.0
    """A unit that takes longer than this and longer than `limit_times_real_time` hangs: its
    process is killed and the unit fails with `timed_out` (ours: a quarter of an hour, with models
    loaded)."""
    limit_times_real_time: float = 20.0
    """The same limit as a multiple of the source's length (ours: an hour of video may take most of
    a day)."""

    def limit_seconds(self, duration_seconds: float | None) -> float:
        """How long a source of this length may take; an unknown length counts as four hours."""
        length = 4 * 3600.0 if duration_seconds is None else duration_seconds
        return max(self.least_limit_seconds, self.limit_times_real_time * length)


Run = Callable[[Source, Mapping[str, Tables]], Tables]
"""Takes a source and the tables of every stage that it reads; returns tables by name."""

GlobalRun = Callable[[Iterable[tuple[Source, Mapping[str, Tables]]]], Tables]
"""Of a `global` stage: takes all finished sources by id, each read when it is reached; returns one
set of tables."""

Kind = Literal["map", "explode", "group", "global"]
"""How rows of a stage relate to the rows that it reads: one for each (`map`), more (`explode`), or
some that need the whole source (`group`). `global` takes all sources together, and is the only kind
that waits for all of them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Stage:
    """One step for one source.

    Its result depends only on the source's bytes, the tables that it reads, `version`, `params`
    and `backend`. The key of the result in the store is a digest of all of these, so a change of
    any of them runs this stage and those that read it again, and no other.
    """

    name: str
    """Unique; names its folder in the store."""
    what: str
    """One sentence about what it does, in the paper's words if it has some."""
    kind: Kind = "map"
    """How its rows relate to those that it reads."""
    version: int = 1
    """Goes up when the same input gives another result."""
    reads: tuple[str, ...] = ()
    """Names of the stages whose tables it reads."""
    writes: Mapping[str, pa.Schema] | None = None
    """The tables that it writes, with their schemas: if a backend returns others, the unit fails;
    None leaves them unchecked, for stages of one's own."""
    may_write: Mapping[str, pa.Schema] = field(default_factory=dict)
    """Tables that only some of its backends write."""
    params: Mapping[str, Any] = field(default_factory=dict)
    """Plain values that decide the result."""
    backend: Backend
    """The model or algorithm that does the work."""
    resources: Resources = Resources()
    """What it takes while it runs."""
    load: Callable[[str], Run | GlobalRun]
    """Loads what the stage needs on a device (`cpu`, `cuda:0`), once for all units of a process,
    and returns the function that runs them. Must be picklable: a class, a function, a `partial`."""

    def device_in(self, device: str) -> str:
        """Where it is loaded in a run with this device: `cpu` if it needs no GPU."""
        return device if self.resources.gpu_bytes else "cpu"


@dataclass(frozen=True, slots=True)
class Stateless:
    """`load` of a stage without a model: returns the function itself."""

    run: Run | GlobalRun

    def __call__(self, device: str) -> Run | GlobalRun:
        """The function, on whatever device."""
        del device
        return self.run

"""Stages in this process, stage by stage: a model is loaded once and drains what is pending.

What is done is never done again; what fails is kept with its error and does not stop the rest;
what reads it is blocked, and says by which stage.
"""

import fcntl
import gc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import pyarrow as pa

from ..progress import Listener, Progress, silent
from .stage import Run, Source, Stage, Tables
from .store import StageStore


@dataclass(frozen=True, kw_only=True, slots=True)
class Failure:
    """A unit that has no result."""

    stage: str
    """Where it failed."""
    source_id: str
    """The unit."""
    reason: str
    """A stable short word: the error's type, or its own reason."""
    detail: str
    """What exactly was wrong, and the backend that said so."""


@dataclass(slots=True)
class StageCounts:
    """How the units of a stage stand."""

    num_done: int = 0
    """Results of this run."""
    num_done_before: int = 0
    """Results found in the store."""
    num_failed: int = 0
    """Units with an error."""
    num_blocked: int = 0
    """Units whose input failed."""
    num_pending: int = 0
    """Units that nobody has run yet."""


@dataclass(slots=True)
class RunReport:
    """What a run did, and what stands in the store."""

    counts: dict[str, StageCounts] = field(default_factory=dict)
    """By stage, in order."""
    failures: list[Failure] = field(default_factory=list)
    """By stage and source."""
    keys: dict[str, dict[str, str]] = field(default_factory=dict)
    """Source, stage, key of the finished part."""


@contextmanager
def stage_lock(store: StageStore, wait: bool = True) -> Iterator[None]:
    """Lets one process at a time write a store; the next one waits, or is told to come back.

    Raises:
        BlockingIOError: another process holds it and `wait` is False.
    """
    store.folder.mkdir(parents=True, exist_ok=True)
    with (store.folder / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            raise BlockingIOError(
                f"{str(store.folder)!r} is in use by another run; wait for it to end"
            ) from None
        yield


def run_stages(
    stages: Sequence[Stage],
    sources: Sequence[Source],
    store: StageStore,
    *,
    dry_run: bool = False,
    retry_failed: bool = False,
    device: str = "cpu",
    progress: Listener = silent,
) -> RunReport:
    """Runs what is pending of every stage, in the order of the stages.

    Args:
        stages: each after those that it reads.
        sources: the units.
        store: where results stand.
        dry_run: only say how things stand.
        retry_failed: run again what has failed before.
        device: where models run: `cpu`, `cuda:0`.
        progress: told of every unit.

    Raises:
        ValueError: a stage reads one that is not before it.
    """
    report = RunReport(keys={source.source_id: {} for source in sources})
    by_name: dict[str, Stage] = {}
    for stage in stages:
        if missing := [name for name in stage.reads if name not in by_name]:
            raise ValueError(f"stage {stage.name} reads {missing[0]}, which is not before it")
        by_name[stage.name] = stage
        counts = report.counts[stage.name] = StageCounts()
        run = _Loaded(stage, device)
        for number, source in enumerate(sources):
            _run_unit(stage, run, source, store, report, counts, dry_run, retry_failed)
            progress(Progress(stage.name, number + 1, len(sources), "sources", source.name))
        del run
        gc.collect()
    return report


class _Loaded:
    """What runs a stage, loaded when its first unit is due."""

    def __init__(self, stage: Stage, device: str) -> None:
        self._stage, self._device = stage, device
        self._run: Run | None = None

    def __call__(self, source: Source, inputs: Mapping[str, Tables]) -> Tables:
        if self._run is None:
            self._run = self._stage.load(self._device)
        return self._run(source, inputs)


def _run_unit(
    stage: Stage,
    run: Run,
    source: Source,
    store: StageStore,
    report: RunReport,
    counts: StageCounts,
    dry_run: bool,
    retry_failed: bool,
) -> None:
    keys = report.keys[source.source_id]
    if any(name not in keys for name in stage.reads):
        if any(failure.source_id == source.source_id for failure in report.failures):
            counts.num_blocked += 1
        else:
            counts.num_pending += 1
        return
    key = store.key(stage, source, [keys[name] for name in stage.reads])
    if store.find(stage.name, key) is not None:
        counts.num_done_before += 1
        keys[stage.name] = key
        return
    known = store.failure(stage.name, key)
    if known is not None and (dry_run or not retry_failed):
        counts.num_failed += 1
        report.failures.append(Failure(**{name: known[name] for name in _FACTS}))
        return
    if dry_run:
        counts.num_pending += 1
        return
    inputs: dict[str, Tables] = {}
    for name in stage.reads:
        part = store.find(name, keys[name])
        assert part is not None, f"the part of {name} left the store while it was needed"
        inputs[name] = part.tables()
    try:
        tables = _checked(run(source, inputs))
    except Exception as error:
        failure = _failure(stage, source, error)
        store.fail(stage.name, key, {name: getattr(failure, name) for name in _FACTS})
        counts.num_failed += 1
        report.failures.append(failure)
        return
    store.write(stage.name, key, tables)
    counts.num_done += 1
    keys[stage.name] = key


def _checked(tables: object) -> Tables:
    """What a stage gave, if it is what a stage gives: backends are other people's code."""
    if not isinstance(tables, dict) or not all(
        isinstance(name, str) and isinstance(table, pa.Table) for name, table in tables.items()
    ):
        raise WrongResult(f"a stage gives tables by name, got {str(tables)[:200]}")
    return tables


class WrongResult(TypeError):
    """A backend gave something else than tables."""

    reason = "wrong_result"


_FACTS = ("stage", "source_id", "reason", "detail")


def _failure(stage: Stage, source: Source, error: Exception) -> Failure:
    reason = getattr(error, "reason", None)
    return Failure(
        stage=stage.name,
        source_id=source.source_id,
        reason=reason if isinstance(reason, str) else type(error).__name__,
        detail=f"{stage.backend.name}: {str(error)[:500]}",
    )

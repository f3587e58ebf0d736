"""Stages of a profile over videos, from outside: their tables, their failures, what they cost.

profile, videos, names of stages --> the stages and what they read --> tables by source
"""

import multiprocessing
import resource
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from speakervid5m.processing import (
    RunReport,
    Source,
    Stage,
    StageStore,
    Tables,
    run_stages,
    weights_folder,
)
from speakervid5m.processing.curation import find_own_sources, profile_of

_NOT_COMPARED = frozenset({"transcripts", "pose", "quality", "captions", "annotated"})
"""Stages that some profiles leave out, and those that read them: they count in no cost."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """Which models measure."""

    profile: str
    """Name of a profile."""
    backends: tuple[tuple[str, str], ...] = ()
    """Stage, and another backend than the profile's own."""

    def stages(self) -> tuple[Stage, ...]:
        """All stages, in order."""
        return profile_of(self.profile, dict(self.backends)).stages(weights_folder())


@dataclass(frozen=True, kw_only=True, slots=True)
class Measured:
    """What stages made of videos."""

    tables: Mapping[str, Mapping[str, Tables]]
    """File name --> stage --> its tables; a stage without a result is missing."""
    failures: Mapping[str, tuple[str, str]]
    """File name --> the stage that has no result, and why."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Cost:
    """What the stages of a profile cost, in a process of their own."""

    cpu_seconds: float
    """All threads, models loaded, imports included."""
    memory_bytes: int
    """Most resident memory."""
    stages: tuple[str, ...]
    """Which."""


def measured(choice: Choice, videos: Sequence[Path], work: Path, last: str) -> Measured:
    """Runs a stage and all that it reads, over videos.

    Args:
        choice: of models.
        videos: files of different names.
        work: where results stand; none is computed twice.
        last: the stage.
    """
    stages = choice.stages()
    sources = _sources(videos, work)
    store = StageStore(work / "stages")
    report = run_stages(stages, sources, store, chosen=_needed(stages, last))
    return results_of(report, sources, store)


def results_of(report: RunReport, sources: Sequence[Source], store: StageStore) -> Measured:
    """The tables and failures of a run, by file name."""
    tables: dict[str, dict[str, Tables]] = {}
    for source in sources:
        keys = report.keys[source.source_id]
        results = {stage: store.find(stage, key) for stage, key in keys.items()}
        tables[source.name] = {
            stage: result.tables() for stage, result in results.items() if result is not None
        }
    names = {source.source_id: source.name for source in sources}
    failures = {
        names[failure.source_id]: (failure.stage, failure.reason) for failure in report.failures
    }
    return Measured(tables=tables, failures=failures)


def cost_of(choice: Choice, videos: Sequence[Path], work: Path) -> Cost:
    """Runs all stages that every profile has, in a process of their own.

    Raises:
        RuntimeError: that process ended without an answer.
    """
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        return pool.submit(_cost, choice, tuple(videos), work).result()


def _cost(choice: Choice, videos: Sequence[Path], work: Path) -> Cost:
    began = time.process_time()
    stages = choice.stages()
    compared = [stage.name for stage in stages if stage.name not in _NOT_COMPARED]
    run_stages(stages, _sources(videos, work), StageStore(work / "stages"), chosen=compared)
    return Cost(
        cpu_seconds=time.process_time() - began,
        memory_bytes=_most_memory(),
        stages=tuple(compared),
    )


def _most_memory() -> int:
    """Bytes that were resident at most; the parent's are not this process's."""
    status = Path("/proc/self/status")
    if status.exists():
        (line,) = (row for row in status.read_text().splitlines() if row.startswith("VmHWM"))
        return int(line.split()[1]) << 10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _sources(videos: Sequence[Path], work: Path) -> tuple[Source, ...]:
    work.mkdir(parents=True, exist_ok=True)
    return find_own_sources(videos, work / "digests.json").sources


def _needed(stages: Sequence[Stage], last: str) -> list[str]:
    """A stage and those that it reads, in order.

    Raises:
        ValueError: the profile has no such stage.
    """
    by_name = {stage.name: stage for stage in stages}
    if last not in by_name:
        raise ValueError(f"no stage {last!r}; there are {', '.join(by_name)}")
    wanted, rest = {last}, [last]
    while rest:
        fresh = set(by_name[rest.pop()].reads) - wanted
        wanted |= fresh
        rest += fresh
    return [name for name in by_name if name in wanted]

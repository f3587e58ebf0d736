"""Stages and sources in, results in the store and a report out: one stage after another.

    stages x sources -> pending units -> engine -> outcomes -> counts, failures, keys of results

A unit whose result is in the store never runs again. A failed unit is stored with its error and
does not stop the others; the units that read its result are blocked, and counted as such. Half
written results of killed runs are removed.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from ...records import Listener, Progress, Working, silent
from .engine import Engine, Waiting
from .inline import Inline
from .stop import Stop
from .units.report import Failure, RunReport, StageCounts
from .units.stage import Source, Stage
from .units.store import StageStore
from .units.unit import NO_SPACE, Outcome, Unit

_FACTS = ("stage", "source_id", "reason", "detail")


class NoSpace(OSError):
    """A disk is full, so no further result could be stored."""

    def __init__(self, failure: Failure, folder: Path) -> None:
        super().__init__(
            f"no space is left on the disk of {str(folder)!r} ({failure.source_id} in "
            f"{failure.stage}: {failure.detail}): make room, for temporary files too (TMPDIR), "
            "and run the same command again; finished work is kept, no release was written"
        )


def run_stages(
    stages: Sequence[Stage],
    sources: Sequence[Source],
    store: StageStore,
    *,
    engine: Engine | None = None,
    stop: Stop | None = None,
    chosen: Sequence[str] | None = None,
    limit: int | None = None,
    dry_run: bool = False,
    retry_failed: bool = False,
    progress: Listener = silent,
) -> RunReport:
    """Runs the pending units of every stage, in the order of the stages.

    Args:
        stages: each after the stages that it reads.
        sources: the videos.
        store: where results are written.
        engine: where stages run; this process if left out. It is not closed.
        stop: when to stop; never, if left out.
        chosen: names of the stages that may run; of the others, only stored results are used.
        limit: starts at most this many sources.
        dry_run: only counts what is done and pending.
        retry_failed: run failed units again.
        progress: called for every unit.

    Raises:
        ValueError: a stage reads a stage that does not come before it, or a name is unknown.
        NoSpace: a disk is full.
    """
    _check_order(stages, chosen)
    run, stop, engine = _Run(store, sources, retry_failed), stop or Stop(), engine or Inline()
    if not dry_run:
        store.sweep()
    for stage, units in run.schedule(stages, () if dry_run else chosen, limit):
        left = len(units)
        stage_progress = _StageProgress(stage, run, len(units), progress, stop)
        if stop.asked is None:
            for event in engine.run(stage, units, store, stop):
                if isinstance(event, Outcome):
                    left -= 1
                    run.take(stage, event)
                stage_progress(event)
        run.counts(stage).num_pending += left
        run.report.stopped = run.report.stopped or stop.asked
        stage_progress.end()
    if not dry_run:
        # Again: a process that had just been killed may have held its unit when this run began.
        store.sweep()
    order = {name: number for number, name in enumerate(run.report.counts)}
    run.report.failures.sort(key=lambda failure: (order[failure.stage], failure.source_id))
    return run.report


def due_sources(
    stages: Sequence[Stage],
    status: RunReport,
    sources: Sequence[Source],
    store: StageStore,
    *,
    chosen: Sequence[str],
    limit: int | None = None,
    retry_failed: bool = False,
) -> dict[str, list[Source]]:
    """What `run_stages` would run if nothing failed: by chosen stage, the sources of its units.

    Takes what `run_stages` takes: stages of a source, and as `status` the report of its dry run.
    """
    failed = () if retry_failed else status.failures
    refused = frozenset((failure.stage, failure.source_id) for failure in failed)
    run = _Forecast(store, sources, retry_failed, keys=status.keys, refused=refused)
    due = {}
    for stage, units in run.schedule(stages, chosen, limit):
        due[stage.name] = [source for unit in units for source in unit.sources]
        for unit in units:
            run.finish(stage, unit)
    return due


def _check_order(stages: Sequence[Stage], chosen: Sequence[str] | None) -> None:
    earlier: dict[str, Stage] = {}
    for stage in stages:
        if missing := [name for name in stage.reads if name not in earlier]:
            raise ValueError(f"stage {stage.name} reads {missing[0]}, which is not before it")
        if stage.name in earlier:
            raise ValueError(f"two stages are called {stage.name}")
        earlier[stage.name] = stage
    if unknown := [name for name in chosen or () if name not in earlier]:
        raise ValueError(f"no stage {unknown[0]!r}; there are {', '.join(earlier)}")


@dataclass(slots=True)
class _Run:
    """The state of a run: what is done, failed and pending so far."""

    store: StageStore
    sources: Sequence[Source]
    retry_failed: bool
    report: RunReport = field(default_factory=RunReport)
    failed: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.sources = sorted(self.sources, key=lambda source: source.source_id)
        self.report.keys = {source.source_id: {} for source in self.sources}

    def schedule(
        self, stages: Sequence[Stage], chosen: Sequence[str] | None, limit: int | None
    ) -> Iterator[tuple[Stage, list[Unit]]]:
        """Each chosen stage with its pending units; they run before the next stage is asked for."""
        begun: set[str] = set()
        for stage in stages:
            units = self.pending(stage)
            if chosen is not None and stage.name not in chosen:
                self.counts(stage).num_pending += len(units)
                continue
            if limit is not None and stage.kind != "global":
                fresh = [unit for unit in units if unit.name not in begun]
                begun |= {unit.name for unit in fresh[: max(0, limit - len(begun))]}
                self.counts(stage).num_pending += sum(unit.name not in begun for unit in units)
                units = [unit for unit in units if unit.name in begun]
            yield stage, units

    def counts(self, stage: Stage) -> StageCounts:
        return self.report.counts.setdefault(stage.name, StageCounts())

    def pending(self, stage: Stage) -> list[Unit]:
        """Units without a result; counts those that are done, failed or blocked."""
        units = [self._global_unit(stage)] if stage.kind == "global" else self._units(stage)
        return [unit for unit in units if unit is not None and self._is_pending(stage, unit)]

    def take(self, stage: Stage, outcome: Outcome) -> None:
        """Counts the outcome of a unit."""
        counts = self.counts(stage)
        counts.seconds += outcome.seconds
        counts.engine_seconds += outcome.engine_seconds
        if outcome.failure is not None:
            if outcome.failure.reason == NO_SPACE:
                raise NoSpace(outcome.failure, self.store.folder)
            self._fail(counts, outcome.failure)
            return
        counts.num_done += outcome.status == "done"
        counts.num_done_before += outcome.status == "done_before"
        self.finish(stage, outcome.unit)

    def _units(self, stage: Stage) -> list[Unit | None]:
        return [self._unit(stage, source) for source in self.sources]

    def _unit(self, stage: Stage, source: Source) -> Unit | None:
        inputs = self._inputs(stage, source)
        if inputs is None:
            counts = self.counts(stage)
            if source.source_id in self.failed:
                counts.num_blocked += 1
            else:
                counts.num_pending += 1
            return None
        key = self.store.key(stage, source, list(inputs.values()))
        return Unit(key=key, sources=(source,), inputs=(inputs,))

    def _global_unit(self, stage: Stage) -> Unit | None:
        every = [(source, self._inputs(stage, source)) for source in self.sources]
        ready = [(source, inputs) for source, inputs in every if inputs is not None]
        if not ready:
            return None
        key = self.store.global_key(
            stage, [(source, list(inputs.values())) for source, inputs in ready]
        )
        return Unit(
            key=key,
            sources=tuple(source for source, _ in ready),
            inputs=tuple(inputs for _, inputs in ready),
            is_global=True,
        )

    def _inputs(self, stage: Stage, source: Source) -> Mapping[str, str] | None:
        known = self.report.global_keys | self.report.keys[source.source_id]
        if any(name not in known for name in stage.reads):
            return None
        return {name: known[name] for name in stage.reads}

    def _is_pending(self, stage: Stage, unit: Unit) -> bool:
        counts = self.counts(stage)
        if self.store.find(stage.name, unit.key) is not None:
            counts.num_done_before += 1
            self.finish(stage, unit)
            return False
        known = None if self.retry_failed else self.store.failure(stage.name, unit.key)
        if known is not None:
            self._fail(counts, Failure(**{name: known[name] for name in _FACTS}))
            return False
        return True

    def finish(self, stage: Stage, unit: Unit) -> None:
        """Notes the result of a unit."""
        if unit.is_global:
            self.report.global_keys[stage.name] = unit.key
        else:
            self.report.keys[unit.name][stage.name] = unit.key

    def _fail(self, counts: StageCounts, failure: Failure) -> None:
        counts.num_failed += 1
        self.failed.add(failure.source_id)
        self.report.failures.append(failure)


@dataclass(slots=True)
class _Forecast(_Run):
    """A run that asks the report of a dry run what is done, instead of the store."""

    keys: Mapping[str, Mapping[str, str]] = field(kw_only=True)
    refused: frozenset[tuple[str, str]] = field(kw_only=True)

    def _is_pending(self, stage: Stage, unit: Unit) -> bool:
        if stage.name in self.keys[unit.name]:
            self.finish(stage, unit)
            return False
        if (stage.name, unit.name) in self.refused:
            self.failed.add(unit.name)
            return False
        return True


class _StageProgress:
    """Reports the progress of one stage."""

    def __init__(
        self, stage: Stage, run: _Run, num_units: int, progress: Listener, stop: Stop
    ) -> None:
        self._stage, self._counts, self._progress = stage, run.counts(stage), progress
        self._stop = stop
        self._workers: list[Working] = []
        self._running: tuple[Unit | None, ...] = ()
        self._done_before = self._counts.num_done_before
        known = self._done_before + self._counts.num_failed
        self._failed_before = self._counts.num_failed
        self._total = known + num_units
        self._seconds, self._name = 0.0, ""
        self._reported = False

    def __call__(self, event: Outcome | Waiting) -> None:
        if isinstance(event, Waiting):
            self._name = event.unit
            self._follow(event.running)
            self._report("" if event.waits_for == "stage" else event.waits_for)
            return
        if event.status == "done":
            self._seconds += event.unit.duration_seconds or 0.0
        self._name = event.unit.name
        self._finish(event)
        self._report("")

    def _follow(self, running: tuple[Unit | None, ...]) -> None:
        """Notes which worker process has which unit."""
        if not running:
            return
        self._workers += [Working()] * (len(running) - len(self._workers))
        for number, unit in enumerate(running):
            name, seconds = ("", 0.0) if unit is None else (_title(unit), unit.duration_seconds)
            self._workers[number] = replace(
                self._workers[number], unit=name, unit_seconds=seconds or 0.0
            )
        self._running = running

    def _finish(self, outcome: Outcome) -> None:
        """Counts a unit for the worker process that ran it."""
        for number, unit in enumerate(self._running):
            if unit is not None and unit.key == outcome.unit.key:
                worker = self._workers[number]
                seconds = unit.duration_seconds or 0.0 if outcome.status == "done" else 0.0
                self._workers[number] = Working(
                    done=worker.done + 1, media_seconds=worker.media_seconds + seconds
                )

    def end(self) -> None:
        """Reports the counts of the stage, if none were reported yet."""
        if not self._reported and self._total:
            self._report("")

    def _report(self, waits_for: str) -> None:
        self._reported = True
        counts = self._counts
        self._progress(
            Progress(
                stage=self._stage.name,
                done=counts.num_done + counts.num_done_before + counts.num_failed,
                total=self._total,
                unit="sources" if self._stage.kind != "global" else "tables",
                detail=self._name,
                done_before=self._done_before + self._failed_before,
                num_failed=counts.num_failed,
                media_seconds=self._seconds,
                waits_for=waits_for,
                workers=tuple(self._workers),
                stopping=self._stop.words,
            )
        )


def _title(unit: Unit) -> str:
    """The name of a video as its owner knows it."""
    return unit.name if unit.is_global else unit.sources[0].name or unit.name

"""One unit of a loaded stage in, its outcome out: claim, read, run, check, write.

The same code runs in this process, in a worker process and in a Ray actor. When it returns, its
result or its failure is in the store.
"""

import errno
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import Literal, cast

from .report import ALL_SOURCES, Failure
from .results import checked
from .stage import GlobalRun, Run, Source, Stage, Tables
from .store import StageStore

Status = Literal["done", "done_before", "failed", "busy"]

FULL = frozenset((errno.ENOSPC, errno.EDQUOT))
"""Errors of a full disk, or of a user's full quota (POSIX)."""
_OF_MACHINE = FULL | {
    errno.EIO, errno.ESTALE, errno.EMFILE, errno.ENFILE, errno.ENOENT
}  # fmt: skip
"""Errors of the machine and not of a unit (ours): a disk that is full, gone or broken, a missing
file, too many open files."""
NO_SPACE = "no_space"
"""Reason of a failure that every other unit will meet too."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Unit:
    """What a stage runs at once: a source, or all of them."""

    key: str
    """Names the result."""
    sources: tuple[Source, ...]
    """One, or all finished ones, by id."""
    inputs: tuple[Mapping[str, str], ...]
    """For each source the keys of the parts that it reads, by stage."""
    is_global: bool = False
    """Whether the stage takes all sources together."""

    @property
    def name(self) -> str:
        """Its source, or `all sources`."""
        return ALL_SOURCES if self.is_global else self.sources[0].source_id

    @property
    def duration_seconds(self) -> float | None:
        """Of the video; None where unknown."""
        lengths = [source.duration_seconds for source in self.sources]
        return sum(length or 0.0 for length in lengths) if self.is_global else lengths[0]


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """The outcome of a unit."""

    unit: Unit
    """The unit."""
    status: Status
    """`busy`: another process holds it."""
    failure: Failure | None = None
    """Why it failed."""
    seconds: float = 0.0
    """Time inside the stage."""
    engine_seconds: float = 0.0
    """Time around it."""


class UnitRunner:
    """A loaded stage."""

    def __init__(self, stage: Stage, device: str) -> None:
        self._stage = stage
        self._ahead: tuple[str, Future[Mapping[str, Tables]]] | None = None
        self._reader = ThreadPoolExecutor(1, thread_name_prefix="read-ahead")
        self._run = stage.load(device)

    def run(self, store: StageStore, unit: Unit, following: Unit | None = None) -> Outcome:
        """Runs a unit, unless its result is in the store or another process runs it.

        Args:
            store: of the results.
            unit: what to run.
            following: the next unit, whose inputs a thread reads meanwhile.
        """
        try:
            with store.claim(unit.key) as ours:
                if not ours:
                    return Outcome(unit=unit, status="busy")
                if store.find(self._stage.name, unit.key) is not None:
                    return Outcome(unit=unit, status="done_before")
                return self._claimed(store, unit, following)
        except OSError as error:
            # From the lock, the journal, or the file of a failure.
            if not is_of_machine(error):
                raise
            failure = failure_of(self._stage, unit, error)
            return Outcome(unit=unit, status="failed", failure=failure)

    def close(self) -> None:
        """Ends the thread that reads ahead, and frees the stage."""
        self._reader.shutdown(cancel_futures=True)
        del self._run

    def _claimed(self, store: StageStore, unit: Unit, following: Unit | None) -> Outcome:
        began, seconds = time.perf_counter(), 0.0
        facts = {
            "stage": self._stage.name,
            "backend": self._stage.backend.name,
            "unit": unit.name,
            "key": unit.key,
        }
        store.note(event="began", **facts)
        try:
            inputs = None if unit.is_global else self._inputs(store, unit)
            self._read_ahead(store, following)
            start = time.perf_counter()
            try:
                tables = self._result(store, unit, inputs)
            finally:
                seconds = time.perf_counter() - start
            part = store.write(self._stage.name, unit.key, checked(self._stage, tables))
        except Exception as error:
            failure = failure_of(self._stage, unit, error)
            keep_failure(store, self._stage, unit, failure, error)
            return Outcome(
                unit=unit,
                status="failed",
                failure=failure,
                seconds=seconds,
                engine_seconds=time.perf_counter() - began - seconds,
            )
        store.note(
            event="done",
            seconds=round(seconds, 3),
            num_bytes=part.num_bytes,
            media_seconds=unit.duration_seconds,
            **facts,
        )
        return Outcome(
            unit=unit,
            status="done",
            seconds=seconds,
            engine_seconds=time.perf_counter() - began - seconds,
        )

    def _result(self, store: StageStore, unit: Unit, inputs: Mapping[str, Tables] | None) -> object:
        if inputs is None:
            return cast(GlobalRun, self._run)(_all_inputs(store, unit))
        return cast(Run, self._run)(unit.sources[0], inputs)

    def _inputs(self, store: StageStore, unit: Unit) -> Mapping[str, Tables]:
        if self._ahead is not None and self._ahead[0] == unit.key:
            return self._ahead[1].result()
        return _read(store, unit.inputs[0])

    def _read_ahead(self, store: StageStore, following: Unit | None) -> None:
        self._ahead = None
        if following is not None and not following.is_global and following.inputs[0]:
            future = self._reader.submit(_read, store, following.inputs[0])
            self._ahead = (following.key, future)


def _all_inputs(store: StageStore, unit: Unit) -> Iterator[tuple[Source, Mapping[str, Tables]]]:
    for source, keys in zip(unit.sources, unit.inputs, strict=True):
        yield source, _read(store, keys)


def failure_of(stage: Stage, unit: Unit, error: Exception) -> Failure:
    """The failure of a unit by this error."""
    return Failure(
        stage=stage.name,
        source_id=unit.name,
        reason=_reason(error),
        detail=f"{stage.backend.name}: {str(error)[:500]}",
    )


class PartGone(FileNotFoundError):
    """The input of a unit was removed: not an error of the unit, so it is not stored."""

    reason = "part_gone"

    def __init__(self, detail: str) -> None:
        super().__init__(errno.ENOENT, detail)

    def __str__(self) -> str:
        return str(self.strerror)


class UnitLost(RuntimeError):
    """The process of a unit hung or died, so it could not report the outcome itself."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


class LoadFailed(RuntimeError):
    """A stage could not be loaded: all of its pending units fail with this error."""

    def __init__(self, reason: str, detail: str, of_machine: bool = False) -> None:
        super().__init__(reason, detail, of_machine)
        self.reason, self.detail, self.of_machine = reason, detail, of_machine

    def __str__(self) -> str:
        return self.detail


def load_failure(error: Exception) -> LoadFailed:
    """The same error, as an error of loading."""
    detail = f"could not be loaded: {str(error)[:400]}"
    return LoadFailed(_reason(error), detail, is_of_machine(error))


def is_of_machine(error: BaseException | None) -> bool:
    """Whether an error comes from the machine and not from the unit: it may pass."""
    if isinstance(error, LoadFailed):
        return error.of_machine
    return _number(error, _OF_MACHINE) is not None


def keep_failure(
    store: StageStore, stage: Stage, unit: Unit, failure: Failure, error: Exception
) -> None:
    """Writes a failure to the journal, and to the store unless the error may pass."""
    if not is_of_machine(error):
        store.fail(stage.name, unit.key, asdict(failure))
    store.note(event="failed", key=unit.key, **asdict(failure))


def _reason(error: Exception) -> str:
    if _number(error, FULL) is not None:
        return NO_SPACE
    reason = getattr(error, "reason", None)
    return reason if isinstance(reason, str) else type(error).__name__


def _number(error: BaseException | None, among: frozenset[int]) -> int | None:
    """The system's number of an error, or of one of its causes."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in among:
            return error.errno
        error = error.__cause__
    return None


def _read(store: StageStore, keys: Mapping[str, str]) -> Mapping[str, Tables]:
    inputs = {}
    for name, key in keys.items():
        part = store.find(name, key)
        if part is None:
            raise PartGone(
                f"the result of {name} was removed from the store while it was needed; run again"
            )
        inputs[name] = part.tables()
    return inputs

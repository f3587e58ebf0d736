"""A worker process that runs units and can be killed: a hang or crash loses only its own unit.

this process  -- stage, unit, next unit -->  worker: load once, claim, read, run, write
              <-- Outcome, or why the stage could not be loaded --
"""

import multiprocessing
import os
import signal
import threading
import time
import weakref
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import TypeVar

from .stop import SIGNALS
from .units.stage import Stage
from .units.store import StageStore
from .units.unit import LoadFailed, Outcome, Unit, UnitLost, UnitRunner, load_failure

_START_SECONDS = 300.0
"""A process that does not report within this time never will (ours: importing torch from a busy
network file system takes up to a minute)."""
_LOAD_SECONDS = 3600.0
"""A stage that is not loaded within this time never will be (ours: tens of gigabytes of weights
from a network file system)."""
Lost = TypeVar("Lost", LoadFailed, UnitLost)


@dataclass(frozen=True, slots=True)
class _Job:
    """What a worker is to do next."""

    stage: Stage | None
    """Loaded first; None: the loaded stage runs."""
    folder: Path
    """Of the store."""
    unit: Unit
    following: Unit | None
    """The next unit, whose inputs can be read ahead."""


class Worker:
    """One process, one unit at a time; if it dies or hangs, another takes its place."""

    def __init__(self, device: str) -> None:
        self._device = device
        self.unit: Unit | None = None
        """The unit that it runs."""
        self.deadline = float("inf")
        """Monotonic time from which on the unit counts as hanging."""
        self._start()

    def _start(self) -> None:
        # Spawned, not forked: FFmpeg, Arrow and CUDA hold threads that a fork would leave behind.
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, self._device))
        self._process.start()
        theirs.close()
        # Without this, an interpreter whose caller forgot `end` would wait for it at exit.
        weakref.finalize(self, self._process.kill)
        self._loaded: Stage | None = None
        self._limit_seconds = 0.0
        self._loads = self._ready = False

    def give(
        self, stage: Stage, store: StageStore, unit: Unit, following: Unit | None = None
    ) -> None:
        """Sends it a unit, and the stage if another one is loaded.

        Raises:
            RuntimeError: no process could be started.
        """
        self._wait_until_ready()
        job = _Job(
            None if self._loaded is stage else stage, store.folder.resolve(), unit, following
        )
        self.unit, self._loaded = unit, stage
        self._limit_seconds = stage.resources.limit_seconds(unit.duration_seconds)
        self._loads = job.stage is not None
        limit = _LOAD_SECONDS if self._loads else self._limit_seconds
        self.deadline = time.monotonic() + limit
        # If it has died since, `take` says so.
        with suppress(BrokenPipeError, ConnectionResetError):
            self.connection.send(job)

    def take(self) -> Outcome | LoadFailed | UnitLost | None:
        """The outcome of its unit, or how it was lost; None means that it is still running."""
        answer: Outcome | LoadFailed | UnitLost | None = None
        if self.connection.poll():
            try:
                answer = self.connection.recv()
            except (EOFError, OSError):
                self._process.join()
                answer = self._lost(UnitLost("crashed", death(self._process.exitcode)))
        elif time.monotonic() < self.deadline:
            return None
        elif self._loads:
            why = f"could not be loaded within {_LOAD_SECONDS:g} s"
            answer = self._lost(LoadFailed("timed_out", why))
        else:
            why = f"took longer than {self._limit_seconds:g} s"
            answer = self._lost(UnitLost("timed_out", why))
        self._loads = False
        if answer is None:
            # The stage is loaded.
            self.deadline = time.monotonic() + self._limit_seconds
            return None
        if isinstance(answer, LoadFailed):
            self._loaded = None
        self.unit, self.deadline = None, float("inf")
        return answer

    def end(self) -> None:
        """Ends the process, whatever it is doing."""
        if self._ready and self.unit is None:
            with suppress(BrokenPipeError, ConnectionResetError):
                self.connection.send(None)
                self._process.join(1.0)
        self._process.kill()
        self._process.join()
        self.connection.close()

    def _lost(self, why: Lost) -> Lost:
        self.end()
        self._start()
        return why

    def _wait_until_ready(self) -> None:
        if self._ready:
            return
        with suppress(EOFError, ConnectionResetError):
            if self.connection.poll(_START_SECONDS):
                self.connection.recv()
                self._ready = True
        if not self._ready:
            self._process.kill()
            raise RuntimeError(
                "a process for stages could not be started. In a script of your own, call this "
                'under `if __name__ == "__main__":`, since the script is imported again there'
            )


def wait_for(workers: Sequence[Worker], most_seconds: float) -> None:
    """Waits for the first answer or deadline."""
    now = time.monotonic()
    soonest = min((worker.deadline for worker in workers), default=now)
    wait([worker.connection for worker in workers], max(0.0, min(most_seconds, soonest - now)))


def _serve(connection: Connection, device: str) -> None:
    """Runs in the worker process: loads stages, runs units and sends back their outcomes."""
    follow_parent()
    connection.send("ready")
    runner: UnitRunner | None = None
    while True:
        try:
            job: _Job | None = connection.recv()
        except EOFError:
            return
        if job is None:
            return
        if job.stage is not None:
            if runner is not None:
                runner.close()
            runner = None
            try:
                runner = UnitRunner(job.stage, device)
            except Exception as error:
                connection.send(load_failure(error))
                continue
            connection.send(None)
        if runner is None:
            connection.send(LoadFailed("not_loaded", "its stage was not loaded before"))
            continue
        connection.send(runner.run(StageStore(job.folder), job.unit, job.following))


def follow_parent() -> None:
    """Ignores the signals that end a run, and ends this process when its parent ends.

    A terminal or a cluster signals all processes of a job, but the parent decides when they end.
    Processes started in `signals_held` still have these signals blocked.
    """
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """Ends a worker whose parent was killed: another run may start the same unit."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


def death(exit_code: int | None) -> str:
    """How a process ended, in words."""
    if exit_code is not None and exit_code < 0:
        name = signal.Signals(-exit_code).name
        why = ", most likely by the system for lack of memory" if name == "SIGKILL" else ""
        return f"its process was ended by {name}{why}"
    return f"its process ended with status {exit_code}"

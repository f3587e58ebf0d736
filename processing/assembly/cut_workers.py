"""Worker processes that cut: if one of them dies, only the source that it was cutting is lost.

jobs --one each--> Cutter: cut(job) --> its result, or how the process ended
"""

import multiprocessing
import weakref
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import Generic, TypeVar

from ...records import portable
from ..engines import Stop, death, follow_parent, signals_held

_TICK_SECONDS = 1.0
J = TypeVar("J")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Crash:
    """The unexpected end of a process."""

    how: str
    """By which signal, or with which status, in words."""


class _Cutter(Generic[J, R]):
    """One process, one job at a time."""

    def __init__(self, cut: Callable[[J], R]) -> None:
        # Spawned, not forked: FFmpeg and Arrow hold threads that a fork would leave behind.
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, cut))
        with signals_held():
            self._process.start()
        theirs.close()
        # Without this, an interpreter whose caller forgot `end` would wait for it at exit.
        weakref.finalize(self, self._process.kill)
        self.job: J | None = None
        """The job that it is cutting."""

    def give(self, job: J) -> None:
        """Sends it a job."""
        self.job = job
        # If it has died since, `take` says so.
        with suppress(BrokenPipeError, ConnectionResetError):
            self.connection.send(job)

    def take(self) -> R | Crash:
        """Receives the result of its job; raises what the job raised."""
        try:
            result, error = self.connection.recv()
        except (EOFError, ConnectionResetError):
            self._process.join()
            return Crash(death(self._process.exitcode))
        if error is not None:
            raise error
        self.job = None
        answer: R = result
        return answer

    def end(self, *, at_once: bool = False) -> None:
        """Ends it: after its current job, or at once."""
        self.connection.close()
        try:
            if at_once:
                self._process.kill()
            self._process.join()
        finally:
            self._process.kill()


@dataclass(frozen=True, slots=True)
class Cutting(Generic[J]):
    """A sign of life, about once a second and whenever a job begins."""

    jobs: tuple[J | None, ...]
    """What each process cuts, always in the same order."""


def cut_in_processes(
    jobs: Sequence[J], cut: Callable[[J], R], num_processes: int, stop: Stop
) -> Iterator[tuple[J, R | Crash] | Cutting[J]]:
    """Cuts in several processes, and yields every job that is done, or whose process died.

    Signs of life come in between.

    Args:
        jobs: one source each.
        cut: what a process does with a job; pickled by its name.
        num_processes: at most this many at once.
        stop: when to stop; jobs in progress are still finished, unless a second Ctrl-C ends them.
    """
    waiting = deque(jobs)
    cutters: list[_Cutter[J, R]] = []
    try:
        while True:
            began = False
            while waiting and stop.asked is None:
                idle = next((cutter for cutter in cutters if cutter.job is None), None)
                if idle is None:
                    if len(cutters) == num_processes:
                        break
                    cutters.append(idle := _Cutter(cut))
                idle.give(waiting.popleft())
                began = True
            active = [cutter for cutter in cutters if cutter.job is not None]
            if not active:
                return
            if began:
                yield Cutting(tuple(cutter.job for cutter in cutters))
            ready = wait([cutter.connection for cutter in active], _TICK_SECONDS)
            if not ready:
                yield Cutting(tuple(cutter.job for cutter in cutters))
            for cutter in active:
                job = cutter.job
                if cutter.connection not in ready or job is None:
                    continue
                answer = cutter.take()
                if isinstance(answer, Crash):
                    cutter.end()
                    cutters.remove(cutter)
                yield job, answer
    finally:
        # If jobs are still running after a first Ctrl-C, this is the second, or an error.
        at_once = stop.asked == "interrupted"
        for cutter in cutters:
            cutter.end(at_once=at_once)


def _serve(connection: Connection, cut: Callable[[J], R]) -> None:
    """Runs in the worker process: takes jobs and sends back their results."""
    follow_parent()
    while True:
        try:
            job: J = connection.recv()
        except EOFError:
            return
        try:
            answer: tuple[R | None, BaseException | None] = (cut(job), None)
        except Exception as error:
            answer = (None, portable(error))
        # An interrupted parent no longer listens.
        with suppress(BrokenPipeError):
            connection.send(answer)

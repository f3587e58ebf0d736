"""A loader's batches from a worker process, whose threads decode without the trainer's GIL.

    batch sampler, epoch, starts --pipe--> worker process --slots of shared memory--> batches

The process starts with the first batch (it imports PyTorch, which takes some seconds) and serves
all epochs. It is a new interpreter, not a fork: CUDA and threads of the trainer do not matter, and
a script needs no `if __name__ == "__main__"`.
"""

import os
import pickle
import signal
import socket
import subprocess
import sys
import weakref
from collections import deque
from collections.abc import Callable, Generator, Sequence
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import Any

from ..batches.branch_batches import Batch
from ..pipeline.batch_maker import BatchMaker
from ..sampling.batch_sampler import BatchSampler
from ..specs.errors import WorkerDied
from .shared_memory import MappedSlot, unpack

_POLL_SECONDS = 1.0
_PROGRAM = """import sys
sys.path[:] = {path!r}
from speakervid5m.loaders.worker.process_main import main
main({connection}, {files}, {parent})
"""


class DecodeProcess:
    """A `BatchSource` whose batches a worker process makes."""

    def __init__(self, maker: BatchMaker) -> None:
        if not hasattr(socket, "send_fds"):
            raise ValueError(
                f"process=True needs Unix sockets that pass descriptors; {sys.platform} has none. "
                "Use process=False"
            )
        self._maker = maker
        self._worker: _Worker | None = None
        self._turn = 0

    def __getstate__(self) -> dict[str, Any]:
        return {"_maker": self._maker, "_worker": None, "_turn": 0}

    def run(self, sampler: BatchSampler, epoch: int, starts: Sequence[int]) -> Generator[Batch]:
        """See `BatchSource`.

        Raises:
            WorkerDied: the process ended; the next run starts another.
            SampleError: see `BatchMaker.run`.
        """
        if self._worker is not None and self._worker.owner != os.getpid():
            # This is a fork of the trainer: the process belongs to the other.
            self._worker = None
        worker = self._worker = self._worker or _Worker(self._maker)
        self._turn += 1
        turn, left = self._turn, False
        try:
            worker.send("run", turn, (sampler, epoch, starts))
            for _ in starts:
                yield worker.batch(turn)
        except GeneratorExit:
            left = True
            raise
        except _ReportedError as reported:
            raise reported.error from None
        except BaseException:
            # Half a message may have been read, or the process has ended: the next run starts
            # another.
            self.close()
            raise
        finally:
            if left:
                self._leave(worker, turn)

    def _leave(self, worker: "_Worker", turn: int) -> None:
        if turn != self._turn or worker is not self._worker or worker.owner != os.getpid():
            # Another run or another process has started.
            return
        self._turn += 1
        try:
            worker.send("stop", self._turn, None)
        except WorkerDied:
            self.close()

    def close(self) -> None:
        """See `BatchSource`."""
        if self._worker is not None:
            self._worker.end()
            self._worker = None


class _ReportedError(Exception):
    """An error that the worker process reported; the process waits for the next run."""

    def __init__(self, error: Exception) -> None:
        super().__init__(error)
        self.error = error


class _Worker:
    """One process, its connection and its slots."""

    def __init__(self, maker: BatchMaker) -> None:
        self.owner = os.getpid()
        """The process that started it."""
        self._slots: list[MappedSlot] = []
        self._ended: deque[tuple[int, Any]] = deque()
        self._link, there = Pipe()
        self._files, files_there = socket.socketpair()
        program = _PROGRAM.format(
            path=sys.path,
            connection=there.fileno(),
            files=files_there.fileno(),
            parent=self.owner,
        )
        process = subprocess.Popen(
            [sys.executable, "-c", program],
            stdin=subprocess.DEVNULL,
            pass_fds=(there.fileno(), files_there.fileno()),
            # Ctrl-C is for the trainer alone.
            process_group=0,
        )
        there.close()
        files_there.close()
        self._process = process
        self.end = weakref.finalize(
            self, _end, process, self._link, self._files, self._slots, self.owner
        )
        """Ends the process; also called when this object is collected or the trainer ends."""
        self._guarded(lambda: self._link.send_bytes(pickle.dumps(maker)))

    def send(self, kind: str, turn: int, value: Any) -> None:
        """Sends the process a message."""
        self._guarded(lambda: self._link.send_bytes(pickle.dumps((kind, turn, value))))

    def batch(self, turn: int) -> Batch:
        """The next batch of a run.

        Raises:
            WorkerDied: the process ended.
        """
        while True:
            kind, of_turn, value = self._guarded(self._received)
            if kind == "error":
                if of_turn == turn:
                    raise _ReportedError(value)
                continue
            number, num_bytes, text = value
            while number >= len(self._slots):
                _, (file, *_), _, _ = socket.recv_fds(self._files, 1, 1)
                self._slots.append(MappedSlot(file))
            if of_turn != turn:
                self._ended.append((number, None))
                continue
            ended = self._ended

            def end(event: Any, number: int = number, ended: deque[Any] = ended) -> None:
                ended.append((number, event))

            # One batch waits here while the trainer works; more are ready in the threads.
            self.send("next", turn, self._free())
            return unpack(text, self._slots[number].lease(num_bytes, end))

    def _free(self) -> list[int]:
        """Numbers of the slots that may be written again."""
        free = []
        for _ in range(len(self._ended)):
            number, event = self._ended.popleft()
            if event is None or event.query():
                free.append(number)
            else:
                self._ended.append((number, event))
        return free

    def _received(self) -> Any:
        while not self._link.poll(_POLL_SECONDS):
            if self._process.poll() is not None:
                raise EOFError
        return pickle.loads(self._link.recv_bytes())

    def _guarded(self, call: Callable[[], Any]) -> Any:
        try:
            return call()
        except (EOFError, ConnectionError, BrokenPipeError):
            pass
        try:
            code = self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            code = None
        raise WorkerDied(self._process.pid, _how_it_ended(code))


def _end(
    process: subprocess.Popen[bytes],
    link: Connection,
    files: socket.socket,
    slots: list[MappedSlot],
    owner: int,
) -> None:
    if owner != os.getpid():
        return
    # Nothing is lost: its memory has no name, and is freed with it.
    process.kill()
    process.wait()
    link.close()
    files.close()
    while slots:
        slots.pop().close()


def _how_it_ended(code: int | None) -> str:
    if code is None:
        return "it closed its connection"
    if code >= 0:
        return f"exit code {code}"
    known = {signal.SIGKILL: ", as the system sends when memory runs out"}
    name = signal.Signals(-code)
    return f"signal {name.name}{known.get(name, '')}"

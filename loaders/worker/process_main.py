"""The worker process of a trainer: it makes batches in slots of shared memory, and says where.

    trainer --run, next, stop--> here          here --batch, error--> trainer

It ends when the trainer does, for any reason: the connection closes, or its parent changes.
"""

import os
import pickle
import socket
import threading
import time
from collections.abc import Generator, Sequence
from contextlib import closing
from multiprocessing.connection import Connection

import torch

from ...records import portable
from ..batches.branch_batches import Batch
from ..batches.tv_tensors import only_note_kinds
from ..decoding.buffers import Memory
from ..pipeline.batch_maker import BatchMaker
from ..sampling.batch_sampler import BatchSampler
from .shared_memory import SharedSlot, pack

_WATCH_SECONDS = 1.0

Run = tuple[int, BatchSampler, int, Sequence[int]]
"""Turn, batch sampler, epoch and starts."""


def main(connection: int, files: int, parent: int) -> None:
    """Serves one trainer.

    Args:
        connection: descriptor of a connection for messages.
        files: descriptor of a socket for the slots' descriptors.
        parent: process id of the trainer.
    """
    threading.Thread(target=_watch, args=(parent,), daemon=True).start()
    # The decoders are threads already.
    torch.set_num_threads(1)
    only_note_kinds()
    link = Connection(connection)
    maker: BatchMaker = pickle.loads(link.recv_bytes())
    server = _BatchServer(link, socket.socket(fileno=files))
    while True:
        server.serve(maker)


def _watch(parent: int) -> None:
    # A connection that a fork of the trainer also holds does not close with the trainer.
    while os.getppid() == parent:
        time.sleep(_WATCH_SECONDS)
    os._exit(1)


class _BatchServer:
    """Answers one trainer's messages; makes batches when it asks for them."""

    def __init__(self, link: Connection, files: socket.socket) -> None:
        self._link, self._files = link, files
        self._changed = threading.Condition()
        self._run: Run | None = None
        self._turn = self._wanted = 0
        self._slots: list[SharedSlot] = []
        self._free: list[SharedSlot] = []
        self._unsent: list[SharedSlot] = []
        threading.Thread(target=self._listen, daemon=True).start()

    def serve(self, maker: BatchMaker) -> None:
        """Makes the batches of the next run, each when the trainer asks for it."""
        with self._changed:
            self._changed.wait_for(lambda: self._run is not None)
            assert self._run
            (turn, sampler, epoch, starts), self._run = self._run, None
        try:
            with closing(maker.run_in(sampler, epoch, starts, self._memory)) as batches:
                self._send(turn, batches)
        except Exception as error:
            self._link.send_bytes(pickle.dumps(("error", turn, portable(error))))
        with self._changed:
            self._free += self._unsent
        self._unsent = []

    def _send(self, turn: int, batches: Generator[tuple[Batch, Memory]]) -> None:
        for batch, memory in batches:
            assert isinstance(memory, SharedSlot)
            with self._changed:
                self._changed.wait_for(lambda: self._turn != turn or self._wanted > 0)
                if self._turn != turn:
                    return
                self._wanted -= 1
            text = pack(batch, memory)
            self._unsent.remove(memory)
            self._link.send_bytes(
                pickle.dumps(("batch", turn, (memory.number, memory.num_bytes, text)))
            )

    def _memory(self) -> Memory:
        with self._changed:
            slot = self._free.pop() if self._free else None
        if slot is None:
            slot = SharedSlot(len(self._slots))
            self._slots.append(slot)
            socket.send_fds(self._files, [b"s"], [slot.file])
        slot.clear()
        self._unsent.append(slot)
        return slot

    def _listen(self) -> None:
        while True:
            try:
                kind, turn, value = pickle.loads(self._link.recv_bytes())
            except (EOFError, OSError):
                os._exit(0)
            with self._changed:
                if kind == "run":
                    self._turn, self._run, self._wanted = turn, (turn, *value), 1
                elif kind == "stop":
                    self._turn = turn
                elif kind == "next":
                    self._free += [self._slots[number] for number in value]
                    self._wanted += turn == self._turn
                self._changed.notify_all()

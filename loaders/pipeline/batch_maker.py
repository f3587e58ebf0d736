"""Batches of an epoch's steps, made in the process that calls: the one place where they are made.

A loader calls it itself, or has it called by a process beside; the batches are the same.
"""

from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Literal, Protocol

from ..batches.branch_batches import Batch, Skipped
from ..decoding.buffers import Memory, OwnMemory
from ..decoding.decode_sample import LoadedSample
from ..sampling.batch_sampler import BatchRows, BatchSampler
from .collate import Collator
from .sample_pipeline import Pipeline

OnError = Literal["raise", "skip"]


class BatchSource(Protocol):
    """Where a loader has its batches from."""

    def run(self, steps: BatchSampler, epoch: int, starts: Sequence[int]) -> Generator[Batch]:
        """One batch for each step; closing it gives up the rest."""
        ...

    def close(self) -> None:
        """Lets go of what it holds between epochs."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class BatchMaker:
    """Makes batches here."""

    pipeline: Pipeline
    """Loads samples."""
    collate: Collator
    """Makes batches of them."""
    on_error: OnError
    """Whether a sample that cannot be used raises, or is skipped."""

    def run(self, steps: BatchSampler, epoch: int, starts: Sequence[int]) -> Generator[Batch]:
        """See `BatchSource`.

        Raises:
            SampleError: media cannot be used, with `on_error="raise"`.
            BatchSizeError: clips of one batch differ in size, or the batch is too large.
        """
        with closing(self.run_in(steps, epoch, starts, OwnMemory)) as batches:
            for batch, _ in batches:
                yield batch

    def run_in(
        self, steps: BatchSampler, epoch: int, starts: Sequence[int], memory: Callable[[], Memory]
    ) -> Generator[tuple[Batch, Memory]]:
        """The same, each batch with the memory that its pictures were decoded to.

        Args:
            steps: of the loader.
            epoch: which.
            starts: of the steps to make.
            memory: gives the memory of one batch; asked once for each, ahead of its turn.
        """
        chosen = (steps.chosen(epoch, start) for start in starts)
        with closing(self.pipeline.run(chosen, epoch, memory)) as loaded:
            for one, slots, rooms in loaded:
                skipped = self._checked(slots, epoch, one)
                yield self.collate(slots, skipped, rooms), rooms.memory

    def close(self) -> None:
        """Nothing is held between epochs."""

    def _checked(
        self, slots: Sequence[LoadedSample | None], epoch: int, chosen: BatchRows
    ) -> tuple[Skipped, ...]:
        found = []
        for place, slot in enumerate(slots, chosen.first_position):
            if slot is None or slot.error is None:
                continue
            if self.on_error == "raise":
                raise slot.error
            found.append(
                Skipped(
                    sample_id=slot.sample_id,
                    shard=slot.error.shard,
                    reason=slot.error.reason,
                    epoch=epoch,
                    position=place,
                )
            )
        return tuple(found)

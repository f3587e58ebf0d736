"""Batches of an epoch, made in the process that calls: the one place where batches are made.

    batch sampler, epoch, starts --pipeline--> loaded samples --collate--> batches

A loader calls it itself, or its worker process does; the batches are the same.
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
    """What gives a loader its batches."""

    def run(self, sampler: BatchSampler, epoch: int, starts: Sequence[int]) -> Generator[Batch]:
        """One batch for each start; closing it drops the rest."""
        ...

    def close(self) -> None:
        """Frees what it holds between epochs."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class BatchMaker:
    """Makes batches in this process."""

    pipeline: Pipeline
    """Loads samples."""
    collate: Collator
    """Makes batches of them."""
    on_error: OnError
    """Whether an unusable sample raises, or is skipped."""

    def run(self, sampler: BatchSampler, epoch: int, starts: Sequence[int]) -> Generator[Batch]:
        """See `BatchSource`.

        Raises:
            SampleError: media cannot be used, with `on_error="raise"`.
            BatchSizeError: clips of one batch differ in size, or the batch is too large.
        """
        with closing(self.run_in(sampler, epoch, starts, OwnMemory)) as batches:
            for batch, _ in batches:
                yield batch

    def run_in(
        self, sampler: BatchSampler, epoch: int, starts: Sequence[int], memory: Callable[[], Memory]
    ) -> Generator[tuple[Batch, Memory]]:
        """The same, each batch with the memory that its frames were decoded to.

        Args:
            sampler: says the rows of each batch.
            epoch: its number.
            starts: positions at which the batches start.
            memory: gives the memory of one batch; called once for each, ahead of its turn.
        """
        batch_rows = (sampler.rows(epoch, start) for start in starts)
        with closing(self.pipeline.run(batch_rows, epoch, memory)) as loaded:
            for rows, slots, buffers in loaded:
                skipped = self._checked(slots, epoch, rows)
                yield self.collate(slots, skipped, buffers), buffers.memory

    def close(self) -> None:
        """Does nothing: nothing is held between epochs."""

    def _checked(
        self, slots: Sequence[LoadedSample | None], epoch: int, rows: BatchRows
    ) -> tuple[Skipped, ...]:
        skipped = []
        for position, slot in enumerate(slots, rows.first_position):
            if slot is None or slot.error is None:
                continue
            if self.on_error == "raise":
                raise slot.error
            skipped.append(
                Skipped(
                    sample_id=slot.sample_id,
                    shard=slot.error.shard,
                    reason=slot.error.reason,
                    epoch=epoch,
                    position=position,
                )
            )
        return tuple(skipped)

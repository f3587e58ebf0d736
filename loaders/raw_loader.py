"""The stored bytes of samples, in a loader's order, without decoding: for stages and features.

    samples, columns --permutation--> byte ranges --workers compare checksums--> batches of bytes

Locally nothing is copied: a batch holds slices of the shards' memory maps. Worker processes
compare the checksums, which loads the pages into memory that all processes share, and send only
the byte ranges.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from ..release import MediaRange, Samples
from .sampling.shuffling import Permutation
from .specs.clip_specs import check_count


@dataclass(frozen=True, kw_only=True, slots=True)
class RawSample:
    """One sample's bytes."""

    number: int
    """Its number in the samples."""
    media: tuple[memoryview | None, ...]
    """In the order of the columns; None where there is none."""


class RawLoader:
    """Batches of stored bytes, one epoch an iteration.

    Args:
        samples: of a branch with one value for each media column (not `multi_turn`).
        columns: media columns, as `responder_video`.
        batch_size: samples in a batch.
        seed: of the order.
        num_workers: processes that compare checksums; 0: the process that iterates.
    """

    def __init__(
        self,
        samples: Samples,
        columns: Sequence[str],
        *,
        batch_size: int,
        seed: int = 0,
        num_workers: int = 0,
    ) -> None:
        check_count("batch_size", batch_size, 1)
        check_count("num_workers", num_workers, 0)
        self._samples, self._columns = samples, tuple(columns)
        self._batch_size, self._seed = batch_size, seed
        self._num_workers = num_workers
        self.epoch = 0
        """Of the next iteration."""

    def __iter__(self) -> Iterator[list[RawSample]]:
        """Gives an epoch's batches.

        Raises:
            DamagedRelease: the bytes differ from what was written.
        """
        batches = _Places(self._samples, self._columns, self._batch_size, self._seed, self.epoch)
        self.epoch += 1
        samples, files = self._samples, self._samples.release.files
        if not self._num_workers:
            for batch in batches:
                yield [
                    RawSample(number=number, media=_each(samples.view, places))
                    for number, places in batch
                ]
            return

        def checked(place: MediaRange) -> memoryview:
            return files.read_range(place.path, place.offset_bytes, place.num_bytes)

        # Not persistent: the workers of an epoch exit when it ends or is left.
        for batch in DataLoader(batches, batch_size=None, num_workers=self._num_workers):
            yield [
                RawSample(number=number, media=_each(checked, places)) for number, places in batch
            ]


def _each(
    read: Callable[[MediaRange], memoryview], places: Sequence[MediaRange | None]
) -> tuple[memoryview | None, ...]:
    return tuple(None if place is None else read(place) for place in places)


_Batch = list[tuple[int, tuple[MediaRange | None, ...]]]


class _Places(IterableDataset[_Batch]):
    """Byte ranges of an epoch's batches; a worker process also compares their checksums."""

    def __init__(
        self, samples: Samples, columns: tuple[str, ...], batch_size: int, seed: int, epoch: int
    ) -> None:
        self._samples, self._columns = samples, columns
        self._batch_size, self._seed, self._epoch = batch_size, seed, epoch

    def __iter__(self) -> Iterator[_Batch]:
        samples, info = self._samples, get_worker_info()
        worker, num_workers = (info.id, info.num_workers) if info else (0, 1)
        order = Permutation(len(samples), self._seed, self._epoch)
        step = self._batch_size
        for start in range(worker * step, len(samples), num_workers * step):
            positions = np.arange(start, min(start + step, len(samples)))
            batch = [self._places_of(number) for number in order(positions).tolist()]
            if info:
                for _, places in batch:
                    for place in places:
                        if place:
                            samples.view(place)
            yield batch

    def _places_of(self, number: int) -> tuple[int, tuple[MediaRange | None, ...]]:
        places = tuple(self._samples.ranges(number, column) for column in self._columns)
        assert not any(isinstance(place, list) for place in places)
        return number, places  # type: ignore[return-value]

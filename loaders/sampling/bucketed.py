"""Steps whose batches hold what is alike, or as much as a budget allows; planned by the epoch.

    order of the epoch --each sample to its bucket--> buckets --cut when full--> batches
        --in the order in which they became full--> steps

A position counts units: with buckets global batches, with packing the batches of single ranks.
An epoch is planned at once: 5.2 million samples take 2 s of processor time.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...release import Samples
from ..specs.batch_specs import Buckets, Packing
from ..specs.clip_specs import AudioSpec, VideoSpec
from .batch_sampler import BatchRows, BatchSampler, Shuffle
from .even import EvenBatchSampler, bounds_of
from .lengths import Lengths, lengths_of, nearest_size
from .resume_after_takedown import Replay
from .shuffling import BlockOrder, Permutation

Ints = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Plan:
    rows: Ints
    """Numbers of the samples, unit by unit."""
    ends: Ints
    """Where each unit ends."""
    sizes: Ints
    """Which of the sizes each unit has."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Batching:
    """How the samples of an epoch are put together; the fields are `Loader`'s arguments."""

    batch_size: int | None
    """Samples of one rank; None with packing."""
    buckets: Buckets | None
    """Which samples are alike; None: all are."""
    packing: Packing | None
    """The budget of a batch; None: equally many samples."""
    shuffle: Shuffle
    """Which order."""
    seed: int
    """Of the order."""
    drop_last: bool
    """Whether what fills no step is left out."""
    rank: int
    """Of this process."""
    world_size: int
    """Processes."""


def steps_of(
    samples: Samples, batching: Batching, video: VideoSpec | None, audio: AudioSpec | None
) -> BatchSampler:
    """The steps of a loader.

    Raises:
        ValueError: one sample alone is over the budget.
    """
    if batching.buckets or batching.packing:
        return BucketedBatchSampler(samples, lengths_of(samples, video, audio), batching)
    return EvenBatchSampler(
        samples,
        batch_size=batching.batch_size or 1,
        shuffle=batching.shuffle,
        seed=batching.seed,
        drop_last=batching.drop_last,
        rank=batching.rank,
        world_size=batching.world_size,
    )


class BucketedBatchSampler:
    """`BatchSampler` with buckets, packing or both."""

    def __init__(self, samples: Samples, lengths: Lengths, batching: Batching) -> None:
        buckets, packing = batching.buckets, batching.packing
        self._size, self._packing, self._buckets = len(samples), packing, buckets
        self._batch_size, self._rank = batching.batch_size or 1, batching.rank
        self._world_size, self._drop_last = batching.world_size, batching.drop_last
        self._shuffle, self._seed = batching.shuffle, batching.seed
        self._bounds = bounds_of(samples) if batching.shuffle == "blocks" else None
        self._shapes = buckets.sizes if buckets else ()
        self._shape_of = np.zeros(self._size, np.int64)
        if self._shapes:
            self._shape_of = nearest_size(lengths.aspect, self._shapes)
        bounds = np.array(buckets.frames if buckets else (), np.int64)
        self._keys = self._shape_of * (len(bounds) + 1) + np.searchsorted(bounds, lengths.longest)
        self._tokens = _tokens(lengths, packing) if packing else np.ones(self._size, np.int64)
        self._planned: tuple[int, _Plan] | None = None

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"_planned": None}

    def replay(self, replay: Replay | None) -> None:
        """See `BatchSampler`; what was taken back had a length, which is not known any more."""
        assert replay is None

    def size(self, epoch: int, /) -> int:
        """See `BatchSampler`: units."""
        return len(self._plan(epoch).ends)

    def starts(self, epoch: int, position: int) -> range:
        """See `BatchSampler`."""
        units = len(self._plan(epoch).ends)
        step = self._world_size if self._packing else 1
        stop = units - step + 1 if self._drop_last else units
        return range(position, max(stop, position), step)

    def after(self, start: int) -> int:
        """See `BatchSampler`."""
        return start + (self._world_size if self._packing else 1)

    def chosen(self, epoch: int, start: int) -> BatchRows:
        """See `BatchSampler`; a rank for which no pack is left has one empty slot."""
        plan = self._plan(epoch)
        unit = start + self._rank if self._packing else start
        if unit >= len(plan.ends):
            return BatchRows(numbers=[None], first_position=self._size, packed=True)
        begin, end = int(plan.ends[unit - 1]) if unit else 0, int(plan.ends[unit])
        size = self._shapes[plan.sizes[unit]] if self._shapes else None
        numbers: list[int | None] = plan.rows[begin:end].tolist()
        if self._packing:
            return BatchRows(numbers=numbers, first_position=begin, size=size, packed=True)
        own = self._rank * self._batch_size
        numbers += [None] * (self._batch_size * self._world_size - len(numbers))
        return BatchRows(
            numbers=numbers[own : own + self._batch_size], first_position=begin + own, size=size
        )

    def facts(self) -> dict[str, Any]:
        """See `BatchSampler`: a plan holds for its own prices; buckets for one global batch."""
        digest = hashlib.sha256(self._keys.tobytes() + self._tokens.tobytes()).hexdigest()
        found: dict[str, Any] = {"lengths": digest[:16], "drop_last": self._drop_last}
        if self._buckets:
            found["buckets"] = {
                "frames": list(self._buckets.frames),
                "sizes": [list(size) for size in self._buckets.sizes],
            }
        if self._packing:
            return found | {"packing": asdict(self._packing)}
        return found | {"global_batch": self._batch_size * self._world_size}

    def _plan(self, epoch: int) -> _Plan:
        if self._planned is None or self._planned[0] != epoch:
            self._planned = epoch, self._planned_anew(epoch)
        return self._planned[1]

    def _planned_anew(self, epoch: int) -> _Plan:
        order = self._order(epoch)
        # Places of the order, bucket by bucket; inside a bucket the order stays.
        places = np.argsort(self._keys[order], kind="stable")
        keys = self._keys[order][places]
        borders = [0, *(np.flatnonzero(np.diff(keys)) + 1).tolist(), len(keys)]
        found: list[tuple[Ints, Ints]] = []
        rests: dict[int, list[Ints]] = {}
        for begin, end in pairwise(borders):
            own = places[begin:end]
            cuts = np.fromiter(self._cuts(order[own]), np.int64)
            full = int(cuts[-1]) if len(cuts) else 0
            found.append((own[:full], np.diff(cuts, prepend=0)))
            if full < len(own):
                rests.setdefault(int(self._shape_of[order[own[0]]]), []).append(own[full:])
        found += ((of_rest, np.array([len(of_rest)])) for of_rest in self._of_rests(rests))
        flat = np.concatenate([one for one, _ in found])
        lengths = np.concatenate([one for _, one in found])
        begins = np.cumsum(lengths) - lengths
        if not len(flat):
            return _Plan(rows=flat, ends=lengths, sizes=lengths)
        # A batch comes when the last of its samples has come in the order.
        turns = np.argsort(np.maximum.reduceat(flat, begins), kind="stable")
        ends = np.cumsum(lengths[turns])
        shifts = begins[turns] - (ends - lengths[turns])
        rows = order[flat[np.arange(len(flat)) + np.repeat(shifts, lengths[turns])]]
        return _Plan(rows=rows, ends=ends, sizes=self._shape_of[rows[ends - 1]])

    def _cuts(self, rows: Ints) -> Iterator[int]:
        """Ends of the full batches of a bucket."""
        if not self._packing:
            step = self._batch_size * self._world_size
            yield from range(step, len(rows) + 1, step)
            return
        total = np.cumsum(self._tokens[rows])
        begin = 0
        while begin < len(rows):
            spent = int(total[begin - 1]) if begin else 0
            begin = int(np.searchsorted(total, spent + self._packing.max_tokens, side="right"))
            yield begin

    def _of_rests(self, left: dict[int, list[Ints]]) -> Iterator[Ints]:
        """What filled no batch of its bucket: neighbours in length share one."""
        step = self._batch_size * self._world_size
        for rests in left.values():
            leftover = np.concatenate(rests)
            for begin in range(0, len(leftover), step):
                if begin + step <= len(leftover) or not self._drop_last:
                    yield np.sort(leftover[begin : begin + step])

    def _order(self, epoch: int) -> Ints:
        if self._bounds is not None:
            return BlockOrder(self._bounds, self._seed, epoch).whole()
        if self._shuffle:
            return Permutation(self._size, self._seed, epoch).whole()
        return np.arange(self._size)


def _tokens(lengths: Lengths, packing: Packing) -> Ints:
    price = lengths.frames * packing.tokens_per_frame + lengths.clips * packing.tokens_per_clip
    found: Ints = np.ceil(price + lengths.seconds * packing.tokens_per_second).astype(np.int64)
    found = np.maximum(1, found)
    if len(over := np.flatnonzero(found > packing.max_tokens)):
        worst = int(found.argmax())
        raise ValueError(
            f"{len(over)} of {len(found)} samples take more than max_tokens={packing.max_tokens}, "
            f"number {worst} takes {found[worst]}: use a shorter window, where() on num_frames, "
            "or a larger budget"
        )
    return found

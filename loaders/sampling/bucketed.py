"""The batch sampler whose batches hold samples alike, or as many as a budget of tokens allows.

    order of the epoch --each sample to its bucket--> buckets --cut when full--> batches
        --in the order in which they became full--> steps

A position counts units: with buckets global batches, with packing the batches of single ranks.
A whole epoch is planned at once: 5.2 million samples take 2 s of processor time.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from ...release import Samples
from ..specs.batch_specs import Buckets, Packing
from ..specs.clip_specs import AudioSpec, VideoSpec
from .batch_sampler import BatchRows, BatchSampler, Shuffle
from .even import EvenBatchSampler, bounds_of
from .lengths import Lengths, lengths_of, nearest_size
from .resume_after_takedown import Replay
from .shuffling import BlockOrder, Ints, Permutation


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Plan:
    rows: Ints
    """Numbers of the samples, unit by unit."""
    ends: Ints
    """Where each unit ends."""
    sizes: Ints
    """Index of each unit's size in `Buckets.sizes`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Batching:
    """How the samples of an epoch are put together; the fields are `Loader`'s arguments."""

    batch_size: int | None
    """Samples in a batch of one rank; None with packing."""
    buckets: Buckets | None
    """Which samples share a batch; None: any."""
    packing: Packing | None
    """The budget of a batch; None: a fixed number of samples."""
    shuffle: Shuffle
    """Which order."""
    seed: int
    """Of the order."""
    drop_last: bool
    """Whether samples that fill no step are left out."""
    rank: int
    """Of this process."""
    world_size: int
    """Number of processes."""


def batch_sampler_of(
    samples: Samples, batching: Batching, video: VideoSpec | None, audio: AudioSpec | None
) -> BatchSampler:
    """The batch sampler for these arguments of a loader.

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
        """See `BatchSampler`; impossible here: the lengths of retracted samples are lost."""
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

    def rows(self, epoch: int, start: int) -> BatchRows:
        """See `BatchSampler`; a rank without a pack has one empty slot."""
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
        """See `BatchSampler`: the plan depends on the lengths, the buckets and the global batch."""
        digest = hashlib.sha256(self._keys.tobytes() + self._tokens.tobytes()).hexdigest()
        facts: dict[str, Any] = {"lengths": digest[:16], "drop_last": self._drop_last}
        if self._buckets:
            facts["buckets"] = {
                "frames": list(self._buckets.frames),
                "sizes": [list(size) for size in self._buckets.sizes],
            }
        if self._packing:
            return facts | {"packing": asdict(self._packing)}
        return facts | {"global_batch": self._batch_size * self._world_size}

    def _plan(self, epoch: int) -> _Plan:
        if self._planned is None or self._planned[0] != epoch:
            self._planned = epoch, self._make_plan(epoch)
        return self._planned[1]

    def _make_plan(self, epoch: int) -> _Plan:
        order = self._order(epoch)
        # Positions, bucket by bucket; within a bucket they ascend.
        positions = np.argsort(self._keys[order], kind="stable")
        keys = self._keys[order][positions]
        borders = [0, *(np.flatnonzero(np.diff(keys)) + 1).tolist(), len(keys)]
        runs: list[tuple[Ints, Ints]] = []
        leftovers: dict[int, list[Ints]] = {}
        for begin, end in pairwise(borders):
            own = positions[begin:end]
            cuts = np.fromiter(self._cuts(order[own]), np.int64)
            full = int(cuts[-1]) if len(cuts) else 0
            runs.append((own[:full], np.diff(cuts, prepend=0)))
            if full < len(own):
                leftovers.setdefault(int(self._shape_of[order[own[0]]]), []).append(own[full:])
        runs += ((mixed, np.array([len(mixed)])) for mixed in self._mixed_batches(leftovers))
        flat = np.concatenate([run for run, _ in runs])
        lengths = np.concatenate([batch_lengths for _, batch_lengths in runs])
        begins = np.cumsum(lengths) - lengths
        if not len(flat):
            return _Plan(rows=flat, ends=lengths, sizes=lengths)
        # A batch comes at the position of its last sample.
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

    def _mixed_batches(self, leftovers: dict[int, list[Ints]]) -> Iterator[Ints]:
        """Batches of the samples that filled none of their bucket: neighbours in length share."""
        step = self._batch_size * self._world_size
        for runs in leftovers.values():
            positions = np.concatenate(runs)
            for begin in range(0, len(positions), step):
                if begin + step <= len(positions) or not self._drop_last:
                    yield np.sort(positions[begin : begin + step])

    def _order(self, epoch: int) -> Ints:
        if self._bounds is not None:
            return BlockOrder(self._bounds, self._seed, epoch).whole()
        if self._shuffle:
            return Permutation(self._size, self._seed, epoch).whole()
        return np.arange(self._size)


def _tokens(lengths: Lengths, packing: Packing) -> Ints:
    price = lengths.frames * packing.tokens_per_frame + lengths.clips * packing.tokens_per_clip
    tokens: Ints = np.ceil(price + lengths.seconds * packing.tokens_per_second).astype(np.int64)
    tokens = np.maximum(1, tokens)
    if len(over := np.flatnonzero(tokens > packing.max_tokens)):
        worst = int(tokens.argmax())
        raise ValueError(
            f"{len(over)} of {len(tokens)} samples take more than max_tokens={packing.max_tokens}, "
            f"number {worst} takes {tokens[worst]}: use a shorter window, where() on num_frames, "
            "or a larger budget"
        )
    return tokens

"""The loader: a batch sampler, decoding threads here or in a worker process, and an exact state.

    samples, specs --batch sampler--> rows --pipeline--> batches, and `state_dict()` between them

Batch i of all ranks together takes the positions [i * G, (i + 1) * G) of the epoch's order,
where G = batch_size * world_size; rank r takes the r-th batch_size of them. So the order, and
what a state means, do not depend on the number of ranks or workers, and every rank gets the same
number of batches.
"""

import logging
from collections import deque
from collections.abc import Generator, Mapping, Sequence
from contextlib import closing
from typing import Any, Never

from torch.utils.data import get_worker_info

from ..records import Branch
from ..release import ByteReader, Samples
from .batches.branch_batches import Batch, Skipped
from .decoding.buffers import BufferAllocator
from .decoding.decode_sample import SampleDecoder
from .pipeline.batch_maker import BatchMaker, BatchSource, OnError
from .pipeline.collate import Collator
from .pipeline.sample_pipeline import Pipeline
from .requests.request_planner import RequestPlanner
from .sampling.batch_sampler import Shuffle, checked_ranks
from .sampling.bucketed import Batching, batch_sampler_of
from .sampling.resume_after_takedown import (
    LoaderPosition,
    Replay,
    after_takedown as place_after_takedown,
)
from .sampling.state import (
    MAX_EPOCH,
    LoaderState,
    OrderKind,
    checked_place,
    checked_position,
    fingerprint,
    plain_state,
)
from .specs.batch_specs import Buckets, Packing
from .specs.clip_specs import AudioSpec, FeatureSpec, VideoSpec, check_count
from .specs.errors import LoaderError, NoMediaError, not_samples
from .torch_dataset import HOW_TO_ITERATE, LoaderDataset
from .worker.process import DecodeProcess

_KEPT_SKIPPED = 1000
# Runs of turns differ in length.
_ROLES: dict[Branch, int] = {"single": 1, "dialogue": 2, "listening": 2, "multi_turn": 0}
_ORDERS: dict[Shuffle, OrderKind] = {True: "shuffled", False: "sequential", "blocks": "blocks"}

logger = logging.getLogger(__name__)


class Loader:
    """Typed training batches from the samples of one config.

    Iterating gives the rest of an epoch from the loader's place: one full loop is one epoch, the
    next loop the next epoch. After a loop that was left early, iterating continues with the first
    batch that was not handed out; `set_epoch` and `load_state_dict` move to another place.

    Args:
        samples: `open_release(...)["dialogue_sft"]`, or what `where` kept of it.
        batch_size: samples in a batch of this rank; left out with `packing`.
        buckets: which samples share a batch: of like length, of like shape. Without it, any.
        packing: as many samples in a batch as a budget of tokens holds, their clips end to end.
        video: size of the frames and the window; None leaves video out.
        audio: rate of the audio; None leaves it out.
        features: encoders whose features are read, or a `FeatureSpec` with a window of its own.
            With `video=None, audio=None` nothing is decoded.
        seed: of order and random windows.
        shuffle: True: a global shuffle, another one each epoch. "blocks": row groups in a random
            order, samples mixed within two of them, so that reads over a network stay long.
            False: the order of `samples`.
        drop_last: whether the epoch leaves out the samples that do not fill a last batch of all
            ranks. If not, its missing places are slots with `valid` False; no sample comes twice.
        rank: of this process; with `world_size` from `torch.distributed` where it is
            initialised, else 0 of 1.
        world_size: processes that share the epoch.
        num_workers: threads that decode; 0: the thread that iterates. Batches are the same.
        process: whether these threads run in a worker process, so that they and the trainer do
            not share one GIL. Batches are the same; they lie in shared memory, pinned where this
            process uses CUDA, and stay valid as long as you hold a tensor of them. See `close`.
        prefetch: batches that are decoded ahead, where there are workers; memory holds that many
            besides the one in use.
        prefetch_bytes: bytes of media that are read ahead from a release that is not local; memory
            holds about that many. With `shuffle="blocks"` at least two row groups of 64 MB.
        checksums: whether every video and audio is read whole and compared with its checksum. If
            not, a window reads only the bytes of its groups of pictures (GOPs).
        on_error: a sample whose media are damaged or too large raises `SampleError`, or becomes
            a masked slot, counted in `num_skipped` and named in `skipped`. Other errors
            (network, memory) are always raised.
        max_batch_bytes: most bytes of one padded video or audio tensor; checked before decoding,
            an equal share for each sample.

    Raises:
        ValueError: an argument is out of range; says what is allowed.
        NoMediaError: media are requested of a release without them; says what to run.
    """

    def __init__(
        self,
        samples: Samples,
        *,
        batch_size: int | None = None,
        buckets: Buckets | None = None,
        packing: Packing | None = None,
        video: VideoSpec | None = VideoSpec(),  # noqa: B008  # frozen
        audio: AudioSpec | None = AudioSpec(),  # noqa: B008  # frozen
        features: FeatureSpec | Sequence[str] | None = None,
        seed: int = 0,
        shuffle: Shuffle = True,
        drop_last: bool = True,
        rank: int | None = None,
        world_size: int | None = None,
        num_workers: int = 0,
        process: bool = False,
        prefetch: int = 2,
        prefetch_bytes: int = 256 << 20,
        checksums: bool = True,
        on_error: OnError = "raise",
        max_batch_bytes: int = 8 << 30,
    ) -> None:
        if not isinstance(samples, Samples):
            raise not_samples(samples)
        if (batch_size is None) == (packing is None):
            raise ValueError(f"{batch_size=} and {packing=}: give one of them, not both")
        if batch_size is not None:
            check_count("batch_size", batch_size, 1)
        check_count("seed", seed, 0)
        check_count("num_workers", num_workers, 0)
        check_count("prefetch", prefetch, 1)
        check_count("prefetch_bytes", prefetch_bytes, 1)
        check_count("max_batch_bytes", max_batch_bytes, 1)
        if shuffle not in (True, False, "blocks"):
            raise ValueError(f"shuffle must be True, False or 'blocks', got {shuffle!r}")
        if on_error not in ("raise", "skip"):
            raise ValueError(f"on_error must be 'raise' or 'skip', got {on_error!r}")
        if video and audio and (audio.seconds is not None or audio.window != "start"):
            raise ValueError(
                f"AudioSpec(seconds={audio.seconds}, window={audio.window!r}) with a VideoSpec: "
                "the audio is taken from the video's window; set it there"
            )
        if features is not None and not isinstance(features, FeatureSpec):
            features = FeatureSpec(
                names=(features,) if isinstance(features, str) else tuple(features)
            )
        if features and (video or audio) and (features.num_units or features.window != "start"):
            raise ValueError(
                f"FeatureSpec(num_units={features.num_units}, window={features.window!r}) with "
                "video or audio: features are taken from their window; set it there"
            )
        if buckets and buckets.sizes and (video is None or video.height):
            raise ValueError(
                f"Buckets(sizes={buckets.sizes}) with {video}: give a VideoSpec without a size"
            )
        self.rank, self.world_size = checked_ranks(rank, world_size)
        self.samples, self.seed, self.batch_size = samples, seed, batch_size
        self.shuffle, self.drop_last, self.on_error = shuffle, drop_last, on_error
        self.process = process
        self._sampler = batch_sampler_of(
            samples,
            Batching(
                batch_size=batch_size,
                buckets=buckets,
                packing=packing,
                shuffle=shuffle,
                seed=seed,
                drop_last=drop_last,
                rank=self.rank,
                world_size=self.world_size,
            ),
            video,
            audio,
        )
        self._epoch = self._position = self._turn = 0
        self._check_samples(with_media=bool(video or audio))
        planner = RequestPlanner(
            samples, video=video, audio=audio, seed=seed, checksums=checksums, features=features
        )
        maker = BatchMaker(
            pipeline=Pipeline(
                planner=planner,
                reader=ByteReader(samples),
                decoder=SampleDecoder(
                    audio=audio, max_sample_bytes=max_batch_bytes // (batch_size or 1)
                ),
                allocator=BufferAllocator(
                    video=video,
                    max_batch_bytes=max_batch_bytes,
                    roles=_ROLES[samples.config.branch],
                ),
                num_workers=max(1, num_workers) if process else num_workers,
                prefetch=prefetch,
                prefetch_bytes=prefetch_bytes,
            ),
            collate=Collator(
                branch=samples.config.branch,
                video=video,
                audio=audio,
                max_batch_bytes=max_batch_bytes,
                features=features,
                forms=planner.forms,
            ),
            on_error=on_error,
        )
        self._source: BatchSource = DecodeProcess(maker) if process else maker
        self._fingerprint: dict[str, Any] | None = None
        self._replay: Replay | None = None
        self._skipped: deque[Skipped] = deque(maxlen=_KEPT_SKIPPED)
        self._num_skipped = 0

    @property
    def epoch(self) -> int:
        """The epoch of the next batch, from 0."""
        return self._epoch

    @property
    def position(self) -> int:
        """Samples of that epoch that were handed out, over all ranks.

        With buckets it counts global batches; with packing, the batches of all ranks.
        """
        return self._position

    @property
    def num_batches_left(self) -> int:
        """Batches left in the epoch, on every rank."""
        return len(self._sampler.starts(self._epoch, self._position))

    @property
    def num_skipped(self) -> int:
        """Samples that were skipped in the batches handed out so far."""
        return self._num_skipped

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """The last 1000 skipped samples, with reasons."""
        return tuple(self._skipped)

    def __len__(self) -> int:
        """Batches of a whole epoch, on every rank."""
        return len(self._sampler.starts(self._epoch, 0))

    def __repr__(self) -> str:
        return (
            f"Loader({self.samples!r}, batch_size={self.batch_size}, rank={self.rank} of "
            f"{self.world_size}, epoch={self._epoch}, position={self._position})"
        )

    def set_epoch(self, epoch: int) -> None:
        """Goes to the beginning of an epoch; does nothing if the loader is in that epoch.

        Raises:
            ValueError: not a whole number from 0 to 2^53.
        """
        check_count("epoch", epoch, 0, MAX_EPOCH)
        if epoch != self._epoch:
            self._move_to(epoch, 0)
            self._turn += 1

    def state_dict(self) -> dict[str, Any]:
        """The loader's place: after the last batch that was handed out.

        Under 1 KB of JSON. It holds for any number of ranks and workers; with another global
        batch size the samples that were not handed out yet still follow in the same order.
        """
        replay = self._replay if self._replay and self._replay.epoch == self._epoch else None
        return self._state(replay).to_dict()

    def load_state_dict(self, state: Mapping[str, Any], *, after_takedown: bool = False) -> None:
        """Goes to where a state was taken; a rejected state changes nothing.

        Args:
            state: from `state_dict`.
            after_takedown: whether samples may have been retracted since. Then the epoch continues
                as it was planned, with masked slots in their places; with `where`, blocks,
                buckets or packing it continues with the next epoch, and says so in the log.

        Raises:
            StateError: damaged, or of another dataset, seed or order; says what differs.
        """
        own = self._state()
        plain = plain_state(state, own.to_dict(), "a loader's")
        if after_takedown:
            place = place_after_takedown(plain, own, self.samples)
        else:
            epoch, position = checked_position(plain, own)
            place = LoaderPosition(epoch=epoch, position=position)
        if place.replay is None:
            place = self.checked_place(place.epoch, place.position)
        self.go_to(place)

    def checked_place(self, epoch: object, position: object) -> LoaderPosition:
        """A place, checked against this loader's epochs.

        Raises:
            StateError: this loader has no such place.
        """
        known, _ = checked_place(epoch, 0, 0)
        _, place = checked_place(known, position, self._sampler.size(known))
        return LoaderPosition(epoch=known, position=place)

    def go_to(self, place: LoaderPosition) -> None:
        """Goes to a checked place; running iterations end."""
        self._replay = place.replay
        self._sampler.replay(place.replay)
        self._move_to(place.epoch, place.position)
        self._turn += 1

    def close(self) -> None:
        """Ends the worker process, if there is one; iterating starts another.

        The worker also exits when the loader is garbage-collected or this process ends.
        """
        self._source.close()

    def as_dataset(self) -> LoaderDataset:
        """The loader for `DataLoader(loader.as_dataset(), batch_size=None)`; see there."""
        return LoaderDataset(self)

    def __getitem__(self, _: object) -> Never:
        """A loader has no items: `DataLoader(loader)` would ask for them.

        Raises:
            TypeError: always; says what to type.
        """
        raise TypeError(f"a Loader is iterated, and has no items. {HOW_TO_ITERATE}")

    def __iter__(self) -> Generator[Batch]:
        """Gives the rest of the epoch.

        Raises:
            SampleError: media cannot be used, with `on_error="raise"`; the loader's place is then
                before the batch.
            BatchSizeError: clips of one batch differ in size, or the batch is too large.
            LoaderError: in a worker process of `DataLoader`; says what to type.
            RuntimeError: another iteration, `set_epoch` or `load_state_dict` came between.
        """
        if get_worker_info() is not None:
            # Each worker would give the whole epoch, and none would know the others' places.
            raise LoaderError(f"a Loader in a worker process of DataLoader. {HOW_TO_ITERATE}")
        self._turn += 1
        turn, epoch = self._turn, self._epoch
        starts = self._sampler.starts(epoch, self._position)
        with closing(self._source.run(self._sampler, epoch, starts)) as batches:
            for start in starts:
                if turn != self._turn:
                    raise RuntimeError(
                        "this iteration is over: the loader was iterated again, or sent elsewhere"
                    )
                batch = next(batches)
                for skipped in batch.skipped:
                    logger.warning("skipped: sample %s: %s", skipped.sample_id, skipped.reason)
                self._skipped += batch.skipped
                self._num_skipped += len(batch.skipped)
                self._move_to(epoch, self._sampler.after(start))
                yield batch

    def _move_to(self, epoch: int, position: int) -> None:
        self._epoch, self._position = epoch, position
        if not self._sampler.starts(epoch, position):
            self._epoch, self._position = epoch + 1, 0

    def _state(self, replay: Replay | None = None) -> LoaderState:
        if self._fingerprint is None:
            self._fingerprint = fingerprint(self.samples)
        return LoaderState(
            seed=self.seed,
            order=_ORDERS[self.shuffle],
            epoch=self._epoch,
            position=self._position,
            fingerprint=replay.fingerprint if replay else self._fingerprint,
            batching=self._sampler.facts(),
        )

    def _check_samples(self, *, with_media: bool) -> None:
        samples = self.samples
        if with_media and not samples.release.manifest.facts.with_media:
            raise NoMediaError(
                f"the release at {samples.release.safe_root} was written without media. Fill it "
                f"from the videos with `speakervid5m materialize {samples.release.safe_root}`, or "
                "load the records alone with video=None, audio=None"
            )
        if not len(self):
            advice = "a wider where()" if not len(samples) else "a smaller one, or drop_last=False"
            raise ValueError(
                f"{len(samples)} samples make no batch of {self.batch_size or 'the packing'} for "
                f"each of {self.world_size} ranks: use {advice}"
            )

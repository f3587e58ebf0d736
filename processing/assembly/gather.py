"""Catalogue and store in, the contents of a release out: rows by config and bucket.

Nothing is decided here: the catalogue says which samples there are, the store which of their clips
were cut. A sample that lacks a clip is left out and counted.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field

from xxhash import xxh3_64_intdigest

from ...records import Clip, Listener, Medium, Progress, Sample, bucket_of, silent, to_row
from ...release import GATES, BucketContent, Gate, Row, count_answers
from .catalogue import cut_names, cuts_by_column, digest_rows, with_measures
from .clip_store import CutStore
from .stored_cuts import StoredCuts
from .takedown import KeptCatalogue


@dataclass(slots=True)
class Gathered:
    """Everything a release will hold, before a shard of it is written."""

    contents: dict[str, dict[int, BucketContent]] = field(default_factory=dict)
    """Config, bucket, content."""
    num_samples: Counter[str] = field(default_factory=Counter)
    """Samples by config."""
    num_left_out: Counter[str] = field(default_factory=Counter)
    """Samples by config that lack a clip: it could not be cut, or is not cut yet."""
    num_sources: int = 0
    """Sources with at least one sample."""
    waiting: set[str] = field(default_factory=set)
    """Sources that have requests, but no complete sample yet."""
    gate_counts: dict[str, dict[str, int]] = field(default_factory=dict)
    """Gate to the number of clips by answer; every clip counts once."""


def gather(
    catalogue: KeptCatalogue,
    store: CutStore | None,
    num_buckets: Mapping[str, int],
    gates: Collection[Gate] = GATES,
    progress: Listener = silent,
) -> Gathered:
    """Sorts all samples into buckets; media are read only when their shard is written.

    Args:
        catalogue: which samples there are.
        store: has the media, and knows which sources are ready; None takes every source and
            writes null into every media column.
        num_buckets: by config.
        gates: the gates whose answers are counted.
        progress: called for every hundredth source.
    """
    gathered = Gathered()
    sources: dict[tuple[str, int], list[str]] = {}
    digests: dict[tuple[str, int], list[str]] = {}
    source_ids = catalogue.source_ids()
    for number, source_id in enumerate(source_ids):
        if number % 100 == 0:
            progress(Progress("gather", number, len(source_ids), "sources"))
        ready = _SourceRows.of(catalogue, store, source_id)
        if ready is None or (ready.left_out and not ready.samples):
            gathered.waiting.add(source_id)
        if ready is None:
            continue
        gathered.num_left_out.update(ready.left_out)
        gathered.num_sources += bool(ready.samples)
        for gate, answers in count_answers(ready.clips(), gates).items():
            counts = gathered.gate_counts.setdefault(gate, {})
            for answer, count in answers.items():
                counts[answer] = counts.get(answer, 0) + count
        for name, rows in ready.samples.items():
            bucket_key = name, bucket_of(source_id, num_buckets[name])
            sources.setdefault(bucket_key, []).append(source_id)
            digests.setdefault(bucket_key, []).append(ready.digest(name))
            gathered.num_samples[name] += len(rows)
    progress(Progress("gather", len(source_ids), len(source_ids), "sources"))
    for (name, bucket), ids in sorted(sources.items()):
        gathered.contents.setdefault(name, {})[bucket] = BucketContent(
            digest=hashlib.sha256("\n".join(digests[name, bucket]).encode()).hexdigest(),
            rows=_reader(catalogue, store, name, tuple(ids)),
        )
    return gathered


def _reader(
    catalogue: KeptCatalogue, store: CutStore | None, name: str, source_ids: tuple[str, ...]
) -> Callable[[], Iterator[Row]]:
    def rows() -> Iterator[Row]:
        for source_id in source_ids:
            ready = _SourceRows.of(catalogue, store, source_id)
            assert ready is not None, f"{source_id} left the store while a release was written"
            yield from ready.rows(name)

    return rows


@dataclass(frozen=True, slots=True)
class _SourceRows:
    """The complete samples of one source, by config, and the cuts that hold their media."""

    samples: dict[str, list[Sample]]
    left_out: Counter[str]
    stored: StoredCuts | None
    """None for a release without media."""
    poses: Mapping[str, bytes]
    """Clip id to a `.npy` file."""

    @classmethod
    def of(
        cls, catalogue: KeptCatalogue, store: CutStore | None, source_id: str
    ) -> "_SourceRows | None":
        """None if the source has requests and nothing was cut yet."""
        plan, stored = catalogue.source(source_id), None
        if store is not None:
            stored = store.find(source_id, plan.requests)
            if stored.missing and not stored.cuts:
                return None
        samples: dict[str, list[Sample]] = {}
        left_out: Counter[str] = Counter()
        for name, sample in plan.samples:
            if stored is None:
                samples.setdefault(name, []).append(sample)
            elif all(stored.has(clip_id) for clip_id in cut_names(sample)):
                samples.setdefault(name, []).append(with_measures(sample, stored.cuts))
            else:
                left_out[name] += 1
        poses = {} if stored is None else catalogue.poses(source_id)
        return cls(samples, left_out, stored, poses)

    def clips(self) -> list[Clip]:
        """Every clip once."""
        clips = {
            clip.clip_id: clip
            for samples in self.samples.values()
            for sample in samples
            for clip in sample.clips
        }
        return list(clips.values())

    def digest(self, name: str) -> str:
        """A digest of everything that decides the rows: values, and checksums of the media."""
        return digest_rows(
            to_row(sample) | {"media": self._checksums(sample)} for sample in self.samples[name]
        )

    def rows(self, name: str) -> Iterator[Row]:
        """The rows of a config with their bytes."""
        for sample in self.samples[name]:
            media = {
                column: [self._bytes(medium, clip_id) for clip_id in clip_ids]
                if isinstance(clip_ids, tuple)
                else self._bytes(medium, clip_ids)
                for column, (medium, clip_ids) in cuts_by_column(sample).items()
            }
            yield Row(sample=sample, media=media)

    def _bytes(self, medium: Medium, clip_id: str | None) -> bytes | None:
        if self.stored is None or clip_id is None:
            return None
        if medium == "pose":
            return self.poses.get(clip_id)
        return self.stored.media(clip_id)[medium]

    def _checksums(self, sample: Sample) -> dict[str, int | None]:
        if self.stored is None:
            return {}
        clip_ids = cut_names(sample)
        sums = {
            f"{clip_id}.{medium}": getattr(self.stored.cuts[clip_id], f"{medium}_xxh3_64")
            for clip_id in clip_ids
            for medium in ("video", "audio")
        }
        return sums | {
            f"{clip_id}.pose": xxh3_64_intdigest(self.poses[clip_id])
            for clip_id in clip_ids
            if clip_id in self.poses
        }

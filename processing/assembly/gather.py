"""From catalogue and store to what a release is written from: rows by config and bucket.

Nothing is decided here: the catalogue says which samples there are, the store which of their
pieces were cut. A sample that lacks a piece is left out and counted.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field

from xxhash import xxh3_64_intdigest

from ...records import (
    MEDIA_ROLES,
    Clip,
    Listener,
    ListeningSample,
    Medium,
    Progress,
    Sample,
    bucket_of,
    silent,
    to_row,
)
from ...release import GATES, BucketContent, Gate, Row, count_answers
from .catalogue import Catalogue, digest_rows, requests_of, voice_id, with_measures
from .clip_store import CutStore, StoredCuts

Place = tuple[Medium, str | tuple[str, ...] | None]
"""A medium, and the name of the piece that gives it, or one name for each turn."""


@dataclass(slots=True)
class Gathered:
    """Everything a release will hold, before a shard of it is written."""

    contents: dict[str, dict[int, BucketContent]] = field(default_factory=dict)
    """Config, bucket, content."""
    num_samples: Counter[str] = field(default_factory=Counter)
    """Samples by config."""
    num_left_out: Counter[str] = field(default_factory=Counter)
    """Samples by config that lack a piece: it could not be cut, or is not cut yet."""
    num_sources: int = 0
    """Sources that give at least one sample."""
    waiting: set[str] = field(default_factory=set)
    """Sources of which something is asked, and no sample is whole yet."""
    gate_counts: dict[str, dict[str, int]] = field(default_factory=dict)
    """Gate to the number of clips by answer, each clip once."""


def gather(
    catalogue: Catalogue,
    store: CutStore | None,
    num_buckets: Mapping[str, int],
    gates: Collection[Gate] = GATES,
    progress: Listener = silent,
) -> Gathered:
    """Sorts all samples into buckets; media are read only when their shard is written.

    Args:
        catalogue: which samples there are.
        store: where their media is, and which sources are ready; None takes every source and
            writes every media column null.
        num_buckets: by config.
        gates: whose answers are counted.
        progress: told of every hundredth source.
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
            place = (name, bucket_of(source_id, num_buckets[name]))
            sources.setdefault(place, []).append(source_id)
            digests.setdefault(place, []).append(ready.digest(name))
            gathered.num_samples[name] += len(rows)
    progress(Progress("gather", len(source_ids), len(source_ids), "sources"))
    for (name, bucket), ids in sorted(sources.items()):
        gathered.contents.setdefault(name, {})[bucket] = BucketContent(
            digest=hashlib.sha256("\n".join(digests[name, bucket]).encode()).hexdigest(),
            rows=_reader(catalogue, store, name, tuple(ids)),
        )
    return gathered


def _reader(
    catalogue: Catalogue, store: CutStore | None, name: str, source_ids: tuple[str, ...]
) -> Callable[[], Iterator[Row]]:
    def rows() -> Iterator[Row]:
        for source_id in source_ids:
            ready = _SourceRows.of(catalogue, store, source_id)
            assert ready is not None, f"{source_id} left the store while a release was written"
            yield from ready.rows(name)

    return rows


@dataclass(frozen=True, slots=True)
class _SourceRows:
    """The complete samples of one source, by config, and the pieces that hold their media."""

    samples: dict[str, list[Sample]]
    left_out: Counter[str]
    pieces: StoredCuts | None
    poses: Mapping[str, bytes]
    """Clip id to a `.npy` file."""

    @classmethod
    def of(
        cls, catalogue: Catalogue, store: CutStore | None, source_id: str
    ) -> "_SourceRows | None":
        """None where something is asked of the source and nothing was cut yet."""
        assigned = catalogue.samples(source_id)
        found = None
        if store is not None:
            found = store.find(source_id, requests_of(assigned))
            if found.missing and not found.pieces:
                return None
        samples: dict[str, list[Sample]] = {}
        left_out: Counter[str] = Counter()
        for name, sample in assigned:
            if found is None:
                samples.setdefault(name, []).append(sample)
            elif all(found.has(piece) for piece in _pieces(sample)):
                samples.setdefault(name, []).append(with_measures(sample, found.pieces))
            else:
                left_out[name] += 1
        return cls(samples, left_out, found, {} if found is None else catalogue.poses(source_id))

    def clips(self) -> list[Clip]:
        """Every clip once."""
        found = {
            clip.clip_id: clip
            for samples in self.samples.values()
            for sample in samples
            for clip in sample.clips
        }
        return list(found.values())

    def digest(self, name: str) -> str:
        """Function of all that decides the rows: values, and checksums of the media."""
        return digest_rows(
            to_row(sample) | {"media": self._checksums(sample)} for sample in self.samples[name]
        )

    def rows(self, name: str) -> Iterator[Row]:
        """The rows of a config with their bytes."""
        for sample in self.samples[name]:
            media = {
                column: [self._bytes(medium, piece) for piece in pieces]
                if isinstance(pieces, tuple)
                else self._bytes(medium, pieces)
                for column, (medium, pieces) in places_of(sample).items()
            }
            yield Row(sample=sample, media=media)

    def _bytes(self, medium: Medium, piece: str | None) -> bytes | None:
        if self.pieces is None or piece is None:
            return None
        if medium == "pose":
            return self.poses.get(piece)
        return self.pieces.media(piece)[medium]

    def _checksums(self, sample: Sample) -> dict[str, int | None]:
        if self.pieces is None:
            return {}
        sums = {
            f"{piece}.{medium}": getattr(self.pieces.pieces[piece], f"{medium}_xxh3_64")
            for piece in _pieces(sample)
            for medium in ("video", "audio")
        }
        posed = [piece for piece in _pieces(sample) if piece in self.poses]
        return sums | {f"{one}.pose": xxh3_64_intdigest(self.poses[one]) for one in posed}


def _pieces(sample: Sample) -> list[str]:
    names = [clip.clip_id for clip in sample.clips]
    if isinstance(sample, ListeningSample) and not isinstance(sample.speaker, Clip):
        names.append(voice_id(sample))
    return names


def places_of(sample: Sample) -> dict[str, Place]:
    """Which piece fills which media column; a piece without that medium gives null."""
    if sample.branch == "multi_turn":
        turns = tuple(clip.clip_id for clip in sample.clips)
        ((prefix, media),) = MEDIA_ROLES["multi_turn"]
        return {f"{prefix}{medium}s": (medium, turns) for medium in media}
    pieces: list[str | None] = [clip.clip_id for clip in sample.clips]
    heard = isinstance(sample, ListeningSample) and not isinstance(sample.speaker, Clip)
    if heard:
        pieces.insert(0, None)
    places: dict[str, Place] = {
        f"{prefix}{medium}": (medium, piece)
        for (prefix, media), piece in zip(MEDIA_ROLES[sample.branch], pieces, strict=True)
        for medium in media
    }
    if isinstance(sample, ListeningSample) and heard:
        places["speaker_audio"] = ("audio", voice_id(sample))
    return places

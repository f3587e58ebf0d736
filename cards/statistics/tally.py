"""Counting: rows of an index in, histograms and counts by value out; memory does not grow.

Each row group has a tally of its own. They are merged in the order of the row groups, so sums are
the same on every run.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import xxhash
from numpy.typing import NDArray

from .measures import MEASURES, UNKNOWN, Measure

Hashes = NDArray[np.uint64]


@dataclass(frozen=True, kw_only=True, slots=True)
class Histogram:
    """One measure of all clips or samples."""

    counts: tuple[int, ...]
    """By bin."""
    num_unknown: int
    """How many were not measured."""
    mean: float | None
    """Of what was measured."""
    minimum: float | None
    """Of what was measured."""
    maximum: float | None
    """Of what was measured."""

    @property
    def num_measured(self) -> int:
        """How many were measured."""
        return sum(self.counts)


@dataclass(slots=True)
class Bins:
    """A histogram that is being filled."""

    measure: Measure
    counts: NDArray[np.int64]
    num_unknown: int = 0
    total: float = 0.0
    minimum: float = np.inf
    maximum: float = -np.inf

    @classmethod
    def of(cls, measure: Measure) -> "Bins":
        """Empty bins."""
        return cls(measure, np.zeros(measure.num_bins, np.int64))

    def add(self, values: NDArray[np.float64]) -> None:
        """Counts values; NaN is not measured."""
        known = values[~np.isnan(values)]
        self.num_unknown += len(values) - len(known)
        if not len(known):
            return
        places = np.floor((known - self.measure.low) / self.measure.step + 1e-9)
        places = np.clip(places, 0, self.measure.num_bins - 1).astype(np.int64)
        self.counts += np.bincount(places, minlength=self.measure.num_bins)
        self.total += float(known.sum())
        self.minimum = min(self.minimum, float(known.min()))
        self.maximum = max(self.maximum, float(known.max()))

    def merge(self, other: "Bins") -> None:
        """Adds another histogram of the same measure."""
        self.counts += other.counts
        self.num_unknown += other.num_unknown
        self.total += other.total
        self.minimum = min(self.minimum, other.minimum)
        self.maximum = max(self.maximum, other.maximum)

    def finish(self) -> Histogram:
        """The histogram; sums rounded so that their last digits mean something."""
        count = int(self.counts.sum())
        return Histogram(
            counts=tuple(int(count) for count in self.counts),
            num_unknown=self.num_unknown,
            mean=round(self.total / count, 6) if count else None,
            minimum=round(self.minimum, 6) if count else None,
            maximum=round(self.maximum, 6) if count else None,
        )


@dataclass(slots=True)
class Tally:
    """Counts of some rows of one config."""

    bins: dict[str, Bins] = field(
        default_factory=lambda: {measure.name: Bins.of(measure) for measure in MEASURES}
    )
    values: dict[str, Counter[str]] = field(default_factory=dict)
    num_clips: int = 0
    speech_seconds: float = 0.0
    overlapped_seconds: float = 0.0
    sources: list[Hashes] = field(default_factory=list)
    people: list[Hashes] = field(default_factory=list)
    media: list[tuple[Hashes, NDArray[np.uint32]]] = field(default_factory=list)

    def merge(self, other: "Tally") -> None:
        """Adds the counts of other rows."""
        for name, bins in other.bins.items():
            self.bins[name].merge(bins)
        for name, counts in other.values.items():
            self.values.setdefault(name, Counter()).update(counts)
        self.num_clips += other.num_clips
        self.speech_seconds += other.speech_seconds
        self.overlapped_seconds += other.overlapped_seconds
        self.sources = [unite([*self.sources, *other.sources])]
        self.people = [unite([*self.people, *other.people])]
        self.media += other.media

    def add_clips(self, clips: Mapping[str, pa.Array]) -> None:
        """Counts clips, given as columns by field."""
        count = len(clips["start_seconds"])
        self.num_clips += count
        durations = numbers(clips["end_seconds"]) - numbers(clips["start_seconds"])
        self.bins["duration_seconds"].add(durations)
        for measure in MEASURES:
            if measure.of == "clip" and measure.name in clips:
                self.bins[measure.name].add(numbers(clips[measure.name]))
        for name in ("role", "language", "topic", "human_body", "facing"):
            self._count(name, clips[name])
        self._count("year", pc.utf8_slice_codeunits(clips["source_published"], 0, 4))
        short_sides = np.minimum(numbers(clips["source_width"]), numbers(clips["source_height"]))
        steps = np.digitize(short_sides, [720, 1080, 1081])
        names = ("under 720p", "720p to 1079p", "1080p", "over 1080p")
        counts = Counter({names[step]: int(n) for step, n in enumerate(np.bincount(steps)) if n})
        self.values.setdefault("resolution", Counter()).update(counts)
        self.people.append(hashes(clips["person_id"]))

    def add_speech(self, seconds: float, overlapped: float) -> None:
        """Adds seconds of speech, and seconds that overlap with another voice."""
        self.speech_seconds += seconds
        self.overlapped_seconds += overlapped

    def add_media(self, sizes: pa.Array, checksums: pa.Array) -> None:
        """Adds sizes and checksums of media; null means no media."""
        known = sizes.is_valid()
        num_bytes = sizes.filter(known).to_numpy(zero_copy_only=False).astype(np.uint32)
        self.media.append((checksums.filter(known).to_numpy(zero_copy_only=False), num_bytes))

    def _count(self, name: str, column: pa.Array) -> None:
        value_counts = pc.value_counts(column)
        counts = self.values.setdefault(name, Counter())
        for value, count in zip(
            value_counts.field("values").to_pylist(),
            value_counts.field("counts").to_pylist(),
            strict=True,
        ):
            counts[UNKNOWN if value is None else str(value)] += count


def unite(groups: list[Hashes]) -> Hashes:
    """All distinct hashes, sorted."""
    return np.unique(np.concatenate(groups)) if groups else np.zeros(0, np.uint64)


def hashes(column: pa.Array) -> Hashes:
    """A hash of every value that occurs; nulls have none."""
    values = pc.drop_null(pc.unique(column)).to_pylist()
    return np.array([xxhash.xxh3_64_intdigest(value.encode()) for value in values], dtype=np.uint64)


def numbers(column: pa.Array) -> NDArray[np.float64]:
    """Values as floats, NaN where null."""
    return np.asarray(column.cast(pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)


def count_words(text: pa.Array) -> NDArray[np.float64]:
    """Words of every text, counted as spaces plus one; NaN where there is none."""
    return numbers(pc.add(pc.count_substring(text, " "), 1))


def unique_bytes(media: list[tuple[Hashes, NDArray[np.uint32]]]) -> tuple[int, int]:
    """Bytes of all media, and of distinct media, by checksum."""
    total = sum(int(sizes.sum(dtype=np.int64)) for _, sizes in media)
    different = 0
    # A sixteenth of the hashes at a time: sorting all at once would double the memory.
    for top in range(16):
        chosen = [(keys >> np.uint64(60)) == np.uint64(top) for keys, _ in media]
        keys = [medium[0][mask] for medium, mask in zip(media, chosen, strict=True)]
        if keys:
            _, first = np.unique(np.concatenate(keys), return_index=True)
            sizes = [medium[1][mask] for medium, mask in zip(media, chosen, strict=True)]
            different += int(np.concatenate(sizes)[first].sum(dtype=np.int64))
    return total, different

"""Statistics of a release from its index alone: one pass over row groups, no media are read.

index/<config>/{scan,text}-*.parquet -> row groups -> tallies -> Statistics
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from ...records import CONFIGS, MEDIA_ROLES, Config, columns_of
from ...release import Release
from .measures import CAPTION_FIELDS
from .overlap import overlapped_speech
from .tally import Hashes, Histogram, Tally, count_words, hashes, numbers, unique_bytes, unite

_SCAN_FIELDS = (
    "start_seconds",
    "end_seconds",
    "role",
    "voice",
    "person_id",
    "source_width",
    "source_height",
    "source_published",
    "sync_confidence",
    "dover",
    "clarity",
    "luminance_mean",
    "face_blur",
    "hand_blur",
    "motion_degree",
    "asr_avg_logprob",
    "language",
    "topic",
    "human_body",
    "facing",
)
_THREADS = 2
_TEXT_ROWS = 16_384


@dataclass(frozen=True, kw_only=True, slots=True)
class ConfigStatistics:
    """What was counted in one config."""

    num_rows: int
    """Samples."""
    num_sources: int
    """Conversations."""
    num_people: int
    """Different `person_id`; people without one are not in it."""
    num_clips: int
    """Clips in its rows; a clip in two rows counts twice."""
    clip_seconds: float
    """Sum of the durations of these clips."""
    speech_seconds: float
    """Speech of the people of these clips, by their diarized intervals."""
    overlapped_seconds: float
    """Part of it that overlaps with another voice of the scene: muting removed this from both."""
    num_media_bytes: int
    """Bytes of all media."""
    histograms: Mapping[str, Histogram]
    """By measure, see `MEASURES`."""
    categories: Mapping[str, Mapping[str, int]]
    """By field and value, the most frequent first."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Statistics:
    """What was counted in a release."""

    configs: Mapping[str, ConfigStatistics]
    """By config."""
    clips: ConfigStatistics
    """All single clips, that is, all clips except those of listeners; without single clips, those
    of the config with the most clips."""
    clips_from: tuple[str, ...]
    """The configs that `clips` is made from."""
    num_sources: int
    """Different sources in all configs."""
    num_people: int
    """Different `person_id` in all configs."""
    num_media_bytes: int
    """Bytes of all media in all configs."""
    num_unique_media_bytes: int
    """Bytes of all distinct media."""
    gate_counts: Mapping[str, Mapping[str, int]]
    """Gate to the number of clips by answer."""

    @property
    def repetition(self) -> float | None:
        """How often a byte of media occurs in the release on average; None without media."""
        if not self.num_unique_media_bytes:
            return None
        return self.num_media_bytes / self.num_unique_media_bytes

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self) | {"repetition": self.repetition}


def measure(release: Release) -> Statistics:
    """Counts everything.

    Raises:
        DamagedRelease: a part of the index is not what the manifest says.
    """
    tallies = {name: _measure_config(release, CONFIGS[name]) for name in release.configs}
    media = [piece for tally in tallies.values() for piece in tally.media]
    num_bytes, num_unique = unique_bytes(media)
    singles = tuple(name for name in tallies if CONFIGS[name].branch == "single")
    largest = sorted(tallies, key=lambda name: -tallies[name].num_clips)[:1]
    clip_configs = singles or tuple(largest)
    all_clips = Tally()
    for name in clip_configs:
        all_clips.merge(tallies[name])
    return Statistics(
        configs={name: _finish(release, (name,), tally) for name, tally in tallies.items()},
        clips=_finish(release, clip_configs, all_clips),
        clips_from=clip_configs,
        num_sources=len(unite([source for tally in tallies.values() for source in tally.sources])),
        num_people=len(unite([person for tally in tallies.values() for person in tally.people])),
        num_media_bytes=num_bytes,
        num_unique_media_bytes=num_unique,
        gate_counts=release.manifest.facts.gate_counts,
    )


def _finish(release: Release, names: tuple[str, ...], tally: Tally) -> ConfigStatistics:
    entries = [release.manifest.configs[name] for name in names]
    return ConfigStatistics(
        num_rows=sum(entry.num_rows for entry in entries),
        num_sources=len(unite(tally.sources)),
        num_people=len(unite(tally.people)),
        num_clips=tally.num_clips,
        clip_seconds=round(sum(entry.clip_seconds for entry in entries), 3),
        speech_seconds=round(tally.speech_seconds, 3),
        overlapped_seconds=round(tally.overlapped_seconds, 3),
        num_media_bytes=sum(entry.num_media_bytes for entry in entries),
        histograms={name: bins.finish() for name, bins in tally.bins.items()},
        categories={name: _ordered(counts) for name, counts in sorted(tally.values.items())},
    )


def _ordered(counts: Counter[str]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda entry: (-entry[1], entry[0])))


def _measure_config(release: Release, config: Config) -> Tally:
    total = Tally()
    with ThreadPoolExecutor(_THREADS) as pool:
        row_groups = list(_row_groups(release, config))
        for tally in pool.map(
            lambda row_group: _measure_row_group(release, config, *row_group), row_groups
        ):
            total.merge(tally)
            pa.default_memory_pool().release_unused()
    return total


def _row_groups(release: Release, config: Config) -> Iterator[tuple[str, int]]:
    """The `scan` file and number of every row group."""
    for path in sorted(release.manifest.files):
        if path.startswith(f"index/{config.name}/scan-"):
            with release.files.parquet(path, release.manifest) as file:
                yield from ((path, number) for number in range(file.num_row_groups))


def _measure_row_group(release: Release, config: Config, path: str, number: int) -> Tally:
    tally = Tally()
    prefixes = [prefix for prefix, _ in MEDIA_ROLES[config.branch]]
    many = config.branch == "multi_turn"
    media = [column.name for column in columns_of(config.branch) if column.table == "media"]
    scan_columns = [f"{name}_{suffix}" for name in media for suffix in ("num_bytes", "xxh3_64")]
    scan_columns += ["conversation_id", *_sample_measures(config)]
    for prefix in () if many else prefixes:
        scan_columns += [f"{prefix}{name}" for name in _SCAN_FIELDS]
    scan = _read(release, path, number, scan_columns)
    texts = path.replace("/scan-", "/text-")
    tally.sources.append(_hashes(scan["conversation_id"]))
    for name in _sample_measures(config):
        tally.bins[name].add(_numbers(scan[name]))
    for name in media:
        tally.add_media(_flat(scan[f"{name}_num_bytes"]), _flat(scan[f"{name}_xxh3_64"]))
    if many:
        names = [f"turns.list.element.{name}" for name in _SCAN_FIELDS]
        turns = _flat(_read(release, texts, number, names)["turns"])
        tally.add_clips({name: turns.field(name) for name in _SCAN_FIELDS})
        tally.bins["caption_words"].add(_caption_words(release, texts, number, ""))
        _add_speech(tally, release, texts, number, "turns.list.element.", turns.field("voice"))
    for prefix in () if many else prefixes:
        columns = {name: _flat(scan[f"{prefix}{name}"]) for name in _SCAN_FIELDS}
        word_counts = _caption_words(release, texts, number, prefix)
        _add_speech(tally, release, texts, number, prefix, columns["voice"])
        if prefix == "speaker_":
            # An off-screen voice has no clip, but belongs to a person.
            tally.people.append(_hashes(scan["speaker_person_id"]))
            on_screen = columns["start_seconds"].is_valid()
            columns = {name: column.filter(on_screen) for name, column in columns.items()}
            word_counts = word_counts[np.asarray(on_screen)]
        tally.add_clips(columns)
        tally.bins["caption_words"].add(word_counts)
    return tally


def _caption_words(release: Release, path: str, number: int, prefix: str) -> NDArray[np.float64]:
    """Caption words of a row group, read in small batches: text is most of an index."""
    many = "/multi_turn_" in path
    word_counts = []
    with release.files.parquet(path, release.manifest) as file:
        for name in CAPTION_FIELDS:
            column = f"turns.list.element.{name}" if many else f"{prefix}{name}"
            batches = file.iter_batches(_TEXT_ROWS, row_groups=[number], columns=[column])
            arrays = (batch.column(0) for batch in batches)
            texts = (array.flatten().field(0) if many else array for array in arrays)
            word_counts.append(np.concatenate([count_words(text) for text in texts]))
    return np.where(np.isnan(word_counts).all(axis=0), np.nan, np.nansum(word_counts, axis=0))


def _add_speech(
    tally: Tally, release: Release, path: str, number: int, prefix: str, own_voices: pa.Array
) -> None:
    """Adds the speech of a row group, read in small batches."""
    first = 0
    with release.files.parquet(path, release.manifest) as file:
        columns = [f"{prefix}{name}" for name in ("speech", "scene_voices")]
        for batch in file.iter_batches(_TEXT_ROWS, row_groups=[number], columns=columns):
            if batch.num_columns == 1:
                turns = batch.column(0).flatten()
                speech, voices = turns.field("speech"), turns.field("scene_voices")
            else:
                speech, voices = (batch.column(name) for name in columns)
            batch_voices = own_voices.slice(first, len(speech))
            tally.add_speech(*overlapped_speech(speech, voices, batch_voices))
            first += len(speech)


def _sample_measures(config: Config) -> tuple[str, ...]:
    measures = {"dialogue": ("gap_seconds",), "multi_turn": ("num_turns",)}
    return measures.get(config.branch, ())


def _read(release: Release, path: str, number: int, columns: list[str]) -> pa.Table:
    with release.files.parquet(path, release.manifest) as file:
        assert isinstance(file, pq.ParquetFile)
        return file.read_row_group(number, columns=columns, use_threads=False)


def _flat(column: pa.ChunkedArray) -> pa.Array:
    """One array; list columns are flattened."""
    array = column.chunk(0) if column.num_chunks == 1 else pa.concat_arrays(column.chunks)
    return array.flatten() if pa.types.is_list(array.type) else array


def _hashes(column: pa.ChunkedArray) -> Hashes:
    return hashes(_flat(column))


def _numbers(column: pa.ChunkedArray) -> NDArray[np.float64]:
    return numbers(_flat(column))

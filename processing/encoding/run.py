"""A release and an encoder in, features in the release out: source by source, then in shards.

    release -> sources -> clips, each once -> values -> shards, index, manifest, swap

The values of a source are written together when they are complete; a killed run loses only the
source that it was encoding. With `shard`, a run encodes some of the sources and only fills the work
folder: many machines may do so, and a run without `shard` writes the features.
"""

import shutil
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ...records import CONFIGS, Clip, Listener, ListeningSample, Progress, Sample, silent
from ...release import MediaRange, Release, ReleaseError, Samples, open_release
from ...release.features import (
    FeatureEntry,
    FeatureMedium,
    FeatureRow,
    FeatureValue,
    feature_columns,
    features_store,
    write_features,
)
from ..assembly.source_files import in_shard
from .encoder import ClipMedia, Encoder, EncodingError
from .store import Value, ValueStore, delete_values

OnError = Literal["raise", "skip"]


@dataclass(frozen=True, kw_only=True, slots=True)
class EncodeReport:
    """What one run did."""

    num_sources: int
    """Sources of this run or shard, including those that earlier runs encoded."""
    num_encoded: int
    """Clips that this run encoded."""
    num_kept: int
    """Clips that earlier runs had encoded."""
    failed: Mapping[str, str]
    """Clip to the reason why it has no features."""
    finished: bool
    """Whether the release has the features now; False if only the work folder was filled."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _StoredClip:
    """One clip in one row of the release."""

    column: str
    """Media column to which its features belong."""
    ranges: Mapping[FeatureMedium, MediaRange]
    """Medium to its byte range."""
    clip: Clip
    """The record that says how long it is; for a voice off screen, the listener's."""

    @property
    def key(self) -> str:
        """A key from its media: the same clip in another config has the same key."""
        return " ".join(
            f"{medium}:{byte_range.xxh3_64:016x}:{byte_range.num_bytes}"
            for medium, byte_range in sorted(self.ranges.items())
        )


def encode_release(
    root: Path,
    encoder: Encoder,
    *,
    configs: Sequence[str] = (),
    shard: tuple[int, int] | None = None,
    on_error: OnError = "raise",
    documents: Callable[[Path], None] | None = None,
    progress: Listener = silent,
) -> EncodeReport:
    """Encodes the clips that have no features yet, and writes the features into the release.

    Args:
        root: the release.
        encoder: the model.
        configs: their names; all configs with rows if empty.
        shard: (i, n) encodes the sources of shard i of n, and only fills the work folder.
        on_error: whether a clip with damaged media stops the run, or gets no features.
        documents: writes the card and figures again.
        progress: called for every source and shard.

    Raises:
        ReleaseError: no release, one without media, or a damaged one.
        EncodingError: a clip cannot be encoded, with `on_error="raise"`.
        ValueError: an unknown config, or no valid shard.
    """
    release = open_release(str(root))
    if not release.manifest.facts.with_media:
        raise ReleaseError(
            f"{str(root)!r} was written without media; `speakervid5m materialize` fills it"
        )
    chosen = [name for name in release.configs if name in configs or not configs]
    for name in configs:
        release.manifest.entry(name)
    if shard and not 0 <= shard[0] < shard[1]:
        raise ValueError(f"shard {shard[0]} of {shard[1]}: shards count from 0")
    entry = FeatureEntry(
        form=encoder.form, source=encoder.source, licence=encoder.licence, build=encoder.build
    )
    store = ValueStore(root, entry)
    release_clips = _ReleaseClips(release, entry, chosen)
    sources = [source_id for source_id in release_clips.sources if in_shard(source_id, shard)]
    encoded = kept = 0
    failed: dict[str, str] = {}
    for number, source in enumerate(sources):
        progress(Progress("encode", number, len(sources), "sources", source))
        wanted = release_clips.of(source)
        known = store.keys(source)
        kept += len(wanted.keys() & known)
        fresh: dict[str, Value] = {}
        for key, (samples, stored) in wanted.items():
            if key in known:
                continue
            try:
                fresh[key] = _encode(encoder, samples, stored)
            except EncodingError as error:
                if on_error == "raise":
                    raise
                fresh[key] = str(error)
            encoded += 1
        if fresh:
            store.write(source, {**store.values(source), **fresh})
        for key, value in store.values(source).items() if on_error == "skip" else ():
            if isinstance(value, str) and key in wanted:
                failed[wanted[key][1].clip.clip_id] = value
    progress(Progress("encode", len(sources), len(sources), "sources"))
    if shard is None:
        write_features(
            root,
            entry,
            partial(_rows, entry, store),
            configs=chosen,
            documents=documents,
            progress=progress,
        )
    return EncodeReport(
        num_sources=len(sources),
        num_encoded=encoded,
        num_kept=kept,
        failed=failed,
        finished=shard is None,
    )


def delete_retracted_values(root: Path, source_ids: Collection[str]) -> list[str]:
    """Removes everything derived from these sources from the work folder.

    Returns:
        What was removed, in words.
    """
    done = []
    if num_files := delete_values(root, source_ids):
        done.append(f"encoded values of sources, in {num_files} files")
    if (parts := features_store(root)).exists():
        # Parts are links to the release's shards, or belong to shards that no longer exist.
        shutil.rmtree(parts)
        done.append("parts of features, which the release holds itself")
    return done


def _encode(encoder: Encoder, samples: Samples, stored: _StoredClip) -> Value:
    media = {medium: samples.read(byte_range) for medium, byte_range in stored.ranges.items()}
    value = encoder(
        ClipMedia(
            clip_id=stored.clip.clip_id,
            num_frames=stored.clip.num_frames or 0,
            fps=stored.clip.fps or 0.0,
            video=media.get("video"),
            audio=media.get("audio"),
        )
    )
    encoder.form.check(value.shape, value.dtype)
    return value


class _ReleaseClips:
    """The clips of a release and the byte ranges of their media, by source."""

    def __init__(self, release: Release, entry: FeatureEntry, configs: Sequence[str]) -> None:
        self._samples = {name: release[name].select([]) for name in configs}
        self._media = entry.form.media
        # In every config, the rows of a source are one after another: one run of rows each.
        self._runs: dict[str, dict[str, tuple[int, int]]] = {}
        for name, samples in self._samples.items():
            ids = pc.run_end_encode(
                samples.table(["conversation_id"])["conversation_id"].combine_chunks(), pa.int64()
            )
            start = 0
            for source, stop in zip(ids.values.to_pylist(), ids.run_ends.to_pylist(), strict=True):
                self._runs.setdefault(source, {})[name] = start, stop
                start = stop
        self.sources = sorted(self._runs)

    def of(self, source_id: str) -> dict[str, tuple[Samples, _StoredClip]]:
        """Every clip of a source, once, by its key."""
        clips: dict[str, tuple[Samples, _StoredClip]] = {}
        for name, (start, stop) in self._runs[source_id].items():
            samples = self._samples[name]
            for number in range(start, stop):
                for column in self.row(name, number, samples[number]).values():
                    for stored in column:
                        if stored is not None:
                            clips.setdefault(stored.key, (samples, stored))
        return clips

    def row(self, config: str, number: int, sample: Sample) -> dict[str, list[_StoredClip | None]]:
        """The clips of one row by column; a multi-turn column has one for each turn."""
        samples = self._samples[config]
        columns: dict[str, list[_StoredClip | None]] = {}
        for column in feature_columns(CONFIGS[config].branch, self._media[0]):
            ranges = {
                medium: _ranges(samples, number, column.name.replace(self._media[0], medium))
                for medium in self._media
            }
            clips = _clips(sample, column.name, len(ranges[self._media[0]]))
            columns[column.name] = [
                _stored_clip(column.name, position, ranges, clip, self._media[0])
                for position, clip in enumerate(clips)
            ]
        return columns


def _ranges(samples: Samples, number: int, column: str) -> list[MediaRange | None]:
    ranges = samples.ranges(number, column)
    return ranges if isinstance(ranges, list) else [ranges]


def _clips(sample: Sample, column: str, count: int) -> Sequence[Clip]:
    """The clips whose media a column holds."""
    if count != 1 or column.startswith("turn_"):
        return sample.clips
    if isinstance(sample, ListeningSample):
        on_screen = isinstance(sample.speaker, Clip) and column.startswith("speaker_")
        return [sample.speaker if on_screen else sample.listener]  # type: ignore[list-item]
    return [sample.clips[1 if column.startswith("responder_") else 0]]


def _stored_clip(
    column: str,
    position: int,
    ranges: Mapping[FeatureMedium, Sequence[MediaRange | None]],
    clip: Clip,
    first: FeatureMedium,
) -> _StoredClip | None:
    here = {
        medium: byte_range
        for medium, listed in ranges.items()
        if (byte_range := listed[position]) is not None
    }
    return _StoredClip(column=column, ranges=here, clip=clip) if first in here else None


def _rows(
    entry: FeatureEntry, store: ValueStore, release: Release, config: str, bucket: int
) -> Iterator[FeatureRow]:
    samples, release_clips = release[config].select([]), _ReleaseClips(release, entry, [config])
    buckets = samples.table(["bucket"])["bucket"]
    chosen = pc.indices_nonzero(pc.equal(buckets, bucket)).to_pylist()
    for number in chosen:
        sample = samples[number]
        known = store.values(sample.clips[0].source_id)
        values: dict[str, FeatureValue] = {}
        for name, clips in release_clips.row(config, number, sample).items():
            each = [None if stored is None else _features_of(known, stored) for stored in clips]
            values[name] = each if name.startswith("turn_") else each[0]
        yield FeatureRow(sample_id=sample.sample_id, values=values)


def _features_of(known: Mapping[str, Value], stored: _StoredClip) -> NDArray[Any] | None:
    value = known.get(stored.key)
    if value is None:
        raise EncodingError(f"{stored.clip.clip_id} was not encoded; run the command again")
    return None if isinstance(value, str) else value

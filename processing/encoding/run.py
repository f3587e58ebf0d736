"""Every clip of a release through an encoder, source by source, then its shards of features.

    release -> sources -> pieces of media, each once -> values -> shards, index, manifest, swap

A source's values are written at once when they are whole; a run that was killed loses the source
at hand. With a part of the sources (`shard`) only the work folder is filled: many machines may
do so, and a run without a part finishes.
"""

import hashlib
import shutil
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ...records import CONFIGS, Clip, Listener, ListeningSample, Progress, Sample, sample_id, silent
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
from .encoder import ClipMedia, Encoder, EncodingError
from .store import Value, ValueStore, delete_values

OnError = Literal["raise", "skip"]


@dataclass(frozen=True, kw_only=True, slots=True)
class EncodeReport:
    """What one run did."""

    num_sources: int
    """Sources of this part, those of earlier runs included."""
    num_encoded: int
    """Pieces of media that were encoded now."""
    num_kept: int
    """Pieces that earlier runs had encoded."""
    failed: Mapping[str, str]
    """Clip to the reason why it has no features."""
    finished: bool
    """Whether the release has the features now; False where only the work folder was filled."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Piece:
    """One clip in one row."""

    column: str
    """Media column under which its value stands."""
    places: Mapping[FeatureMedium, MediaRange]
    """Medium to where it lies."""
    clip: Clip
    """The record that says how long it is; of a voice off screen, the listener's."""

    @property
    def key(self) -> str:
        """By its media: the same clip in another config has the same."""
        return " ".join(
            f"{medium}:{place.xxh3_64:016x}:{place.num_bytes}"
            for medium, place in sorted(self.places.items())
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
    """Encodes what is not encoded yet, and writes the features into the release.

    Args:
        root: the release.
        encoder: the model.
        configs: which; all that have rows if empty.
        shard: number and count of the parts that the sources are split into; only the work
            folder is filled then.
        on_error: a clip whose media are damaged stops the run, or has no features.
        documents: writes cards and figures anew.
        progress: told of every source and shard.

    Raises:
        ReleaseError: no release, one without media, or a damaged one.
        EncodingError: a clip cannot be encoded, with `on_error="raise"`.
        ValueError: an unknown config, or a part that is none.
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
        raise ValueError(f"part {shard[0]} of {shard[1]}: parts count from 0")
    entry = FeatureEntry(
        form=encoder.form, source=encoder.source, licence=encoder.licence, build=encoder.build
    )
    store = ValueStore(root, entry)
    pieces = _Pieces(release, entry, chosen)
    sources = [one for one in pieces.sources if shard is None or _part(one, shard[1]) == shard[0]]
    encoded = kept = 0
    failed: dict[str, str] = {}
    for number, source in enumerate(sources):
        progress(Progress("encode", number, len(sources), "sources", source))
        wanted = pieces.of(source)
        known = store.keys(source)
        kept += len(wanted.keys() & known)
        fresh: dict[str, Value] = {}
        for key, (samples, piece) in wanted.items():
            if key in known:
                continue
            try:
                fresh[key] = _encode(encoder, samples, piece)
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
            progress=lambda done, total, name: progress(
                Progress("write", done, total, "shards", name)
            ),
        )
    return EncodeReport(
        num_sources=len(sources),
        num_encoded=encoded,
        num_kept=kept,
        failed=failed,
        finished=shard is None,
    )


def delete_retracted_values(root: Path, source_ids: Collection[str]) -> list[str]:
    """Removes what descends from these sources from the work folder; says what it did."""
    done = []
    if gone := delete_values(root, source_ids):
        done.append(f"encoded values of sources, in {gone} files")
    if (parts := features_store(root)).exists():
        # Parts are links to the release's shards, or of shards that are no more.
        shutil.rmtree(parts)
        done.append("parts of features, which the release holds itself")
    return done


def _part(source_id: str, count: int) -> int:
    return int.from_bytes(hashlib.sha256(source_id.encode()).digest()[:8], "big") % count


def _encode(encoder: Encoder, samples: Samples, piece: _Piece) -> Value:
    media = {medium: samples.read(place) for medium, place in piece.places.items()}
    value = encoder(
        ClipMedia(
            clip_id=piece.clip.clip_id,
            num_frames=piece.clip.num_frames or 0,
            fps=piece.clip.fps or 0.0,
            video=media.get("video"),
            audio=media.get("audio"),
        )
    )
    encoder.form.check(value.shape, value.dtype)
    return value


class _Pieces:
    """The media of a release that an encoder is shown, by source."""

    def __init__(self, release: Release, entry: FeatureEntry, configs: Sequence[str]) -> None:
        self._samples = {name: release[name].select([]) for name in configs}
        self._media = entry.form.media
        # Rows of a source lie together: a run of each, in every config.
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

    def of(self, source_id: str) -> dict[str, tuple[Samples, _Piece]]:
        """Every piece of a source, once."""
        found: dict[str, tuple[Samples, _Piece]] = {}
        for name, (start, stop) in self._runs[source_id].items():
            samples = self._samples[name]
            for number in range(start, stop):
                for pieces in self.row(name, number, samples[number]).values():
                    for piece in pieces:
                        if piece is not None:
                            found.setdefault(piece.key, (samples, piece))
        return found

    def row(self, config: str, number: int, sample: Sample) -> dict[str, list[_Piece | None]]:
        """The pieces of one row by column, one for each turn of a run."""
        samples = self._samples[config]
        found: dict[str, list[_Piece | None]] = {}
        for column in feature_columns(CONFIGS[config].branch, self._media[0]):
            places = {
                medium: _listed(samples, number, column.name.replace(self._media[0], medium))
                for medium in self._media
            }
            clips = _clips(sample, column.name, len(places[self._media[0]]))
            found[column.name] = [
                _piece(column.name, position, places, clip, self._media[0])
                for position, clip in enumerate(clips)
            ]
        return found


def _listed(samples: Samples, number: int, column: str) -> list[MediaRange | None]:
    found = samples.ranges(number, column)
    return found if isinstance(found, list) else [found]


def _clips(sample: Sample, column: str, count: int) -> Sequence[Clip]:
    """The clips whose media a column holds."""
    if count != 1 or column.startswith("turn_"):
        return sample.clips
    if isinstance(sample, ListeningSample):
        seen = isinstance(sample.speaker, Clip) and column.startswith("speaker_")
        return [sample.speaker if seen else sample.listener]  # type: ignore[list-item]
    return [sample.clips[1 if column.startswith("responder_") else 0]]


def _piece(
    column: str,
    position: int,
    places: Mapping[FeatureMedium, Sequence[MediaRange | None]],
    clip: Clip,
    first: FeatureMedium,
) -> _Piece | None:
    found = {medium: one for medium, all_of in places.items() if (one := all_of[position])}
    return _Piece(column=column, places=found, clip=clip) if first in found else None


def _rows(
    entry: FeatureEntry, store: ValueStore, release: Release, config: str, bucket: int
) -> Iterator[FeatureRow]:
    samples, pieces = release[config].select([]), _Pieces(release, entry, [config])
    buckets = samples.table(["bucket"])["bucket"]
    chosen = pc.indices_nonzero(pc.equal(buckets, bucket)).to_pylist()
    for number in chosen:
        sample = samples[number]
        known = store.values(sample.clips[0].source_id)
        values: dict[str, FeatureValue] = {}
        for name, found in pieces.row(config, number, sample).items():
            each = [None if one is None else _number_of(known, one) for one in found]
            values[name] = each if name.startswith("turn_") else each[0]
        yield FeatureRow(sample_id=sample_id(sample), values=values)


def _number_of(known: Mapping[str, Value], piece: _Piece) -> NDArray[Any] | None:
    value = known.get(piece.key)
    if value is None:
        raise EncodingError(f"{piece.clip.clip_id} was not encoded; run the command again")
    return None if isinstance(value, str) else value

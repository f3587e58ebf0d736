"""The store of cut media: requests in, stored cuts (measures, and bytes on demand) out.

A digest of the whole request (range, box, speech, settings) names a cut, so each is made once.
Other gates or assumptions make other requests: the store answers those it knows from any part, and
the rest are cut. A request for audio alone is answered by any cut that has this audio: if a gate
drops a speaker, whom the listener then hears from off screen, nothing is cut again.
A part is written under a temporary name and renamed when it is complete. So a killed run
continues, several machines may fill one store, and a video can be deleted once its cuts are stored.

    cuts/<source>/<part>.parquet    names are digests: ids never become paths
    cuts/drafts/                    parts that are being written
"""

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import xxhash

from ..engines.units.temp_names import (
    STALE_SECONDS,
    age_of,
    is_of_this_machine,
    machine,
    process_runs,
)
from .cut_clips import CutClip, CutReject, CutRequest, CutSettings

STORE_VERSION = 3
"""Goes up when the same request would give other bytes, or the form of a part changes."""

_SCHEMA = pa.schema(
    [
        ("clip_id", pa.string()),
        ("request", pa.string()),
        ("video", pa.binary()),
        ("audio", pa.binary()),
        ("width", pa.int64()),
        ("height", pa.int64()),
        ("fps", pa.float64()),
        ("num_frames", pa.int64()),
        ("sample_rate", pa.int64()),
        ("video_xxh3_64", pa.uint64()),
        ("audio_xxh3_64", pa.uint64()),
        ("reason", pa.string()),
        ("detail", pa.string()),
        ("sound", pa.string()),
    ]
)
_MEASURED = tuple(name for name in _SCHEMA.names if name not in ("video", "audio"))

Row = dict[str, Any]
"""A cut with its bytes, by the names of the schema."""
_DIGITS = 40
"""Hexadecimal digits of a digest: 160 bits, as many as git's."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredCut:
    """The outcome of one request, without its bytes: a cut, or the reason why there is none."""

    clip_id: str
    """The request's name."""
    request: str
    """Digest of the request."""
    path: Path
    """The part that holds its bytes."""
    row: int
    """Its row group in the part."""
    width: int | None
    """Pixels; None for audio alone, and if rejected."""
    height: int | None
    """Pixels; None for audio alone, and if rejected."""
    fps: float | None
    """Frames per second; None for audio alone, and if rejected."""
    num_frames: int | None
    """Frames; None for audio alone, and if rejected."""
    sample_rate: int | None
    """Samples per second; None without audio."""
    video_xxh3_64: int | None
    """Checksum of the mp4."""
    audio_xxh3_64: int | None
    """Checksum of the FLAC."""
    reason: str | None
    """Why it was rejected; None if it was cut."""
    detail: str | None
    """What exactly was wrong."""
    audio_request: str | None = None
    """Digest of the request for its audio alone (column `sound`); None without audio, or if an
    earlier version cut it."""


@dataclass(frozen=True, slots=True)
class StoredCuts:
    """What the store holds for the requests to one source."""

    cuts: Mapping[str, StoredCut]
    """By the request's name: what was cut, and what could not be cut."""
    missing: Sequence[CutRequest]
    """Requests that were never tried."""

    @property
    def rejects(self) -> list[StoredCut]:
        """What could not be cut."""
        return [cut for cut in self.cuts.values() if cut.reason is not None]

    def has(self, name: str, *, whole: bool = False) -> bool:
        """Whether a request was cut; with `whole`, also whether its bytes match their checksums."""
        if name not in self.cuts or self.cuts[name].reason is not None:
            return False
        try:
            return not whole or bool(self.media(name))
        except OSError:
            return False

    def media(self, name: str) -> dict[str, bytes | None]:
        """The bytes of one cut: `video` and `audio`, each None if the cut has none.

        Raises:
            OSError: the bytes do not match their checksum; the part is damaged.
        """
        cut = self.cuts[name]
        sums = {"video": cut.video_xxh3_64, "audio": cut.audio_xxh3_64}
        held = [medium for medium, checksum in sums.items() if checksum is not None]
        media: dict[str, bytes | None] = dict.fromkeys(sums)
        media |= _row_of(cut, held).to_pylist()[0] if held else {}
        for medium, value in media.items():
            if value is not None and xxhash.xxh3_64_intdigest(value) != sums[medium]:
                raise _damaged(cut.path, f"the {medium} of {name} does not match its checksum")
        return media


class CutStore:
    """The parts of all sources."""

    def __init__(self, folder: Path, settings: CutSettings) -> None:
        self.folder = folder
        self.settings = settings

    def find(
        self, source_id: str, requests: Sequence[CutRequest], *, source_stamp: str | None = None
    ) -> StoredCuts:
        """The outcomes of these requests that the store knows.

        Args:
            source_id: the source.
            requests: what to look up.
            source_stamp: size and time of the source's file: rejects of another file do not
                count and are tried again. None takes all.
        """
        asked = {self._key(request): request for request in requests}
        audio_only = {
            self._audio_key(request): request for request in requests if request.bbox is None
        }
        known: dict[str, StoredCut] = {}
        by_audio: dict[str, StoredCut] = {}
        for stamp, cuts in self._read(source_id):
            stale = source_stamp not in (None, stamp)
            for cut in cuts:
                if cut.reason is None and cut.audio_request in audio_only:
                    request = audio_only[cut.audio_request]
                    by_audio[request.clip_id] = _audio_of(cut, request.clip_id, self._key(request))
                if cut.request not in asked or (stale and cut.reason is not None):
                    continue
                # The later of two outcomes counts, but a reject never replaces a cut.
                earlier = known.get(cut.clip_id)
                if cut.reason is None or earlier is None or earlier.reason is not None:
                    known[cut.clip_id] = cut
        for name, cut in by_audio.items():
            if name not in known or known[name].reason is not None:
                known[name] = cut
        names = [request.clip_id for request in requests if request.clip_id in known]
        missing = [request for request in requests if request.clip_id not in known]
        return StoredCuts({name: known[name] for name in names}, missing)

    def write(
        self,
        source_id: str,
        requests: Sequence[CutRequest],
        results: Iterable[CutClip | CutReject],
        *,
        source_stamp: str,
    ) -> None:
        """Writes a part, one row group a cut, and reads every byte back before renaming it.

        Args:
            source_id: the source.
            requests: the requests that were missing.
            results: the outcome of each, in any order.
            source_stamp: see `find`.
        """
        asked = {request.clip_id: request for request in requests}
        keys = {name: (self._key(cut), self._audio_key(cut)) for name, cut in asked.items()}
        rows = (_row(result, *keys[result.clip_id]) for result in results)
        self._write(source_id, [key for key, _ in keys.values()], rows, source_stamp)

    def keep(
        self, source_id: str, requests: Sequence[CutRequest], *, source_stamp: str | None = None
    ) -> int:
        """Removes all cuts of a source except those for these requests, and all damaged parts.

        Args:
            source_id: the source.
            requests: what to keep.
            source_stamp: see `find`: rejects of this very file are kept, too. None removes all
                rejects.

        Returns:
            How many rows were removed.
        """
        parts, num_rows = self._parts(source_id), 0
        for path in list(parts):
            try:
                num_rows += len(_read_part(path)[1])
            except OSError:
                path.unlink()
                parts.remove(path)
                num_rows += 1
        stored = self.find(source_id, requests, source_stamp=source_stamp)
        kept = [cut for name, cut in stored.cuts.items() if stored.has(name, whole=True)]
        if source_stamp is not None:
            kept += stored.rejects
        if num_rows == len(kept):
            return 0
        written = None
        if kept:
            rows = (_kept_row(cut, stored.media(cut.clip_id)) for cut in kept)
            keys = [cut.request for cut in kept]
            written = self._write(source_id, keys, rows, source_stamp or "")
        for path in parts:
            if path != written:
                path.unlink()
        return num_rows - len(kept)

    def holds_others(self, source_id: str, requests: Sequence[CutRequest]) -> bool:
        """Whether the store has cuts of a source that none of these requests asks for.

        Reads no media.

        Raises:
            OSError: a part is damaged.
        """
        asked = {self._key(request) for request in requests}
        parts = self._read(source_id)
        return any(cut.request not in asked for _, cuts in parts for cut in cuts)

    def source_folders(self) -> Iterator[Path]:
        """The folders of all sources."""
        return self.folder.glob("??/*/")

    def was_cut(self, source_id: str) -> bool:
        """Whether a source has cuts and no rejects: its video may have been deleted.

        Raises:
            OSError: a part is damaged.
        """
        cuts = [cut for _, part in self._read(source_id) for cut in part]
        names = {cut.clip_id for cut in cuts if cut.reason is None}
        return bool(names) and all(cut.clip_id in names for cut in cuts)

    def size(self, source_id: str) -> int:
        """Bytes of a source's parts."""
        return sum(path.stat().st_size for path in self._parts(source_id))

    def sweep(self) -> None:
        """Removes the drafts that killed processes left, but none of a running process."""
        for draft in (self.folder / "drafts").glob("*.tmp"):
            dead = is_of_this_machine(draft) and not process_runs(draft.name.split(".")[-2])
            if dead or age_of(draft) > STALE_SECONDS:
                draft.unlink(missing_ok=True)

    def folder_of(self, source_id: str) -> Path:
        """The folder of a source's parts."""
        digest = hashlib.sha256(source_id.encode()).hexdigest()[:_DIGITS]
        return self.folder / digest[:2] / digest[2:]

    def _parts(self, source_id: str) -> list[Path]:
        """In the order in which they were written."""
        parts = self.folder_of(source_id).glob("*.parquet")
        return sorted(parts, key=lambda path: (path.stat().st_mtime_ns, path.name))

    def _read(self, source_id: str) -> "list[tuple[str, list[StoredCut]]]":
        """Stamp and cuts of every part, see `_parts`."""
        while True:
            parts = self._parts(source_id)
            try:
                return [_read_part(path) for path in parts]
            except FileNotFoundError:
                # Another process has moved the kept rows into another part meanwhile.
                if parts == self._parts(source_id):
                    raise

    def _key(self, request: CutRequest) -> str:
        asked = {
            "version": STORE_VERSION,
            "settings": asdict(self.settings),
            "request": asdict(request),
        }
        return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:_DIGITS]

    def _audio_key(self, request: CutRequest) -> str | None:
        """Names the audio of a request, whatever its video is; None without audio."""
        return None if request.muted is None else self._key(replace(request, clip_id="", bbox=None))

    def _write(
        self, source_id: str, keys: Iterable[str], rows: Iterator[Row], source_stamp: str
    ) -> Path:
        name = hashlib.sha256("\n".join(sorted(keys)).encode()).hexdigest()[:_DIGITS]
        path = self.folder_of(source_id) / f"{name}.parquet"
        draft = self.folder / "drafts" / f"{name}.{machine()}.{os.getpid()}.tmp"
        draft.parent.mkdir(parents=True, exist_ok=True)
        schema = _SCHEMA.with_metadata({"source_stamp": source_stamp})
        try:
            with pq.ParquetWriter(draft, schema, compression="none", use_dictionary=False) as out:
                for row in rows:
                    out.write_table(pa.Table.from_pylist([row], schema=schema))
            # A process writes many drafts under one name, within one tick of the clock.
            _footer.cache_clear()
            written = StoredCuts({cut.clip_id: cut for cut in _read_part(draft)[1]}, ())
            for clip_id in written.cuts:
                written.media(clip_id)
            with draft.open("rb") as file:
                os.fsync(file.fileno())
            path.parent.mkdir(parents=True, exist_ok=True)
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
        return path


def _read_part(path: Path) -> tuple[str, list[StoredCut]]:
    """The stamp of the source's file, and the cuts.

    Raises:
        OSError: the part is damaged.
    """
    try:
        with pq.ParquetFile(path) as file:
            rows = file.read(columns=[*_MEASURED]).to_pylist()
            stamp = (file.schema_arrow.metadata or {})[b"source_stamp"].decode()
    except pa.ArrowException as error:
        raise _damaged(path, str(error)) from error
    cuts = [
        StoredCut(path=path, row=number, audio_request=row.pop("sound", None), **row)
        for number, row in enumerate(rows)
    ]
    return stamp, cuts


@lru_cache(maxsize=16)
def _footer(path: Path, *_: int) -> pq.FileMetaData:
    """Parsed once for all cuts of a part while inode, size and time are the same.

    The time alone does not suffice: clocks tick every 4 ms or more, so two parts may share it.
    """
    return pq.read_metadata(path)


def _damaged(path: Path, what: str) -> OSError:
    return OSError(
        f"{path} is damaged: {what}. Delete that file and run the command again to cut its "
        "clips again"
    )


def _row_of(cut: StoredCut, columns: list[str] | None = None) -> pa.Table:
    try:
        now = cut.path.stat()
        footer = _footer(cut.path, now.st_ino, now.st_size, now.st_mtime_ns)
        with pq.ParquetFile(cut.path, metadata=footer) as file:
            return file.read_row_group(cut.row, columns=columns)
    except pa.ArrowException as error:
        raise _damaged(cut.path, str(error)) from error


def _audio_of(cut: StoredCut, name: str, request: str) -> StoredCut:
    """The audio of a cut, as if it had been requested alone."""
    return replace(cut, clip_id=name, request=request, width=None, height=None, video_xxh3_64=None)


def _kept_row(cut: StoredCut, media: Mapping[str, bytes | None]) -> Row:
    row: Row = asdict(cut)
    return {**row, "sound": cut.audio_request, **media}


def _row(result: CutClip | CutReject, request: str, audio_request: str | None) -> Row:
    row: Row = {"request": request, "sound": audio_request}
    row |= {name: getattr(result, name) for name in _SCHEMA.names if hasattr(result, name)}
    for name in ("video", "audio"):
        value = row.get(name)
        row[f"{name}_xxh3_64"] = None if value is None else xxhash.xxh3_64_intdigest(value)
    return row

"""The store of cut media: immutable Parquet parts in the work folder, a folder of them a source.

A piece is named by all that was asked for it (range, box, speech, settings), and is cut once: other
gates or assumptions ask for other pieces, take those that stand from any part, and cut the rest.
Sound alone is taken from any piece that holds it: where a gate drops a speaker, whom the listener
then hears from off screen, nothing is cut.
A part is written under another name and renamed when it is complete. So a killed run continues,
several machines may fill one store, and a video can be deleted once its pieces stand.

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
"""Goes up when the same request would be cut to other bytes, or parts become others."""

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
"""A piece with its bytes, by the names of the schema."""
_DIGITS = 40
"""Hexadecimal digits of a digest: 160 bits, as many as git's."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredCut:
    """What is known of one request's outcome, without its bytes."""

    clip_id: str
    """The request's name."""
    request: str
    """Digest of all that was asked for it."""
    path: Path
    """The part that holds its bytes."""
    row: int
    """Where they stand in the part."""
    width: int | None
    """Pixels; None for sound alone, and where rejected."""
    height: int | None
    """Pixels; None for sound alone, and where rejected."""
    fps: float | None
    """Frames per second; None for sound alone, and where rejected."""
    num_frames: int | None
    """Frames; None for sound alone, and where rejected."""
    sample_rate: int | None
    """Samples per second; None where there is no sound."""
    video_xxh3_64: int | None
    """Checksum of the mp4."""
    audio_xxh3_64: int | None
    """Checksum of the FLAC."""
    reason: str | None
    """Why it was rejected; None where it was cut."""
    detail: str | None
    """What exactly was wrong."""
    sound: str | None = None
    """Digest of all that was asked for its sound; None where it has none, or an earlier version
    cut it."""


@dataclass(frozen=True, slots=True)
class StoredCuts:
    """What the store holds of the pieces that a source is asked for."""

    pieces: Mapping[str, StoredCut]
    """By the request's name; those that were cut, and those that could not be."""
    missing: Sequence[CutRequest]
    """What was never tried."""

    @property
    def rejects(self) -> list[StoredCut]:
        """What could not be cut."""
        return [piece for piece in self.pieces.values() if piece.reason is not None]

    def has(self, name: str, *, whole: bool = False) -> bool:
        """Whether a piece was cut; `whole`: and every byte of it stands."""
        if name not in self.pieces or self.pieces[name].reason is not None:
            return False
        try:
            return not whole or bool(self.media(name))
        except OSError:
            return False

    def media(self, name: str) -> dict[str, bytes | None]:
        """The bytes of one piece: `video` and `audio`, None where there is none.

        Raises:
            OSError: they are not what was written; the part is damaged.
        """
        piece = self.pieces[name]
        sums = {"video": piece.video_xxh3_64, "audio": piece.audio_xxh3_64}
        held = [medium for medium, checksum in sums.items() if checksum is not None]
        media: dict[str, bytes | None] = dict.fromkeys(sums)
        media |= _row_of(piece, held).to_pylist()[0] if held else {}
        for medium, value in media.items():
            if value is not None and xxhash.xxh3_64_intdigest(value) != sums[medium]:
                raise _damaged(piece.path, f"the {medium} of {name} does not match its checksum")
        return media


class CutStore:
    """The parts of all sources."""

    def __init__(self, folder: Path, settings: CutSettings) -> None:
        self.folder = folder
        self.settings = settings

    def find(
        self, source_id: str, requests: Sequence[CutRequest], *, source_stamp: str | None = None
    ) -> StoredCuts:
        """What stands of these requests.

        Args:
            source_id: the source.
            requests: what is asked of it.
            source_stamp: size and time of the source's file: rejects do not count when it has
                become another, and are tried again. None takes all.
        """
        asked = {self._key(request): request for request in requests}
        alone = {self._sound_key(one): one for one in requests if one.bbox is None}
        found: dict[str, StoredCut] = {}
        heard: dict[str, StoredCut] = {}
        for stamp, pieces in self._read(source_id):
            stale = source_stamp not in (None, stamp)
            for piece in pieces:
                if piece.reason is None and piece.sound is not None and piece.sound in alone:
                    request = alone[piece.sound]
                    heard[request.clip_id] = _sound_of(piece, request.clip_id, self._key(request))
                if piece.request not in asked or (stale and piece.reason is not None):
                    continue
                # Of two the later, but no reject takes the place of what was cut.
                known = found.get(piece.clip_id)
                if piece.reason is None or known is None or known.reason is not None:
                    found[piece.clip_id] = piece
        for name, piece in heard.items():
            if name not in found or found[name].reason is not None:
                found[name] = piece
        missing = [request for request in requests if request.clip_id not in found]
        return StoredCuts(
            {one.clip_id: found[one.clip_id] for one in requests if one.clip_id in found}, missing
        )

    def write(
        self,
        source_id: str,
        requests: Sequence[CutRequest],
        results: Iterable[CutClip | CutReject],
        *,
        source_stamp: str,
    ) -> None:
        """Writes a part, one row group a piece, and reads every byte back before it counts.

        Args:
            source_id: the source.
            requests: what was missing.
            results: the outcome of each, in any order.
            source_stamp: see `find`.
        """
        keys = {one.clip_id: (self._key(one), self._sound_key(one)) for one in requests}
        rows = (_row(result, *keys[result.clip_id]) for result in results)
        self._write(source_id, [key for key, _ in keys.values()], rows, source_stamp)

    def keep(
        self, source_id: str, requests: Sequence[CutRequest], *, source_stamp: str | None = None
    ) -> int:
        """Removes all of a source but what was cut for these requests; says how many rows went.

        What is damaged cannot be kept, and goes too.

        Args:
            source_id: the source.
            requests: what is kept of it.
            source_stamp: see `find`: what could not be cut of this very file is kept, too. None
                lets go of it.
        """
        parts, num_rows = self._parts(source_id), 0
        for path in list(parts):
            try:
                num_rows += len(_read_part(path)[1])
            except OSError:
                path.unlink()
                parts.remove(path)
                num_rows += 1
        found = self.find(source_id, requests, source_stamp=source_stamp)
        kept = [piece for name, piece in found.pieces.items() if found.has(name, whole=True)]
        if source_stamp is not None:
            kept += found.rejects
        if num_rows == len(kept):
            return 0
        written = None
        if kept:
            rows = (asdict(piece) | found.media(piece.clip_id) for piece in kept)
            keys = [piece.request for piece in kept]
            written = self._write(source_id, keys, rows, source_stamp or "")
        for path in parts:
            if path != written:
                path.unlink()
        return num_rows - len(kept)

    def holds_others(self, source_id: str, requests: Sequence[CutRequest]) -> bool:
        """Whether pieces of a source stand for which nothing of this was asked; reads no media.

        Raises:
            OSError: a part is damaged.
        """
        asked = {self._key(request) for request in requests}
        parts = self._read(source_id)
        return any(piece.request not in asked for _, pieces in parts for piece in pieces)

    def source_folders(self) -> Iterator[Path]:
        """Where the parts of any source stand."""
        return self.folder.glob("??/*/")

    def was_cut(self, source_id: str) -> bool:
        """Whether pieces of a source stand and none was refused: its video may have been deleted.

        Raises:
            OSError: a part is damaged.
        """
        pieces = [piece for _, pieces in self._read(source_id) for piece in pieces]
        cut = {piece.clip_id for piece in pieces if piece.reason is None}
        return bool(cut) and all(piece.clip_id in cut for piece in pieces)

    def size(self, source_id: str) -> int:
        """Bytes of a source's parts."""
        return sum(path.stat().st_size for path in self._parts(source_id))

    def sweep(self) -> None:
        """Removes the drafts that killed processes have left, and no living one's."""
        for draft in (self.folder / "drafts").glob("*.tmp"):
            dead = is_of_this_machine(draft) and not process_runs(draft.name.split(".")[-2])
            if dead or age_of(draft) > STALE_SECONDS:
                draft.unlink(missing_ok=True)

    def folder_of(self, source_id: str) -> Path:
        """Where a source's parts stand."""
        digest = hashlib.sha256(source_id.encode()).hexdigest()[:_DIGITS]
        return self.folder / digest[:2] / digest[2:]

    def _parts(self, source_id: str) -> list[Path]:
        """In the order in which they were written."""
        parts = self.folder_of(source_id).glob("*.parquet")
        return sorted(parts, key=lambda path: (path.stat().st_mtime_ns, path.name))

    def _read(self, source_id: str) -> "list[tuple[str, list[StoredCut]]]":
        """Stamp and pieces of every part, see `_parts`."""
        while True:
            parts = self._parts(source_id)
            try:
                return [_read_part(path) for path in parts]
            except FileNotFoundError:
                # Another process has put what is kept of them into another part meanwhile.
                if parts == self._parts(source_id):
                    raise

    def _key(self, request: CutRequest) -> str:
        asked = {
            "version": STORE_VERSION,
            "settings": asdict(self.settings),
            "request": asdict(request),
        }
        return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:_DIGITS]

    def _sound_key(self, request: CutRequest) -> str | None:
        """Names the sound of a request, whatever is seen with it; None where it has none."""
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
            written = StoredCuts({one.clip_id: one for one in _read_part(draft)[1]}, ())
            for clip_id in written.pieces:
                written.media(clip_id)
            with draft.open("rb") as file:
                os.fsync(file.fileno())
            path.parent.mkdir(parents=True, exist_ok=True)
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
        return path


def _read_part(path: Path) -> tuple[str, list[StoredCut]]:
    """The source's stamp when it was cut, and the pieces.

    Raises:
        OSError: the part is damaged.
    """
    try:
        with pq.ParquetFile(path) as file:
            rows = file.read(columns=[*_MEASURED]).to_pylist()
            stamp = (file.schema_arrow.metadata or {})[b"source_stamp"].decode()
    except pa.ArrowException as error:
        raise _damaged(path, str(error)) from error
    return stamp, [StoredCut(path=path, row=number, **row) for number, row in enumerate(rows)]


@lru_cache(maxsize=16)
def _footer(path: Path, *_: int) -> pq.FileMetaData:
    """Parsed once for all pieces of a part while inode, size and time are the same.

    The time alone may be that of the part before: it goes by ticks of 4 ms or more.
    """
    return pq.read_metadata(path)


def _damaged(path: Path, what: str) -> OSError:
    return OSError(
        f"{path} is damaged: {what}. Delete that file and run the command again to cut its "
        "pieces anew"
    )


def _row_of(piece: StoredCut, columns: list[str] | None = None) -> pa.Table:
    try:
        now = piece.path.stat()
        footer = _footer(piece.path, now.st_ino, now.st_size, now.st_mtime_ns)
        with pq.ParquetFile(piece.path, metadata=footer) as file:
            return file.read_row_group(piece.row, columns=columns)
    except pa.ArrowException as error:
        raise _damaged(piece.path, str(error)) from error


def _sound_of(piece: StoredCut, name: str, request: str) -> StoredCut:
    """The sound of a piece, as if it had been asked for alone."""
    return replace(
        piece, clip_id=name, request=request, width=None, height=None, video_xxh3_64=None
    )


def _row(result: CutClip | CutReject, request: str, sound: str | None) -> Row:
    row: Row = {"request": request, "sound": sound}
    row |= {name: getattr(result, name) for name in _SCHEMA.names if hasattr(result, name)}
    for name in ("video", "audio"):
        value = row.get(name)
        row[f"{name}_xxh3_64"] = None if value is None else xxhash.xxh3_64_intdigest(value)
    return row

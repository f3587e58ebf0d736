"""The store of cut media: immutable Parquet parts in the work folder, a folder of them a source.

A piece is named by all that was asked for it (range, box, speech, settings), and is cut once: other
gates or assumptions ask for other pieces, take those that stand from any part, and cut the rest.
A part is written under another name and renamed when it is complete. So a killed run continues,
several machines may fill one store, and a video can be deleted once its pieces stand.

    cuts/<source>/<part>.parquet    names are digests: ids never become paths
    cuts/drafts/                    parts that are being written
"""

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import xxhash

from .cutting import CutClip, CutReject, CutRequest, CutSettings
from .engines.drafts import STALE_SECONDS, age_of, is_of_this_machine, machine, process_runs

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
    ]
)
_MEASURED = tuple(name for name in _SCHEMA.names if name not in ("video", "audio"))


_DIGITS = 40
"""Hexadecimal digits of a digest: 160 bits, as many as git's."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Piece:
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


@dataclass(frozen=True, slots=True)
class CutPieces:
    """What the store holds of the pieces that a source is asked for."""

    pieces: Mapping[str, Piece]
    """By the request's name; those that were cut, and those that could not be."""
    missing: Sequence[CutRequest]
    """What was never tried."""

    @property
    def rejects(self) -> list[Piece]:
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
        media: dict[str, bytes | None] = _row_of(piece, ["video", "audio"]).to_pylist()[0]
        for medium, checksum in (("video", piece.video_xxh3_64), ("audio", piece.audio_xxh3_64)):
            value = media[medium]
            if value is not None and xxhash.xxh3_64_intdigest(value) != checksum:
                raise _damaged(piece.path, f"the {medium} of {name} does not match its checksum")
        return media


class CutStore:
    """The parts of all sources."""

    def __init__(self, folder: Path, settings: CutSettings) -> None:
        self.folder = folder
        self.settings = settings

    def find(
        self, source_id: str, requests: Sequence[CutRequest], *, source_stamp: str | None = None
    ) -> CutPieces:
        """What stands of these requests.

        Args:
            source_id: the source.
            requests: what is asked of it.
            source_stamp: size and time of the source's file: rejects do not count when it has
                become another, and are tried again. None takes all.
        """
        asked = {self._key(request): request for request in requests}
        found: dict[str, Piece] = {}
        for path in self._parts(source_id):
            stamp, pieces = _read_part(path)
            stale = source_stamp not in (None, stamp)
            for piece in pieces:
                if piece.request not in asked or (stale and piece.reason is not None):
                    continue
                # Of two the later, but no reject takes the place of what was cut.
                known = found.get(piece.clip_id)
                if piece.reason is None or known is None or known.reason is not None:
                    found[piece.clip_id] = piece
        missing = [request for request in requests if request.clip_id not in found]
        return CutPieces(
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
        keys = {request.clip_id: self._key(request) for request in requests}
        rows = (
            pa.Table.from_pylist([_row(result, keys[result.clip_id])], schema=_SCHEMA)
            for result in results
        )
        self._write(source_id, keys.values(), rows, source_stamp)

    def keep(self, source_id: str, requests: Sequence[CutRequest]) -> int:
        """Removes all of a source but what was cut for these requests; says how many rows went.

        What is damaged cannot be kept, and goes too.
        """
        parts, num_rows = self._parts(source_id), 0
        for path in list(parts):
            try:
                num_rows += len(_read_part(path)[1])
            except OSError:
                path.unlink()
                parts.remove(path)
                num_rows += 1
        found = self.find(source_id, requests)
        kept = [piece for name, piece in found.pieces.items() if found.has(name, whole=True)]
        if num_rows == len(kept):
            return 0
        written = None
        if kept:
            rows = (_row_of(piece) for piece in kept)
            written = self._write(source_id, [piece.request for piece in kept], rows, "")
        for path in parts:
            if path != written:
                path.unlink()
        return num_rows - len(kept)

    def was_cut(self, source_id: str) -> bool:
        """Whether pieces of a source stand and none was refused: its video may have been deleted.

        Raises:
            OSError: a part is damaged.
        """
        pieces = [one for path in self._parts(source_id) for one in _read_part(path)[1]]
        cut = {one.clip_id for one in pieces if one.reason is None}
        return bool(cut) and all(one.clip_id in cut for one in pieces)

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

    def _key(self, request: CutRequest) -> str:
        asked = {
            "version": STORE_VERSION,
            "settings": asdict(self.settings),
            "request": asdict(request),
        }
        return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:_DIGITS]

    def _write(
        self, source_id: str, keys: Iterable[str], rows: Iterator[pa.Table], source_stamp: str
    ) -> Path:
        name = hashlib.sha256("\n".join(sorted(keys)).encode()).hexdigest()[:_DIGITS]
        path = self.folder_of(source_id) / f"{name}.parquet"
        draft = self.folder / "drafts" / f"{name}.{machine()}.{os.getpid()}.tmp"
        draft.parent.mkdir(parents=True, exist_ok=True)
        schema = _SCHEMA.with_metadata({"source_stamp": source_stamp})
        try:
            with pq.ParquetWriter(draft, schema, compression="none", use_dictionary=False) as out:
                for row in rows:
                    out.write_table(row.replace_schema_metadata(schema.metadata))
            # A process writes many drafts under one name, within one tick of the clock.
            _footer.cache_clear()
            written = CutPieces({one.clip_id: one for one in _read_part(draft)[1]}, ())
            for clip_id in written.pieces:
                written.media(clip_id)
            with draft.open("rb") as file:
                os.fsync(file.fileno())
            path.parent.mkdir(parents=True, exist_ok=True)
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
        return path


def _read_part(path: Path) -> tuple[str, list[Piece]]:
    """The source's stamp when it was cut, and the pieces.

    Raises:
        OSError: the part is damaged.
    """
    try:
        with pq.ParquetFile(path) as file:
            rows = file.read(columns=list(_MEASURED)).to_pylist()
            stamp = (file.schema_arrow.metadata or {})[b"source_stamp"].decode()
    except pa.ArrowException as error:
        raise _damaged(path, str(error)) from error
    return stamp, [Piece(path=path, row=number, **row) for number, row in enumerate(rows)]


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


def _row_of(piece: Piece, columns: list[str] | None = None) -> pa.Table:
    try:
        now = piece.path.stat()
        footer = _footer(piece.path, now.st_ino, now.st_size, now.st_mtime_ns)
        with pq.ParquetFile(piece.path, metadata=footer) as file:
            return file.read_row_group(piece.row, columns=columns)
    except pa.ArrowException as error:
        raise _damaged(piece.path, str(error)) from error


def _row(result: CutClip | CutReject, request: str) -> dict[str, Any]:
    if isinstance(result, CutReject):
        return {
            "clip_id": result.clip_id,
            "request": request,
            "reason": result.reason,
            "detail": result.detail,
        }
    row = {name: getattr(result, name) for name in _MEASURED if hasattr(result, name)}
    row |= {"request": request, "video": result.video, "audio": result.audio}
    for name in ("video", "audio"):
        row[f"{name}_xxh3_64"] = None if row[name] is None else xxhash.xxh3_64_intdigest(row[name])
    return row

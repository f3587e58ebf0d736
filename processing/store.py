"""The store of cut media: one immutable Parquet part a source, in the work folder.

A part is named by what was asked of the source (clips, ranges, boxes, speech, settings), is
written under another name and renamed when it is complete. So a killed run continues, several
machines may fill one store, and a source can be deleted once its part stands.
"""

import hashlib
import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import xxhash

from .cutting import CutClip, CutReject, CutRequest, CutSettings
from .engines.drafts import STALE_SECONDS, age_of, is_of_this_machine, machine, process_runs

STORE_VERSION = 2
"""Goes up when the same request would be cut to other bytes."""

_SCHEMA = pa.schema(
    [
        ("clip_id", pa.string()),
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


@dataclass(frozen=True, kw_only=True, slots=True)
class Piece:
    """What is known of one request's outcome, without its bytes."""

    clip_id: str
    """The request's name."""
    row: int
    """Where its bytes stand in the part."""
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


class CutPart:
    """One source's part, open for reading."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with pq.ParquetFile(path) as file:
            table = file.read(columns=list(_MEASURED))
            self.source_stamp = (file.schema_arrow.metadata or {})[b"source_stamp"].decode()
        self.pieces = {
            row["clip_id"]: Piece(row=number, **row) for number, row in enumerate(table.to_pylist())
        }

    @property
    def rejects(self) -> list[Piece]:
        """What could not be cut."""
        return [piece for piece in self.pieces.values() if piece.reason is not None]

    def media(self, clip_id: str) -> dict[str, bytes | None]:
        """The bytes of one request: `video` and `audio`, None where there is none.

        Raises:
            OSError: they are not what was written; the part is damaged.
        """
        piece = self.pieces[clip_id]
        with pq.ParquetFile(self.path) as file:
            table = file.read_row_group(piece.row, columns=["video", "audio"])
        media: dict[str, bytes | None] = table.to_pylist()[0]
        for name, checksum in (("video", piece.video_xxh3_64), ("audio", piece.audio_xxh3_64)):
            value = media[name]
            if value is not None and xxhash.xxh3_64_intdigest(value) != checksum:
                raise OSError(
                    f"{self.path} is damaged: the {name} of {clip_id} does not match its "
                    "checksum. Delete that file and run the command again to cut it anew"
                )
        return media


class CutStore:
    """The parts of all sources, in one folder."""

    def __init__(self, folder: Path, settings: CutSettings) -> None:
        self.folder = folder
        self.settings = settings

    def path(self, source_id: str, requests: Sequence[CutRequest]) -> Path:
        """Where the part of these requests stands or will stand; ids never become paths."""
        asked = {
            "version": STORE_VERSION,
            "source_id": source_id,
            "settings": asdict(self.settings),
            "requests": [asdict(request) for request in requests],
        }
        digest = hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()
        return self.folder / digest[:2] / f"{digest[:40]}.parquet"

    def find(self, source_id: str, requests: Sequence[CutRequest]) -> CutPart | None:
        """The finished part, or None."""
        path = self.path(source_id, requests)
        return CutPart(path) if path.exists() else None

    def write(
        self,
        source_id: str,
        requests: Sequence[CutRequest],
        results: Iterable[CutClip | CutReject],
        *,
        source_stamp: str,
    ) -> CutPart:
        """Writes a part, one row group a piece, and reads every byte back before it counts.

        Args:
            source_id: the source.
            requests: what was asked.
            results: the outcome of each, in the order of the requests.
            source_stamp: size and time of the source's file: a part with rejects is cut again
                when the file has become another.
        """
        path = self.path(source_id, requests)
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = draft_of_part(path)
        schema = _SCHEMA.with_metadata({"source_stamp": source_stamp})
        try:
            with pq.ParquetWriter(draft, schema, compression="none", use_dictionary=False) as out:
                for result in results:
                    out.write_table(pa.Table.from_pylist([_row(result)], schema=schema))
            part = CutPart(draft)
            for clip_id in part.pieces:
                part.media(clip_id)
            with draft.open("rb") as file:
                os.fsync(file.fileno())
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
        return CutPart(path)

    def sweep(self) -> None:
        """Removes the drafts that killed processes have left, and no living one's."""
        for draft in self.folder.glob("*/*.tmp"):
            dead = is_of_this_machine(draft) and not process_runs(draft.name.split(".")[-2])
            if dead or age_of(draft) > STALE_SECONDS:
                draft.unlink(missing_ok=True)


def draft_of_part(path: Path) -> Path:
    """A part's name while this process writes it: `....MACHINE.PROCESS.tmp`."""
    return path.with_suffix(f".{machine()}.{os.getpid()}.tmp")


def _row(result: CutClip | CutReject) -> dict[str, Any]:
    if isinstance(result, CutReject):
        return {"clip_id": result.clip_id, "reason": result.reason, "detail": result.detail}
    row = {name: getattr(result, name) for name in _MEASURED if hasattr(result, name)}
    row |= {"video": result.video, "audio": result.audio}
    for name in ("video", "audio"):
        row[f"{name}_xxh3_64"] = None if row[name] is None else xxhash.xxh3_64_intdigest(row[name])
    return row

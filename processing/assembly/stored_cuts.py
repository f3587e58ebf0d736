"""Stored cuts: the Parquet parts of a cut store, read as measures, and bytes on demand.

part.parquet --> read_part --> StoredCut --> StoredCuts.media --> checked bytes
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import xxhash

from ...records import ClipKey, Reject
from .cut_clips import CutClip, CutReject, CutRequest

PART_SCHEMA = pa.schema(
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
_MEASURED = tuple(name for name in PART_SCHEMA.names if name not in ("video", "audio"))


Row = dict[str, Any]
"""A cut with its bytes, by the names of the schema."""


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


def read_part(path: Path) -> tuple[str, list[StoredCut]]:
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


def cut_rejects(cuts: Path) -> Iterator[Reject]:
    """The clips that no run could cut, source by source.

    Args:
        cuts: the folder of a cut store.

    Raises:
        OSError: a part is damaged.
    """
    for folder in sorted(cuts.glob("??/*/")):
        last: dict[str, StoredCut] = {}
        for path in sorted(folder.glob("*.parquet"), key=lambda path: path.stat().st_mtime_ns):
            for cut in read_part(path)[1]:
                # The later of two outcomes counts, but a reject never replaces a cut.
                if cut.reason is None or last.get(cut.clip_id, cut).reason is not None:
                    last[cut.clip_id] = cut
        for clip_id, cut in sorted(last.items()):
            if cut.reason is not None:
                yield Reject(
                    stage="cut",
                    # A voice from off screen is named by the clip of its listener.
                    source_id=ClipKey.parse(clip_id.partition("#")[0]).source_id,
                    name=clip_id,
                    reason=cut.reason,
                    detail=cut.detail or "",
                )


@lru_cache(maxsize=16)
def part_footer(path: Path, *_: int) -> pq.FileMetaData:
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
        footer = part_footer(cut.path, now.st_ino, now.st_size, now.st_mtime_ns)
        with pq.ParquetFile(cut.path, metadata=footer) as file:
            return file.read_row_group(cut.row, columns=columns)
    except pa.ArrowException as error:
        raise _damaged(cut.path, str(error)) from error


def audio_of(cut: StoredCut, name: str, request: str) -> StoredCut:
    """The audio of a cut, as if it had been requested alone."""
    return replace(cut, clip_id=name, request=request, width=None, height=None, video_xxh3_64=None)


def kept_row(cut: StoredCut, media: Mapping[str, bytes | None]) -> Row:
    """A cut of one part, to be written to another."""
    row: Row = asdict(cut)
    return {**row, "sound": cut.audio_request, **media}


def row_of_result(result: CutClip | CutReject, request: str, audio_request: str | None) -> Row:
    """A result of cutting as a row, with checksums."""
    row: Row = {"request": request, "sound": audio_request}
    row |= {name: getattr(result, name) for name in PART_SCHEMA.names if hasattr(result, name)}
    for name in ("video", "audio"):
        value = row.get(name)
        row[f"{name}_xxh3_64"] = None if value is None else xxhash.xxh3_64_intdigest(value)
    return row

"""The store of cut media: immutable Parquet parts in the work folder, one folder a source.

Cut requests go in; stored cuts (their measures, and their bytes on demand) come out.

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
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from ...records import atomic_file, sweep_draft
from .cut_clips import CutClip, CutReject, CutRequest, CutSettings
from .stored_cuts import (
    PART_SCHEMA,
    Row,
    StoredCut,
    StoredCuts,
    audio_of,
    kept_row,
    read_part,
    row_of_result,
)

STORE_VERSION = 3
"""Goes up when the same request would give other bytes, or the form of a part changes."""
_DIGITS = 40
"""Hexadecimal digits of a digest: 160 bits, as many as git's."""


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
        known_audio: dict[str, StoredCut] = {}
        for stamp, cuts in self._read(source_id):
            stale = source_stamp not in (None, stamp)
            for cut in cuts:
                if cut.reason is None and cut.audio_request in audio_only:
                    request = audio_only[cut.audio_request]
                    known_audio[request.clip_id] = audio_of(
                        cut, request.clip_id, self._key(request)
                    )
                if cut.request not in asked or (stale and cut.reason is not None):
                    continue
                # The later of two outcomes counts, but a reject never replaces a cut.
                earlier = known.get(cut.clip_id)
                if cut.reason is None or earlier is None or earlier.reason is not None:
                    known[cut.clip_id] = cut
        for name, cut in known_audio.items():
            if name not in known or known[name].reason is not None:
                known[name] = cut
        names = [request.clip_id for request in requests]
        return StoredCuts(
            {name: known[name] for name in names if name in known},
            [request for request in requests if request.clip_id not in known],
        )

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
        keys = {
            request.clip_id: (self._key(request), self._audio_key(request)) for request in requests
        }
        rows = (row_of_result(result, *keys[result.clip_id]) for result in results)
        self._write(source_id, [key for key, _ in keys.values()], rows, source_stamp)

    def keep(
        self, source_id: str, requests: Sequence[CutRequest], *, source_stamp: str | None = None
    ) -> int:
        """Removes everything of a source except what was cut for these requests.

        A damaged part cannot be kept and is removed too.

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
                num_rows += len(read_part(path)[1])
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
            rows = (kept_row(cut, stored.media(cut.clip_id)) for cut in kept)
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
        for draft in (self.folder / "drafts").glob("*"):
            sweep_draft(draft)

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
                return [read_part(path) for path in parts]
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
        schema = PART_SCHEMA.with_metadata({"source_stamp": source_stamp})
        with atomic_file(path, self.folder / "drafts") as draft:
            with pq.ParquetWriter(draft, schema, compression="none", use_dictionary=False) as out:
                for row in rows:
                    out.write_table(pa.Table.from_pylist([row], schema=schema))
            written = StoredCuts({cut.clip_id: cut for cut in read_part(draft)[1]}, ())
            for clip_id in written.cuts:
                written.media(clip_id)
        return path

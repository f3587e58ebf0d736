"""A bucket, built once: shard and index rows in a folder named by a digest of their content.

    BucketJob --BucketStore.build--> folder with shard and index rows, as BuiltBucket

Built buckets are in the work folder. A killed build continues with the complete ones, and an
unchanged bucket is not built again: a release consists of hard links to them.
"""

import hashlib
import json
import shutil
from collections.abc import Callable, Collection, Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from ...records import atomic_folder
from ..errors import ReleaseError
from ..format.index import write_index
from ..format.shard import Cells, Row, locate_all, write_shard
from ..format.tables import ShardedTable
from ..manifest import FileEntry
from .durable_files import file_entry, footer_of, link

_SHARD, _FACTS = "shard.parquet", "part.json"


@dataclass(frozen=True, kw_only=True, slots=True)
class BucketContent:
    """The samples of a bucket."""

    digest: str
    """Function of everything that decides its bytes: values of the rows, checksums of media."""
    rows: Callable[[], Iterator[Row]]
    """Returns the rows in order (by source, then time); called only to build the bucket."""


@dataclass(frozen=True, kw_only=True, slots=True)
class BucketJob:
    """A bucket of a table to build."""

    table: ShardedTable
    """Its table."""
    bucket: int
    """Its number."""
    digest: str
    """Function of everything that decides its bytes."""
    rows: Callable[[], Iterator[Cells]]
    """Returns the rows of its shard in order; called only to build the bucket."""
    shard: Path | None = None
    """A finished shard of these rows; if there is one, only the index is built."""


@dataclass(frozen=True, kw_only=True, slots=True)
class BuiltBucket:
    """A finished bucket."""

    folder: Path
    """Holds the shard and its rows of the index tables."""
    entry: FileEntry
    """What the manifest says of the shard."""

    @property
    def shard(self) -> Path:
        """Its shard."""
        return self.folder / _SHARD

    def index(self, table: str) -> Path:
        """Its rows of a table of the index."""
        return self.folder / f"{table}.parquet"


class BucketStore:
    """The built buckets of a work folder; its user holds the release's lock."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._used: dict[Path, str] = {}

    def build(self, job: BucketJob) -> BuiltBucket:
        """Finds the built bucket of this content, or builds it.

        Raises:
            ReleaseError: the content has no rows, or two rows with one id.
        """
        identity = json.dumps(job.table.identity(job.bucket, job.digest)).encode()
        folder = self._folder / hashlib.sha256(identity).hexdigest()[:40]
        built = _whole(folder)
        if built is None:
            shutil.rmtree(folder, ignore_errors=True)
            with atomic_folder(folder) as draft:
                facts = _build(draft, job)
                (draft / _FACTS).write_text(json.dumps(facts, sort_keys=True), "utf-8")
            built = _built(folder, facts)
        self._used[folder] = built.entry.sha256
        return built

    def prune(self, files: Collection[FileEntry]) -> None:
        """Deletes what is no shard of a release: drafts, and buckets that it does not use.

        Args:
            files: of the release.
        """
        digests, used = {entry.sha256 for entry in files}, {*self._used.values()}
        for folder in self._folder.iterdir() if self._folder.exists() else ():
            shard = None if folder.suffix else _facts(folder).get("sha256")
            # Of several builds of one shard, only that which is used now stays.
            if shard not in digests or (shard in used and folder not in self._used):
                shutil.rmtree(folder, ignore_errors=True)


def _facts(folder: Path) -> dict[str, Any]:
    """What was noted of a built bucket; nothing if it is not finished."""
    try:
        facts: dict[str, Any] = json.loads((folder / _FACTS).read_text())
    except (OSError, ValueError):
        return {}
    return facts


def _built(folder: Path, facts: dict[str, Any]) -> BuiltBucket:
    entry = FileEntry(**{field.name: facts[field.name] for field in fields(FileEntry)})
    return BuiltBucket(folder=folder, entry=entry)


def _whole(folder: Path) -> BuiltBucket | None:
    """The built bucket, if it is complete and none of its files was cut off or replaced since."""
    try:
        facts = _facts(folder)
        built = _built(folder, facts)
        footers = facts.get("index", {}) | {_SHARD: built.entry.footer_xxh3_64}
        is_whole = built.shard.stat().st_size == built.entry.num_bytes and all(
            footer_of(folder / name) == footer for name, footer in footers.items()
        )
    except (OSError, KeyError, ValueError):
        return None
    return built if is_whole else None


def _build(folder: Path, job: BucketJob) -> dict[str, Any]:
    table, shard = job.table, folder / _SHARD
    where = f"bucket {job.bucket} of {table.config.name}"
    media = {column.name for column in table.media}
    rows: list[Cells] = []
    frames: list[Cells] = []

    def noted() -> Iterator[Cells]:
        for cells in job.rows():
            rows.append({name: cell for name, cell in cells.items() if name not in media})
            frames.extend(table.frames(cells))
            yield cells

    if job.shard is None:
        places = write_shard(shard, table.schema, table.media, noted())
    else:
        link(job.shard, shard)
        places = locate_all(shard, table.media)
        for _ in noted():
            pass
    if not rows:
        raise ReleaseError(f"{where} has no rows; empty buckets have no file")
    ids = [row["sample_id"] for row in rows]
    if len(set(ids)) < len(ids):
        duplicate = next(id_ for id_ in ids if ids.count(id_) > 1)
        raise ReleaseError(f"{where} holds sample {duplicate} twice")
    located = [
        {**row, **place, "bucket": job.bucket} for row, place in zip(rows, places, strict=True)
    ]
    footers: dict[str, int] = {}
    for name, schema in table.index.items():
        path = folder / f"{name}.parquet"
        write_index(path, schema, frames if name == "frames" else located)
        footers[path.name] = footer_of(path)
    return asdict(file_entry(shard)) | {"index": footers}

"""Columns of a config's index, part by part, read on demand.

    index/<config>/scan-0007.parquet --wanted columns, once--> memory, or a mapped file each

A small index stays in memory. A large one goes column by column to a cache of Arrow files that
are memory-mapped: the second opening reads nothing, and unused columns take no memory. The cache
is keyed by the digests of the index; opening a release deletes the entries of its earlier states.
"""

import hashlib
import os
import shutil
import threading
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from ...records import CONFIGS, Config, atomic_file, columns_of
from ..errors import DamagedRelease
from ..format.byte_ranges import check_order
from ..format.index import index_schema
from ..format.upgrades import declared
from ..layout import IndexTable
from ..manifest import SCHEMA_VERSION, Manifest
from ..storage.files import Files

CACHE_VARIABLE = "SPEAKERVID5M_CACHE"
IN_MEMORY_ROWS = 50_000
"""Rows of a config up to which its columns stay in memory (ours)."""
_OFFSET = "_offset_bytes"
_BATCH_ROWS = {"scan": 65_536, "text": 8_192, "frames": 2_048, "index": 65_536}


class IndexColumn:
    """A column of an index part."""

    __slots__ = ("_starts", "chunks")

    def __init__(self, chunks: Sequence[pa.Array]) -> None:
        self.chunks = list(chunks)
        self._starts = np.cumsum([0, *(len(chunk) for chunk in self.chunks)])

    def __len__(self) -> int:
        return int(self._starts[-1])

    def value(self, row: int) -> Any:
        """A value, as a Python object."""
        if len(self.chunks) == 1:
            return self.chunks[0][row].as_py()
        chunk = int(np.searchsorted(self._starts, row, side="right")) - 1
        return self.chunks[chunk][row - int(self._starts[chunk])].as_py()

    def slice(self, row: int, count: int, kind: pa.DataType) -> pa.ChunkedArray:
        """Consecutive rows."""
        return pa.chunked_array(self.chunks, type=kind).slice(row, count).combine_chunks()


class IndexColumns:
    """The index of a config by table, part and column."""

    def __init__(
        self,
        files: Files,
        manifest: Manifest,
        config: Config,
        folder: str | None = None,
        placed: Sequence[str] | None = None,
    ) -> None:
        """Reads nothing yet.

        Args:
            files: of the release.
            manifest: of the release.
            config: the config.
            folder: folder of the index; the config's own if left out.
            placed: media columns whose ranges it holds, in the order of the shards; those of the
                config if left out.
        """
        self._files, self._manifest, self._config = files, manifest, config
        media = [column.name for column in columns_of(config.branch) if column.table == "media"]
        self._placed = list(placed) if placed is not None else media
        self._ordered: set[str] = set()
        self._prefix = folder or f"index/{config.name}/"
        self._lock = threading.RLock()
        self._held: dict[tuple[str, str], IndexColumn] = {}
        self._starts: NDArray[np.int64] | None = None
        self._folder: Path | None = None
        self._opened: dict[str, pq.ParquetFile] = {}

    def parts(self, table: IndexTable | Literal["index"]) -> list[str]:
        """Paths of a table's parts, in order.

        Raises:
            DamagedRelease: the manifest knows none.
        """
        prefix = f"{self._prefix}{table}-"
        paths = sorted(name for name in self._manifest.files if name.startswith(prefix))
        if not paths:
            raise DamagedRelease(
                f"{self._files.address()}: the manifest knows no index of {self._config.name}; run "
                "`speakervid5m reindex`"
            )
        return paths

    def starts(self) -> NDArray[np.int64]:
        """First rows of the parts of `scan` and `text`, and the number of rows."""
        with self._lock:
            if self._starts is None:
                lengths = [self._num_rows(path) for path in self.parts("scan")]
                starts = np.cumsum([0, *lengths])
                expected = self._manifest.entry(self._config.name).num_rows
                if starts[-1] != expected:
                    raise DamagedRelease(
                        f"{self._files.address()}: the index of {self._config.name} has "
                        f"{starts[-1]} rows, the manifest says {expected}; run "
                        "`speakervid5m reindex`"
                    )
                self._starts = starts
            return self._starts

    def of(self, path: str, names: Sequence[str]) -> dict[str, IndexColumn]:
        """Columns of a part; those not read yet are read in one pass.

        Raises:
            DamagedRelease: these columns hold ranges, which are not in the order of the rows.
        """
        with self._lock:
            if path not in self._ordered and any(name.endswith(_OFFSET) for name in names):
                self._check_order(path)
                self._ordered.add(path)
            return self._read(path, names)

    def _read(self, path: str, names: Sequence[str]) -> dict[str, IndexColumn]:
        missing = [name for name in names if (path, name) not in self._held]
        if missing:
            self._held |= {
                (path, name): column for name, column in self._load(path, missing).items()
            }
        return {name: self._held[path, name] for name in names}

    def _check_order(self, path: str) -> None:
        """Compares ranges here, because every reader of ranges gets them here."""
        names = ["bucket", "row", *(["row_group"] if _table_of(path) == "scan" else [])]
        for name in self._placed:
            names += [f"{name}_offset_bytes", f"{name}_num_bytes"]
        columns = self._read(path, names)
        if len(columns["bucket"]):
            arrays = {
                name: pa.chunked_array(column.chunks).combine_chunks()
                for name, column in columns.items()
            }
            check_order(self._placed, arrays, self._files.address(path))

    @property
    def _is_small(self) -> bool:
        return self._manifest.entry(self._config.name).num_rows <= IN_MEMORY_ROWS

    def _num_rows(self, path: str) -> int:
        if (known := self._manifest.files[path].num_rows) is not None:
            return known
        # An earlier version wrote this manifest.
        if self._is_small:
            return int(self._open(path).metadata.num_rows)
        return len(self.of(path, ["sample_id"])["sample_id"])

    def _load(self, path: str, names: list[str]) -> dict[str, IndexColumn]:
        if self._is_small:
            # A pool of threads would cost more than it saves.
            file = self._open(path)
            schema = self._schema(path, file.schema_arrow, names)
            stored = _stored(file.schema_arrow, names)
            table = declared(file.read(columns=stored, use_threads=False), schema)
            return {name: IndexColumn(table[name].chunks) for name in names}
        folder = self._cache() / path.rsplit("/", 1)[1].removesuffix(".parquet")
        missing = [name for name in names if not (folder / f"{name}.arrow").exists()]
        if missing:
            self._convert(path, folder, missing, _BATCH_ROWS[_table_of(path)])
        return {name: _mapped(folder / f"{name}.arrow") for name in names}

    def _schema(self, path: str, stored: pa.Schema, names: Sequence[str]) -> pa.Schema:
        """The columns as this version declares them: an earlier index may lack some."""
        table = _table_of(path)
        known = stored if table == "index" else index_schema(self._config.branch, table)
        return pa.schema([known.field(name) for name in names])

    def _open(self, path: str) -> pq.ParquetFile:
        """A small part, checked; it stays open for its other columns."""
        if path not in self._opened:
            data = self._files.parquet_bytes(path, self._manifest)
            self._opened[path] = pq.ParquetFile(pa.BufferReader(data))
        return self._opened[path]

    def _convert(self, path: str, folder: Path, names: list[str], batch_rows: int) -> None:
        with ExitStack() as drafts, self._files.parquet(path, self._manifest) as file:
            schema = self._schema(path, file.schema_arrow, names)
            stored = _stored(file.schema_arrow, names)
            writers = {
                name: pa.ipc.new_file(
                    str(drafts.enter_context(atomic_file(folder / f"{name}.arrow"))),
                    pa.schema([schema.field(name)]),
                )
                for name in names
            }
            try:
                for batch in file.iter_batches(batch_size=batch_rows, columns=stored):
                    table = declared(pa.table(batch), schema)
                    for name, writer in writers.items():
                        writer.write_table(table.select([name]))
            finally:
                for writer in writers.values():
                    writer.close()

    def _cache(self) -> Path:
        if self._folder is None:
            home = _home(self._files, self._prefix)
            self._folder = home / _content(self._manifest, self._prefix)
        return self._folder


def forget_superseded(files: Files, manifest: Manifest) -> None:
    """Deletes cached columns of earlier states of a release: their rows may be retracted."""
    prefixes = {f"index/{name}/" for name in CONFIGS}
    prefixes |= {f"{path.rpartition('/')[0]}/" for path in manifest.files if "index" in path}
    for prefix in prefixes:
        home = _home(files, prefix)
        for other in home.iterdir() if home.exists() else ():
            if other.name != _content(manifest, prefix):
                shutil.rmtree(other, ignore_errors=True)


def _table_of(path: str) -> Any:
    """`scan`, `text` or `frames`; `index` of features."""
    return path.rsplit("/", 1)[1].split("-")[0]


def _stored(schema: pa.Schema, names: Sequence[str]) -> list[str]:
    """The columns that a file has; at least one, so that its rows are counted."""
    return [name for name in names if name in schema.names] or schema.names[:1]


def _home(files: Files, prefix: str) -> Path:
    """Where the cache keeps all states of an index."""
    return cache_folder() / hashlib.sha256(f"{files.root} {prefix}".encode()).hexdigest()[:24]


def _content(manifest: Manifest, prefix: str) -> str:
    lines = [SCHEMA_VERSION] + [
        f"{name} {entry.sha256}"
        for name, entry in sorted(manifest.files.items())
        if name.startswith(prefix)
    ]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:24]


def cache_folder() -> Path:
    """Where large indexes are kept: `SPEAKERVID5M_CACHE`, else the user's cache folder."""
    if chosen := os.environ.get(CACHE_VARIABLE):
        return Path(chosen).expanduser()
    base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(base).expanduser() / "speakervid5m"


def _mapped(path: Path) -> IndexColumn:
    with pa.memory_map(str(path)) as source:
        table = pa.ipc.open_file(source).read_all()
    return IndexColumn(table.column(0).chunks)

"""The samples of one config: rows of the index, and the media that they point to.

Nothing but the index is read until media are asked for, and then only their byte ranges.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import xxhash
from numpy.typing import NDArray

from ...records import CONFIGS, Config, Sample, from_row, sample_id
from ..address import safe_root
from ..errors import DamagedRelease, QueryError
from ..format.byte_ranges import MediaRange
from ..layout import index_part, index_path
from ..manifest import ConfigEntry, Manifest
from ..storage.files import Files, read_manifest
from ..tombstones.pending import pending_rows
from ..tombstones.records import Takedown
from .column_cache import forget_superseded
from .features import Features
from .index import Index
from .where import MAX_SECONDS, matching_rows, nearest


class Release:
    """An open release; `release["dialogue_sft"]` gives the samples of a config."""

    def __init__(self, files: Files) -> None:
        self.files = files
        self.manifest: Manifest = read_manifest(files)
        forget_superseded(files, self.manifest)
        self._pending: Mapping[str, NDArray[np.int64]] | None = None

    @property
    def root(self) -> str:
        """Folder or URL; it may hold a password: messages name `safe_root`."""
        return self.files.root

    @property
    def safe_root(self) -> str:
        """The same for messages: a folder whole, a URL without user, password and query."""
        return safe_root(self.files.root)

    @property
    def configs(self) -> tuple[str, ...]:
        """Configs that have rows, in the order of the vocabulary."""
        return tuple(name for name in CONFIGS if name in self.manifest.configs)

    def __getitem__(self, name: str) -> "Samples":
        """The samples of a config, without what was taken back since it was written.

        Raises:
            UnknownConfig: there is no such config; lists the nine.
            EmptyConfig: it has no rows here; says why.
            DamagedRelease: what was taken back cannot be read.
        """
        samples = self.whole(name)
        if (gone := self.pending.get(name)) is None:
            return samples
        kept = np.delete(np.arange(len(samples)), gone)
        return Samples(self, samples.config, kept, is_whole=True)

    @property
    def pending(self) -> Mapping[str, NDArray[np.int64]]:
        """Rows by config, in index order, that were taken back and are stored still.

        Raises:
            DamagedRelease: what was taken back cannot be read.
        """
        if self._pending is None:
            self._pending = pending_rows(self)
        return self._pending

    def whole(self, name: str) -> "Samples":
        """Every row that is stored: for those who rewrite or check a release, not for readers."""
        self.manifest.entry(name)
        return Samples(self, CONFIGS[name], is_whole=True)

    def source_ids(self, *names: str) -> frozenset[str]:
        """Sources of these configs, of all without a name; what was taken back is left out."""
        found: set[str] = set()
        for name in names or self.configs:
            ids = self[name].table(["conversation_id"])["conversation_id"]
            found.update(pc.unique(ids).to_pylist())
        return frozenset(found)

    def rows_since(self, name: str, config_digest: str) -> NDArray[np.int64] | None:
        """Where the samples of a config's earlier state are now; -1 for those taken back.

        Args:
            name: of the config.
            config_digest: of the earlier state, or the beginning of it.

        Returns:
            By their number then, numbers of `self[name]`; None if the release did not come from
            that state by retractions alone.
        """
        entry, now = self.manifest.entry(name), len(self[name])
        found: Sequence[int] | None = Takedown.read(self.files).rows_since(
            name, config_digest, entry.config_digest, entry.num_rows
        )
        if entry.config_digest.startswith(config_digest):
            found = range(entry.num_rows)
        if found is None:
            return None
        rows, gone = np.array(found, np.int64), self.pending.get(name)
        if gone is not None:
            places = np.full(entry.num_rows + 1, -1)
            places[np.delete(np.arange(entry.num_rows), gone)] = np.arange(now)
            rows = places[rows]
        return rows

    def __repr__(self) -> str:
        rows = ", ".join(f"{name}: {self.manifest.configs[name].num_rows}" for name in self.configs)
        return f"Release({self.safe_root!r}, {rows})"


class Samples(Sequence[Sample]):
    """Rows of one config, all of them or those that `where` kept, in index order."""

    def __init__(
        self,
        release: Release,
        config: Config,
        rows: NDArray[np.int64] | None = None,
        columns: frozenset[str] | None = None,
        index: Index | None = None,
        is_whole: bool = False,
    ) -> None:
        self.release = release
        self.config = config
        self.is_whole = is_whole
        """Whether these are all samples of the config, in index order."""
        self._index = index or Index(release.files, release.manifest, config)
        self._rows = rows
        self._columns = columns

    def __getstate__(self) -> dict[str, Any]:
        state = {"release": self.release, "config": self.config}
        return state | {"rows": self._rows, "columns": self._columns, "is_whole": self.is_whole}

    def __setstate__(self, state: dict[str, Any]) -> None:
        # Maps and locks belong to one process; a worker opens its own.
        self.__init__(**state)  # type: ignore[misc]

    @property
    def entry(self) -> ConfigEntry:
        """What the manifest says of the config."""
        return self.release.manifest.entry(self.config.name)

    @property
    def config_digest(self) -> str:
        """sha256 over the config's data files."""
        return self.entry.config_digest

    @property
    def shard_urls(self) -> list[str]:
        """Where the config's shards are, in bucket order."""
        manifest = self.release.manifest
        return [self.release.files.url(path) for path in manifest.shards(self.config.name)]

    def __len__(self) -> int:
        return self._index.num_rows if self._rows is None else len(self._rows)

    def __repr__(self) -> str:
        return f"Samples({self.config.name!r}, {len(self)} of {self._index.num_rows} rows)"

    def __getitem__(self, number: int) -> Sample:  # type: ignore[override]  # no slices: `take`
        """The record of a row, without media.

        Raises:
            DamagedRelease: its id is not that of its clips.
        """
        row = self._index.row(self._row(number), self._columns)
        sample = from_row(self.config.branch, row)
        if (name := sample_id(sample)) != row["sample_id"]:
            raise DamagedRelease(
                f"{self.release.files.address()}: sample {row['sample_id']!r:.80} of "
                f"{self.config.name} has the clips of {name}; run `speakervid5m reindex`"
            )
        return sample

    def __iter__(self) -> Iterator[Sample]:
        return (self[number] for number in range(len(self)))

    def take(self, numbers: Sequence[int]) -> Self:
        """These rows, in this order."""
        chosen = np.array([self._row(number) for number in numbers], dtype=np.int64)
        return self._with(chosen)

    def where(self, expression: str, *, max_seconds: float = MAX_SECONDS) -> Self:
        """Keeps the rows for which an SQL expression over the index's columns is true.

        Args:
            expression: as after WHERE in DuckDB: `responder_dover > 0.6`. It is made of columns,
                constants, comparisons and the functions of `release/read/where_grammar.py`.
            max_seconds: after which the evaluation is interrupted.

        Raises:
            QueryError: no expression, an unknown column, a function that is not allowed, or it
                takes too long.
        """
        names = self._index.names
        kept = matching_rows(expression, names, self.table, max_seconds=max_seconds)
        numbers = np.arange(len(self)) if self._rows is None else self._rows
        return self._with(numbers[kept])

    def select(self, columns: Sequence[str]) -> Self:
        """Keeps these columns of the index in the records: the others are not read.

        What a record needs to be one (ids, places, times) and to be cut (size, rate, frames) is
        always there; other fields are None or empty. The turns of a run are one column.

        Raises:
            QueryError: a column that the index does not have.
        """
        self._check(columns)
        chosen = frozenset(columns)
        return type(self)(self.release, self.config, self._rows, chosen, self._index, self.is_whole)

    def table(self, columns: Sequence[str] | None = None) -> pa.Table:
        """Columns of the index as an Arrow table, a row a sample.

        Args:
            columns: names from `scan` and `text`; all of them if left out.

        Raises:
            QueryError: a column that the index does not have.
        """
        names = self._index.names if columns is None else list(columns)
        self._check(names)
        table = self._index.table(names)
        return table if self._rows is None else table.take(pa.array(self._rows))

    def ranges(self, number: int, column: str) -> MediaRange | list[MediaRange | None] | None:
        """Where the media of a row lie: a list for the turns of a multi-turn run.

        Raises:
            QueryError: no such media column.
        """
        if (found := self._index.media.get(column)) is None:
            known = ", ".join(self._index.media)
            raise QueryError(f"no media column {column!r}; there are {known}")
        many, names = found
        bucket, *values = self._index.values(self._row(number), names)
        path = self.config.shard(bucket)
        if many:
            places = zip(*(value or [] for value in values), strict=True)
            return [_range(path, place) for place in places]
        return _range(path, tuple(values))

    def media(self, number: int, column: str) -> bytes | list[bytes | None] | None:
        """The bytes of a media column of a row: one range read, checked.

        Raises:
            QueryError: no such media column.
            DamagedRelease: the bytes are not what was written.
        """
        found = self.ranges(number, column)
        if isinstance(found, list):
            return [None if one is None else self.read(one) for one in found]
        return None if found is None else self.read(found)

    def read(self, place: MediaRange) -> bytes:
        """The bytes of one piece of media.

        Raises:
            DamagedRelease: they are not what was written.
        """
        return bytes(self.view(place))

    def view(self, place: MediaRange) -> memoryview:
        """The same without a copy where the release is local.

        Raises:
            DamagedRelease: they are not what was written.
        """
        files = self.release.files
        files.check(place.path, self.release.manifest)
        data = files.read_range(place.path, place.offset_bytes, place.num_bytes)
        self.check(place, data)
        return data

    def check(self, place: MediaRange, data: memoryview) -> None:
        """Compares one piece of media with its checksum.

        Raises:
            DamagedRelease: it is not what was written.
        """
        if xxhash.xxh3_64_intdigest(data) != place.xxh3_64:
            raise DamagedRelease(
                f"{self.release.files.address(place.path)}: the {place.num_bytes} bytes at "
                f"{place.offset_bytes} do not match their checksum; copy the shard again"
            )

    def features(self, name: str) -> Features:
        """What an encoder made of the media of these samples; raises as `Features` does."""
        return Features(self, name)

    def place(self, number: int) -> tuple[int, int, int, str]:
        """Part of the index, row in it, bucket and id of a row."""
        row = self._row(number)
        bucket, name = self._index.values(row, ["bucket", "sample_id"])
        return *self._index.place(row), bucket, name

    def frames(self, number: int, column: str) -> pa.Table:
        """Rows of the `frames` table for a video column of a row, one for each video."""
        return self._index.frames(self._row(number), column)

    def frames_of(self, bucket: int) -> pa.Table:
        """The part of the `frames` table that a bucket belongs to."""
        part = index_part(bucket, self.entry.num_buckets)
        path = index_path(self.config.name, "frames", part)
        with self.release.files.parquet(path, self.release.manifest) as file:
            return file.read()

    def _with(self, rows: NDArray[np.int64]) -> Self:
        return type(self)(self.release, self.config, rows, self._columns, self._index)

    def _check(self, names: Sequence[str]) -> None:
        if unknown := [name for name in names if name not in self._index.names]:
            raise QueryError(
                f"no column {unknown[0]!r} in {self.config.name}; the nearest are "
                f"{', '.join(nearest(unknown[0], self._index.names))}"
            )

    def _row(self, number: int) -> int:
        if not -len(self) <= number < len(self):
            raise IndexError(f"row {number} of {len(self)} rows")
        number %= len(self)
        return number if self._rows is None else int(self._rows[number])


def open_release(
    root: str,
    *,
    storage_options: dict[str, Any] | None = None,
    takedown_check: bool = True,
) -> Release:
    """Opens a release.

    Args:
        root: a folder, or any URL that fsspec opens: `hf://`, `s3://`, `https://`.
        storage_options: for fsspec.
        takedown_check: some hosts answer "forbidden" where a file is not there, so that nobody
            knows whether something was taken back since the data were written; then samples are
            refused. False reads that answer as "nothing was". Tombstones that can be read are
            honoured either way.

    Raises:
        NotARelease: nothing of a release is there; says what a release is.
        UnfinishedRelease: there are data and no manifest.
        SchemaVersionError: of another major version.
        DamagedRelease: the manifest cannot be parsed.
    """
    return Release(Files(str(root), storage_options, takedown_check))


def _range(path: str, place: tuple[Any, ...]) -> MediaRange | None:
    if place[0] is None:
        return None
    return MediaRange(path, *place)

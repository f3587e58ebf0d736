"""The samples of one config: rows of the index, and the media that they point to.

Nothing but the index is read until media are asked for, and then only their byte ranges.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import xxhash
from numpy.typing import NDArray

from ..records import CONFIGS, Config, Sample, columns_of, from_row
from .errors import DamagedRelease, QueryError
from .index import PLACE_TYPES, index_schema
from .layout import IndexTable, index_part, index_path
from .manifest import ConfigEntry, Manifest
from .opening import Files, read_manifest
from .query import matching_rows, nearest
from .ranges import MediaRange

_TABLES: tuple[IndexTable, ...] = ("scan", "text")


class Release:
    """An open release; `release["dialogue_sft"]` gives the samples of a config."""

    def __init__(self, files: Files) -> None:
        self.files = files
        self.manifest: Manifest = read_manifest(files)

    @property
    def root(self) -> str:
        """Folder or URL."""
        return self.files.root

    @property
    def configs(self) -> tuple[str, ...]:
        """Configs that have rows, in the order of the vocabulary."""
        return tuple(name for name in CONFIGS if name in self.manifest.configs)

    def __getitem__(self, name: str) -> "Samples":
        """The samples of a config.

        Raises:
            UnknownConfig: there is no such config; lists the nine.
            EmptyConfig: it has no rows here; says why.
        """
        self.manifest.entry(name)
        return Samples(self, CONFIGS[name])

    def __repr__(self) -> str:
        rows = ", ".join(f"{name}: {self.manifest.configs[name].num_rows}" for name in self.configs)
        return f"Release({self.root!r}, {rows})"


class Samples(Sequence[Sample]):
    """Rows of one config, all of them or those that `where` kept, in index order."""

    def __init__(
        self, release: Release, config: Config, rows: NDArray[np.int64] | None = None
    ) -> None:
        self.release = release
        self.config = config
        self._index = _Index(release, config)
        self._rows = rows

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
        """The record of a row, without media."""
        return from_row(self.config.branch, self._index.row(self._row(number)))

    def __iter__(self) -> Iterator[Sample]:
        return (self[number] for number in range(len(self)))

    def take(self, numbers: Sequence[int]) -> Self:
        """These rows, in this order."""
        chosen = np.array([self._row(number) for number in numbers], dtype=np.int64)
        return type(self)(self.release, self.config, chosen)

    def where(self, expression: str) -> Self:
        """Keeps the rows for which an SQL expression over the index's columns is true.

        Args:
            expression: as after WHERE in DuckDB: `responder_dover > 0.6`.

        Raises:
            QueryError: no expression, an unknown column, or it reaches beyond the index.
        """
        names = self._index.names
        kept = matching_rows(expression, names, lambda chosen: self.table(chosen))
        numbers = np.arange(len(self)) if self._rows is None else self._rows
        return type(self)(self.release, self.config, numbers[kept])

    def table(self, columns: Sequence[str] | None = None) -> pa.Table:
        """Columns of the index as an Arrow table, a row a sample.

        Args:
            columns: names from `scan` and `text`; all of them if left out.

        Raises:
            QueryError: a column that the index does not have.
        """
        names = self._index.names if columns is None else list(columns)
        if unknown := [name for name in names if name not in self._index.names]:
            raise QueryError(
                f"no column {unknown[0]!r} in {self.config.name}; the nearest are "
                f"{', '.join(nearest(unknown[0], self._index.names))}"
            )
        table = self._index.table(tuple(names))
        return table if self._rows is None else table.take(pa.array(self._rows))

    def ranges(self, number: int, column: str) -> MediaRange | list[MediaRange | None] | None:
        """Where the media of a row lie: a list for the turns of a multi-turn run.

        Raises:
            QueryError: no such media column.
        """
        media = {one.name: one for one in columns_of(self.config.branch) if one.table == "media"}
        if column not in media:
            raise QueryError(f"no media column {column!r}; there are {', '.join(media)}")
        row = self._index.row(self._row(number))
        path = self.config.shard(row["bucket"])
        values = [row[f"{column}_{name}"] for name in PLACE_TYPES]
        if media[column].many:
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
        files = self.release.files
        files.check(place.path, self.release.manifest)
        data = files.read_range(place.path, place.offset_bytes, place.num_bytes)
        if xxhash.xxh3_64_intdigest(data) != place.xxh3_64:
            raise DamagedRelease(
                f"{files.url(place.path)}: the {place.num_bytes} bytes at {place.offset_bytes} do "
                "not match their checksum; copy the shard again"
            )
        return data

    def frames(self, number: int, column: str) -> pa.Table:
        """Rows of the `frames` table for a video column of a row, one for each video."""
        row = self._index.row(self._row(number))
        table = self.frames_of(row["bucket"])
        mask = pc.and_(
            pc.equal(table["sample_id"], row["sample_id"]),
            pc.equal(table["column"], column),
        )
        return table.filter(mask)

    def frames_of(self, bucket: int) -> pa.Table:
        """The part of the `frames` table that a bucket belongs to."""
        return self._index.frames(bucket)

    def _row(self, number: int) -> int:
        if not -len(self) <= number < len(self):
            raise IndexError(f"row {number} of {len(self)} rows")
        number %= len(self)
        return number if self._rows is None else int(self._rows[number])


class _Index:
    """The index of one config; columns and parts are read when they are asked for."""

    def __init__(self, release: Release, config: Config) -> None:
        self._release = release
        self._config = config
        self.num_rows = release.manifest.entry(config.name).num_rows
        self._columns: dict[str, pa.ChunkedArray] = {}
        self._of = {
            name: table
            for table in _TABLES
            for name in index_schema(config.branch, table).names
            if not (table == "text" and name == "sample_id")
        }
        self.names = list(self._of)
        self._starts: list[int] | None = None
        self._parts_of = {
            table: sorted(
                name
                for name in release.manifest.files
                if name.startswith(f"index/{config.name}/{table}-")
            )
            for table in _TABLES
        }
        if any(not parts for parts in self._parts_of.values()):
            raise DamagedRelease(
                f"{release.root}: the manifest knows no index of {config.name}; run "
                "`speakervid5m reindex`"
            )

    def __getstate__(self) -> dict[str, Any]:
        return {"release": self._release, "config": self._config}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(**state)  # type: ignore[misc]

    def table(self, names: tuple[str, ...]) -> pa.Table:
        """Whole columns, parts one after another."""
        for table in _TABLES:
            missing = [n for n in names if self._of[n] == table and n not in self._columns]
            if missing:
                parts = [self._part(path, tuple(missing)) for path in self._parts_of[table]]
                whole = pa.concat_tables(parts)
                self._compare(whole.num_rows)
                self._columns |= {name: whole[name] for name in missing}
        return pa.table({name: self._columns[name] for name in names})

    def row(self, number: int) -> dict[str, Any]:
        """One row of `scan` and `text`."""
        if self._starts is None:
            # Set when it is complete: loaders ask from several threads.
            starts = [0]
            for path in self._parts_of["scan"]:
                with self._release.files.parquet(path, self._release.manifest) as file:
                    starts.append(starts[-1] + file.metadata.num_rows)
            self._compare(starts[-1])
            self._starts = starts
        part = int(np.searchsorted(self._starts, number, side="right")) - 1
        offset = number - self._starts[part]
        found: dict[str, Any] = {}
        for table in _TABLES:
            whole = self._whole(self._parts_of[table][part])
            found |= whole.slice(offset, 1).to_pylist()[0]
        return found

    def _compare(self, num_rows: int) -> None:
        if num_rows != self.num_rows:
            raise DamagedRelease(
                f"{self._release.root}: the index of {self._config.name} has {num_rows} rows, the "
                f"manifest says {self.num_rows}; run `speakervid5m reindex`"
            )

    def frames(self, bucket: int) -> pa.Table:
        """The part of `frames` that a bucket belongs to."""
        entry = self._release.manifest.entry(self._config.name)
        part = index_part(bucket, entry.num_buckets)
        return self._whole(index_path(self._config.name, "frames", part))

    @lru_cache(maxsize=4)  # noqa: B019  # as long as the config is open, which owns it
    def _whole(self, path: str) -> pa.Table:
        return self._part(path, None)

    def _part(self, path: str, names: tuple[str, ...] | None) -> pa.Table:
        with self._release.files.parquet(path, self._release.manifest) as file:
            return file.read(columns=None if names is None else list(names))


def open_release(root: str, *, storage_options: dict[str, Any] | None = None) -> Release:
    """Opens a release.

    Args:
        root: a folder, or any URL that fsspec opens: `hf://`, `s3://`, `https://`.
        storage_options: for fsspec.

    Raises:
        NotARelease: nothing of a release is there; says what a release is.
        UnfinishedRelease: there are data and no manifest.
        SchemaVersionError: of another major version.
        DamagedRelease: the manifest cannot be parsed.
    """
    return Release(Files(str(root), storage_options))


def _range(path: str, place: tuple[Any, ...]) -> MediaRange | None:
    if place[0] is None:
        return None
    return MediaRange(path, *place)

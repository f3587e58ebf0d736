"""The samples of one config: rows of the index, and the media that they point to.

Nothing but the index is read until media are asked for, and then only their byte ranges.
"""

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import xxhash
from numpy.typing import NDArray

from ..records import CONFIGS, Config, Sample, columns_of, from_row
from .columns import Column, Columns
from .errors import DamagedRelease, QueryError
from .features_reading import Features
from .index import PLACE_TYPES, index_schema
from .layout import IndexTable, index_part, index_path
from .manifest import ConfigEntry, Manifest
from .opening import Files, read_manifest
from .query import matching_rows, nearest
from .ranges import MediaRange

_TABLES: tuple[IndexTable, ...] = ("scan", "text")
_NEEDED = (
    *("clip_id", "source_id", "scene", "voice", "box_index", "role", "start_seconds"),
    *("end_seconds", "bbox", "source_width", "source_height", "width", "height", "fps"),
    *("num_frames", "sample_rate", "tier", "origin", "gap_seconds", "co_present", "person_id"),
    *("sample_id", "conversation_id", "bucket", "turns", "history"),
)


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
        self,
        release: Release,
        config: Config,
        rows: NDArray[np.int64] | None = None,
        columns: frozenset[str] | None = None,
        index: "_Index | None" = None,
    ) -> None:
        self.release = release
        self.config = config
        self._index = index or _Index(release, config)
        self._rows = rows
        self._columns = columns

    def __getstate__(self) -> dict[str, Any]:
        state = {"release": self.release, "config": self.config}
        return state | {"rows": self._rows, "columns": self._columns}

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
        """The record of a row, without media."""
        return from_row(self.config.branch, self._index.row(self._row(number), self._columns))

    def __iter__(self) -> Iterator[Sample]:
        return (self[number] for number in range(len(self)))

    def take(self, numbers: Sequence[int]) -> Self:
        """These rows, in this order."""
        chosen = np.array([self._row(number) for number in numbers], dtype=np.int64)
        return self._with(chosen)

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
        return self._with(numbers[kept])

    def select(self, columns: Sequence[str]) -> Self:
        """Keeps these columns of the index in the records: the others are not read.

        What a record needs to be one (ids, places, times) and to be cut (size, rate, frames) is
        always there; other fields are None or empty. The turns of a run are one column.

        Raises:
            QueryError: a column that the index does not have.
        """
        self._check(columns)
        return type(self)(self.release, self.config, self._rows, frozenset(columns), self._index)

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
                f"{self.release.files.url(place.path)}: the {place.num_bytes} bytes at "
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


class _Index:
    """The index of one config, by row of the whole config."""

    def __init__(self, release: Release, config: Config) -> None:
        self.num_rows = release.manifest.entry(config.name).num_rows
        self._branch = config.branch
        self._columns = Columns(release.files, release.manifest, config)
        self._parts = {table: self._columns.parts(table) for table in _TABLES}
        schemas = {table: index_schema(config.branch, table) for table in _TABLES}
        self._of: dict[str, IndexTable] = {
            name: table
            for table in _TABLES
            for name in schemas[table].names
            if not (table == "text" and name == "sample_id")
        }
        self._types = {name: schemas[table].field(name).type for name, table in self._of.items()}
        self.names = list(self._of)
        self.media = {
            one.name: (one.many, ("bucket", *(f"{one.name}_{kind}" for kind in PLACE_TYPES)))
            for one in columns_of(config.branch)
            if one.table == "media"
        }
        places = {f"{one.name}_{kind}" for one in columns_of(config.branch) for kind in PLACE_TYPES}
        self._recorded = [name for name in self.names if name not in places]
        self._rows_of_frames: dict[int, NDArray[np.int64]] = {}
        self._groups: dict[tuple[int, tuple[str, ...]], list[Column]] = {}

    def table(self, names: Sequence[str]) -> pa.Table:
        """Whole columns, parts one after another."""
        self._columns.starts()
        return pa.table(
            {name: self._columns.whole(self._of[name], name, self._types[name]) for name in names}
        )

    def row(self, number: int, columns: frozenset[str] | None) -> dict[str, Any]:
        """What a record is made of."""
        if columns is None:
            return dict(zip(self._recorded, self.values(number, self._recorded), strict=True))
        chosen = [name for name in self._recorded if name in columns or name in self._needed]
        found: dict[str, Any] = dict.fromkeys(self._recorded)
        return found | dict(zip(chosen, self.values(number, chosen), strict=True))

    def values(self, number: int, names: Sequence[str]) -> list[Any]:
        """Some columns of one row."""
        part, offset = self.place(number)
        return [column.value(offset) for column in self._group(part, tuple(names))]

    def _group(self, part: int, names: tuple[str, ...]) -> list[Column]:
        """Columns of one part, found once."""
        if (part, names) not in self._groups:
            found: dict[str, Column] = {}
            for table, paths in self._parts.items():
                chosen = [name for name in names if self._of[name] == table]
                if chosen:
                    found |= self._columns.of(paths[part], chosen)
            self._groups[part, names] = [found[name] for name in names]
        return self._groups[part, names]

    def frames(self, number: int, column: str) -> pa.Table:
        """The rows of `frames` of one row's column: they lie in the order of the rows."""
        part, offset = self.place(number)
        videos = [one for one in columns_of(self._branch) if one.medium == "video"]
        position = [one.name for one in videos].index(column)
        if part not in self._rows_of_frames:
            counts = np.stack([self._num_videos(part, one.name, one.many) for one in videos], 1)
            self._rows_of_frames[part] = np.append(0, np.cumsum(counts.reshape(-1)))
        ends = self._rows_of_frames[part]
        place = offset * len(videos) + position
        first, count = int(ends[place]), int(ends[place + 1] - ends[place])
        schema = index_schema(self._branch, "frames")
        path = self._columns.parts("frames")[part]
        columns = self._columns.of(path, schema.names)
        found = pa.table(
            {
                name: one.slice(first, count, schema.field(name).type)
                for name, one in columns.items()
            },
            schema=schema,
        )
        own = self.values(number, ["sample_id"])
        if set(found["sample_id"].to_pylist()) - set(own) or found.num_rows != count:
            raise DamagedRelease(f"{path} does not belong to its scan; run `speakervid5m reindex`")
        return found

    def _num_videos(self, part: int, column: str, many: bool) -> NDArray[np.int64]:
        name = f"{column}_offset_bytes"
        path = self._parts["scan"][part]
        values = pa.chunked_array(
            self._columns.of(path, [name])[name].chunks, type=self._types[name]
        ).combine_chunks()
        if not many:
            return np.asarray(values.is_valid(), np.int64)
        known = np.asarray(values.flatten().is_valid(), np.int64)
        lengths = np.asarray(pc.fill_null(pc.list_value_length(values), 0), np.int64)
        ends = np.cumsum(lengths)
        summed = np.append(0, np.cumsum(known))
        return np.asarray(summed[ends] - summed[ends - lengths], np.int64)

    @cached_property
    def _needed(self) -> frozenset[str]:
        """Columns without which a record is none, or cannot be cut."""
        return frozenset(
            name
            for name in self._recorded
            if any(name == one or name.endswith(f"_{one}") for one in _NEEDED)
        )

    def place(self, number: int) -> tuple[int, int]:
        """Part of the index, and row in it."""
        starts = self._columns.starts()
        part = int(np.searchsorted(starts, number, side="right")) - 1
        return part, number - int(starts[part])


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

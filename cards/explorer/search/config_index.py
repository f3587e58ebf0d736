"""The index of one config, read lazily, part by part: places in, rows and byte ranges out.

A row is known by its place: the part of the index, and the row in it. So the first page of five
million rows costs a few columns of one part. All rows of a conversation are in one part, so a
conversation costs at most that part.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ....records import CONFIGS, Branch, Sample, bucket_of, columns_of, from_row
from ....release import (
    PLACE_TYPES,
    DamagedRelease,
    IndexColumn,
    IndexColumns,
    IndexTable,
    MediaRange,
    QueryError,
    Release,
    index_part,
    index_path,
    index_schema,
)

_PLACE = re.compile(r"([0-9]{1,4})-([0-9]{1,9})")


@dataclass(frozen=True, slots=True, order=True)
class IndexRow:
    """Where a row is in the index of its config."""

    part: int
    """Number of the part, from 0."""
    offset: int
    """Row in that part, from 0."""

    def __str__(self) -> str:
        return f"{self.part}-{self.offset}"

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Reads what `str` printed; None for anything else."""
        match = _PLACE.fullmatch(text)
        return cls(int(match[1]), int(match[2])) if match else None


@dataclass(frozen=True, slots=True)
class Record:
    """A row and its place."""

    place: IndexRow
    """Where."""
    sample_id: str
    """As the index has it."""
    sample: Sample
    """The row."""


@dataclass(frozen=True, slots=True)
class Footer:
    """The Parquet footer of an index part."""

    num_rows: int
    """Rows."""
    ranges: Mapping[str, tuple[float, float]]
    """Least and greatest value of every numeric column that has values."""


class ConfigIndex:
    """The index of one config of an open release."""

    def __init__(self, release: Release, name: str) -> None:
        self.name = name
        self.samples = release[name]
        self.config = CONFIGS[name]
        self._release = release
        self._columns = IndexColumns(release.files, release.manifest, self.config)
        self._pending = frozenset(int(row) for row in release.pending.get(name, ()))
        self._paths: dict[IndexTable, list[str]] = {
            table: self._columns.parts(table) for table in ("scan", "text")
        }
        self._footers: dict[int, Footer] = {}

    @property
    def branch(self) -> Branch:
        """Kind of its samples."""
        return self.config.branch

    @property
    def num_rows(self) -> int:
        """Rows of the config."""
        return self.samples.entry.num_rows

    @property
    def num_parts(self) -> int:
        """Parts of its index."""
        return len(self._paths["scan"])

    @cached_property
    def _tables(self) -> dict[str, IndexTable]:
        """Column to the table that holds it."""
        text = dict.fromkeys(index_schema(self.branch, "text").names, "text")
        scan = dict.fromkeys(index_schema(self.branch, "scan").names, "scan")
        return {**text, **scan}  # type: ignore[dict-item]

    @cached_property
    def _record_columns(self) -> list[str]:
        """Columns that `from_row` needs."""
        return [column.name for column in columns_of(self.branch) if column.table != "media"]

    def footer(self, part: int) -> Footer:
        """The footer of a part, read once."""
        if part not in self._footers:
            path = self._paths["scan"][part]
            with self._release.files.parquet(path, self._release.manifest) as file:
                self._footers[part] = _footer_of(file.metadata)
        return self._footers[part]

    def table(self, part: int, names: Sequence[str]) -> pa.Table:
        """Columns of one part.

        Raises:
            QueryError: a column that the index does not have.
        """
        columns: dict[str, pa.ChunkedArray] = {}
        for table, paths in self._paths.items():
            chosen = [name for name in names if self._tables.get(name) == table]
            if chosen:
                schema = index_schema(self.branch, table)
                for name, column in self._chosen(paths[part], chosen).items():
                    # The file's own type: turns of an older minor version have fewer fields.
                    kind = None if column.chunks else schema.field(name).type
                    columns[name] = pa.chunked_array(column.chunks, type=kind)
        if missing := set(names) - set(columns):
            raise QueryError(f"no column {min(missing)!r} in {self.name}")
        return pa.table({name: columns[name] for name in names})

    def _chosen(self, path: str, names: list[str]) -> dict[str, IndexColumn]:
        try:
            return self._columns.of(path, names)
        except KeyError as error:
            raise DamagedRelease(
                f"{path} has no column {error}; `speakervid5m reindex` rebuilds the index"
            ) from error

    def is_pending(self, place: IndexRow) -> bool:
        """Whether a tombstone names a row that is still stored."""
        if not self._pending:
            return False
        return int(self._columns.starts()[place.part]) + place.offset in self._pending

    def rows(self, places: Sequence[IndexRow], names: Sequence[str]) -> list[dict[str, Any]]:
        """Some columns of some rows."""
        rows: dict[IndexRow, dict[str, Any]] = {}
        for part in {place.part for place in places}:
            in_part = [place for place in places if place.part == part]
            chosen = self.table(part, names).take(pa.array([place.offset for place in in_part]))
            rows |= dict(zip(in_part, chosen.to_pylist(), strict=True))
        return [rows[place] for place in places]

    def records(self, places: Sequence[IndexRow]) -> list[Record]:
        """Rows as records, without media."""
        rows = self.rows(places, self._record_columns)
        return [
            Record(place, row["sample_id"], from_row(self.branch, row))
            for place, row in zip(places, rows, strict=True)
        ]

    def record(self, place: IndexRow) -> Record:
        """One row as a record."""
        return self.records([place])[0]

    def ranges(self, place: IndexRow, column: str) -> list[MediaRange | None]:
        """Byte ranges of the media of a row: one, or one for each turn.

        Raises:
            QueryError: no such media column.
        """
        kinds = {
            column.name: column.many
            for column in columns_of(self.branch)
            if column.table == "media"
        }
        if column not in kinds:
            raise QueryError(f"no media column {column!r}; there are {', '.join(kinds)}")
        names = [f"{column}_{kind}" for kind in PLACE_TYPES]
        (row,) = self.rows([place], ["bucket", *names])
        path = self.config.shard(row["bucket"])
        values = [row[name] if kinds[column] else [row[name]] for name in names]
        ranges = zip(*(value or [] for value in values), strict=True)
        return [None if range_[0] is None else MediaRange(path, *range_) for range_ in ranges]

    def stored_media(self, place: IndexRow) -> frozenset[tuple[str, int | None]]:
        """Which media a row has: column, and turn for those of a multi-turn run."""
        kinds = {
            column.name: column.many
            for column in columns_of(self.branch)
            if column.table == "media"
        }
        (row,) = self.rows([place], [f"{name}_num_bytes" for name in kinds])
        stored_media: set[tuple[str, int | None]] = set()
        for name, many in kinds.items():
            sizes = row[f"{name}_num_bytes"]
            if many:
                sized = enumerate(sizes or [])
                stored_media |= {(name, turn) for turn, size in sized if size is not None}
            elif sizes is not None:
                stored_media.add((name, None))
        return frozenset(stored_media)

    def place_of(self, sample_id: str, hint: IndexRow | None = None) -> IndexRow | None:
        """Finds a sample: at once if the hint is right, else by a search."""
        if hint is not None and self._holds(hint, sample_id):
            return hint
        for part in range(self.num_parts):
            ids = self.table(part, ["sample_id"])["sample_id"]
            offset = pc.index(ids, pa.scalar(sample_id, ids.type)).as_py()
            if offset >= 0:
                return IndexRow(part, offset)
        return None

    def places_of_source(self, source_id: str) -> list[IndexRow]:
        """The rows of a source, in the order of the index: by time."""
        num_buckets = self.samples.entry.num_buckets
        part = index_part(bucket_of(source_id, num_buckets), num_buckets)
        path = index_path(self.name, "scan", part)
        if path not in self._paths["scan"]:
            return []
        number = self._paths["scan"].index(path)
        ids = self.table(number, ["conversation_id"])["conversation_id"]
        rows = pc.indices_nonzero(pc.equal(ids, source_id))
        return [IndexRow(number, offset) for offset in rows.to_pylist()]

    def _holds(self, place: IndexRow, sample_id: str) -> bool:
        if place.part >= self.num_parts or place.offset >= self.footer(place.part).num_rows:
            return False
        return bool(self.rows([place], ["sample_id"])[0]["sample_id"] == sample_id)


def _footer_of(metadata: pq.FileMetaData) -> Footer:
    ranges: dict[str, tuple[float, float]] = {}
    for group in range(metadata.num_row_groups):
        row_group = metadata.row_group(group)
        for number in range(row_group.num_columns):
            column = row_group.column(number)
            statistics = column.statistics
            if column.physical_type not in ("DOUBLE", "INT64") or "." in column.path_in_schema:
                continue
            if statistics is None or not statistics.has_min_max:
                continue
            if not (math.isfinite(statistics.min) and math.isfinite(statistics.max)):
                continue
            low, high = ranges.get(column.path_in_schema, (statistics.min, statistics.max))
            ranges[column.path_in_schema] = (min(low, statistics.min), max(high, statistics.max))
    return Footer(metadata.num_rows, ranges)

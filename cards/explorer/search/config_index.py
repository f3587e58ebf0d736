"""The index of one config, read lazily, part by part: row numbers in, records and byte ranges out.

The first page of five million rows costs a few columns of one part. All rows of a conversation are
in one part, so a conversation costs at most that part.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ....records import Branch, Sample, bucket_of, columns_of
from ....release import MediaRange, Release, index_part, index_path

_ROW_DIGITS = 12
"""Of a row number in an address (ours)."""


@dataclass(frozen=True, slots=True)
class Record:
    """A row and its number."""

    row: int
    """In the whole config."""
    sample: Sample
    """The row, without media."""

    @property
    def sample_id(self) -> str:
        """Its id."""
        return self.sample.sample_id


class ConfigIndex:
    """The index of one config of an open release."""

    def __init__(self, release: Release, name: str) -> None:
        self.name = name
        self.samples = release.whole(name)
        """All stored rows; check `is_pending` before you show one."""
        self.branch: Branch = self.samples.config.branch
        """Kind of its samples."""
        self.parts = self.samples.parts
        """Parts of its index."""
        self._release = release
        self._pending = frozenset(release.pending.get(name, ()))
        self._media = [column.name for column in columns_of(self.branch) if column.table == "media"]
        self._limits: dict[int, Mapping[str, tuple[float, float]]] = {}

    def limits(self, part: int) -> Mapping[str, tuple[float, float]]:
        """Least and greatest value of every numeric column of a part that has values.

        They are in the footer of its file, which is read once.
        """
        if part not in self._limits:
            files, path = self._release.files, self.parts[part].path
            with files.parquet(path, self._release.manifest) as file:
                self._limits[part] = _limits_of(file.metadata)
        return self._limits[part]

    def is_pending(self, row: int) -> bool:
        """Whether a tombstone names a row that is still stored."""
        return row in self._pending

    def record(self, row: int) -> Record:
        """One row as a record."""
        return Record(row, self.samples[row])

    def shown(self, rows: Iterable[int]) -> list[Record]:
        """Rows as records, without pending ones."""
        return [self.record(row) for row in rows if not self.is_pending(row)]

    def ranges(self, row: int, column: str) -> list[MediaRange | None]:
        """Byte ranges of the media of a row: one, or one for each turn.

        Raises:
            QueryError: no such media column.
        """
        ranges = self.samples.ranges(row, column)
        return ranges if isinstance(ranges, list) else [ranges]

    def stored_media(self, row: int) -> frozenset[tuple[str, int | None]]:
        """Which media a row has: column, and turn for those of a multi-turn run."""
        return frozenset(
            (name, turn if isinstance(ranges, list) else None)
            for name in self._media
            for ranges in [self.samples.ranges(row, name)]
            for turn, stored in enumerate(ranges if isinstance(ranges, list) else [ranges])
            if stored is not None
        )

    def row_of(self, sample_id: str, hint: str = "") -> int | None:
        """Finds a sample: at once if the hint, a row number, is right, else by a search."""
        if hint.isascii() and hint.isdecimal() and len(hint) <= _ROW_DIGITS:
            row = int(hint)
            if row < len(self.samples) and self.samples.place(row)[-1] == sample_id:
                return row
        for part in self.parts:
            ids = self.samples.take(part.rows).table(["sample_id"])["sample_id"]
            offset: int = pc.index(ids, pa.scalar(sample_id, ids.type)).as_py()
            if offset >= 0:
                return part.rows[offset]
        return None

    def rows_of_source(self, source_id: str) -> list[int]:
        """The rows of a source, in the order of the index: by time."""
        num_buckets = self.samples.entry.num_buckets
        path = index_path(
            self.name, "scan", index_part(bucket_of(source_id, num_buckets), num_buckets)
        )
        rows: list[int] = []
        for part in self.parts:
            if part.path == path:
                ids = self.samples.take(part.rows).table(["conversation_id"])["conversation_id"]
                found = pc.indices_nonzero(pc.equal(ids, source_id)).to_pylist()
                rows += [part.rows[offset] for offset in found]
        return rows


def _limits_of(metadata: pq.FileMetaData) -> Mapping[str, tuple[float, float]]:
    limits: dict[str, tuple[float, float]] = {}
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
            low, high = limits.get(column.path_in_schema, (statistics.min, statistics.max))
            limits[column.path_in_schema] = (min(low, statistics.min), max(high, statistics.max))
    return limits

"""The index of a config by row: values of a record, byte ranges of its media, its frame tables.

number of a row --> part and offset --column_cache--> values
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ...records import Config, columns_of
from ..errors import DamagedRelease
from ..format.index import PLACE_TYPES, index_schema
from ..layout import IndexTable
from ..manifest import Manifest
from ..storage.files import Files
from .column_cache import IndexColumn, IndexColumns

_TABLES: tuple[IndexTable, ...] = ("scan", "text")
_NEEDED = (
    *("clip_id", "source_id", "scene", "voice", "box_index", "role", "start_seconds"),
    *("end_seconds", "bbox", "source_width", "source_height", "width", "height", "fps"),
    *("num_frames", "sample_rate", "tier", "origin", "gap_seconds", "co_present", "person_id"),
    *("sample_id", "conversation_id", "bucket", "turns", "history"),
)


@dataclass(frozen=True, slots=True)
class IndexPart:
    """A part of the index of a config; all rows of a source are in one."""

    path: str
    """Its file of ids, scores and byte ranges."""
    rows: range
    """Its rows in the whole config."""


class Index:
    """Columns of a config, by row of the whole config."""

    def __init__(self, files: Files, manifest: Manifest, config: Config) -> None:
        self.num_rows = manifest.entry(config.name).num_rows
        self._branch = config.branch
        self._columns = IndexColumns(files, manifest, config)
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
            column.name: (
                column.many,
                ("bucket", *(f"{column.name}_{kind}" for kind in PLACE_TYPES)),
            )
            for column in columns_of(config.branch)
            if column.table == "media"
        }
        places = {
            f"{column.name}_{kind}" for column in columns_of(config.branch) for kind in PLACE_TYPES
        }
        self._recorded = [name for name in self.names if name not in places]
        self._rows_of_frames: dict[int, NDArray[np.int64]] = {}
        self._groups: dict[tuple[int, tuple[str, ...]], list[IndexColumn]] = {}

    @property
    def parts(self) -> tuple[IndexPart, ...]:
        """Its parts, in order."""
        spans = pairwise(self._columns.starts().tolist())
        return tuple(
            IndexPart(path, range(*span))
            for path, span in zip(self._parts["scan"], spans, strict=True)
        )

    def table(self, names: Sequence[str], rows: NDArray[np.int64] | None = None) -> pa.Table:
        """Columns of these rows, in this order, or of all; reads only the parts that hold them."""
        starts = self._columns.starts()
        parts = np.arange(len(starts) - 1)
        if rows is not None:
            part_of_row = np.searchsorted(starts, rows, side="right") - 1
            parts = np.unique(part_of_row)
        groups = [self._group(part, tuple(names)) for part in parts.tolist()]
        columns = {
            name: pa.chunked_array(
                [chunk for group in groups for chunk in group[number].chunks],
                type=self._types[name],
            )
            for number, name in enumerate(names)
        }
        table = pa.table(columns)
        if rows is None:
            return table
        begins = np.cumsum(np.append(0, np.diff(starts)[parts]))
        places = rows - starts[part_of_row] + begins[np.searchsorted(parts, part_of_row)]
        if len(rows) and (np.diff(places) == 1).all():
            return table.slice(int(places[0]), len(places))
        return table.take(pa.array(places))

    def row(self, number: int, columns: frozenset[str] | None) -> dict[str, Any]:
        """The values that a record is made from."""
        if columns is None:
            return dict(zip(self._recorded, self.values(number, self._recorded), strict=True))
        chosen = [name for name in self._recorded if name in columns or name in self._needed]
        row: dict[str, Any] = dict.fromkeys(self._recorded)
        return row | dict(zip(chosen, self.values(number, chosen), strict=True))

    def values(self, number: int, names: Sequence[str]) -> list[Any]:
        """Some columns of a row."""
        part, offset = self.place(number)
        return [column.value(offset) for column in self._group(part, tuple(names))]

    def _group(self, part: int, names: tuple[str, ...]) -> list[IndexColumn]:
        """Columns of a part, looked up once."""
        if (part, names) not in self._groups:
            columns: dict[str, IndexColumn] = {}
            for table, paths in self._parts.items():
                chosen = [name for name in names if self._of[name] == table]
                if chosen:
                    columns |= self._columns.of(paths[part], chosen)
            self._groups[part, names] = [columns[name] for name in names]
        return self._groups[part, names]

    def frames(self, number: int, column: str) -> pa.Table:
        """The rows of `frames` for a row's column: they are in the order of the rows."""
        part, offset = self.place(number)
        videos = [video for video in columns_of(self._branch) if video.medium == "video"]
        position = [video.name for video in videos].index(column)
        if part not in self._rows_of_frames:
            counts = np.stack(
                [self._num_videos(part, video.name, video.many) for video in videos], 1
            )
            self._rows_of_frames[part] = np.append(0, np.cumsum(counts.reshape(-1)))
        ends = self._rows_of_frames[part]
        place = offset * len(videos) + position
        first, count = int(ends[place]), int(ends[place + 1] - ends[place])
        schema = index_schema(self._branch, "frames")
        path = self._columns.parts("frames")[part]
        columns = self._columns.of(path, schema.names)
        rows = pa.table(
            {
                name: index_column.slice(first, count, schema.field(name).type)
                for name, index_column in columns.items()
            },
            schema=schema,
        )
        own = self.values(number, ["sample_id"])
        if set(rows["sample_id"].to_pylist()) - set(own) or rows.num_rows != count:
            raise DamagedRelease(f"{path} does not belong to its scan; run `speakervid5m reindex`")
        return rows

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
        """Columns that every record needs, or that cutting it needs."""
        return frozenset(
            name
            for name in self._recorded
            if any(name == needed or name.endswith(f"_{needed}") for needed in _NEEDED)
        )

    def place(self, number: int) -> tuple[int, int]:
        """Index part, and row in it."""
        starts = self._columns.starts()
        part = int(np.searchsorted(starts, number, side="right")) - 1
        return part, number - int(starts[part])

"""Clips as tables: the measures of each stage, and all of them merged.

clips --> stages that measure clips, each with a table `measured`: clip_id and columns of `Clip`
      --> merged: one row a clip, null where no stage measured
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pyarrow as pa

from ....records import CLIP_SCHEMA

MEASURED = "measured"
"""Name of the table with a stage's measures of clips."""


def measured_schema(*columns: str) -> pa.Schema:
    """Schema of a table `measured` with these columns of `Clip`."""
    return pa.schema([CLIP_SCHEMA.field(name) for name in ("clip_id", *columns)])


def measured_table(rows: Mapping[str, Mapping[str, Any]], schema: pa.Schema) -> pa.Table:
    """A table `measured`.

    Args:
        rows: clip id to measures by column; a missing column is null.
        schema: of `measured_schema`.
    """
    return pa.Table.from_pylist(
        [{"clip_id": clip_id, **row} for clip_id, row in rows.items()], schema=schema
    )


def merged_clips(clips: pa.Table, measured: Iterable[pa.Table]) -> pa.Table:
    """The clips with all measures, in their order. A clip that a stage skips keeps its values.

    Raises:
        ValueError: two tables give the same column.
    """
    rows = {row["clip_id"]: row for row in clips.to_pylist()}
    taken: set[str] = set()
    for table in measured:
        columns = [name for name in table.schema.names if name != "clip_id"]
        if twice := sorted(taken & set(columns)):
            raise ValueError(f"two stages measure {twice[0]}; a column belongs to one stage")
        taken |= set(columns)
        for row in table.to_pylist():
            rows[row["clip_id"]] |= row
    return pa.Table.from_pylist(list(rows.values()), schema=CLIP_SCHEMA)


def clips_so_far(inputs: Mapping[str, Mapping[str, pa.Table]], stages: Sequence[str]) -> pa.Table:
    """The clips with the measures of these stages."""
    return merged_clips(inputs["clips"]["clips"], [inputs[name][MEASURED] for name in stages])

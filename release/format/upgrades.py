"""Columns that earlier minor versions of the format lack: readers see null, as for all unmeasured.

    table of an earlier shard or index --declared--> the columns and types of this version

Media are not touched. `reindex` writes an index that has these columns itself.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ..errors import DamagedRelease

ADDED = ("asd_score", "hand_sharpness", "language_share", "uvq")
"""Fields of a clip that schema version 1.1 added to 1.0."""


def declared(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """The same rows with the columns of a schema; missing columns are null.

    Raises:
        DamagedRelease: no version of the format lacks this column, or has this type.
    """
    if table.schema.names == schema.names and table.schema.types == schema.types:
        return table
    known = set(table.column_names)
    columns = [
        _column(table[field.name], field)
        if field.name in known
        else _added(field, field.name, table.num_rows)
        for field in schema
    ]
    return pa.table(columns, schema=schema)


def _column(column: pa.ChunkedArray, field: pa.Field) -> pa.ChunkedArray:
    chunks = [_array(chunk, field.type, field.name) for chunk in column.chunks]
    return pa.chunked_array(chunks, type=field.type)


def _added(field: pa.Field, name: str, count: int) -> pa.Array:
    if not field.name.endswith(ADDED):
        raise DamagedRelease(
            f"there is no column {name}: a writer left it out, or a newer version wrote this. Run "
            "`speakervid5m reindex`, or install the newest speakervid5m"
        )
    return pa.nulls(count, field.type)


def _array(array: pa.Array, kind: pa.DataType, name: str) -> pa.Array:
    if array.type == kind:
        return array
    if pa.types.is_struct(kind) and pa.types.is_struct(array.type):
        known = {array.type.field(number).name for number in range(array.type.num_fields)}
        children = [
            _array(array.field(field.name), field.type, f"{name}.{field.name}")
            if field.name in known
            else _added(field, f"{name}.{field.name}", len(array))
            for field in kind
        ]
        return pa.StructArray.from_arrays(children, fields=list(kind), mask=array.is_null())
    if pa.types.is_list(kind) and pa.types.is_list(array.type):
        lengths = pc.fill_null(pc.list_value_length(array), 0).to_numpy(zero_copy_only=False)
        offsets = pa.array(np.append(0, np.cumsum(lengths)), pa.int32())
        values = _array(array.flatten(), kind.value_type, name)
        return pa.ListArray.from_arrays(offsets, values, type=kind, mask=array.is_null())
    raise DamagedRelease(f"{name} is of type {array.type}, a release has {kind}; write it again")

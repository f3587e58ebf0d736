"""The tables of a stage in, checked tables out: a backend may be anyone's code.

`models/contract.py` checks in the same way what a model returns to its stage.
"""

from collections.abc import Mapping

import pyarrow as pa

from .stage import Stage, Tables


class WrongResult(ValueError):
    """A backend returned something other than its contract says."""

    reason = "wrong_result"


def checked(stage: Stage, tables: object) -> Tables:
    """The tables, columns in the order of the schema.

    Raises:
        WrongResult: no tables, a missing or unknown one, other columns, other types.
    """
    if not isinstance(tables, Mapping) or not all(
        isinstance(name, str) and isinstance(table, pa.Table) for name, table in tables.items()
    ):
        raise WrongResult(f"a stage gives tables by name, got {str(tables)[:200]}")
    if bad := [name for name in tables if not name.isidentifier()]:
        raise WrongResult(f"a table's name becomes a file's: an identifier, got {bad[0]!r}")
    if stage.writes is None:
        return dict(tables)
    if missing := sorted(set(stage.writes) - set(tables)):
        raise WrongResult(f"no table {missing[0]!r}: it gave {', '.join(sorted(tables)) or 'none'}")
    known = {**stage.writes, **stage.may_write}
    if unknown := sorted(set(tables) - set(known)):
        raise WrongResult(f"unknown table {unknown[0]!r}: it writes {', '.join(known)}")
    return {name: table_as(name, tables[name], known[name]) for name in known if name in tables}


def table_as(name: str, table: pa.Table, schema: pa.Schema) -> pa.Table:
    """A table with the columns of a schema, in its order.

    Raises:
        WrongResult: other columns, other types.
    """
    if sorted(table.column_names) != sorted(schema.names):
        raise WrongResult(
            f"table {name!r} has the columns {', '.join(table.column_names) or 'none'}; "
            f"it must have {', '.join(schema.names)}"
        )
    table = table.select(schema.names)
    for field in schema:
        actual = table.schema.field(field.name).type
        if actual != field.type:
            raise WrongResult(f"column {name}.{field.name} is {actual}; it must be {field.type}")
    return table

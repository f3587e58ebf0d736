"""`where`: one SQL expression over the index, evaluated by a DuckDB that sees nothing else.

Expressions come from strangers: the explorer's visitors, configuration files. So the database
lives in memory, holds only the columns named, has no way out to files, network or Python, and
its settings are locked before the expression is looked at.
"""

import difflib
import re
from collections.abc import Callable, Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ..records import lacking
from .errors import QueryError

_MAX_CHARACTERS = 10_000
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "python_enable_replacements": "false",
    "temp_directory": "",
    "lock_configuration": "true",
}


def matching_rows(
    expression: str, names: Sequence[str], table_of: Callable[[list[str]], pa.Table]
) -> NDArray[np.int64]:
    """Numbers of the rows for which the expression is true, ascending.

    Args:
        expression: as after WHERE.
        names: columns that it may use.
        table_of: gives a table of some of these columns.

    Raises:
        QueryError: see `Samples.where`.
        ImportError: DuckDB is not installed.
    """
    try:
        import duckdb
    except ImportError as error:
        raise lacking("where() needs DuckDB", error, "loaders") from error
    if len(expression) > _MAX_CHARACTERS:
        raise QueryError(f"a where of {len(expression)} characters; {_MAX_CHARACTERS} at most")
    words = {word.lower() for word in _WORD.findall(expression)}
    used = [name for name in names if name.lower() in words]
    table = table_of(used)
    if not used:
        table = table_of([names[0]])
    numbered = table.append_column("__row__", pa.array(np.arange(table.num_rows, dtype=np.int64)))
    with duckdb.connect(":memory:", config=_SETTINGS) as database:
        database.register("samples", numbered)
        try:
            # An Expression object is one expression: no second statement, no closing bracket.
            kept = database.table("samples").filter(duckdb.SQLExpression(expression))
            rows = kept.project('"__row__"').order('"__row__"').to_arrow_table()
        except duckdb.Error as error:
            raise QueryError(_explain(expression, str(error), names)) from error
    return np.asarray(rows["__row__"].to_numpy(), dtype=np.int64)


def nearest(name: str, names: Sequence[str]) -> list[str]:
    """Names like this one, the most alike first; never empty."""
    # A role is easily forgotten: `dover` for `responder_dover`.
    found = [one for one in names if one.endswith(f"_{name}")]
    found += difflib.get_close_matches(name, names, n=4, cutoff=0.3)
    return list(dict.fromkeys(found))[:4] or list(names[:4])


def _explain(expression: str, message: str, names: Sequence[str]) -> str:
    first = message.splitlines()[0]
    unknown = re.search(r'column "([^"]+)" not found', message)
    hint = f"; the nearest columns are {', '.join(nearest(unknown[1], names))}" if unknown else ""
    return (
        f"where({expression[:200]!r}) cannot be evaluated: {first}{hint}. It takes one SQL "
        'expression over the columns of the index, such as "responder_dover > 0.6"'
    )

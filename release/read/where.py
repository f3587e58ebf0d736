"""`where`: one SQL expression over the index, evaluated by a DuckDB that sees nothing else.

    expression, columns of the index --matching_rows--> numbers of the rows that match

Expressions are untrusted: they come from configuration files and from users of a service. So the
database lives in memory, holds only the named columns, cannot reach files, network or Python, and
its settings are locked before it parses the expression. `where_grammar.py` lists what an expression
may use. Its memory is bounded, and it is interrupted after `MAX_SECONDS`.
"""

import difflib
import os
import re
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, wait as wait_for
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ...records import lacking
from ..errors import QueryError
from .where_grammar import check_expression

if TYPE_CHECKING:
    import duckdb

MAX_SECONDS = 60.0
"""Time limit of a `where` by default (ours: one column of 5.2 million rows takes 0.2)."""
_MAX_CHARACTERS = 10_000
_MEMORY_LIMIT = "1GB"
"""For sorts and the like (ours: the numbers of 5.2 million rows are 42 MB)."""
_THREADS = 4
"""At most (ours: the host may have others to serve)."""
_POLL_SECONDS = 0.1
"""Between two polls, and two interrupts: DuckDB forgets one that comes too early (ours)."""
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "python_enable_replacements": "false",
    "temp_directory": "",
    "memory_limit": _MEMORY_LIMIT,
    "threads": min(_THREADS, os.cpu_count() or 1),
}
# DuckDB would draw a progress bar on standard output, where commands print results. It takes that
# setting from a connection alone.
_LAST_SETTINGS = "set enable_progress_bar = false; set lock_configuration = true"


def matching_rows(
    expression: str,
    names: Sequence[str],
    table_of: Callable[[list[str]], pa.Table],
    *,
    max_seconds: float = MAX_SECONDS,
) -> NDArray[np.int64]:
    """Numbers of the rows that match the expression, ascending.

    Args:
        expression: as after WHERE.
        names: columns that it may use.
        table_of: returns a table of some of these columns.
        max_seconds: time limit of the evaluation.

    Raises:
        KeyboardInterrupt: the evaluation was interrupted first.
        QueryError: see `Samples.where`.
        ImportError: DuckDB is not installed.
    """
    if not isinstance(expression, str):
        raise TypeError(
            f"where takes SQL as text, got {type(expression).__name__}: "
            'where("responder_dover > 0.6"). It reads the index alone, so no function is called '
            "for each row"
        )
    try:
        import duckdb
    except ImportError as error:
        raise lacking("where() needs DuckDB", error, "loaders") from error
    if len(expression) > _MAX_CHARACTERS:
        raise QueryError(f"a where of {len(expression)} characters; {_MAX_CHARACTERS} at most")
    with duckdb.connect(":memory:", config=_SETTINGS) as database:
        try:
            database.execute(_LAST_SETTINGS)
            check_expression(database, expression)
            words = {word.lower() for word in _WORD.findall(expression)}
            used = [name for name in names if name.lower() in words]
            table = table_of(used or [names[0]])
            numbers = pa.array(np.arange(table.num_rows, dtype=np.int64))
            database.register("samples", table.append_column("__row__", numbers))
            return _bounded(database, lambda: _evaluate(database, expression), max_seconds)
        except (duckdb.Error, QueryError) as error:
            raise QueryError(_explain(expression, str(error), names)) from error


def _evaluate(database: "duckdb.DuckDBPyConnection", expression: str) -> NDArray[np.int64]:
    import duckdb

    # An Expression object is one expression: no second statement, no closing bracket.
    kept = database.table("samples").filter(duckdb.SQLExpression(expression))
    rows = kept.project('"__row__"').order('"__row__"').to_arrow_table()
    return np.asarray(rows["__row__"].to_numpy(), dtype=np.int64)


def _bounded(
    database: "duckdb.DuckDBPyConnection",
    evaluate: Callable[[], NDArray[np.int64]],
    max_seconds: float,
) -> NDArray[np.int64]:
    """Runs the evaluation in its own thread, so that Ctrl-C takes effect at once."""
    running: Future[NDArray[np.int64]] = Future()

    def run() -> None:
        if running.set_running_or_notify_cancel():
            try:
                running.set_result(evaluate())
            except BaseException as error:
                running.set_exception(error)

    ends = time.monotonic() + max_seconds
    try:
        threading.Thread(target=run, name="speakervid5m-where", daemon=True).start()
        # In short waits: a system may deliver Ctrl-C to another thread, which wakes nobody here.
        while not running.done() and (left := ends - time.monotonic()) > 0:
            wait_for([running], timeout=min(left, _POLL_SECONDS))
        is_late = not running.done()
    finally:
        # If Ctrl-C comes before the thread begins, the evaluation never begins.
        if not running.cancel():
            while not running.done():
                database.interrupt()
                wait_for([running], timeout=_POLL_SECONDS)
    if is_late:
        raise QueryError(
            f"it took more than {max_seconds:g} seconds; ask less, or give where() another "
            "max_seconds"
        )
    return running.result()


def nearest(name: str, names: Sequence[str]) -> list[str]:
    """Similar names, the most similar first; never empty."""
    # Users often leave out the role: `dover` for `responder_dover`.
    similar = [known for known in names if known.endswith(f"_{name}")]
    similar += difflib.get_close_matches(name, names, n=4, cutoff=0.3)
    return list(dict.fromkeys(similar))[:4] or list(names[:4])


def _explain(expression: str, message: str, names: Sequence[str]) -> str:
    first = message.splitlines()[0]
    unknown = re.search(r'column "([^"]+)" not found', message)
    hint = f"; the nearest columns are {', '.join(nearest(unknown[1], names))}" if unknown else ""
    return (
        f"where({expression[:200]!r}) cannot be evaluated: {first}{hint}. It takes one SQL "
        'expression over the columns of the index, such as "responder_dover > 0.6"'
    )

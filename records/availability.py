"""Optional things: whether they work here is tried, not concluded from what is installed.

trial (uses the thing for real) --> trouble_of(trial) --> None, or what is wrong and what to do
"""

import functools
from collections.abc import Callable

from .install_commands import install_command


@functools.cache
def trouble_of(trial: Callable[[], object]) -> str | None:
    """Why something optional does not work here, or None. Tried once a process.

    That a package imports says little: the libraries that it loads later may be missing.

    Args:
        trial: uses the thing, and raises with what to do where that does not work.
    """
    try:
        trial()
    except Exception as error:
        return str(error).strip() or type(error).__name__
    return None


def lacking(need: str, error: BaseException, *extras: str) -> ImportError:
    """What to raise where something optional does not load.

    Args:
        need: who needs what: "where() needs DuckDB".
        error: what happened: a package that is there may lack a library.
        *extras: of ours that bring it.
    """
    return ImportError(f"{need} ({first_line(error)}): {install_command(*extras)}")


def first_line(error: BaseException) -> str:
    """The first line of an error's text, or its name."""
    return next(iter(str(error).strip().splitlines()), type(error).__name__).rstrip(".: ")

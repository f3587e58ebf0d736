"""Optional features: we try whether they work here, instead of asking what is installed.

trial (really uses the feature) --> trouble_of(trial) --> None, or what is wrong and what to do
"""

import functools
from collections.abc import Callable

from .install_commands import install_command


@functools.cache
def trouble_of(trial: Callable[[], object]) -> str | None:
    """Why an optional feature does not work here, or None. Tried once per process.

    An import proves little: libraries that the package loads later may be missing.

    Args:
        trial: uses the feature; where that fails, raises an error that says what to do.
    """
    try:
        trial()
    except Exception as error:
        return str(error).strip() or type(error).__name__
    return None


def lacking(need: str, error: BaseException, *extras: str) -> ImportError:
    """The error to raise where an optional package does not load.

    Args:
        need: which feature needs it: "where() needs DuckDB".
        error: the error of the import: an installed package may lack a library.
        *extras: our extras that install it.
    """
    return ImportError(f"{need} ({first_line(error)}): {install_command(*extras)}")


def first_line(error: BaseException) -> str:
    """The first line of an error's text, or its name."""
    return next(iter(str(error).strip().splitlines()), type(error).__name__).rstrip(".: ")

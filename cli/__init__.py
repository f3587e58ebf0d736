"""`speakervid5m ...`: a command line in, printed text and an exit status out.

`program` has the commands. It is imported when `main` runs: workers import this module too, and
need none of it.
"""

import atexit
import logging
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import NoReturn

from .terminal import streams
from .terminal.exit_codes import DONE, DONE_WITH_REJECTS, FAILED, PIPE_CLOSED, WRONG_USE

__all__ = ["DONE", "DONE_WITH_REJECTS", "FAILED", "PIPE_CLOSED", "WRONG_USE", "main", "start"]


def start() -> NoReturn:
    """Runs the command of this process, and ends the process with the command's status.

    Arrow's threads sometimes abort a process in its very last step, after everything was written:
    `verify` of a whole release then had the status of a crash, a few times in a hundred. So the
    handler that is registered first, and therefore runs last, ends the process itself.
    """
    status: int | str | None = FAILED

    def end() -> None:
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):
                stream.flush()
        os._exit(status if isinstance(status, int) else FAILED)

    atexit.register(end)
    try:
        status = main()
    except SystemExit as stop:
        status = DONE if stop.code is None else stop.code
        raise
    sys.exit(status)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; returns its exit status.

    Args:
        argv: the command line without the program's name; the process's own if left out.
    """
    from .program import run

    streams.show_every_character()
    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s")
    level = logging.getLogger().level
    try:
        status = run(list(sys.argv[1:] if argv is None else argv))
        sys.stdout.flush()
        return status
    except BrokenPipeError:
        unread = streams.without_reader()
        if not unread:
            raise
        for stream in unread:
            streams.discard(stream)
        return PIPE_CLOSED
    finally:
        logging.getLogger().setLevel(level)

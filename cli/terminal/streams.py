"""Standard output and error, as what lies behind them: a terminal, a file, a pipe."""

import io
import os
import select
import sys
from typing import TextIO


def show_every_character() -> None:
    """Lets a pipe or terminal with a small character set still get every line."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def without_reader() -> list[TextIO]:
    """The pipes whose reader is gone, as after `| head`."""
    return [stream for stream in (sys.stdout, sys.stderr) if _has_no_reader(stream)]


def _has_no_reader(stream: TextIO) -> bool:
    if not hasattr(select, "poll"):  # Windows: a closed pipe is no BrokenPipeError there
        return False
    poll = select.poll()
    try:
        poll.register(stream.fileno(), 0)
    except io.UnsupportedOperation:  # a caller's own stream
        return False
    return any(event & select.POLLERR for _, event in poll.poll(0))


def discard(stream: TextIO) -> None:
    """Lets a stream lead nowhere; else Python complains once more when it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())

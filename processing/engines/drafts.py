"""Names of files that are not finished: no other process, on any machine, has the same."""

import os
import secrets
import socket
from pathlib import Path


def machine() -> str:
    """This machine's name, without its domain."""
    return socket.gethostname().partition(".")[0] or "host"


def draft_of(final: Path) -> Path:
    """A hidden name beside `final`, of this process alone."""
    return final.with_name(f".{final.name}.{machine()}.{os.getpid()}.{secrets.token_hex(3)}")


def is_of_this_machine(draft: Path) -> bool:
    """Whether a process of this machine made a draft."""
    return draft.name.split(".")[-3:-2] == [machine()]


def synced(folder: Path) -> None:
    """Makes the names in a folder outlast a loss of power."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

"""A final path in, a temporary name for the unfinished file out: no other process has the same."""

import os
import secrets
import socket
import time
from pathlib import Path

STALE_SECONDS = 24 * 3600.0
"""Drafts of another machine are removed at this age: their process is dead (ours: neither the
tables of a unit nor the next clip of a cut take a day to write)."""


def machine() -> str:
    """This machine's name, without its domain."""
    return socket.gethostname().partition(".")[0] or "host"


def temporary_name(final: Path) -> Path:
    """A hidden name next to `final` that only this process uses."""
    return final.with_name(f".{final.name}.{machine()}.{os.getpid()}.{secrets.token_hex(3)}")


def process_runs(number: str) -> bool:
    """Whether a process of this number is alive on this machine."""
    try:
        os.kill(int(number), 0)
    except (ValueError, ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


def is_of_this_machine(draft: Path) -> bool:
    """Whether a process of this machine made a draft."""
    return draft.name.split(".")[-3:-2] == [machine()]


def age_of(draft: Path) -> float:
    """Seconds since it was last written to; 0 if it is gone."""
    try:
        return time.time() - draft.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def synced(folder: Path) -> None:
    """Makes the names in a folder survive a power failure."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

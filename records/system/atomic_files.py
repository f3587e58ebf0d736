"""Files and folders that appear whole or not at all, and locks.

final path --temporary_name--> a hidden name next to it, which no other process uses: a draft
           --atomic_file, atomic_folder--> written there, synced to disk, renamed
draft      --sweep_draft--> removed, if its process was killed
path       --file_lock--> locked by this process, or the process that holds the lock
"""

import os
import secrets
import shutil
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

_STALE_SECONDS = 24 * 3600.0
"""Drafts of another machine are removed at this age: their process is dead (ours: nothing that is
written at once takes a day)."""


def machine() -> str:
    """This machine's name, without its domain."""
    return socket.gethostname().partition(".")[0] or "host"


def temporary_name(final: Path, folder: Path | None = None) -> Path:
    """A hidden name next to `final`, or in `folder`, that only this process uses."""
    name = f".{final.name}.{machine()}.{os.getpid()}.{secrets.token_hex(3)}"
    return (folder or final.parent) / name


@contextmanager
def atomic_file(final: Path, folder: Path | None = None) -> Iterator[Path]:
    """A file to write, which replaces `final` when the block ends without an error.

    Args:
        final: its path; folders that are missing are made.
        folder: where it is written, on the same disk; next to `final` if left out.
    """
    draft = temporary_name(final, folder)
    draft.parent.mkdir(parents=True, exist_ok=True)
    try:
        yield draft
        _sync(draft)
        final.parent.mkdir(parents=True, exist_ok=True)
        draft.replace(final)
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def atomic_folder(final: Path) -> Iterator[Path]:
    """A folder to fill, which becomes `final` when the block ends without an error.

    If `final` exists by then, another process has written the same first, and its folder stays.
    """
    draft = temporary_name(final)
    draft.mkdir(parents=True)
    try:
        yield draft
        for path in draft.rglob("*"):
            if path.is_file():
                _sync(path)
        _sync_folder(draft)
        try:
            draft.rename(final)
        except OSError:
            if not final.is_dir():
                raise
        _sync_folder(final.parent)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def sweep_draft(draft: Path, *, unlocked: bool = False, seconds: float = _STALE_SECONDS) -> None:
    """Removes a draft that a killed process left, but none that a process still writes.

    Args:
        draft: its path.
        unlocked: nobody holds the lock that its process held, so this process is dead; otherwise
            the number of the process says so.
        seconds: since it was last written to; after these its process is dead in any case.
    """
    *_, made_on, process, _ = ("", "", *draft.name.split("."))
    dead = made_on == machine() and (unlocked or not _runs(process))
    if not dead and _age(draft) <= seconds:
        return
    if draft.is_dir():
        shutil.rmtree(draft, ignore_errors=True)
    else:
        draft.unlink(missing_ok=True)


@contextmanager
def file_lock(path: Path, *, wait: bool = False, optional: bool = False) -> Iterator[str | None]:
    """Locks until the block ends, or this process does; yields None, or who else holds the lock.

    Args:
        path: the lock's file; a file next to it names the process that holds it.
        wait: until it is free.
        optional: whether a file system without locks grants every lock; else it is an error.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # A file of its own: some systems let nobody read the lock while it is held.
    lock, holder = FileLock(path), path.with_name(f"{path.name}.holder")
    other = None
    try:
        lock.acquire(timeout=-1 if wait else 0)
    except Timeout:
        other = "process unknown"
        with suppress(OSError):
            other = f"process {holder.read_text('utf-8').strip() or 'unknown'}"
    except (OSError, NotImplementedError):
        if not optional:
            raise
    try:
        if other is None:
            # Written over, since emptying a file first costs milliseconds on some file systems.
            with suppress(OSError), holder.open("r+" if holder.exists() else "w") as file:
                file.write(f"{os.getpid():<20}")
        yield other
    finally:
        lock.release()


def _sync(path: Path) -> None:
    # Windows syncs no file that is open for reading alone; elsewhere a link may be read-only.
    with path.open("r+b" if os.name == "nt" else "rb") as file:
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    """Makes the names in a folder survive a power failure."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _runs(number: str) -> bool:
    """Whether a process of this number is alive on this machine, as far as it is known."""
    if os.name == "nt":
        # There, signal 0 would interrupt it.
        return True
    try:
        os.kill(int(number), 0)
    except (ValueError, ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


def _age(draft: Path) -> float:
    """Seconds since it was last written to; 0 if it is gone."""
    try:
        return time.time() - draft.stat().st_mtime
    except FileNotFoundError:
        return 0.0

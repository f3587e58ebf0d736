"""Retries: reads over a network are tried again, within a stated budget.

    a read of one try, its label --retrying--> its result, or an error that names the file

Temporary failures (429, 500 and the like, resets, stalls, short answers, an expired signed address)
are tried at most `MAX_TRIES` times in at most `MAX_SECONDS`; 403 is one of them, since an expired
signed address gives it. Permanent ones (a missing file, 401) are raised at once. A read that fails
on this machine's disk (`once`) would fail again.
"""

import asyncio
import random
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from ..address import public_text

MAX_TRIES = 6
"""Tries of a read (ours)."""
MAX_SECONDS = 60.0
"""After this time no further try begins (ours)."""
FIRST_WAIT_SECONDS = 0.2
"""Before the second try; doubled for each further try, times a random factor of 0.5 to 1."""
STALL_SECONDS = 30.0
"""A read over HTTP fails after this time without a byte."""

_BUFFER_BYTES = 1 << 22
_REFUSALS = {401, 403}
_TEMPORARY = {403, 408, 425, 429, 500, 502, 503, 504}
T = TypeVar("T")


class ShortRead(OSError):
    """Fewer or more bytes came than were requested."""


class ReadFailed(OSError):
    """A read that failed within its budget; names the file, the offset and the last reason."""


class ReadRefused(ReadFailed):
    """The host does not say whether the file is there: it wants other credentials."""


def once(read: Callable[[], T], label: str) -> T:
    """Reads from this machine's disk.

    Args:
        read: the only try.
        label: public form of the file's address, for errors.

    Raises:
        ReadFailed: it could not be read.
        ReadRefused: this user is not allowed to read it.
        FileNotFoundError: it is not there.
        NotADirectoryError: its folder is a file.
    """
    try:
        return read()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise type(error)(f"{label}: {_reason(error)}") from None
    except PermissionError as error:
        raise ReadRefused(f"{label}: {_reason(error)}") from None
    except OSError as error:
        raise ReadFailed(f"{label}: {_reason(error)}") from None


def retrying(read: Callable[[], T], label: str) -> T:
    """Reads, and tries again after a temporary failure.

    Args:
        read: a single try.
        label: public form of the file's address and the offset, for errors.

    Raises:
        ReadFailed: every try failed, or it was refused for good.
        ReadRefused: the last answer was 401, 403, or a file system's own refusal.
        FileNotFoundError: it is not there.
    """
    began = time.monotonic()
    for tried in range(1, MAX_TRIES + 1):
        try:
            return read()
        except ReadFailed:
            raise
        except FileNotFoundError:
            # The error of a client may hold the whole address, signature included.
            raise FileNotFoundError(f"{label}: not there") from None
        except Exception as error:
            failed = ReadRefused if _is_refusal(error) else ReadFailed
            if not _is_temporary(error):
                if failed is ReadRefused or _status(error) is not None:
                    raise failed(f"{label}: {_brief(error)}") from None
                raise
            wait = FIRST_WAIT_SECONDS * 2 ** (tried - 1) * random.uniform(0.5, 1.0)
            wait = max(wait, _asked_wait(error))
            spent = time.monotonic() - began
            if tried == MAX_TRIES or spent + wait > MAX_SECONDS:
                raise failed(
                    f"{label}: failed {tried} times in {spent:.1f} s (at most {MAX_TRIES} tries in "
                    f"{MAX_SECONDS:g} s); the last time: {_brief(error)}"
                ) from None
            time.sleep(wait)
    raise AssertionError("the last try returns or raises")


def with_timeouts(url: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """Options for fsspec that end a stalled HTTP read; the given options go first."""
    if not url.startswith(("http://", "https://")) or "client_kwargs" in options:
        return dict(options)
    import aiohttp

    timeout = aiohttp.ClientTimeout(total=None, sock_connect=10, sock_read=STALL_SECONDS)
    return {**options, "client_kwargs": {"timeout": timeout, "read_bufsize": _BUFFER_BYTES}}


def _reason(error: OSError) -> str:
    """The system's message, without its path."""
    return error.strerror or type(error).__name__


def _is_refusal(error: Exception) -> bool:
    return isinstance(error, PermissionError) or _status(error) in _REFUSALS


def _status(error: Exception) -> int | None:
    """Status of the answer, from the error or from the answer that it holds; None without one."""
    for holder in (error, getattr(error, "response", None)):
        for name in ("status", "status_code"):
            if isinstance(code := getattr(holder, name, None), int) and code:
                return code
    return None


def _is_temporary(error: Exception) -> bool:
    if isinstance(error, FileNotFoundError | PermissionError | IsADirectoryError):
        return False
    if (status := _status(error)) is not None:
        return status in _TEMPORARY
    known = isinstance(error, OSError | asyncio.TimeoutError | EOFError)
    return known or type(error).__module__.split(".")[0] in ("aiohttp", "botocore", "httpx")


def _asked_wait(error: Exception) -> float:
    """Seconds of a `Retry-After`, where the answer has one."""
    headers = getattr(error, "headers", None) or {}
    try:
        return float(headers.get("Retry-After", 0))
    except (TypeError, ValueError, AttributeError):
        return 0.0


def _brief(error: Exception) -> str:
    if (status := _status(error)) is not None:
        return f"HTTP {status}"
    return public_text(f"{type(error).__name__} {error}")[:200]

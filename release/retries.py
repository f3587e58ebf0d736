"""Reads over a network that are tried again, within a stated budget.

What passes (429, 500 and its kin, resets, stalls, short answers, a signed address that expired)
is tried at most `MAX_TRIES` times in at most `MAX_SECONDS`; what does not (missing, forbidden for
good) is raised at once.
"""

import asyncio
import random
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from urllib.parse import urlsplit, urlunsplit

MAX_TRIES = 6
"""Tries of one read (ours)."""
MAX_SECONDS = 60.0
"""After which no further try is begun (ours)."""
FIRST_WAIT_SECONDS = 0.2
"""Before the second try; doubled each time, and drawn from half of that to all of it."""
STALL_SECONDS = 30.0
"""Without a byte, after which a read over HTTP counts as failed."""

_BUFFER_BYTES = 1 << 22
_PASSES = {403, 408, 425, 429, 500, 502, 503, 504}
T = TypeVar("T")


class ShortRead(OSError):
    """Fewer bytes came than were asked for, or more."""


class ReadFailed(OSError):
    """A read that failed within its budget; names the file, the offset and the last reason."""


def retrying(read: Callable[[], T], what: str) -> T:
    """Reads, again where that may help.

    Args:
        read: one try.
        what: file and offset, for the error, without what is secret.

    Raises:
        ReadFailed: every try failed, or it was refused for good.
        FileNotFoundError: it is not there.
    """
    began = time.monotonic()
    for tried in range(1, MAX_TRIES + 1):
        try:
            return read()
        except Exception as error:
            if isinstance(error, ReadFailed | FileNotFoundError):
                raise
            if not _passes(error):
                if getattr(error, "status", None):
                    # The error of a client may hold the whole address, signature included.
                    raise ReadFailed(f"{what}: {_brief(error)}") from None
                raise
            wait = FIRST_WAIT_SECONDS * 2 ** (tried - 1) * random.uniform(0.5, 1.0)
            wait = max(wait, _asked_wait(error))
            spent = time.monotonic() - began
            if tried == MAX_TRIES or spent + wait > MAX_SECONDS:
                raise ReadFailed(
                    f"{what}: failed {tried} times in {spent:.1f} s (at most {MAX_TRIES} tries in "
                    f"{MAX_SECONDS:g} s); the last time: {_brief(error)}"
                ) from None
            time.sleep(wait)
    raise AssertionError("the last try returns or raises")


def with_timeouts(url: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """Options for fsspec under which a stalled HTTP read ends; those given go first."""
    if not url.startswith(("http://", "https://")) or "client_kwargs" in options:
        return dict(options)
    import aiohttp

    timeout = aiohttp.ClientTimeout(total=None, sock_connect=10, sock_read=STALL_SECONDS)
    return {**options, "client_kwargs": {"timeout": timeout, "read_bufsize": _BUFFER_BYTES}}


def public_url(url: str) -> str:
    """An address without its query, where signatures stand."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rsplit("@", 1)[-1], parts.path, "", ""))


def _passes(error: Exception) -> bool:
    if isinstance(error, FileNotFoundError | PermissionError | IsADirectoryError):
        return False
    status = getattr(error, "status", None)
    if isinstance(status, int) and status:
        return status in _PASSES
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
    status = getattr(error, "status", None)
    return f"HTTP {status}" if status else f"{type(error).__name__} {error}".split("?")[0][:200]

"""Reads that name what failed; over a network they are tried again, within a stated budget.

What passes (429, 500 and its kin, resets, stalls, short answers, a signed address that expired)
is tried at most `MAX_TRIES` times in at most `MAX_SECONDS`; what does not (missing, forbidden for
good) is raised at once. What fails on this machine's disk (`once`) would fail again.
"""

import asyncio
import random
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from ..address import public_text

MAX_TRIES = 6
"""Tries of one read (ours)."""
MAX_SECONDS = 60.0
"""After which no further try is begun (ours)."""
FIRST_WAIT_SECONDS = 0.2
"""Before the second try; doubled each time, and drawn from half of that to all of it."""
STALL_SECONDS = 30.0
"""Without a byte, after which a read over HTTP counts as failed."""

_BUFFER_BYTES = 1 << 22
_REFUSALS = {401, 403}
_PASSES = {403, 408, 425, 429, 500, 502, 503, 504}
T = TypeVar("T")


class ShortRead(OSError):
    """Fewer bytes came than were asked for, or more."""


class ReadFailed(OSError):
    """A read that failed within its budget; names the file, the offset and the last reason."""


class ReadRefused(ReadFailed):
    """The host does not say whether the file is there: it wants other credentials, or none."""


def once(read: Callable[[], T], what: str) -> T:
    """Reads from this machine's disk.

    Args:
        read: the one try.
        what: the file, for the error, in its public form.

    Raises:
        ReadFailed: it could not be read.
        ReadRefused: this user may not read it.
        FileNotFoundError: it is not there.
        NotADirectoryError: what should be its folder is a file.
    """
    try:
        return read()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise type(error)(f"{what}: {_reason(error)}") from None
    except PermissionError as error:
        raise ReadRefused(f"{what}: {_reason(error)}") from None
    except OSError as error:
        raise ReadFailed(f"{what}: {_reason(error)}") from None


def retrying(read: Callable[[], T], what: str) -> T:
    """Reads, again where that may help.

    Args:
        read: one try.
        what: file and offset, for the error, in their public form.

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
            raise FileNotFoundError(f"{what}: not there") from None
        except Exception as error:
            failed = ReadRefused if _is_refusal(error) else ReadFailed
            if not _passes(error):
                if failed is ReadRefused or _status(error) is not None:
                    raise failed(f"{what}: {_brief(error)}") from None
                raise
            wait = FIRST_WAIT_SECONDS * 2 ** (tried - 1) * random.uniform(0.5, 1.0)
            wait = max(wait, _asked_wait(error))
            spent = time.monotonic() - began
            if tried == MAX_TRIES or spent + wait > MAX_SECONDS:
                raise failed(
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


def _reason(error: OSError) -> str:
    """The system's words, without its path."""
    return error.strerror or type(error).__name__


def _is_refusal(error: Exception) -> bool:
    return isinstance(error, PermissionError) or _status(error) in _REFUSALS


def _status(error: Exception) -> int | None:
    """The code of the answer, where there was one: of the error, or of the answer that it holds."""
    for holder in (error, getattr(error, "response", None)):
        for name in ("status", "status_code"):
            if isinstance(code := getattr(holder, name, None), int) and code:
                return code
    return None


def _passes(error: Exception) -> bool:
    if isinstance(error, FileNotFoundError | PermissionError | IsADirectoryError):
        return False
    if (status := _status(error)) is not None:
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
    if (status := _status(error)) is not None:
        return f"HTTP {status}"
    return public_text(f"{type(error).__name__} {error}")[:200]

"""Errors to JSON with a status, and security headers on every response."""

import logging
import math
import re
import traceback
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any

import anyio
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from ...media import MediaError
from ...release import (
    EmptyConfig,
    QueryError,
    ReadFailed,
    ReleaseError,
    UnfinishedRelease,
    UnknownConfig,
    public_text,
)
from .reports import ReportError, ReportsClosed
from .search.filters import FilterError

logger = logging.getLogger(__name__)

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'"
)


_SEE_LOG = "the reason is in the server's log"
_LONGEST_LINE = 500
"""Characters of an error in the log (ours)."""

_FOLDERS = re.compile(r"(?<![\w.:/~-])/(?:[^\s'\"/]+/)+")


class NotFound(LookupError):
    """Something that this release does not have."""


class BodyTooLarge(ValueError):
    """A request body over the limit."""


class Headers:
    """Adds security and cache headers to every response.

    It is also the outermost error handler: it logs one line and tells the visitor nothing.
    """

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answers one request."""
        has_begun = False

        async def with_headers(message: Any) -> None:
            nonlocal has_begun
            has_begun = True
            if message["type"] == "http.response.start":
                own = {
                    "cross-origin-resource-policy": "same-origin",
                    "content-security-policy": _POLICY,
                    "x-content-type-options": "nosniff",
                    "referrer-policy": "no-referrer",
                }
                # `no-cache`: browsers revalidate each time, so retracted media disappear.
                names = {name.lower() for name, _ in message["headers"]}
                if b"cache-control" not in names:
                    own["cache-control"] = "private, no-cache"
                message["headers"] += [(k.encode(), v.encode()) for k, v in own.items()]
            await send(message)

        try:
            await self._app(scope, receive, with_headers)
        except ClientDisconnect:
            return
        except Exception as error:
            log(error)
            # A response that has begun stays truncated; the server closes the connection.
            if not has_begun:
                response = JSONResponse({"error": _SEE_LOG}, 500)
                await response(scope, receive, with_headers)


def errors_as_json(answer: Callable[[Request], Response]) -> Callable[[Request], Response]:
    """Turns errors into JSON: what was wrong, what is allowed, what to do.

    Only messages of this package are sent. A library's message may hold paths and addresses of
    the server, so it goes to the log only.
    """

    @wraps(answer)
    def guarded(request: Request) -> Response:
        try:
            return answer(request)
        except (UnknownConfig, EmptyConfig, QueryError, NotFound) as error:
            return _error_response(404, str(error))
        except BodyTooLarge as error:
            # The rest of the body is not awaited.
            return _error_response(413, str(error), {"connection": "close"})
        except (FilterError, ReportError) as error:
            return _error_response(400, str(error))
        except (UnfinishedRelease, ReportsClosed) as error:
            return _error_response(503, str(error))
        except (ReleaseError, MediaError, ReadFailed) as error:
            # The release or its media are damaged, or cannot be read.
            return _error_response(502, str(error))
        except Exception as error:
            # The request was checked before, so the release itself is malformed.
            log(error)
            return _error_response(502, f"the release cannot be read here; {_SEE_LOG}")

    return guarded


def as_json(answer: Callable[[Request], Any]) -> Callable[[Request], Response]:
    """Responds in JSON, also to errors."""
    return errors_as_json(lambda request: JSONResponse(_finite(answer(request))))


def limited(
    answer: Callable[[Request], Response], limiter: anyio.CapacityLimiter
) -> Callable[[Request], Awaitable[Response]]:
    """Limits how many expensive responses run at once; others wait."""
    guarded = errors_as_json(answer)

    async def in_a_thread(request: Request) -> Response:
        return await anyio.to_thread.run_sync(guarded, request, limiter=limiter)

    return in_a_thread


def with_body(
    answer: Callable[[Request, bytes], Response], max_bytes: int
) -> Callable[[Request], Awaitable[Response]]:
    """Passes the request body on, reading at most `max_bytes` and a chunk."""

    async def read(request: Request) -> Response:
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > max_bytes:
                break

        def checked(request: Request) -> Response:
            if len(body) > max_bytes:
                raise BodyTooLarge(f"at most {max_bytes} bytes")
            return answer(request, bytes(body))

        return await run_in_threadpool(errors_as_json(checked), request)

    return read


def log(error: Exception) -> None:
    """Logs one line; with `-v` also where it happened."""
    message = " ".join(_FOLDERS.sub("", public_text(str(error))).split())
    logger.warning("%s: %s", type(error).__name__, message[:_LONGEST_LINE])
    # Not the error itself: its message may hold what the line above removes.
    logger.info("%s", "".join(traceback.format_tb(error.__traceback__)))


def _finite(value: Any) -> Any:
    """Replaces NaN and infinity, which JSON lacks, by null: not measured."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {name: _finite(element) for name, element in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(element) for element in value]
    return value


def _error_response(status: int, why: str, headers: dict[str, str] | None = None) -> Response:
    return JSONResponse({"error": why}, status, headers)

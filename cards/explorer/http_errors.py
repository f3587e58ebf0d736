"""How everything is answered: errors in words, headers that keep strangers out."""

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
from .search.filters import QuestionError

logger = logging.getLogger(__name__)

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'"
)


_UNKNOWN = "whoever runs this page finds the reason in its log"
_LONGEST_LINE = 500
"""Characters of an error in the log (ours)."""

_FOLDERS = re.compile(r"(?<![\w.:/~-])/(?:[^\s'\"/]+/)+")


class NotThere(LookupError):
    """Something that this release does not have."""


class TooLong(ValueError):
    """A body that is longer than what is asked for."""


class Headers:
    """Headers of every answer: nothing from elsewhere, nothing kept by proxies.

    It is also the last who hears of an error: one line goes to the log, and none to the visitor.
    """

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answers with them."""
        began = False

        async def with_headers(message: Any) -> None:
            nonlocal began
            began = True
            if message["type"] == "http.response.start":
                own = {
                    "cross-origin-resource-policy": "same-origin",
                    "content-security-policy": _POLICY,
                    "x-content-type-options": "nosniff",
                    "referrer-policy": "no-referrer",
                }
                # `no-cache`: kept, and asked about each time, so that what was taken back is gone.
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
            # What was begun stays short, and the server closes the connection.
            if not began:
                refusal = JSONResponse({"error": _UNKNOWN}, 500)
                await refusal(scope, receive, with_headers)


def told(answer: Callable[[Request], Response]) -> Callable[[Request], Response]:
    """With errors as JSON: what was given, what is allowed, what to do.

    The words are those of this package. What a library says may hold paths and addresses of the
    server, so it goes to the log alone.
    """

    @wraps(answer)
    def safely(request: Request) -> Response:
        try:
            return answer(request)
        except (UnknownConfig, EmptyConfig, QueryError, NotThere) as error:
            return _refusal(404, str(error))
        except TooLong as error:
            # What is still to come is not waited for.
            return _refusal(413, str(error), {"connection": "close"})
        except (QuestionError, ReportError) as error:
            return _refusal(400, str(error))
        except (UnfinishedRelease, ReportsClosed) as error:
            return _refusal(503, str(error))
        except (ReleaseError, MediaError, ReadFailed) as error:
            # The release or a piece of media is damaged, or cannot be read.
            return _refusal(502, str(error))
        except Exception as error:
            # What was asked is checked by then: the release holds what no release holds.
            log(error)
            return _refusal(502, f"the release cannot be read here; {_UNKNOWN}")

    return safely


def as_json(answer: Callable[[Request], Any]) -> Callable[[Request], Response]:
    """The answer as JSON, errors too."""
    return told(lambda request: JSONResponse(_finite(answer(request))))


def one_by_one(
    answer: Callable[[Request], Response], limiter: anyio.CapacityLimiter
) -> Callable[[Request], Awaitable[Response]]:
    """Answers that take memory: no more at once than the limiter says, and others wait."""
    safely = told(answer)

    async def waited(request: Request) -> Response:
        return await anyio.to_thread.run_sync(safely, request, limiter=limiter)

    return waited


def of_a_body(
    answer: Callable[[Request, bytes], Response], max_bytes: int
) -> Callable[[Request], Awaitable[Response]]:
    """Answers to a body, of which no more is kept than is allowed."""

    async def read(request: Request) -> Response:
        body = bytearray()
        async for piece in request.stream():
            body += piece
            if len(body) > max_bytes:
                break

        def answered(request: Request) -> Response:
            if len(body) > max_bytes:
                raise TooLong(f"at most {max_bytes} bytes")
            return answer(request, bytes(body))

        return await run_in_threadpool(told(answered), request)

    return read


def log(error: Exception) -> None:
    """One line for whoever runs the page; with `-v`, where it happened."""
    said = " ".join(_FOLDERS.sub("", public_text(str(error))).split())
    logger.warning("%s: %s", type(error).__name__, said[:_LONGEST_LINE])
    # Not the error itself, whose words may hold what the line above leaves out.
    logger.info("%s", "".join(traceback.format_tb(error.__traceback__)))


def _finite(value: Any) -> Any:
    """As JSON can say it: a score that is no number was not measured."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {name: _finite(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(one) for one in value]
    return value


def _refusal(status: int, why: str, headers: dict[str, str] | None = None) -> Response:
    return JSONResponse({"error": why}, status, headers)

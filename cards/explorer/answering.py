"""How everything is answered: errors in words, headers that keep strangers out."""

import math
from collections.abc import Callable
from functools import wraps
from typing import Any

import pyarrow as pa
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ...release import (
    EmptyConfig,
    QueryError,
    UnfinishedRelease,
    UnknownConfig,
)
from .questions import QuestionError
from .reports import ReportError, ReportsClosed

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'"
)


class NotThere(LookupError):
    """Something that this release does not have."""


class Headers:
    """Headers of every answer: nothing from elsewhere, nothing kept by proxies."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answers with them."""

        async def with_headers(message: Any) -> None:
            if message["type"] == "http.response.start":
                own = {
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

        await self._app(scope, receive, with_headers)


def told(answer: Callable[[Request], Response]) -> Callable[[Request], Response]:
    """With errors as JSON: what was given, what is allowed, what to do."""

    @wraps(answer)
    def safely(request: Request) -> Response:
        try:
            return answer(request)
        except (UnknownConfig, EmptyConfig, QueryError, NotThere) as error:
            return _refusal(404, error)
        except (QuestionError, ReportError) as error:
            return _refusal(400, error)
        except (UnfinishedRelease, ReportsClosed) as error:
            return _refusal(503, error)
        except (ValueError, OSError, pa.ArrowException) as error:
            # The release or a piece of media is damaged, or cannot be read.
            return _refusal(502, error)

    return safely


def as_json(answer: Callable[[Request], Any]) -> Callable[[Request], Response]:
    """The answer as JSON, errors too."""
    return told(lambda request: JSONResponse(_finite(answer(request))))


def _finite(value: Any) -> Any:
    """As JSON can say it: a score that is no number was not measured."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {name: _finite(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(one) for one in value]
    return value


def _refusal(status: int, error: Exception) -> Response:
    return JSONResponse({"error": str(error)}, status)

"""Limits per connection: a deadline for requests, a stall timeout, a cap on open sockets.

uvicorn alone waits for ever for the rest of a request, and for a client that does not read.
"""

import asyncio
from functools import partial
from typing import Any

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

REQUEST_SECONDS = 10.0
"""From the first byte of a request, or from the connection, to the request's end (ours: a request
for removal has 32 kB)."""
STALL_SECONDS = 60.0
"""Without the client reading what is sent (ours: a player that is paused asks again)."""
MAX_CONNECTIONS = 512
"""Open at once (ours: 80 visitors, browsers open six each)."""
_HEAD_BYTES = 1 << 14
"""Of a request's head (ours)."""


def server_config(
    app: Any,
    *,
    request_seconds: float = REQUEST_SECONDS,
    stall_seconds: float = STALL_SECONDS,
    max_connections: int = MAX_CONNECTIONS,
) -> uvicorn.Config:
    """The configuration of `uvicorn.Server`.

    Args:
        app: the ASGI application.
        request_seconds: within which a request must arrive.
        stall_seconds: within which a client must go on reading.
        max_connections: open at once; further ones are answered with 503.
    """
    connection: Any = partial(
        Connection,
        request_seconds=request_seconds,
        stall_seconds=stall_seconds,
        max_connections=max_connections,
    )
    return uvicorn.Config(
        app,
        http=connection,
        ws="none",
        lifespan="off",
        log_level="warning",
        proxy_headers=False,
        h11_max_incomplete_event_size=_HEAD_BYTES,
        timeout_graceful_shutdown=2,
    )


class Connection(H11Protocol):
    """One connection."""

    def __init__(
        self,
        *args: Any,
        request_seconds: float,
        stall_seconds: float,
        max_connections: int,
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        self._request_seconds, self._stall_seconds = request_seconds, stall_seconds
        self._max_connections = max_connections
        self._deadline: asyncio.TimerHandle | None = None
        self._stalled: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Starts the deadline, or refuses the connection."""
        super().connection_made(transport)
        if len(self.connections) > self._max_connections:
            self._end(503, "too many visitors at once; ask again in a moment")
        self._watch()

    def data_received(self, data: bytes) -> None:
        """Takes a part of a request."""
        super().data_received(data)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Cancels the timers."""
        super().connection_lost(exc)
        for timer in (self._deadline, self._stalled):
            if timer is not None:
                timer.cancel()

    def pause_writing(self) -> None:
        """Starts the stall timeout: the client has stopped reading."""
        super().pause_writing()
        self._stalled = self.loop.call_later(self._stall_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        """Stops the stall timeout: the client reads again."""
        super().resume_writing()
        if self._stalled is not None:
            self._stalled.cancel()

    def _watch(self) -> None:
        is_awaited = self.conn.their_state in (h11.IDLE, h11.SEND_BODY)
        if is_awaited and self._deadline is None:
            self._deadline = self.loop.call_later(self._request_seconds, self._too_late)
        elif not is_awaited and self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _too_late(self) -> None:
        # Browsers open connections ahead of need; on those nothing has arrived.
        if self.conn.our_state is h11.IDLE and self.conn.trailing_data[0]:
            self._end(408, "the request did not arrive in time")
        self.transport.close()

    def _end(self, status: int, why: str) -> None:
        """Answers without a request, and closes."""
        headers = [("content-type", "text/plain; charset=utf-8"), ("connection", "close")]
        response = h11.Response(status_code=status, headers=headers, reason=b"")
        for event in (response, h11.Data(data=why.encode()), h11.EndOfMessage()):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()

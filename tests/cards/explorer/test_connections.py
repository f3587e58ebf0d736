"""Visitors who keep the server waiting: half a request, a body that does not come, too many."""

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest

from tests.cards.explorer.serving import Explorer, explorer, until


@contextmanager
def connected(page: Explorer) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", page.port), timeout=60) as found:
        yield found


def head_of(connection: socket.socket) -> bytes:
    """What comes until an empty line."""
    found = b""
    while not found.endswith(b"\r\n\r\n"):
        found += connection.recv(1)
    return found


def rest_of(connection: socket.socket) -> bytes:
    """What comes until the server closes."""
    found = b""
    while piece := connection.recv(65_536):
        found += piece
    return found


HALVES = (
    b"",
    b"G",
    b"GET / HTTP/1.1\r\nHost: loc",
    b"GET / HTTP/1.1\r\nHost: localhost\r\n",
    b"POST /api/report/a/b HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost\r\n"
    b"Content-Type: application/json\r\nContent-Length: 9\r\n\r\n{",
)


@pytest.mark.parametrize("sent", HALVES)
def test_half_a_request_is_not_waited_for(
    release: Path, tmp_path: Path, sent: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    # A deadline so short that the test need not wait; what it waits for is the socket's end.
    with explorer(str(release), tmp_path, request_seconds=0.05) as page:
        with connected(page) as connection:
            connection.sendall(sent)
            assert rest_of(connection)[9:12] in (b"", b"408")
        until(lambda: not page.connections)
    assert not caplog.records


@pytest.mark.parametrize(
    ("sent", "status"), [*zip(HALVES, (b"", b"408", b"408", b"408", b""), strict=True)]
)
def test_a_deadline_is_told_to_whoever_began(
    release: Path, tmp_path: Path, sent: bytes, status: bytes
) -> None:
    ask = b"HEAD /theme.css HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with explorer(str(release), tmp_path, request_seconds=3600) as page:
        with connected(page) as connection:
            # The second request of a connection, for which a deadline of its own begins.
            connection.sendall(ask)
            assert head_of(connection).startswith(b"HTTP/1.1 200")
            (one,) = page.connections
            until(lambda: one.cycle.response_complete)
            assert one._deadline is None
            connection.sendall(sent)
            until(lambda: one._deadline is not None or not sent)
            one.loop.call_soon_threadsafe(one._too_late)
            assert rest_of(connection)[9:12] == status
        until(lambda: not page.connections)


def test_two_hundred_half_requests_keep_nobody_out(release: Path, tmp_path: Path) -> None:
    with explorer(str(release), tmp_path) as page, ExitStack() as open_ones:
        for _ in range(200):
            open_ones.enter_context(connected(page)).sendall(b"GET / HTTP/1.1\r\nHost:")
        assert page.ask("/api/release").status == 200


def test_more_connections_than_allowed_are_told(release: Path, tmp_path: Path) -> None:
    with explorer(str(release), tmp_path, max_connections=3) as page, ExitStack() as open_ones:
        first = [open_ones.enter_context(connected(page)) for _ in range(3)]
        for one in first:
            one.sendall(b"HEAD /theme.css HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert head_of(one).startswith(b"HTTP/1.1 200")
        told = rest_of(open_ones.enter_context(connected(page)))
        assert told.startswith(b"HTTP/1.1 503") and b"too many visitors" in told
        first[0].sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        assert b"HTTP/1.1 200" in rest_of(first[0])
        assert page.ask("/api/release").status == 200


def test_a_visitor_who_does_not_read_is_not_waited_for(release: Path, tmp_path: Path) -> None:
    many = b"GET /static/explorer.css HTTP/1.1\r\nHost: localhost\r\n\r\n" * 500
    with (
        explorer(str(release), tmp_path, stall_seconds=0.05, send_bytes=8192) as page,
        socket.socket() as one,
    ):
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
        one.connect(("127.0.0.1", page.port))
        sending = threading.Thread(target=_sent, args=(one, many))
        sending.start()
        until(lambda: page.connections)
        until(lambda: not page.connections)
        sending.join()
        with suppress(ConnectionError):
            assert rest_of(one).count(b"HTTP/1.1 200") < 500


def _sent(connection: socket.socket, data: bytes) -> None:
    with suppress(ConnectionError):
        connection.sendall(data)


@pytest.mark.parametrize(
    "sent",
    [
        b"\0" * 100,
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"\r\n" * 9_000,
        b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"GET / HTTP/1.0\r\n\r\n",
        b"GET http://[ HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
)
def test_garbage_is_no_request(
    served: Explorer, caplog: pytest.LogCaptureFixture, sent: bytes
) -> None:
    with connected(served) as connection, suppress(ConnectionError):
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        assert rest_of(connection)[9:10] in (b"4", b"")
    assert served.ask("/api/release").status == 200
    assert "Traceback" not in caplog.text

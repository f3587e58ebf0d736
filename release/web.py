"""Range reads over HTTP with nothing between the socket and the memory that they fill.

Connections are kept and used again, unless they failed. This is for plain addresses: where
`storage_options` are given (headers, tokens, proxies), fsspec reads.
"""

import http.client
import os
import ssl
import threading
import weakref
from functools import cache
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from . import retries
from .retries import ReadFailed, ShortRead, public_url

_CONNECT_SECONDS = 10.0
_MAX_REDIRECTS = 5
_REDIRECTS = {301, 302, 303, 307, 308}
# What addresses may hold unescaped; a percent sign stands before what is escaped already.
_SAFE = "/%:=&?~+!$,;'@()*[]"


class HTTPFailed(OSError):
    """An answer that is no range of a file."""

    def __init__(self, status: int, headers: dict[str, str]) -> None:
        super().__init__(f"HTTP {status}")
        self.status = status
        """The answer's code."""
        self.headers = headers
        """Its headers, `Retry-After` among them."""


def is_web(root: str) -> bool:
    """Whether an address is read here."""
    return root.startswith(("http://", "https://"))


class WebReader:
    """Reads ranges; called from many threads, which share the connections that are idle."""

    def __init__(self) -> None:
        self._idle: dict[tuple[str, str], list[http.client.HTTPConnection]] = {}
        self._lock, self._process = threading.Lock(), os.getpid()
        weakref.finalize(self, _close_all, self._idle)

    def read(self, url: str, begin: int, num_bytes: int) -> memoryview:
        """Bytes of a file, one try.

        Args:
            url: of the file.
            begin: first byte.
            num_bytes: how many, at least 1.

        Raises:
            FileNotFoundError: it is not there.
            HTTPFailed: another answer than the range.
            OSError: the connection failed, stalled, or brought fewer bytes.
        """
        for _ in range(_MAX_REDIRECTS + 1):
            where = urlsplit(url)
            connection, answer = self._asked(where, begin, num_bytes)
            try:
                if answer.status not in _REDIRECTS:
                    data = _body(answer, url, num_bytes)
                    self._keep(where, connection)
                    return data
                answer.read()
                self._keep(where, connection)
                url = _redirected(url, answer.getheader("Location"))
            except http.client.HTTPException as error:
                connection.close()
                raise ConnectionError(f"{type(error).__name__}: {error}") from error
            except BaseException:
                # Bytes of this answer may still come.
                connection.close()
                raise
        raise ReadFailed(f"{public_url(url)}: more than {_MAX_REDIRECTS} redirections")

    def _asked(
        self, where: SplitResult, begin: int, num_bytes: int
    ) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
        target = quote(where.path or "/", safe=_SAFE) + (f"?{where.query}" if where.query else "")
        headers = {
            "Range": f"bytes={begin}-{begin + num_bytes - 1}",
            "Accept-Encoding": "identity",
            "User-Agent": "speakervid5m",
        }
        while True:
            connection, is_new = self._connection(where)
            try:
                connection.request("GET", target, headers=headers)
                return connection, connection.getresponse()
            except (http.client.HTTPException, OSError) as error:
                connection.close()
                # Servers close what was idle for long.
                if not is_new and isinstance(error, ConnectionError):
                    continue
                if isinstance(error, OSError):
                    raise
                raise ConnectionError(f"{type(error).__name__}: {error}") from error
            except BaseException:
                connection.close()
                raise

    def _connection(self, where: SplitResult) -> tuple[http.client.HTTPConnection, bool]:
        with self._lock:
            if self._process != os.getpid():
                # A fork must not use its parent's connections.
                self._process = os.getpid()
                _close_all(self._idle)
            if found := self._idle.get((where.scheme, where.netloc)):
                return found.pop(), False
        host = where.netloc.rpartition("@")[2]
        made = (
            http.client.HTTPSConnection(host, timeout=_CONNECT_SECONDS, context=_context())
            if where.scheme == "https"
            else http.client.HTTPConnection(host, timeout=_CONNECT_SECONDS)
        )
        made.connect()
        made.sock.settimeout(retries.STALL_SECONDS)
        return made, True

    def _keep(self, where: SplitResult, connection: http.client.HTTPConnection) -> None:
        with self._lock:
            self._idle.setdefault((where.scheme, where.netloc), []).append(connection)


def _close_all(idle: dict[tuple[str, str], list[http.client.HTTPConnection]]) -> None:
    while idle:
        for connection in idle.popitem()[1]:
            connection.close()


def _body(answer: http.client.HTTPResponse, url: str, num_bytes: int) -> memoryview:
    if answer.status in (404, 410):
        raise FileNotFoundError(f"{public_url(url)} is not there (HTTP {answer.status})")
    if answer.status != 206:
        raise HTTPFailed(answer.status, dict(answer.getheaders()))
    data = memoryview(bytearray(num_bytes))
    filled = 0
    while filled < num_bytes and (count := answer.readinto(data[filled:])):
        filled += count
    if filled < num_bytes or answer.read(1):
        raise ShortRead(f"{filled} of {num_bytes} bytes came, or more")
    return data


def _redirected(url: str, to: str | None) -> str:
    found = urljoin(url, to or "")
    if not to or not is_web(found) or (url.startswith("https:") and found.startswith("http:")):
        raise ReadFailed(f"{public_url(url)} redirects to no address that can be followed")
    return found


@cache
def _context() -> ssl.SSLContext:
    return ssl.create_default_context()

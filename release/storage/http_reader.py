"""Range reads over HTTP, straight from the socket into the memory that they fill.

    URL, first byte, length --WebReader--> memory view

Connections that did not fail are reused. This is for plain addresses: fsspec reads those with
`storage_options` (headers, tokens, proxies).
"""

import base64
import http.client
import os
import re
import ssl
import threading
import weakref
from collections.abc import Callable
from functools import cache
from typing import TypeVar
from urllib.parse import SplitResult, quote, unquote, urljoin, urlsplit

from ..address import public_address
from ..errors import DamagedRelease
from . import retries
from .retries import ReadFailed, ShortRead

_CONNECT_SECONDS = 10.0
_MAX_REDIRECTS = 5
T = TypeVar("T")
_REDIRECTS = {301, 302, 303, 307, 308}
_REDIRECT_BYTES = 1 << 14
"""Of a redirection's body; a longer or endless body is not read (ours)."""
_BLOCK_BYTES = 1 << 20
_CONTENT_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)")
# Characters that addresses may hold unescaped; a percent sign begins an escaped one.
_SAFE = "/%:=&?~+!$,;'@()*[]"


class HTTPFailed(OSError):
    """An answer that is not a range of a file."""

    def __init__(self, status: int, headers: dict[str, str]) -> None:
        super().__init__(f"HTTP {status}")
        self.status = status
        """The answer's code."""
        self.headers = headers
        """Its headers, `Retry-After` among them."""


def is_web(root: str) -> bool:
    """Whether this module reads an address."""
    return root.startswith(("http://", "https://"))


class WebReader:
    """Reads ranges; many threads call it and share its idle connections."""

    def __init__(self) -> None:
        self._idle: dict[tuple[str, str], list[http.client.HTTPConnection]] = {}
        self._lock, self._process = threading.Lock(), os.getpid()
        weakref.finalize(self, _close_all, self._idle)

    def read(self, url: str, begin: int, num_bytes: int) -> memoryview:
        """Reads a range of a file, in one try.

        Args:
            url: of the file.
            begin: first byte.
            num_bytes: length, at least 1.

        Raises:
            FileNotFoundError: it is not there.
            ReadFailed: the server sends no ranges, or redirects to nowhere.
            HTTPFailed: the answer is not the range.
            OSError: the connection failed, stalled, or brought fewer bytes.
        """
        headers = {"Range": f"bytes={begin}-{begin + num_bytes - 1}"}
        return self._answer(url, headers, lambda answer: _range(answer, url, begin, num_bytes))

    def read_whole(self, url: str, max_bytes: int) -> bytes:
        """Reads a whole file, in one try.

        Args:
            url: of the file.
            max_bytes: longest file that is read.

        Raises:
            DamagedRelease: it is longer.
            FileNotFoundError, ReadFailed, HTTPFailed, OSError: as `read`.
        """
        return self._answer(url, {}, lambda answer: _whole(answer, url, max_bytes))

    def _answer(
        self, url: str, headers: dict[str, str], body: Callable[[http.client.HTTPResponse], T]
    ) -> T:
        """Follows redirections to an answer, and reads its body."""
        for _ in range(_MAX_REDIRECTS + 1):
            where = _parsed(url)
            connection, answer = self._asked(where, headers)
            try:
                if answer.status not in _REDIRECTS:
                    taken = body(answer)
                    self._keep(where, connection)
                    return taken
                if answer.length is not None and answer.length <= _REDIRECT_BYTES:
                    answer.read()
                    self._keep(where, connection)
                else:
                    connection.close()
                url = _redirected(url, answer.getheader("Location"))
            except http.client.HTTPException as error:
                connection.close()
                raise ConnectionError(f"{type(error).__name__}: {error}") from error
            except BaseException:
                # Bytes of this answer may still come.
                connection.close()
                raise
        raise ReadFailed(f"{public_address(url)}: more than {_MAX_REDIRECTS} redirections")

    def _asked(
        self, where: SplitResult, headers: dict[str, str]
    ) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
        target = quote(where.path or "/", safe=_SAFE) + (
            f"?{quote(where.query, safe=_SAFE)}" if where.query else ""
        )
        headers = headers | _credentials(where)
        headers |= {"Accept-Encoding": "identity", "User-Agent": "speakervid5m"}
        while True:
            connection, is_new = self._connection(where)
            try:
                connection.request("GET", target, headers=headers)
                return connection, connection.getresponse()
            except (http.client.HTTPException, OSError) as error:
                connection.close()
                # Servers close connections that were idle for long.
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
            if idle := self._idle.get((where.scheme, where.netloc)):
                return idle.pop(), False
        host = where.netloc.rpartition("@")[2]
        connection = (
            http.client.HTTPSConnection(host, timeout=_CONNECT_SECONDS, context=_context())
            if where.scheme == "https"
            else http.client.HTTPConnection(host, timeout=_CONNECT_SECONDS)
        )
        connection.connect()
        connection.sock.settimeout(retries.STALL_SECONDS)
        return connection, True

    def _keep(self, where: SplitResult, connection: http.client.HTTPConnection) -> None:
        with self._lock:
            self._idle.setdefault((where.scheme, where.netloc), []).append(connection)


def _close_all(idle: dict[tuple[str, str], list[http.client.HTTPConnection]]) -> None:
    while idle:
        for connection in idle.popitem()[1]:
            connection.close()


def _range(answer: http.client.HTTPResponse, url: str, begin: int, num_bytes: int) -> memoryview:
    _check_status(answer, url)
    if answer.status == 200:
        raise ReadFailed(
            f"{public_address(url)}: the server sends whole files instead of the requested range. "
            "Serve the release by a server that answers range requests (nginx, Caddy, an object "
            "store; not `python -m http.server`), or copy the release and open the copy"
        )
    if answer.status != 206:
        raise HTTPFailed(answer.status, dict(answer.getheaders()))
    sent = _CONTENT_RANGE.fullmatch(answer.getheader("Content-Range") or "")
    if sent is None or int(sent[1]) != begin:
        raise ReadFailed(
            f"{public_address(url)}: the server sent another range than bytes {begin} to "
            f"{begin + num_bytes - 1}: {str(answer.getheader('Content-Range'))[:80]!r}"
        )
    data = memoryview(bytearray(num_bytes))
    filled = 0
    while filled < num_bytes and (count := answer.readinto(data[filled:])):
        filled += count
    if filled < num_bytes or answer.read(1):
        raise ShortRead(f"{filled} of {num_bytes} bytes came, or more")
    return data


def _whole(answer: http.client.HTTPResponse, url: str, max_bytes: int) -> bytes:
    _check_status(answer, url)
    if answer.status != 200:
        raise HTTPFailed(answer.status, dict(answer.getheaders()))
    blocks, left = [], max_bytes + 1
    while left and (block := answer.read(min(left, _BLOCK_BYTES))):
        blocks.append(block)
        left -= len(block)
    if not left:
        raise DamagedRelease(f"{public_address(url)} has more than {max_bytes} bytes")
    if answer.length:
        raise ShortRead(f"{answer.length} bytes did not come")
    return b"".join(blocks)


def _check_status(answer: http.client.HTTPResponse, url: str) -> None:
    if answer.status in (404, 410):
        raise FileNotFoundError(f"{public_address(url)} is not there (HTTP {answer.status})")


def _parsed(url: str) -> SplitResult:
    try:
        where = urlsplit(url)
        # A host name that no name server accepts is a ValueError too.
        if where.hostname and where.hostname.encode("idna") and where.port != 0:
            return where
    except ValueError:
        pass
    raise ReadFailed(f"{public_address(url)} is no address that can be read")


def _credentials(where: SplitResult) -> dict[str, str]:
    """The header for `user:password@` before the host."""
    if where.username is None:
        return {}
    login = f"{unquote(where.username)}:{unquote(where.password or '')}"
    return {"Authorization": f"Basic {base64.b64encode(login.encode()).decode()}"}


def _redirected(url: str, to: str | None) -> str:
    try:
        target = urljoin(url, to or "")
    except ValueError:
        target = ""
    if not to or not is_web(target) or (url.startswith("https:") and target.startswith("http:")):
        raise ReadFailed(f"{public_address(url)} redirects to no address that can be followed")
    here, there = _parsed(url), _parsed(target)
    if there.username is None and _origin(here) == _origin(there):
        # A password goes to its own host alone.
        target = there._replace(netloc=here.netloc).geturl()
    return target


def _origin(where: SplitResult) -> tuple[str, str, int | None]:
    return where.scheme, where.hostname or "", where.port


@cache
def _context() -> ssl.SSLContext:
    return ssl.create_default_context()

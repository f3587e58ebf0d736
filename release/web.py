"""Range reads over HTTP with nothing between the socket and the memory that they fill.

Each thread keeps its connections; a connection that failed is not used again. This is for plain
addresses: where `storage_options` are given (headers, tokens, proxies), fsspec reads.
"""

import http.client
import os
import ssl
import threading
from functools import cache
from urllib.parse import quote, urljoin, urlsplit

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
    """Reads ranges; called from many threads."""

    def __init__(self) -> None:
        self._own = threading.local()

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
        headers = {
            "Range": f"bytes={begin}-{begin + num_bytes - 1}",
            "Accept-Encoding": "identity",
            "User-Agent": "speakervid5m",
        }
        for _ in range(_MAX_REDIRECTS + 1):
            where = urlsplit(url)
            connection = self._connection(where.scheme, where.netloc)
            try:
                target = quote(where.path or "/", safe=_SAFE)
                connection.request(
                    "GET", f"{target}?{where.query}" if where.query else target, headers=headers
                )
                answer = connection.getresponse()
                if answer.status in _REDIRECTS:
                    answer.read()
                    url = _redirected(url, answer.getheader("Location"))
                    continue
                return _body(answer, url, num_bytes)
            except http.client.HTTPException as error:
                self._drop(where.scheme, where.netloc)
                raise ConnectionError(f"{type(error).__name__}: {error}") from error
            except BaseException:
                # Bytes of this answer may still come.
                self._drop(where.scheme, where.netloc)
                raise
        raise ReadFailed(f"{public_url(url)}: more than {_MAX_REDIRECTS} redirections")

    def _connection(self, scheme: str, host: str) -> http.client.HTTPConnection:
        if getattr(self._own, "process", None) != os.getpid():
            # A fork must not use its parent's connections.
            self._own.process, self._own.known = os.getpid(), {}
        known: dict[tuple[str, str], http.client.HTTPConnection] = self._own.known
        if (scheme, host) not in known:
            host_only = host.rpartition("@")[2]
            made = (
                http.client.HTTPSConnection(host_only, timeout=_CONNECT_SECONDS, context=_context())
                if scheme == "https"
                else http.client.HTTPConnection(host_only, timeout=_CONNECT_SECONDS)
            )
            made.connect()
            made.sock.settimeout(retries.STALL_SECONDS)
            known[scheme, host] = made
        return known[scheme, host]

    def _drop(self, scheme: str, host: str) -> None:
        if connection := self._own.known.pop((scheme, host), None):
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

"""A web server for a folder, with byte ranges, that remembers what was asked of it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlparse

from tests.localhost import running


@dataclass(kw_only=True)
class Served:
    """A folder on the web."""

    url: str
    """Of the folder, without a slash at the end."""
    sent: list[tuple[str, int]] = field(default_factory=list)
    """Path and number of bytes of every answer with a body."""

    def num_bytes(self, path: str) -> int:
        """Bytes sent of one file."""
        return sum(size for name, size in self.sent if name == path)


@contextmanager
def serve(folder: Path) -> Iterator[Served]:
    """Serves a folder on localhost."""
    served = Served(url="")

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:
            pass

        def do_GET(self) -> None:
            name = unquote(urlparse(self.path).path).strip("/")
            path = folder / name
            if not path.is_file():
                self._answer(404 if not path.is_dir() else 200, b"", {})
                return
            data = path.read_bytes()
            headers = {"Accept-Ranges": "bytes", "ETag": f'"{len(data)}"'}
            wanted = re.fullmatch(r"bytes=(\d*)-(\d*)", self.headers.get("Range") or "")
            if wanted is None:
                self._answer(200, data, headers, name)
                return
            first, last = wanted.groups()
            start = int(first) if first else max(0, len(data) - int(last))
            stop = min(int(last) + 1, len(data)) if first and last else len(data)
            headers["Content-Range"] = f"bytes {start}-{stop - 1}/{len(data)}"
            self._answer(206, data[start:stop], headers, name)

        do_HEAD = do_GET

        def _answer(self, code: int, body: bytes, headers: dict[str, str], name: str = "") -> None:
            self.send_response(code)
            for key, value in headers.items():
                self.send_header(key, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command == "GET":
                served.sent.append((name, len(body)))
                self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    with running(server) as address:
        served.url = address
        yield served

"""A model that is a server: a POST for each question, an mp4 back.

POST multipart/form-data: item (JSON), reference (PNG), and initiator (mp4), initiator_audio (FLAC),
voice (FLAC) where there are --> 200, video/mp4, its words in the header X-Text (percent-encoded)

The server is on this machine, unless its host is allowed by name. Size and time are bounded, and no
redirect is followed. The time to the first output is that of the answer's first byte.
"""

import http.client
import ipaddress
import json
import secrets
import socket
import tempfile
import time
import urllib.parse
from pathlib import Path

from ..errors import ReplyError
from ..pairs.item import BenchItem
from ..submission.layout import Way
from ..submission.verify import MAX_REPLY_BYTES
from .inputs import facts_of, write_inputs
from .model import EncodedReply, Made
from .reply import MAX_TEXT

_PIECE = 1 << 16


class HttpModel:
    """See the module.

    Args:
        url: `http://127.0.0.1:PORT/PATH`.
        timeout_seconds: of a whole answer.
        allowed_host: a host beside this machine that may be asked.

    Raises:
        ValueError: no http address, or of another machine.
    """

    way: Way = "http"

    def __init__(self, url: str, timeout_seconds: float, allowed_host: str | None = None) -> None:
        parts = urllib.parse.urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"{url!r} is no http address, as http://127.0.0.1:8000/reply")
        if parts.hostname != allowed_host and not _is_here(parts.hostname):
            raise ValueError(
                f"{parts.hostname} is not this machine; faces and voices would leave it. If that "
                f"is meant: --allow-host {parts.hostname}"
            )
        self._parts, self._timeout = parts, timeout_seconds

    def reply(self, item: BenchItem, seed: int) -> Made:
        """See `Model.reply`."""
        boundary = secrets.token_hex(16)
        body = _body(item, seed, boundary)
        begin = time.monotonic()
        connection = self._connected()
        try:
            path = urllib.parse.urlunsplit(("", "", self._parts.path or "/", self._parts.query, ""))
            kind = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
            connection.request("POST", path, body, kind)
            response = connection.getresponse()
            first = time.monotonic() - begin
            if response.status != 200:
                raise ReplyError("refused", f"status {response.status} {response.reason:.80}")
            video = self._read(response, connection, begin)
            text = urllib.parse.unquote(response.headers.get("X-Text", "")) or None
        except TimeoutError as error:
            raise ReplyError("timed_out", f"no answer within {self._timeout:g} s") from error
        except (OSError, http.client.HTTPException) as error:
            raise ReplyError("unreachable", f"{type(error).__name__}: {error}"[:300]) from error
        finally:
            connection.close()
        if not video:
            raise ReplyError("no_file", "an empty answer; an mp4 is allowed")
        if text is not None and len(text) > MAX_TEXT:
            raise ReplyError("bad_text", f"{len(text)} characters; {MAX_TEXT} are allowed")
        return Made(
            reply=EncodedReply(video, None, text),
            seconds_to_first=first,
            seconds=time.monotonic() - begin,
            peak_bytes=None,
        )

    def close(self) -> None:
        """See `Model.close`."""

    def _connected(self) -> http.client.HTTPConnection:
        kind = http.client.HTTPSConnection
        if self._parts.scheme == "http":
            return http.client.HTTPConnection(self._parts.netloc, timeout=self._timeout)
        return kind(self._parts.netloc, timeout=self._timeout)

    def _read(
        self,
        response: http.client.HTTPResponse,
        connection: http.client.HTTPConnection,
        begin: float,
    ) -> bytes:
        """The whole answer; each piece must come while there is time left."""
        pieces, num_bytes = list[bytes](), 0
        while True:
            left = begin + self._timeout - time.monotonic()
            if left <= 0:
                raise TimeoutError
            if isinstance(connection.sock, socket.socket):
                connection.sock.settimeout(left)
            piece = response.read1(_PIECE)
            if not piece:
                if response.length:
                    raise http.client.IncompleteRead(b"", response.length)
                return b"".join(pieces)
            pieces.append(piece)
            num_bytes += len(piece)
            if num_bytes > MAX_REPLY_BYTES:
                raise ReplyError("too_large", f"more than {MAX_REPLY_BYTES} bytes")


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _body(item: BenchItem, seed: int, boundary: str) -> bytes:
    names = {
        "initiator.mp4": "initiator",
        "initiator.flac": "initiator_audio",
        "voice.flac": "voice",
        "reference.png": "reference",
    }
    parts = [("item", json.dumps(facts_of(item) | {"seed": seed}).encode())]
    with tempfile.TemporaryDirectory(prefix="speakervid5m-bench-") as folder:
        write_inputs(item, Path(folder))
        for file, name in names.items():
            if (path := Path(folder) / file).exists():
                parts.append((name, path.read_bytes()))
    body = b""
    for name, content in parts:
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="{name}"'
        body += f"{head}\r\n\r\n".encode() + content + b"\r\n"
    return body + f"--{boundary}--\r\n".encode()

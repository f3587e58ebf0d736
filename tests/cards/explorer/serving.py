"""The explorer behind a real socket, and requests to it letter by letter."""

import http.client
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Set
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn

from speakervid5m.cards.explorer import ReleaseWatcher, ReportBox, create_app, server_config


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True, kw_only=True)
class Explorer:
    """A page that is being served."""

    port: int
    requests: Path
    connections: Set[Any] = frozenset()
    """Open ones, as the server has them."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def ask(
        self,
        path: str,
        *,
        method: str = "GET",
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """One request; the path goes out as it is written."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, body, dict(headers or {}))
            found = connection.getresponse()
            names = {name.lower(): value for name, value in found.getheaders()}
            return Answer(status=found.status, headers=names, body=found.read())
        finally:
            connection.close()

    def json(self, path: str) -> Any:
        answer = self.ask(path)
        assert answer.status == 200, answer.body
        return answer.json()

    def rows(self, config: str, query: str = "") -> list[Any]:
        found: list[Any] = self.json(f"/api/search/{config}?{query}")["rows"]
        return found

    def sample(self, config: str, number: int = 0) -> Any:
        row = self.rows(config)[number]
        return self.json(f"/api/sample/{config}/{row['sample_id']}?at={row['at']}")


def until(condition: Callable[[], Any]) -> None:
    """Waits for something to be true."""
    while not condition():
        time.sleep(0.01)


@contextmanager
def explorer(
    root: str,
    requests: Path,
    hosts: tuple[str, ...] = (),
    *,
    send_bytes: int | None = None,
    **limits: Any,
) -> Iterator[Explorer]:
    """Serves a release on a free port, if need be with few bytes of unread answers."""
    app = create_app(ReleaseWatcher(root), ReportBox(requests, root=root), hosts=hosts)
    server = uvicorn.Server(server_config(app, **limits))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        if send_bytes is not None:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, send_bytes)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            until(lambda: server.started)
            yield Explorer(
                port=listener.getsockname()[1],
                requests=requests,
                connections=server.server_state.connections,
            )
        finally:
            server.should_exit = True
            thread.join()

"""The explorer behind a real socket, and requests to it letter by letter."""

import http.client
import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn

from speakervid5m.cards.explorer import Library, ReportBox, create_app


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


@contextmanager
def explorer(root: str, requests: Path, hosts: tuple[str, ...] = ("*",)) -> Iterator[Explorer]:
    """Serves a release on a free port."""
    app = create_app(Library(root), ReportBox(requests, root=root), hosts=hosts)
    config = uvicorn.Config(
        app, host="127.0.0.1", port=0, log_level="error", lifespan="off", ws="none"
    )
    with config.bind_socket() as socket:
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [socket]})
        thread.start()
        try:
            while not server.started:
                time.sleep(0.01)
            yield Explorer(port=socket.getsockname()[1], requests=requests)
        finally:
            server.should_exit = True
            thread.join()

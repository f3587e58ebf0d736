"""The explorer asked without a socket: whatever a server would hand on, however odd."""

import asyncio
from collections.abc import Coroutine, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import unquote

from tests.cards.explorer.serving import Answer

T = TypeVar("T")


@dataclass(frozen=True)
class Asked:
    """An application, asked as if a connection had come to an address."""

    app: Any
    server: tuple[str, int] = ("127.0.0.1", 7860)

    def __call__(self, path: str, **request: Any) -> Answer:
        """One request in a loop of its own."""
        return in_own_loop(_ask(self.app, path, self.server, **request))

    def together(self, paths: Sequence[str], **request: Any) -> list[Answer]:
        """Several requests at once."""

        async def all_of_them() -> list[Answer]:
            asked = (_ask(self.app, path, self.server, **request) for path in paths)
            return await asyncio.gather(*asked)

        return in_own_loop(all_of_them())


def in_own_loop(work: Coroutine[Any, Any, T]) -> T:
    """Work in a thread of its own: a browser of another test may keep a loop in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


async def _ask(
    app: Any,
    path: str,
    server: tuple[str, int],
    *,
    method: str = "GET",
    headers: Mapping[str, str] | Iterable[tuple[str, str]] = (),
    body: bytes | Iterator[bytes] = b"",
) -> Answer:
    raw, _, query = path.partition("?")
    pairs = headers.items() if isinstance(headers, Mapping) else headers
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "server": server,
        "client": ("192.0.2.1", 50_000),
        "scheme": "http",
        "method": method,
        "root_path": "",
        # As uvicorn makes them of the line that it read.
        "path": unquote(raw),
        "raw_path": raw.encode(),
        "query_string": query.encode(),
        "headers": [(k.lower().encode("latin-1"), v.encode("latin-1")) for k, v in pairs],
        "state": {},
    }
    sent: list[dict[str, Any]] = []
    pieces = iter([body]) if isinstance(body, bytes) else body
    is_over = False

    async def receive() -> dict[str, Any]:
        nonlocal is_over
        if not is_over:
            piece = next(pieces, None)
            is_over = piece is None or isinstance(body, bytes)
            return {"type": "http.request", "body": piece or b"", "more_body": not is_over}
        # The visitor stays until everything was answered.
        await asyncio.get_running_loop().create_future()
        raise AssertionError("nothing ends that future")

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await app(scope, receive, send)
    found = {k.decode("latin-1").lower(): v.decode("latin-1") for k, v in sent[0]["headers"]}
    data = b"".join(bytes(one.get("body", b"")) for one in sent[1:])
    return Answer(status=sent[0]["status"], headers=found, body=data)

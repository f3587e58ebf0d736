"""As much of the Hub as reading one data set takes: its files, listed and served with ranges."""

import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlparse

COMMIT = "c0ffee" + "0" * 34


@contextmanager
def fake_hub(repository: str, folder: Path) -> Iterator[tuple[str, list[str]]]:
    """Serves a folder as a data set repository; gives its endpoint and the log of requests."""
    log: list[str] = []
    api, files = f"/api/datasets/{repository}", f"/datasets/{repository}/resolve/"

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:
            pass

        def do_GET(self) -> None:
            address = urlparse(self.path)
            path = unquote(address.path)
            log.append(f"{self.command} {path} {self.headers.get('Range') or ''}".strip())
            if path.startswith(files):
                self._file(path.removeprefix(files).partition("/")[2])
            elif path.startswith(f"{api}/tree/"):
                below = path.removeprefix(f"{api}/tree/").partition("/")[2]
                deep = parse_qs(address.query).get("recursive", [""])[0].lower() in ("true", "1")
                self._tree(below, deep)
            elif path == api or path.startswith(f"{api}/revision/"):
                names = [{"rfilename": name} for name in sorted(all_files())]
                self._json(
                    {
                        "id": repository,
                        "sha": COMMIT,
                        "private": False,
                        "siblings": names,
                        "tags": [],
                        "downloads": 0,
                        "likes": 0,
                        "disabled": False,
                        "gated": False,
                    }
                )
            elif path == f"{api}/refs":
                main = {"name": "main", "ref": "refs/heads/main", "targetCommit": COMMIT}
                self._json({"branches": [main], "tags": [], "converts": []})
            else:
                self._missing("RepoNotFound")

        do_HEAD = do_GET

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            log.append(f"POST {self.path}")
            if not self.path.startswith(f"{api}/paths-info/"):
                self._missing("RepoNotFound")
                return
            as_json = "json" in (self.headers.get("Content-Type") or "")
            asked = json.loads(body)["paths"] if as_json else parse_qs(body).get("paths", [])
            self._json([entry(name) for name in asked if (folder / name).exists()])

        def _file(self, name: str) -> None:
            path = folder / name
            if not path.is_file():
                self._missing("EntryNotFound")
                return
            data = path.read_bytes()
            tag = f'"{hashlib.sha256(data).hexdigest()}"'
            headers = {
                "ETag": tag,
                "X-Linked-Etag": tag,
                "X-Linked-Size": str(len(data)),
                "X-Repo-Commit": COMMIT,
                "Accept-Ranges": "bytes",
            }
            wanted = re.fullmatch(r"bytes=(\d*)-(\d*)", self.headers.get("Range") or "")
            if wanted is None or self.command == "HEAD":
                self._answer(200, data, headers)
                return
            first, last = wanted.groups()
            start = int(first) if first else max(0, len(data) - int(last))
            stop = min(int(last) + 1, len(data)) if first and last else len(data)
            headers["Content-Range"] = f"bytes {start}-{stop - 1}/{len(data)}"
            self._answer(206, data[start:stop], headers)

        def _tree(self, below: str, deep: bool) -> None:
            top = folder / below
            if not top.is_dir():
                self._missing("EntryNotFound")
                return
            found = sorted(top.rglob("*") if deep else top.iterdir())
            self._json([entry(path.relative_to(folder).as_posix()) for path in found])

        def _json(self, value: Any) -> None:
            self._answer(200, json.dumps(value).encode(), {"Content-Type": "application/json"})

        def _missing(self, code: str) -> None:
            self._answer(404, b"{}", {"X-Error-Code": code, "X-Repo-Commit": COMMIT})

        def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

    def all_files() -> Iterator[str]:
        return (p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())

    def entry(name: str) -> dict[str, Any]:
        path = folder / name
        commit = {"id": COMMIT, "title": "t", "date": "2026-01-01T00:00:00.000Z"}
        if path.is_dir():
            return {
                "type": "directory",
                "oid": COMMIT,
                "size": 0,
                "path": name,
                "lastCommit": commit,
            }
        data = path.read_bytes()
        return {
            "type": "file",
            "oid": hashlib.sha1(data).hexdigest(),
            "size": len(data),
            "path": name,
            "lastCommit": commit,
        }

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", log
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

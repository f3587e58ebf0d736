"""A local server that speaks enough of the Hub to read, publish and change data sets."""

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlparse

from tests.localhost import running

DATE = "2026-01-01T00:00:00.000Z"
Files = dict[str, tuple[bytes, bool]]


@dataclass
class Repository:
    """Branches and pull requests, each a mapping of files."""

    revisions: dict[str, Files] = field(default_factory=lambda: {"main": {}})
    requests: dict[int, dict[str, Any]] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    num_squashed: int = 0


@dataclass
class Hub:
    """What the server holds, and what it was sent."""

    endpoint: str = ""
    repositories: dict[str, Repository] = field(default_factory=dict)
    blobs: dict[str, bytes] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)
    num_sent: int = 0
    fail_after_blobs: int | None = None
    gone: set[str] = field(default_factory=set)

    def hold(self, name: str, folder: Path) -> None:
        """Holds the files of a folder as a repository."""
        files = {
            path.relative_to(folder).as_posix(): (path.read_bytes(), path.suffix == ".parquet")
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }
        self.repositories[name] = Repository(revisions={"main": files})


def oid(data: bytes) -> str:
    """Git's id of a blob."""
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub: Hub

    def log_message(self, format: str, *args: object) -> None:
        pass

    def route(self) -> None:
        address = urlparse(self.path)
        path = unquote(address.path)
        body = self._body()
        self.hub.log.append(f"{self.command} {path}")
        if path == "/api/whoami-v2":
            self._json({"name": "user", "type": "user", "orgs": [], "auth": {}})
        elif path == "/api/validate-yaml":
            self._json({"errors": [], "warnings": []})
        elif path == "/api/repos/create":
            asked = json.loads(body)
            name = f"{asked.get('organization') or 'user'}/{asked['name']}"
            said = {one: asked[one] for one in ("private", "visibility") if one in asked}
            self.hub.repositories[name] = Repository(settings=said)
            self._json({"url": f"{self.hub.endpoint}/datasets/{name}", "id": "x", "name": name})
        elif path.endswith(".git/info/lfs/objects/batch"):
            self._batch(json.loads(body))
        elif path.startswith("/_lfs/"):
            self._put(path.removeprefix("/_lfs/"), body)
        elif found := re.match(r"/api/(?:datasets|models)/([^/]+/[^/]+)(?:/(.*))?$", path):
            repository = self.hub.repositories.get(found[1])
            if repository is None:
                self._fail(404, "RepoNotFound")
            else:
                self._api(found[1], repository, found[2] or "", parse_qs(address.query), body)
        elif found := re.match(r"(?:/datasets)?/([^/]+/[^/]+)/resolve/([^/]+)/(.*)$", path):
            self._resolve(found[1], found[2], found[3])
        else:
            self._fail(404, "NotFound")

    do_GET = do_POST = do_PUT = do_HEAD = route

    def _api(self, name: str, repository: Repository, rest: str, query: Any, body: bytes) -> None:
        verb, _, tail = rest.partition("/")
        files = repository.revisions["main"]
        if verb == "tree":
            revision, below = _split(repository, tail)
            deep = query.get("recursive", [""])[0].lower() in ("true", "1")
            self._tree(repository.revisions[revision], below, deep)
        elif verb in ("", "revision"):
            commit = tail if tail in repository.revisions and tail != "main" else _sha(files)
            self._json(
                {
                    "id": name, "sha": commit, "private": True, "disabled": False,
                    "gated": "manual", "tags": [], "downloads": 0, "likes": 0,
                    "siblings": [{"rfilename": one} for one in files],
                }
            )  # fmt: skip
        elif verb == "refs":
            main = {"name": "main", "ref": "refs/heads/main", "targetCommit": _sha(files)}
            self._json({"branches": [main], "tags": [], "converts": []})
        elif verb == "paths-info":
            as_json = "json" in (self.headers.get("Content-Type") or "")
            asked = json.loads(body) if as_json else parse_qs(body.decode())
            self._json([_entry(one, *files[one]) for one in asked["paths"] if one in files])
        elif verb == "settings":
            repository.settings |= json.loads(body)
            self._json({})
        elif verb == "preupload":
            asked = json.loads(body)["files"]
            modes = [
                {"path": one["path"], "shouldIgnore": False, "oid": None,
                 "uploadMode": "lfs" if one["path"].endswith((".parquet", ".png")) else "regular"}
                for one in asked
            ]  # fmt: skip
            self._json({"files": modes})
        elif verb == "commit":
            self._commit(name, repository, _split(repository, tail)[0], body)
        elif verb == "lfs-files":
            self._stored(repository, tail, body)
        elif verb == "super-squash":
            repository.num_squashed += 1
            self._json({})
        elif verb == "discussions":
            self._discussions(name, repository, tail, body)
        else:
            self._fail(404, "EntryNotFound")

    def _discussions(self, name: str, repository: Repository, tail: str, body: bytes) -> None:
        number, _, what = tail.partition("/")
        if not number and self.command == "POST":
            asked = json.loads(body)
            new = len(repository.requests) + 1
            repository.requests[new] = {"title": asked["title"], "status": "draft"}
            repository.revisions[f"refs/pr/{new}"] = dict(repository.revisions["main"])
            self._json({"num": new})
        elif not number:
            found = [_told(name, n, one) for n, one in repository.requests.items()]
            self._json({"count": len(found), "start": 0, "discussions": found})
        elif what == "status":
            repository.requests[int(number)]["status"] = json.loads(body)["status"]
            event = {"id": "1", "type": "status-change", "createdAt": DATE, "author": {"name": "u"}}
            self._json({"newStatus": event | {"data": json.loads(body)}})
        elif what == "merge":
            repository.revisions["main"] = dict(repository.revisions[f"refs/pr/{number}"])
            repository.requests[int(number)]["status"] = "merged"
            self._json({})
        else:
            self._json(_told(name, int(number), repository.requests[int(number)]))

    def _stored(self, repository: Repository, tail: str, body: bytes) -> None:
        """Large files of all revisions, which share one store; or their deletion."""
        if tail == "batch":
            for digest in json.loads(body)["deletions"]["sha"]:
                self.hub.blobs.pop(digest)
                for files in repository.revisions.values():
                    for path, (data, _) in list(files.items()):
                        if hashlib.sha256(data).hexdigest() == digest:
                            files.pop(path)
            self._json({})
            return
        said = [
            {"fileOid": digest, "oid": digest, "filename": "x", "size": len(data), "pushedAt": DATE}
            for digest, data in self.hub.blobs.items()
        ]
        self._json(said)

    def _tree(self, files: Files, below: str, deep: bool) -> None:
        prefix = f"{below}/" if below else ""
        found: dict[str, dict[str, Any]] = {}
        for path, (data, large) in sorted(files.items()):
            if not path.startswith(prefix):
                continue
            inner = path.removeprefix(prefix).split("/")
            if not deep and len(inner) > 1:
                folder = prefix + inner[0]
                found[folder] = {"type": "directory", "oid": "0" * 40, "size": 0, "path": folder}
                continue
            found[path] = _entry(path, data, large)
        if prefix and not found:
            self._fail(404, "EntryNotFound")
        else:
            self._json(list(found.values()))

    def _batch(self, asked: Any) -> None:
        objects = []
        for one in asked["objects"]:
            entry = {"oid": one["oid"], "size": one["size"]}
            if one["oid"] not in self.hub.blobs:
                href = f"{self.hub.endpoint}/_lfs/{one['oid']}"
                entry["actions"] = {"upload": {"href": href}}
            objects.append(entry)
        self._json({"transfer": "basic", "objects": objects})

    def _put(self, digest: str, body: bytes) -> None:
        hub = self.hub
        if hub.fail_after_blobs is not None and len(hub.blobs) >= hub.fail_after_blobs:
            self._fail(403, "Forbidden")
            return
        assert hashlib.sha256(body).hexdigest() == digest
        hub.blobs[digest] = body
        hub.num_sent += len(body)
        self._json({})

    def _commit(self, name: str, repository: Repository, revision: str, body: bytes) -> None:
        files = repository.revisions[revision]
        for line in body.splitlines():
            item = json.loads(line)
            value = item["value"]
            if item["key"] == "file":
                data = base64.b64decode(value["content"])
                files[value["path"]] = (data, False)
                self.hub.num_sent += len(data)
            elif item["key"] == "lfsFile":
                files[value["path"]] = (self.hub.blobs[value["oid"]], True)
            elif item["key"] == "deletedFile":
                files.pop(value["path"], None)
        url = f"{self.hub.endpoint}/datasets/{name}/commit/{_sha(files)}"
        self._json({"success": True, "commitOid": _sha(files), "commitUrl": url})

    def _resolve(self, name: str, revision: str, path: str) -> None:
        repository = self.hub.repositories[name]
        files = repository.revisions.get(revision, repository.revisions["main"])
        if path not in files:
            self._fail(404, "EntryNotFound", {"X-Repo-Commit": _sha(files)})
            return
        if path in self.hub.gone and self.command == "GET":
            self._fail(403, "Forbidden")
            return
        data, large = files[path]
        tag = f'"{hashlib.sha256(data).hexdigest() if large else oid(data)}"'
        headers = {
            "ETag": tag, "X-Linked-Etag": tag, "X-Linked-Size": str(len(data)),
            "X-Repo-Commit": revision if len(revision) == 40 else _sha(files),
            "Accept-Ranges": "bytes",
        }  # fmt: skip
        wanted = re.match(r"bytes=(\d*)-(\d*)", self.headers.get("Range") or "")
        if wanted is None or self.command == "HEAD":
            self._answer(200, data, headers)
            return
        first, last = wanted.groups()
        start = int(first) if first else max(0, len(data) - int(last))
        stop = min(int(last) + 1, len(data)) if first and last else len(data)
        headers["Content-Range"] = f"bytes {start}-{stop - 1}/{len(data)}"
        self._answer(206, data[start:stop], headers)

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        out = b""
        while size := int(self.rfile.readline().strip(), 16):
            out += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return out

    def _json(self, value: Any) -> None:
        self._answer(200, json.dumps(value).encode(), {"Content-Type": "application/json"})

    def _fail(self, status: int, code: str, headers: dict[str, str] | None = None) -> None:
        self._answer(status, b"{}", {"X-Error-Code": code} | (headers or {}))

    def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def _split(repository: Repository, tail: str) -> tuple[str, str]:
    """Revision and path; a revision may be a commit, which is the newest one here."""
    for name in sorted(repository.revisions, key=len, reverse=True):
        if tail == name or tail.startswith(f"{name}/"):
            return name, tail.removeprefix(name).strip("/")
    return "main", tail.partition("/")[2]


def _sha(files: Files) -> str:
    said = repr(sorted((path, oid(data)) for path, (data, _) in files.items()))
    return hashlib.sha1(said.encode()).hexdigest()


def _entry(path: str, data: bytes, large: bool) -> dict[str, Any]:
    entry = {
        "type": "file", "oid": oid(data), "size": len(data), "path": path,
        "lastCommit": {"id": "0" * 40, "title": "t", "date": DATE},
    }  # fmt: skip
    if large:
        digest = hashlib.sha256(data).hexdigest()
        entry["lfs"] = {"oid": digest, "size": len(data), "pointerSize": 134}
    return entry


def _told(name: str, number: int, request: dict[str, Any]) -> dict[str, Any]:
    return {
        "num": number, "title": request["title"], "status": request["status"], "createdAt": DATE,
        "repo": {"name": name, "type": "dataset"}, "isPullRequest": True, "author": {"name": "u"},
        "changes": {"base": "main"}, "filesWithConflicts": [], "events": [],
    }  # fmt: skip


@contextmanager
def fake_hub() -> Iterator[Hub]:
    """A running, empty Hub."""
    hub = Hub()
    handler = type("Handler", (_Handler,), {"hub": hub})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    with running(server) as address:
        hub.endpoint = address
        yield hub

"""A site of videos on localhost, for the real yt-dlp, that notes what it is asked."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.localhost import running


@dataclass
class VideoSite:
    """A folder of files, served."""

    folder: Path
    """What it holds."""
    address: str = ""
    """Of the folder, with a slash at the end."""
    asked: list[tuple[str, str | None]] = field(default_factory=list)
    """Path and range of every request."""
    halfway: Callable[[], object] = lambda: None
    """Called when half of an answer is sent."""

    @property
    def url(self) -> str:
        """Where the video of a source is."""
        return f"{self.address}{{source_id}}.mp4"

    @property
    def paths(self) -> set[str]:
        """What was asked for."""
        return {path.removeprefix("/") for path, _ in self.asked}


@contextmanager
def serve_videos(folder: Path) -> Iterator[VideoSite]:
    """Serves a folder with byte ranges; `ID.429` in it makes the site say so for `ID.mp4`."""
    site = VideoSite(folder)
    server = _Server(("127.0.0.1", 0), partial(_Handler, site, directory=str(folder)))
    with running(server) as address:
        site.address = f"{address}/"
        yield site


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Says nothing of a client that was killed."""


class _Handler(SimpleHTTPRequestHandler):
    def __init__(self, site: VideoSite, *arguments: Any, **more: Any) -> None:
        self.site = site
        super().__init__(*arguments, **more)

    def do_GET(self) -> None:
        path = Path(self.translate_path(self.path))
        asked = self.headers.get("Range")
        self.site.asked.append((self.path, asked))
        if path.with_suffix(".429").exists():
            self.send_error(429)
            return
        if not path.is_file():
            self.send_error(404)
            return
        data, begin = path.read_bytes(), 0
        if asked:
            begin = int(asked.removeprefix("bytes=").split("-")[0])
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {begin}-{len(data) - 1}/{len(data)}")
        else:
            self.send_response(200)
        self.send_header("Content-Type", self.guess_type(path))
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Length", str(len(data) - begin))
        self.end_headers()
        if self.command == "GET":
            middle = (begin + len(data)) // 2
            self.wfile.write(data[begin:middle])
            self.site.halfway()
            self.wfile.write(data[middle:])

    do_HEAD = do_GET

    def log_message(self, *_: object) -> None:
        """Says nothing."""

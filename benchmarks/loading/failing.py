"""A web server for a folder that fails in turns where shards are read: `failing.py FOLDER`.

It prints its address, answers `/faults` with the number of its faults, and runs until it is killed.
"""

import re
import sys
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import cycle
from pathlib import Path

_TURNS: tuple[int | str | None, ...] = (*[None] * 4, 503, None, "reset", None, 429, "short")
_MOST_IN_A_ROW = 4
"""Faults of one read: readers of several threads meet the turns as chance has it, and give up after
six tries."""


def serve(root: Path) -> None:
    """Serves a folder on localhost."""
    turns, lock = cycle(_TURNS), threading.Lock()
    faults: list[int | str] = []
    in_a_row: Counter[str] = Counter()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:
            pass

        def do_GET(self) -> None:
            path = root / self.path.strip("/")
            data = path.read_bytes() if path.is_file() else b""
            if self.path == "/faults":
                data = str(len(faults)).encode()
            asked = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range") or "")
            there = path.exists() or self.path == "/faults"
            status = 404 if not there else 206 if asked else 200
            body = data[int(asked[1]) : int(asked[2]) + 1] if asked else data
            if asked and self.path.startswith("/data"):
                read = f"{self.path} {asked[0]}"
                with lock:
                    fault = next(turns) if in_a_row[read] < _MOST_IN_A_ROW else None
                    in_a_row[read] = 0 if fault is None else in_a_row[read] + 1
                if fault is not None:
                    faults.append(fault)
                if fault == "reset":
                    self.close_connection = True
                    return
                if isinstance(fault, int):
                    status, body = fault, b""
                elif fault == "short":
                    body = body[: len(body) // 2]
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Accept-Ranges", "bytes")
            if status == 206 and asked:
                said = f"bytes {asked[1]}-{min(int(asked[2]), len(data) - 1)}/{len(data)}"
                self.send_header("Content-Range", said)
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

        do_HEAD = do_GET

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    serve(Path(sys.argv[1]))

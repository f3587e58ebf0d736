"""Over HTTP: a server with byte ranges and 20 ms of latency; what is asked of it, and how fast."""

import http.client
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from speakervid5m.loaders import AudioSpec, Loader, RequestPlanner, VideoSpec
from speakervid5m.release import ByteReader, Samples, open_release

from .data import CONFIG
from .measure import Row, compared, in_turns, value

LATENCY_SECONDS = 0.02


@dataclass
class Served:
    """What was asked of the server."""

    url: str = ""
    """Of the folder."""
    shard_reads: list[int] = field(default_factory=list)
    """Bytes of every answer from a shard."""


@contextmanager
def served(root: Path) -> Iterator[Served]:
    """Serves a folder on localhost."""
    found = Served()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:
            pass

        def do_GET(self) -> None:
            time.sleep(LATENCY_SECONDS)
            path = root / self.path.strip("/")
            if not path.is_file():
                self.send_response(404)
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            size = path.stat().st_size
            asked = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range") or "")
            start, stop = (int(asked[1]), min(int(asked[2]) + 1, size)) if asked else (0, size)
            self.send_response(206 if asked else 200)
            self.send_header("Accept-Ranges", "bytes")
            self.send_header("Content-Length", str(stop - start))
            if asked:
                self.send_header("Content-Range", f"bytes {start}-{stop - 1}/{size}")
            self.end_headers()
            if self.command == "HEAD":
                return
            reads = found.shard_reads if self.path.startswith("/data") else []
            # Noted before it is sent, for whoever counts when the last byte has come.
            reads.append(stop - start)
            place = len(reads) - 1
            with path.open("rb") as file:
                self.connection.setblocking(True)
                self.wfile.flush()
                try:
                    self.connection.sendfile(file, start, stop - start)
                except (BrokenPipeError, ConnectionResetError):
                    # The client had enough: a stream that was cut off, or not needed any more.
                    if place < len(reads):
                        reads[place] = file.tell() - start
                    self.close_connection = True

        do_HEAD = do_GET

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    found.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def remote_rows(root: Path, rounds: int) -> list[Row]:
    """Requests, bytes and speed."""
    with served(root) as web:
        samples = open_release(web.url)[CONFIG]
        rows = [_filtered(web, samples)]
        rows += [_requests(web, samples, order) for order in ("sequential", "blocks")]
        rows += _streams(web, samples)
        rows.append(_window_bytes(samples))
        rows.append(_speed(web, samples, rounds))
    return rows


def _epoch(samples: Samples, **arguments: object) -> int:
    loader = Loader(samples, batch_size=4, drop_last=False, **arguments)  # type: ignore[arg-type]
    return sum(int(batch.valid.sum()) for batch in loader)


_SHORT = VideoSpec(num_frames=1, height=32, width=32)


def _filtered(web: Served, samples: Samples) -> Row:
    kept = samples.take(range(0, len(samples), 10))
    places = [
        kept.ranges(number, column)
        for number in range(len(kept))
        for column in ("initiator_video", "initiator_audio", "responder_video", "responder_audio")
    ]
    needed = sum(one.num_bytes for one in places if one and not isinstance(one, list))
    for shard in {one.path for one in places if one and not isinstance(one, list)}:
        samples.release.files.check(shard, samples.release.manifest)
    web.shard_reads.clear()
    _epoch(kept, video=_SHORT, audio=AudioSpec(), shuffle=False)
    return value(
        "media bytes read when a filter keeps 10 %, of the bytes kept",
        [sum(web.shard_reads) / needed],
        "times",
        target=1.1,
        note="every tenth sample; gaps are read over up to 64 KiB, or 5 % of a read",
    )


def _requests(web: Served, samples: Samples, order: str) -> Row:
    for path in samples.release.manifest.shards(CONFIG):
        samples.release.files.check(path, samples.release.manifest)
    web.shard_reads.clear()
    count = _epoch(
        samples,
        video=_SHORT,
        audio=AudioSpec(),
        shuffle="blocks" if order == "blocks" else False,
    )
    return value(
        f"requests to shards for 16 clips, {order} order",
        [len(web.shard_reads) / (2 * count / 16)],
        "requests",
        target=1.0,
        note=f"{len(web.shard_reads)} requests for {2 * count} clips and sounds, footers apart",
    )


_MEDIA = ("initiator_video", "initiator_audio", "responder_video", "responder_audio")


def _streams(web: Served, samples: Samples) -> list[Row]:
    """Streams of `datasets`: all rows of plain Parquet, and a tenth by `filters=` and `where=`."""
    import datasets

    import speakervid5m  # noqa: F401  # teaches `load_dataset` the name

    datasets.config.SLEEP_TIME_ON_THREADS_SHUTDOWN = 0
    columns = ["sample_id", *_MEDIA]
    plain: dict[str, Any] = {
        "path": "parquet",
        "data_files": samples.shard_urls,
        "columns": columns,
    }
    ids = samples.table(["sample_id"])["sample_id"].to_pylist()[::10]
    quoted = ", ".join(f"'{one}'" for one in ids)
    ways: dict[str, dict[str, Any]] = {
        "all": plain,
        "filters=": {**plain, "filters": [("sample_id", "in", ids)]},
        "where=": {
            "path": "speakervid5m",
            "name": CONFIG,
            "root": web.url,
            "columns": columns,
            "where": f"sample_id IN ({quoted})",
        },
    }
    rows = []
    for way, given in ways.items():
        web.shard_reads.clear()
        stream = datasets.load_dataset(split="train", streaming=True, **given).decode(False)
        used = count = 0
        for row in stream:
            count += 1
            used += sum(len(row[name]["bytes"]) for name in _MEDIA)
        assert count == (len(samples) if way == "all" else len(ids))
        read = sum(web.shard_reads) / used
        if way == "all":
            each = len(web.shard_reads) / (2 * count / 16)
            rows.append(value("requests to shards for 16 clips, HF streaming", [each], "requests"))
            rows.append(value("bytes read of the bytes used, HF streaming", [read], "times"))
        else:
            name = f"media bytes read of the bytes kept, 10 % by {way} of a stream"
            note = "footers of the shards included" if way == "where=" else "whole row groups"
            rows.append(value(name, [read], "times", note=note))
    return rows


def _window_bytes(samples: Samples) -> Row:
    video = VideoSpec(num_frames=32, window="random")
    orders = [
        RequestPlanner(samples, video=video, audio=None, seed=0, checksums=checksums)
        for checksums in (True, False)
    ]
    whole, needed = (
        sum(
            one.end - one.begin
            for number in range(len(samples))
            for one in order(number, 0).byte_ranges
        )
        for order in orders
    )
    return value(
        "bytes of random 32-frame windows without checksums, of the whole clips",
        [needed / whole],
        "times",
        note="the reference picture's group of pictures included",
    )


def _speed(web: Served, samples: Samples, rounds: int) -> Row:
    host = web.url.removeprefix("http://")
    shards = [url.removeprefix(web.url) for url in samples.shard_urls]
    orders = RequestPlanner(samples, video=VideoSpec(), audio=AudioSpec(), seed=0, checksums=True)
    made = [orders(number, 0) for number in range(len(samples))]
    read = sum(one.end - one.begin for order in made for one in order.byte_ranges)

    def plain() -> None:
        connection = http.client.HTTPConnection(host)
        for path in shards:
            connection.request("GET", path)
            answer = connection.getresponse()
            while answer.read(1 << 20):
                pass
        connection.close()

    def ours() -> None:
        transfer = ByteReader(samples)
        with transfer.pool() as pool:
            get = transfer.begin((one for order in made for one in order.byte_ranges), pool)
            for order in made:
                for one in order.byte_ranges:
                    get(one)

    size = sum(samples.release.manifest.files[path.strip("/")].num_bytes for path in shards)
    costs = in_turns({"ours": ours, "plain": plain}, rounds)
    return compared(
        "bytes a second over HTTP, of one plain stream",
        costs["ours"],
        costs["plain"],
        target=0.9,
        scale=read / size,
        note="checksums included; client and server share two processors",
    )

"""Over HTTP: few long reads, faults tried again within a budget, checksums, the bytes needed."""

import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from speakervid5m.loaders import Loader, SampleError, VideoSpec
from speakervid5m.loaders.requests.request_planner import RequestPlanner
from speakervid5m.release import MediaRange, Release, open_release, public_address
from speakervid5m.release.read.byte_reader import (
    MAX_GAP_BYTES,
    MAX_READ_BYTES,
    ByteRange,
    coalesced,
)
from speakervid5m.release.storage import retries
from speakervid5m.release.storage.retries import ReadFailed, retrying
from tests.loaders.conftest import assert_same
from tests.localhost import running

SMALL = VideoSpec(fps=8, height=24, width=32, num_frames=3, window="random")


@dataclass
class Web:
    url: str = ""
    faults: list[int | str] = field(default_factory=list)
    """What the next reads of shards get: a status, `short`, `reset`, `flip`, `stall`, `moved`."""
    reads: list[tuple[str, int]] = field(default_factory=list)


@contextmanager
def web_of(root: Path) -> Iterator[Web]:
    web = Web()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:
            pass

        def do_GET(self) -> None:
            path = root / self.path.split("?")[0].strip("/").removeprefix("moved/")
            data = path.read_bytes() if path.is_file() else b""
            found = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range") or "")
            status = 404 if not path.exists() else 206 if found else 200
            body = data
            if found:
                start, stop = int(found[1]), int(found[2]) + 1
                body = data[start:stop]
                if self.path.startswith(("/data", "/moved")):
                    web.reads.append((self.path, len(body)))
                    if web.faults:
                        fault = web.faults.pop(0)
                        if fault == "reset":
                            self.close_connection = True
                            return
                        if fault == "short":
                            body = body[: len(body) // 2]
                        elif fault == "flip":
                            body = bytes(255 - one for one in body)
                        elif fault == "stall":
                            time.sleep(1)
                            self.close_connection = True
                            return
                        elif fault == "moved":
                            self.send_response(302)
                            there = f"/moved/{self.path.strip('/')}?X-Signature=1"
                            self.send_header("Location", there)
                            self.send_header("Content-Length", "0")
                            self.end_headers()
                            return
                        else:
                            assert isinstance(fault, int)
                            status, body = fault, b""
            self.send_response(status)
            self.send_header("Accept-Ranges", "bytes")
            self.send_header("Content-Length", str(len(body)))
            if found:
                self.send_header("Content-Range", f"bytes {start}-{stop - 1}/{len(data)}")
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

        do_HEAD = do_GET

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    with running(server) as address:
        web.url = address
        yield web


@pytest.fixture
def web(small_root: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Web]:
    monkeypatch.setattr(retries, "FIRST_WAIT_SECONDS", 0.01)
    with web_of(small_root) as served:
        yield served


@pytest.mark.parametrize("shuffle", [True, False, "blocks"])
@pytest.mark.parametrize("checksums", [True, False])
def test_the_web_gives_what_the_folder_gives(
    release: Release, web: Web, shuffle: bool, checksums: bool
) -> None:
    there = open_release(web.url)["dialogue_sft"]
    loaders = [
        Loader(one, batch_size=2, video=SMALL, shuffle=shuffle, num_workers=2, checksums=checksums)
        for one in (release["dialogue_sft"], there)
    ]
    for one, two in zip(*loaders, strict=True):
        assert_same(one, two)
    # 8 samples of 16 videos and 16 sounds; each shard also once for its footer.
    assert len(web.reads) <= 10


def test_faults_are_tried_again_and_change_nothing(
    release: Release, web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = open_release(web.url)["dialogue_sft"]
    monkeypatch.setattr(retries, "STALL_SECONDS", 0.3)
    # Two reads at a time meet the faults as chance has it, and one may meet them all.
    monkeypatch.setattr(retries, "MAX_TRIES", 20)
    web.faults = [500, 429, "reset", "short", "stall", 503, 403, "short", "moved"]
    loaders = [
        Loader(one, batch_size=4, video=SMALL, num_workers=1)
        for one in (release["dialogue_sft"], there)
    ]
    for one, two in zip(*loaders, strict=True):
        assert_same(one, two)
    assert not web.faults


def test_damage_on_the_way_is_seen_and_read_again(release: Release, web: Web) -> None:
    there = open_release(web.url)["single_sft"]
    for url in there.shard_urls:
        there.release.files.check(url.removeprefix(f"{web.url}/"), there.release.manifest)
    web.faults = ["flip"]
    loaders = [Loader(one, batch_size=4, video=SMALL) for one in (release["single_sft"], there)]
    for one, two in zip(*loaders, strict=True):
        assert_same(one, two)
    web.faults = ["flip"] * 50
    with pytest.raises(SampleError, match="checksum"):
        next(iter(Loader(there, batch_size=4, video=SMALL)))


def test_a_budget_is_spent_and_the_error_says_where(web: Web) -> None:
    there = open_release(f"{web.url}")["single_sft"]
    place = there.ranges(0, "video")
    assert isinstance(place, MediaRange)
    web.faults = [500] * 100
    with pytest.raises(ReadFailed, match=r"data/single/sft.* at byte \d+: failed 6 times.*500"):
        there.view(place)
    web.faults = []
    assert len(there.view(place)) == place.num_bytes
    web.faults = [401]
    with pytest.raises(ReadFailed, match=r"data/single/sft.* at byte \d+: HTTP 401"):
        there.view(place)
    web.faults = ["moved", 404]
    with pytest.raises(ReadFailed, match="no longer there") as caught:
        there.view(place)
    assert "Signature" not in str(caught.value) and str(place.offset_bytes) in str(caught.value)
    web.faults = ["moved"] * 20
    with pytest.raises(ReadFailed, match="redirections") as caught:
        there.view(place)
    assert "Signature" not in str(caught.value)


def test_what_is_missing_is_not_tried_again() -> None:
    tries = []

    def missing() -> None:
        tries.append(1)
        raise FileNotFoundError("gone")

    with pytest.raises(FileNotFoundError):
        retrying(missing, "a")
    assert len(tries) == 1
    assert public_address("https://me:secret@h/a/b?X-Signature=1#c") == "https://h/a/b"


def test_a_window_reads_its_groups_alone(web: Web) -> None:
    there = open_release(web.url)["dialogue_sft"]
    video = VideoSpec(num_frames=2, window="start")
    for checksums in (True, False):
        web.reads.clear()
        list(Loader(there, batch_size=1, video=video, audio=None, checksums=checksums))
        # The clips of the test are shorter than a read that is worth another.
        assert web.reads
    kept = there.take([0])
    sizes = {}
    for checksums in (True, False):
        order = RequestPlanner(kept, video=video, audio=None, seed=0, checksums=checksums)(0, 0)
        sizes[checksums] = sum(one.end - one.begin for one in order.byte_ranges)
    assert sizes[False] < sizes[True]


def test_reads_are_joined_where_they_are_near() -> None:
    def byte_range(path: str, begin: int, end: int) -> ByteRange:
        return ByteRange(MediaRange(path, begin, end - begin, 0), 0, end - begin)

    far = 10 * MAX_GAP_BYTES
    large = 100 * far
    found = coalesced(
        [
            byte_range("b", 0, 10),
            byte_range("a", 100, 200),
            byte_range("a", 0, 50),
            byte_range("a", 100, 200),
            byte_range("a", far, far + 10),
        ]
    )
    assert found == [("a", 0, 200), ("a", far, far + 10), ("b", 0, 10)]
    long = [byte_range("a", at, at + (1 << 20)) for at in range(0, 100 << 20, 1 << 20)]
    wide = [byte_range("a", 0, large), byte_range("a", large + far, 2 * large)]
    assert len(coalesced(wide)) == (2 if 2 * large > MAX_READ_BYTES else 1)
    near = [byte_range("a", 0, 1 << 23), byte_range("a", (1 << 23) + (1 << 18), 1 << 24)]
    assert coalesced(near) == [("a", 0, 1 << 24)], "a gap of 3 % of the read"
    assert len(coalesced(long)) == -(-100 // (MAX_READ_BYTES >> 20))


def test_a_shard_that_vanishes_from_the_web(own_root: Path) -> None:
    with web_of(own_root) as served:
        samples = open_release(served.url)["single_sft"]
        loader = Loader(samples, batch_size=1, video=SMALL, prefetch_bytes=1)
        batches = iter(loader)
        next(batches)
        shutil.rmtree(own_root / "data" / "single")
        with pytest.raises((ReadFailed, SampleError), match="data/single/sft") as caught:
            list(batches)
    assert "no longer there" in str(caught.value) or "missing" in str(caught.value)
    assert 0 < loader.position < 16


@pytest.mark.parametrize("change", ["cut off", "removed", "replaced", "overwritten"])
def test_a_local_shard_that_changes_while_it_is_read(own_root: Path, change: str) -> None:
    samples = open_release(str(own_root))["single_sft"]
    loaders = [
        Loader(samples, batch_size=1, video=SMALL, on_error="skip", rank=rank, world_size=2, seed=1)
        for rank in range(2)
    ]
    both = zip(*loaders, strict=True)
    valid = [all(bool(one.valid.all()) for one in next(both))]
    for shard in (own_root / "data" / "single" / "sft").iterdir():
        if change == "cut off":
            os.truncate(shard, 100)
        elif change == "removed":
            shard.unlink()
        elif change == "replaced":
            shard.with_suffix(".new").write_bytes(b"another file")
            shard.with_suffix(".new").rename(shard)
        else:
            size = shard.stat().st_size
            with shard.open("r+b") as file:
                file.write(os.urandom(size))
    valid += [all(bool(one.valid.all()) for one in step) for step in both]
    assert len(valid) == 8, "all ranks took all steps"
    # What is mapped stays there when its name goes; what is cut off or written over is noticed.
    skipped = [one for loader in loaders for one in loader.skipped]
    assert len(skipped) == (0 if change in ("removed", "replaced") else 14)
    words = {"cut off": "was cut off while it was read", "overwritten": "checksum"}
    assert all(words[change] in one.reason for one in skipped)
    assert loaders[0].epoch == loaders[1].epoch == 1

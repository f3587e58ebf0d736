"""Asking a model: what is kept, what is refused by name, and what a kill leaves."""

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from speakervid5m.vidchatbench import (
    REPLY_REASONS,
    Bench,
    BenchItem,
    ReplyError,
    Submission,
    SubmissionError,
    run,
    verify,
)
from speakervid5m.vidchatbench.footage import FileFootage
from speakervid5m.vidchatbench.running.callable_model import CallableModel
from tests.vidchatbench.models import in_parts, shaking

Answer = Callable[[BenchItem, int], Any]


def test_replies_of_every_seed_are_there_and_can_be_judged(bench: Bench, tmp_path: Path) -> None:
    out = tmp_path / "my model"
    report = run(bench, shaking, out=out, seeds=(0, 7), num_warm_ups=0)
    assert (report.num_replies, report.num_new, report.failures) == (16, 16, ())
    checked = verify(bench, out)
    assert checked.ok, checked.problems
    assert checked.num_usable == checked.num_expected == 16
    submission = Submission(out)
    metadata = submission.metadata()
    assert (metadata.way, metadata.seeds, metadata.bench_digest) == (
        "callable",
        (0, 7),
        bench.digest,
    )
    files = submission.files(7, bench[0].sample_id)
    footage = FileFootage(files.video, files.flac)
    assert sum(1 for _ in footage.planes()) == 30 and len(footage.samples) == 30 * 640
    declared = submission.declared(7, bench[0].sample_id)
    assert declared.text == "hello there" and declared.output_seconds == 1.2
    rows = [json.loads(line) for line in (out / "timings.jsonl").read_text().splitlines()]
    assert len(rows) == 16 and all(0 <= row["seconds_to_first"] <= row["seconds"] for row in rows)


def test_it_goes_on_where_it_stopped(bench: Bench, tmp_path: Path) -> None:
    asked: list[str] = []

    def some(item: BenchItem, seed: int) -> Any:
        asked.append(item.sample_id)
        if len(asked) == 4:
            raise KeyboardInterrupt
        return shaking(item, seed)

    out = tmp_path / "mine"
    with pytest.raises(KeyboardInterrupt):
        run(bench, some, out=out, num_warm_ups=0)
    files = Submission(out).files(0, bench[1].sample_id)
    files.video.write_bytes(files.video.read_bytes()[:-100])
    del asked[:]
    asked += [""] * 9
    report = run(bench, some, out=out, num_warm_ups=0)
    assert (report.num_replies, report.num_new) == (8, 6), "a damaged one is asked again"
    assert run(bench, some, out=out).num_new == 0
    run(bench, shaking, out=tmp_path / "at once", name="mine", num_warm_ups=2)
    for path in sorted((out / "replies").rglob("*.mp4")):
        assert path.read_bytes() == (tmp_path / "at once" / path.relative_to(out)).read_bytes()
    with pytest.raises(SubmissionError, match="holds replies of another run: its revision"):
        run(bench, shaking, out=out, revision="2")


def test_parts_make_one_reply(bench: Bench, tmp_path: Path) -> None:
    for name, model in (("whole", shaking), ("parts", in_parts)):
        run(bench, model, out=tmp_path / name, num_warm_ups=0)
    sample_id = bench[3].sample_id
    whole, parts = (Submission(tmp_path / name).files(0, sample_id) for name in ("whole", "parts"))
    assert whole.digest() == parts.digest()
    assert Submission(tmp_path / "parts").declared(0, sample_id).text == "hi hi "


GRAY = np.full((5, 64, 64, 3), 128, np.uint8)
ITEM = BenchItem(
    sample_id="0" * 24,
    protocol="conditioned",
    initiator_video=None,
    initiator_flac=None,
    reference_frame=GRAY[0],
    reference_origin="answer",
    voice_flac=None,
    voice_origin="none",
)


def _raised(answer: Any) -> Any:
    if isinstance(answer, Exception):
        raise answer
    return answer


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (3, "bad_reply"),
        ({"fps": 25}, "no_frames"),
        ([], "no_frames"),
        ({"fps": 25, "frames": GRAY[:0]}, "no_frames"),
        ({"fps": 25, "frames": GRAY.astype(float)}, "bad_reply"),
        ({"fps": 25, "frames": GRAY[:, :30]}, "bad_size"),
        ({"fps": 25, "frames": GRAY[:, :63]}, "bad_size"),
        ({"fps": 23.976, "frames": GRAY}, "bad_rate"),
        ({"frames": GRAY}, "bad_rate"),
        ({"fps": 25, "frames": GRAY, "audio": np.zeros(9), "sample_rate": 1}, "bad_rate"),
        ({"fps": 25, "frames": GRAY, "audio": np.full(9, 2.0), "sample_rate": 16000}, "bad_audio"),
        ({"fps": 25, "frames": GRAY, "audio": [np.nan], "sample_rate": 16000}, "bad_audio"),
        ({"fps": 25, "frames": GRAY, "audio": np.zeros(9000), "sample_rate": 16000}, "bad_audio"),
        ({"fps": 25, "frames": GRAY, "text": 3}, "bad_text"),
        ({"fps": 1, "frames": np.repeat(GRAY, 5, 0)}, "too_long"),
        ([{"fps": 25, "frames": GRAY}, {"fps": 24, "frames": GRAY}], "bad_rate"),
        ([{"fps": 25, "frames": GRAY}, {"fps": 25, "frames": GRAY[:, :32]}], "bad_size"),
        (ZeroDivisionError("x"), "raised"),
    ],
)
def test_a_bad_reply_has_a_name(answer: Any, reason: str) -> None:
    model = CallableModel(lambda *_: _raised(answer), 60.0)
    with pytest.raises(ReplyError) as refused:
        model.reply(ITEM, 0)
    assert refused.value.reason == reason in REPLY_REASONS
    assert refused.value.detail


def test_a_failure_is_counted_and_final(bench: Bench, tmp_path: Path) -> None:
    def model(item: BenchItem, seed: int) -> Any:
        if item.sample_id == bench[0].sample_id:
            raise ZeroDivisionError("x")
        return SimpleNamespace(**shaking(item, seed))

    report = run(bench, model, out=tmp_path / "mine", num_warm_ups=0)
    assert report.failures == ((0, bench[0].sample_id, "raised"),) and report.num_replies == 7
    checked = verify(bench, tmp_path / "mine", check_leaks=False)
    assert checked.ok and checked.counts() == {"failed": 1} and checked.num_usable == 7
    assert run(bench, model, out=tmp_path / "mine").failures == report.failures
    again = run(bench, shaking, out=tmp_path / "mine", num_warm_ups=0, retry_failed=True)
    assert again.failures == () and again.num_new == 1


def test_a_late_reply_is_dropped(bench: Bench, tmp_path: Path) -> None:
    report = run(bench, shaking, out=tmp_path / "mine", num_warm_ups=0, timeout_seconds=0.0)
    assert {reason for *_, reason in report.failures} == {"timed_out"}
    assert not list((tmp_path / "mine").rglob("*.mp4"))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, small_root: Path) -> Path:
    """An mp4 that a worker may give."""
    from speakervid5m.vidchatbench import open_bench

    folder = tmp_path_factory.mktemp("made")
    bench = open_bench(str(small_root), work=folder / "caches")
    run(bench, shaking, out=folder / "mine", num_warm_ups=0)
    return Submission(folder / "mine").files(0, bench[0].sample_id).video


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ("well", None),
        ("twice", None),
        ("dies", "died"),
        ("lies", "bad_answer"),
        ("refuses", "refused"),
        ("forgets", "no_file"),
        ("links", "no_file"),
    ],
)
def test_a_worker_answers_line_by_line(
    bench: Bench, made: Path, tmp_path: Path, how: str, reason: str | None
) -> None:
    command = [sys.executable, "-m", "tests.vidchatbench.models", how, str(made)]
    out = tmp_path / "mine"
    report = run(bench, out=out, command=command, num_warm_ups=0, timeout_seconds=60)
    assert [why for *_, why in report.failures] == ([reason] if reason else [])
    declared = Submission(out).declared(0, bench[7].sample_id)
    assert declared.text == "yes" and (declared.peak_bytes or 0) > 1_000_000
    assert Submission(out).files(0, bench[7].sample_id).video.read_bytes() == made.read_bytes()
    assert Submission(out).metadata().way == "command"


def test_a_worker_that_hangs_is_killed(bench: Bench, tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    code = f"""
import os, sys, time
open({str(pids)!r}, "a").write(f"{{os.getpid()}}\\n")
sys.stdin.readline(); time.sleep(600)
"""
    report = run(
        bench,
        out=tmp_path / "mine",
        command=[sys.executable, "-c", code],
        num_warm_ups=0,
        timeout_seconds=0.3,
    )
    assert {why for *_, why in report.failures} == {"timed_out"}
    for pid in pids.read_text().split():
        assert subprocess.run(["kill", "-0", pid], capture_output=True).returncode, "still runs"


@contextmanager
def served(status: int, content: bytes) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            assert b'name="initiator"' in body and b"protocol" in body
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.send_header("X-Text", "gr%C3%BC%C3%9Fe")
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/reply"
        finally:
            server.shutdown()
            thread.join()


def test_a_server_of_this_machine_is_asked(bench: Bench, made: Path, tmp_path: Path) -> None:
    with served(200, made.read_bytes()) as url:
        report = run(bench, out=tmp_path / "mine", url=url, num_warm_ups=0)
    assert report.failures == ()
    sample_id = bench[0].sample_id
    submission = Submission(tmp_path / "mine")
    assert submission.declared(0, sample_id).text == "gr\u00fc\u00dfe"
    assert submission.files(0, sample_id).video.read_bytes() == made.read_bytes()
    for status, content, reason in ((500, b"x", "refused"), (200, b"", "no_file")):
        with served(status, content) as url:
            report = run(bench, out=tmp_path / reason, url=url, num_warm_ups=0)
        assert {why for *_, why in report.failures} == {reason}
    report = run(bench, out=tmp_path / "off", url=url, num_warm_ups=0)
    assert {why for *_, why in report.failures} == {"unreachable"}


def test_wrong_use_is_said(bench: Bench, tmp_path: Path) -> None:
    for arguments, what in (
        ({}, "one of a function, a command or a URL"),
        ({"model": "a:b", "url": "http://127.0.0.1"}, "one of"),
        ({"model": "no_such_module_here:x"}, "no module 'no_such_module_here'"),
        ({"model": "json:x"}, "no function 'x'"),
        ({"model": "json"}, "MODULE:FUNCTION"),
        ({"url": "http://example.org/"}, "--allow-host example.org"),
        ({"url": "file:///etc"}, "no http address"),
        ({"command": []}, "empty command"),
        ({"command": ["x"], "paced": True}, "--pace feeds a function"),
    ):
        with pytest.raises(ValueError, match=what):
            run(bench, out=tmp_path / "mine", **arguments)
    report = run(bench, out=tmp_path / "none", command=["/no/such program"], num_warm_ups=0)
    assert {why for *_, why in report.failures} == {"died"}


def test_chunks_are_of_160_ms(bench: Bench) -> None:
    item = bench[0]
    chunks = [*item.chunks()]
    assert np.array_equal(np.concatenate([c.frames for c in chunks]), item.initiator_frames())
    assert np.array_equal(np.concatenate([c.audio for c in chunks]), item.initiator_audio())
    assert {(len(c.frames), len(c.audio)) for c in chunks[:-1]} == {(4, 2560)}

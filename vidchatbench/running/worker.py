"""A model that is a process: it reads a line of JSON for each question, and answers with a line.

    -> {"id": 7, "sample_id": "...", "seed": 0, "inputs": FOLDER, "output": FOLDER}
    <- {"id": 7, "event": "first_output"}          may be left out
    <- {"id": 7, "ok": true, "text": "..."}        after writing FOLDER/reply.mp4, and reply.flac
    <- {"id": 7, "error": "..."}                   there is no reply

Weights load once. A worker that is late is killed with its children, and a new one is started; what
it says or writes afterwards is dropped, since each question has an id and folders of its own. No
shell reads the command.
"""

import json
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from ..errors import ReplyError
from ..pairs.item import BenchItem
from ..submission.layout import Way
from ..submission.verify import MAX_REPLY_BYTES
from .inputs import write_inputs
from .keeping import clear, read_made
from .model import EncodedReply, Made
from .reply import MAX_TEXT

_MAX_LINE = 1 << 16
"""Most bytes of a line (ours: a text of 20,000 characters fits)."""
_MAX_LINES = 1_000
"""Most lines that wait (ours: a worker answers with two)."""


class WorkerModel:
    """See the module; the process starts with the first question."""

    way: Way = "command"

    def __init__(self, command: Sequence[str], timeout_seconds: float) -> None:
        if not command:
            raise ValueError("an empty command; give a program and its arguments")
        self._command, self._timeout = [*command], timeout_seconds
        self._process: subprocess.Popen[bytes] | None = None
        self._lines: queue.Queue[bytes | None] = queue.Queue(_MAX_LINES)
        self._folder = tempfile.TemporaryDirectory(prefix="speakervid5m-bench-")
        self._number = 0

    def reply(self, item: BenchItem, seed: int) -> Made:
        """See `Model.reply`."""
        self._number += 1
        folder = Path(self._folder.name) / str(self._number)
        inputs, output = clear(folder / "inputs"), clear(folder / "output")
        write_inputs(item, inputs)
        question = {
            "id": self._number,
            "sample_id": item.sample_id,
            "seed": seed,
            "inputs": str(inputs),
            "output": str(output),
        }
        try:
            return self._ask(question, output)
        except ReplyError as error:
            if error.reason in ("timed_out", "died", "bad_answer"):
                self._kill()
            raise
        finally:
            clear(folder)

    def close(self) -> None:
        """See `Model.close`."""
        self._kill()
        self._folder.cleanup()

    def _ask(self, question: dict[str, Any], output: Path) -> Made:
        process = self._started()
        assert process.stdin is not None
        begin = time.monotonic()
        try:
            process.stdin.write(json.dumps(question).encode() + b"\n")
            process.stdin.flush()
        except OSError as error:
            raise ReplyError("died", "the worker reads no more questions") from error
        first: float | None = None
        while True:
            answer = self._answer(begin)
            if answer.get("id") != question["id"]:
                continue  # It answers an earlier question again.
            now = time.monotonic() - begin
            if answer.get("event") == "first_output":
                first = first or now
            elif "error" in answer:
                raise ReplyError("refused", f"{answer['error']!s:.500}")
            elif answer.get("ok") is True:
                video, flac = read_made(output, MAX_REPLY_BYTES)
                text = answer.get("text")
                if text is not None and (not isinstance(text, str) or len(text) > MAX_TEXT):
                    raise ReplyError("bad_text", f"text {text!r:.40}; words, at most {MAX_TEXT}")
                return Made(
                    reply=EncodedReply(video, flac, text),
                    seconds_to_first=now if first is None else first,
                    seconds=now,
                    peak_bytes=_peak_bytes(process.pid),
                )
            else:
                raise ReplyError(
                    "bad_answer", f"{answer!r:.200}: neither `ok`, `error` nor an event"
                )

    def _answer(self, begin: float) -> dict[str, Any]:
        """The next line of the worker.

        Raises:
            ReplyError: it comes too late, is no JSON object, or there is none.
        """
        left = begin + self._timeout - time.monotonic()
        try:
            line = self._lines.get(timeout=max(0.0, left))
        except queue.Empty:
            raise ReplyError(
                "timed_out", f"no answer within {self._timeout:g} s; the worker was killed"
            ) from None
        if line is None:
            raise ReplyError("died", f"the worker ended with status {self._status()}")
        try:
            answer = json.loads(line)
        except (ValueError, RecursionError):
            answer = None
        if not isinstance(answer, dict):
            raise ReplyError("bad_answer", f"{line[:200]!r} is no JSON object")
        return answer

    def _status(self) -> int | None:
        if self._process is None:
            return None
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(1.0)
        return self._process.returncode

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._kill()
            try:
                self._process = subprocess.Popen(
                    self._command,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    start_new_session=True,
                )
            except OSError as error:
                raise ReplyError("died", f"the command does not start: {error}") from error
            self._lines = queue.Queue(_MAX_LINES)
            assert self._process.stdout is not None
            threading.Thread(
                target=_pass_on, args=(self._process.stdout, self._lines), daemon=True
            ).start()
        return self._process

    def _kill(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        with suppress(OSError):
            if os.name == "posix":
                os.killpg(process.pid, signal.SIGKILL)
            else:
                process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            with suppress(OSError):
                if stream is not None:
                    stream.close()


def _pass_on(stream: IO[bytes], lines: "queue.Queue[bytes | None]") -> None:
    """Lines of a worker, bounded; then None."""
    with suppress(OSError, ValueError):
        while line := stream.readline(_MAX_LINE):
            with suppress(queue.Full):
                lines.put(line, timeout=1.0)
    with suppress(queue.Full):
        lines.put(None, timeout=1.0)


def _peak_bytes(process: int) -> int | None:
    """Greatest memory of a process, where the system says it."""
    if sys.platform != "linux":
        return None
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return None
    for line in status.splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return None

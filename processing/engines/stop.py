"""When to stop: signals or a time limit in, the answer whether another unit may start out.

Ctrl-C, SIGTERM and the time limit let the running units finish.
"""

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Self

from .units.report import Stopped

SIGNALS = (signal.SIGINT, signal.SIGTERM)
"""The signals that ask a run to end."""


@contextmanager
def signals_held() -> Iterator[None]:
    """A process started in this block receives no signal before it has set its own handlers."""
    previous = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, previous)


class Stop:
    """Is asked between units; as a context manager it listens to signals in the main thread.

    It may be entered again for a later part of the run: its time limit runs on.

    A second Ctrl-C does not wait: it raises `KeyboardInterrupt`.
    """

    def __init__(self, limit_seconds: float | None = None) -> None:
        self._deadline = None if limit_seconds is None else time.monotonic() + limit_seconds
        self._interrupted = False
        self._handlers: list[tuple[int, object]] = []

    @property
    def asked(self) -> Stopped | None:
        """Why no further unit starts, or None."""
        if self._interrupted:
            return "interrupted"
        late = self._deadline is not None and time.monotonic() >= self._deadline
        return "time_limit" if late else None

    @property
    def words(self) -> str:
        """Why no further unit starts, and how to stop at once; empty while the run goes on."""
        if self.asked == "interrupted":
            return "stopping; Ctrl-C once more: stop now"
        return "time limit reached; Ctrl-C: stop now" if self.asked else ""

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            for number in SIGNALS:
                self._handlers.append((number, signal.signal(number, self._take)))
        return self

    def __exit__(self, *_: object) -> None:
        while self._handlers:
            number, handler = self._handlers.pop()
            signal.signal(number, handler)  # type: ignore[arg-type]

    def _take(self, number: int, _: FrameType | None) -> None:
        if self._interrupted and number == signal.SIGINT:
            raise KeyboardInterrupt
        self._interrupted = True

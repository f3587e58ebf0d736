"""When to stop: Ctrl-C and SIGTERM let the units in flight end, so does a limit of time."""

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Self

from .units.report import Stopped

SIGNALS = (signal.SIGINT, signal.SIGTERM)
"""What asks a run to end."""


@contextmanager
def signals_held() -> Iterator[None]:
    """A process that is started in this block hears no signal before it says what to do with it."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class Stop:
    """Asked between units; as a context it listens to signals, if this is the main thread.

    It may be entered again for a later part of the run: its time goes on.

    A second Ctrl-C does not wait: it raises `KeyboardInterrupt`.
    """

    def __init__(self, limit_seconds: float | None = None) -> None:
        self._deadline = None if limit_seconds is None else time.monotonic() + limit_seconds
        self._interrupted = False
        self._before: list[tuple[int, object]] = []

    @property
    def asked(self) -> Stopped | None:
        """Why no further unit begins, or None."""
        if self._interrupted:
            return "interrupted"
        late = self._deadline is not None and time.monotonic() >= self._deadline
        return "time_limit" if late else None

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            for number in SIGNALS:
                self._before.append((number, signal.signal(number, self._take)))
        return self

    def __exit__(self, *_: object) -> None:
        while self._before:
            number, handler = self._before.pop()
            signal.signal(number, handler)  # type: ignore[arg-type]

    def _take(self, number: int, _: FrameType | None) -> None:
        if self._interrupted and number == signal.SIGINT:
            raise KeyboardInterrupt
        self._interrupted = True

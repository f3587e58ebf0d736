"""Processes that cut: none is started in vain, and none is waited for in vain."""

import signal
import time

import pytest

from speakervid5m.processing.assembly import cut_workers as cutters
from speakervid5m.processing.assembly.cut_workers import cut_in_processes
from speakervid5m.processing.engines import Stop


class OfTwoError(Exception):
    """Goes from one process to another, and does not arrive."""

    def __init__(self, subject: str, verb: str) -> None:
        super().__init__(f"{subject} {verb}")


def fail(_: int) -> None:
    raise OfTwoError("disk", "burns")


def test_where_nothing_may_begin_no_process_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cutters, "_Cutter", None)
    assert not list(cut_in_processes([1, 2], abs, 2, Stop(0.0)))
    assert not list(cut_in_processes([], abs, 2, Stop()))


def test_an_error_that_no_other_process_can_read_says_its_words() -> None:
    with pytest.raises(RuntimeError, match="OfTwoError: disk burns"):
        list(cut_in_processes([1], fail, 1, Stop()))


def test_a_second_interrupt_waits_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    stop = Stop()

    def twice(*_: object) -> None:
        for _second in range(2):
            stop._take(signal.SIGINT, None)

    monkeypatch.setattr(cutters, "wait", twice)
    with pytest.raises(KeyboardInterrupt):
        # Eleven days.
        list(cut_in_processes([1e6], time.sleep, 1, stop))

"""`Progress` events in, lines on standard error out: live on a terminal, plain elsewhere."""

import logging
import sys
import time
from typing import Self

from speakervid5m.records import Progress, printable

from .formatting import clock

_PLAIN_EVERY_SECONDS = 10.0
_STEADY_SECONDS = 1.0
"""Time after which a speed is meaningful (ours)."""


class ProgressDisplay:
    """Shows `Progress` on standard error, unless `-q` asks for silence."""

    def __init__(self) -> None:
        self._live = sys.stderr.isatty()
        self._silent = not logging.getLogger(__name__).isEnabledFor(logging.WARNING)
        self._stage = ""
        self._start_time = self._last_print = 0.0

    def __call__(self, progress: Progress) -> None:
        """Shows the state of a stage; off a terminal, a line every ten seconds and at the end."""
        if self._silent:
            return
        now = time.monotonic()
        if progress.stage != self._stage:
            self._end_line()
            self._stage, self._start_time, self._last_print = progress.stage, now, now
        finished = progress.done >= progress.total
        if not self._live and not finished and now - self._last_print < _PLAIN_EVERY_SECONDS:
            return
        self._last_print = now
        line = progress_line(progress, now - self._start_time)
        print(
            f"\r\x1b[K{line}" if self._live else line,
            end="" if self._live else "\n",
            file=sys.stderr,
            flush=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._end_line()

    def _end_line(self) -> None:
        if self._live and self._stage:
            print(file=sys.stderr)
        self._stage = ""


def progress_line(progress: Progress, spent_seconds: float) -> str:
    """One line: done/total, speed, times real time, time left, failures, what it waits for.

    >>> from speakervid5m.records import Progress
    >>> progress_line(Progress("look", 3, 9, "sources", "talk.mp4", 1, 1, 600.0), 60.0)
    'look         3/9 sources  2.00/min  10.0x real time  1 failed  3 min 00 s left  talk.mp4'
    """
    parts = [f"{progress.stage:<12} {progress.done}/{progress.total} {progress.unit}"]
    now_done = progress.done - progress.done_before
    if now_done > 0 and spent_seconds > _STEADY_SECONDS:
        parts.append(_speed(now_done / spent_seconds))
        if progress.media_seconds:
            parts.append(f"{progress.media_seconds / spent_seconds:.1f}x real time")
    if progress.num_failed:
        parts.append(f"{progress.num_failed} failed")
    if progress.waits_for:
        parts.append(f"waits for {progress.waits_for}")
    left = progress.total - progress.done
    if now_done > 0 and left > 0 and spent_seconds > _STEADY_SECONDS:
        parts.append(f"{clock(spent_seconds / now_done * left)} left")
    if progress.detail:
        parts.append(progress.detail)
    return printable("  ".join(parts))


def _speed(per_second: float) -> str:
    return f"{per_second:.2f}/s" if per_second >= 1 else f"{per_second * 60:.2f}/min"

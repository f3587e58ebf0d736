"""`Progress` events in, lines on standard error out: live on a terminal, plain elsewhere.

On a terminal a stage has a line for each worker process and one for all of it; when the next
stage begins, the last one stays.
"""

import logging
import sys
import time
from typing import Self

from rich.console import Console
from rich.live import Live
from rich.text import Text

from speakervid5m.records import Progress, Working, printable

from .formatting import clock

_PLAIN_EVERY_SECONDS = 10.0
_STEADY_SECONDS = 1.0
"""Time after which a speed is meaningful (ours)."""
_REFRESHES_A_SECOND = 4
_SHORTEST_NAME = 8
"""Characters of a video's name that a narrow terminal still shows (ours)."""
_OTHER_LINES = 3
"""Of a terminal's height, kept for what is not a worker process (ours)."""


class ProgressDisplay:
    """Shows `Progress` on standard error, unless `-q` asks for silence."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(file=sys.stderr)
        self._silent = not logging.getLogger(__name__).isEnabledFor(logging.WARNING)
        self._live: Live | None = None
        self._progress: Progress | None = None
        self._start_time = self._last_print = 0.0
        self._began: list[tuple[Working, float]] = []
        self._said = ""

    def __call__(self, progress: Progress) -> None:
        """Shows the state of a stage; off a terminal, a line every ten seconds and at the end."""
        if self._silent:
            return
        now = time.monotonic()
        if self._progress is None or progress.stage != self._progress.stage:
            self._end_stage()
            self._start_time = self._last_print = now
            self._began = []
        self._follow(progress, now)
        self._progress = progress
        if progress.stopping and progress.stopping != self._said:
            self._said = progress.stopping
            self._print(f"{progress.stopping}{_waits_for(progress)}")
        if self._live is not None:
            return
        if progress.done >= progress.total or now - self._last_print >= _PLAIN_EVERY_SECONDS:
            self._last_print = now
            self._print(progress_line(progress, now - self._start_time))

    def __enter__(self) -> Self:
        if self._console.is_terminal and not self._console.is_dumb_terminal and not self._silent:
            self._live = Live(
                console=self._console,
                get_renderable=self._render,
                refresh_per_second=_REFRESHES_A_SECOND,
                transient=True,
                redirect_stdout=False,
            )
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end_stage()
        if self._live is not None:
            self._live.stop()
            self._live = None

    def _print(self, line: str) -> None:
        self._console.print(Text(line), soft_wrap=True)

    def _end_stage(self) -> None:
        """Leaves the last line of the stage on the terminal."""
        if self._live is not None and self._progress is not None:
            self._print(progress_line(self._progress, time.monotonic() - self._start_time))
        self._progress = None

    def _follow(self, progress: Progress, now: float) -> None:
        """Notes when each worker process began its unit."""
        began = []
        for number, worker in enumerate(progress.workers):
            same = number < len(self._began) and self._began[number][0] == worker
            began.append((worker, self._began[number][1] if same else now))
        self._began = began

    def _render(self) -> Text:
        """What a refresh shows: worker processes, then the stage."""
        progress, began = self._progress, self._began
        if progress is None:
            return Text("")
        now = time.monotonic()
        spent = now - self._start_time
        most = max(1, self._console.height - _OTHER_LINES)
        lines = [
            worker_line(
                number,
                progress.stage,
                worker,
                unit_spent=now - since,
                spent=spent,
                width=self._console.width,
            )
            for number, (worker, since) in enumerate(began[:most], start=1)
        ]
        if len(began) > most:
            lines.append(f"and {len(began) - most} more processes")
        lines.append(progress_line(progress, spent))
        return Text("\n".join(lines), no_wrap=True, overflow="ellipsis")


def worker_line(
    number: int, stage: str, worker: Working, *, unit_spent: float, spent: float, width: int
) -> str:
    """One line: stage, video, units done, times real time, time left for the video.

    Args:
        number: of the worker process, from 1.
        stage: that it runs.
        worker: what it does.
        unit_spent: seconds since it began its video.
        spent: seconds since the stage began.
        width: characters; the name of the video is cut to it.

    >>> from speakervid5m.records import Working
    >>> talk = Working("a talk of two.mp4", 600.0, 3, 1200.0)
    >>> worker_line(1, "look", talk, unit_spent=20.0, spent=140.0, width=60)
    ' 1 look  a talk of two.mp4  3 done  10.0x  0 min 40 s left'
    """
    parts = [f"{worker.done} done"]
    # The video in work has no result yet, so its time says nothing about speed.
    worked = spent - (unit_spent if worker.unit else 0.0)
    speed = worker.media_seconds / worked if worked > _STEADY_SECONDS else 0.0
    if speed:
        parts.append(f"{speed:.1f}x")
    if worker.unit and worker.unit_seconds and speed:
        left = max(0.0, worker.unit_seconds / speed - unit_spent)
        parts.append(f"{clock(left)} left")
    head, tail = f"{number:>2} {stage}", "  ".join(parts)
    name = printable(worker.unit or "idle")
    name_width = max(_SHORTEST_NAME, width - len(head) - len(tail) - 4)
    if len(name) > name_width:
        name = f"{name[: name_width - 1]}…"
    return f"{head}  {name}  {tail}"


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


def _waits_for(progress: Progress) -> str:
    """What a stopping run still waits for."""
    units = [worker.unit for worker in progress.workers if worker.unit]
    names = ", ".join(units or filter(None, [progress.detail]))
    return printable(f". Waiting for {progress.stage}{f' of {names}' if names else ''}")


def _speed(per_second: float) -> str:
    return f"{per_second:.2f}/s" if per_second >= 1 else f"{per_second * 60:.2f}/min"

"""What commands print: one live line a stage on a terminal, plain lines elsewhere, tables."""

import sys
import time
from collections.abc import Sequence

from speakervid5m.records import Progress, printable

_PLAIN_EVERY_SECONDS = 10.0
_STEADY_SECONDS = 1.0
"""Time after which a speed says something (ours)."""


class Screen:
    """Shows `Progress` on standard error; results go to standard output."""

    def __init__(self) -> None:
        self._live = sys.stderr.isatty()
        self._stage = ""
        self._began = self._told = 0.0

    def __call__(self, progress: Progress) -> None:
        """Shows where a stage is; off a terminal, a line every ten seconds and at the end."""
        now = time.monotonic()
        if progress.stage != self._stage:
            self.close()
            self._stage, self._began, self._told = progress.stage, now, now
        finished = progress.done >= progress.total
        if not self._live and not finished and now - self._told < _PLAIN_EVERY_SECONDS:
            return
        self._told = now
        line = line_of(progress, now - self._began)
        print(
            f"\r\x1b[K{line}" if self._live else line,
            end="" if self._live else "\n",
            file=sys.stderr,
            flush=True,
        )

    def close(self) -> None:
        """Ends the live line."""
        if self._live and self._stage:
            print(file=sys.stderr)
        self._stage = ""


def line_of(progress: Progress, spent_seconds: float) -> str:
    """One line: done/total, speed, times real time, time left, failures, what it waits for.

    >>> from speakervid5m.records import Progress
    >>> line_of(Progress("look", 3, 9, "sources", "talk.mp4", 1, 1, 600.0), 60.0)
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


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Aligned columns: words to the left, numbers to the right; an empty cell is either."""
    cells = [[printable(str(cell)) for cell in row] for row in [head, *rows]]
    widths = [max(len(row[column]) for row in cells) for column in range(len(head))]
    numeric = [
        all(isinstance(row[column], int | float) or row[column] == "" for row in rows)
        for column in range(len(head))
    ]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(row, widths, numeric, strict=True)
        ).rstrip()
        for row in cells
    )


def size(num_bytes: float) -> str:
    """Bytes for people, in powers of 1000."""
    for unit in ("B", "kB", "MB", "GB"):
        if abs(num_bytes) < 1000:
            return f"{num_bytes:.0f} {unit}" if unit == "B" else f"{num_bytes:.1f} {unit}"
        num_bytes /= 1000
    return f"{num_bytes:.1f} TB"


def clock(seconds: float) -> str:
    """A span of time for people."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min {rest:02d} s"


def _speed(per_second: float) -> str:
    return f"{per_second:.2f}/s" if per_second >= 1 else f"{per_second * 60:.2f}/min"

"""What commands print: one live line a stage on a terminal, plain lines elsewhere, tables."""

import sys
import time
from collections.abc import Sequence

from speakervid5m.processing import Progress

_PLAIN_EVERY_SECONDS = 10.0


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
            self._stage, self._began, self._told = progress.stage, now, 0.0
        finished = progress.done >= progress.total
        if not self._live and not finished and now - self._told < _PLAIN_EVERY_SECONDS:
            return
        self._told = now
        line = f"{progress.stage:<12} {progress.done}/{progress.total} {progress.unit}"
        spent = now - self._began
        if progress.done and spent > 1 and not finished:
            left = spent / progress.done * (progress.total - progress.done)
            line += f", about {_clock(left)} left"
        if progress.detail:
            line += f"  {progress.detail}"
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


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Aligned columns: words to the left, numbers to the right."""
    cells = [[str(cell) for cell in row] for row in [head, *rows]]
    widths = [max(len(row[column]) for row in cells) for column in range(len(head))]
    numeric = [
        all(isinstance(row[column], int | float) for row in rows) for column in range(len(head))
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


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min {rest:02d} s"

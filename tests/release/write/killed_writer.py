"""Writes releases in children that kill themselves at a given step; `test_kill.py` runs it.

Each line of input is `ROOT KIND STEP`; answered with `killed`, or `done COUNT` where the write
ended before that step. A step is one call that changes the disk.
"""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.release.write.test_writer import changed
from tests.small_release import Rows, small_rows, write_rows

CONFIGS = ("single_sft", "multi_turn_sft")
CALLS = ("rename", "link", "fsync", "mkdir", "unlink", "rmdir")


def rows_of(kind: str) -> Rows:
    """`old` rows, or `new` ones that differ in one source."""
    rows = small_rows(num_sources=2, configs=CONFIGS)
    return rows if kind == "old" else changed(rows, "single_sft", "new words")[0]


def main() -> None:
    """Answers every line of input."""
    rows = {kind: rows_of(kind) for kind in ("old", "new")}
    for line in sys.stdin:
        root, kind, step = line.split()
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            count = _die_at(int(step))
            write_rows(Path(root), rows[kind])
            os.write(writer, str(count()).encode())
            os._exit(0)
        os.close(writer)
        said = os.read(reader, 100).decode()
        os.close(reader)
        _, status = os.waitpid(child, 0)
        sys.stdout.write("killed\n" if os.WIFSIGNALED(status) else f"done {said}\n")
        sys.stdout.flush()


def _die_at(step: int) -> Callable[[], int]:
    done = 0

    def wrapped(call: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*args: Any, **kwargs: Any) -> Any:
            nonlocal done
            if done == step:
                os.kill(os.getpid(), signal.SIGKILL)
            done += 1
            return call(*args, **kwargs)

        return counted

    for name in CALLS:
        setattr(os, name, wrapped(getattr(os, name)))
    return lambda: done


if __name__ == "__main__":
    main()

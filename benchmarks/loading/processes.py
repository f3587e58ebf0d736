"""Processor time and memory of this process and of all that it started, ended or not."""

import os
import resource
import threading
from collections.abc import Callable
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_EVERY_SECONDS = 0.05


def family() -> list[int]:
    """This process and all that descend from it."""
    found, waiting = [], [os.getpid()]
    while waiting:
        one = waiting.pop()
        found.append(one)
        for children in Path(f"/proc/{one}/task").glob("*/children"):
            try:
                waiting += [int(child) for child in children.read_text().split()]
            except (FileNotFoundError, ProcessLookupError):
                continue  # it ended meanwhile
    return found


def cpu_seconds() -> float:
    """User and system time: of this process, of children that live, and of those that ended."""
    own, ended = (
        resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    total = own.ru_utime + own.ru_stime + ended.ru_utime + ended.ru_stime
    for one in family()[1:]:
        try:
            fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        # utime, stime, and those of its own children that ended.
        total += sum(int(value) for value in fields[11:15]) / _TICKS
    return total


def pss_bytes() -> int:
    """Proportional memory: a page that n processes share counts a n-th in each."""
    total = 0
    for one in family():
        try:
            text = Path(f"/proc/{one}/smaps_rollup").read_text()
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
        total += sum(
            int(line.split()[1]) * 1024 for line in text.splitlines() if line.startswith("Pss:")
        )
    return total


def peak_pss(run: Callable[[], object]) -> int:
    """The most memory during a run, looked at every 50 ms."""
    found, done = [pss_bytes()], threading.Event()

    def watch() -> None:
        while not done.wait(_EVERY_SECONDS):
            found.append(pss_bytes())

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        run()
    finally:
        done.set()
        thread.join()
    return max(found)

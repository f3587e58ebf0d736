"""Epochs with faults, for half an hour: does memory grow, does anything stay open or behind?

    python -m benchmarks.loading.soak --minutes 30 --json build/soak.json

A round is an epoch by threads, one by a worker process that is killed in every fourth round, one
over HTTP from a server that fails, and in every fifth round a trainer of its own that is ended by
Ctrl-C or killed. After each round everything that could leak is counted.
"""

import argparse
import gc
import json
import logging
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.request import urlopen

from speakervid5m.loaders import Loader, VideoSpec, WorkerDied
from speakervid5m.release import Samples, open_release
from speakervid5m.release.storage import retries

from . import failing
from .data import CONFIG, Media, make_media, make_release
from .measure import Row, machine, resident_bytes, value

_VIDEO = VideoSpec(num_frames=16, window="random", height=128, width=128)
_TRAINER = """
import sys
sys.path[:] = {path!r}
from benchmarks.loading.soak import train
train({root!r})
"""
_GROWTH = 1.03
"""Of memory between the second and the last quarter of the rounds that counts as none (ours: what
allocators keep moves by about so much)."""
_SLACK_MB = 8.0
_SLACK_COUNT = {"descriptors": 8.0}
"""Kept connections (six at most) and slots of the ring (two each) come and go with the timing; one
that leaks with every round is 75 after 30 minutes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Round:
    """What stood after one round."""

    seconds: float
    """Since the beginning."""
    batches: int
    """So far."""
    faults: int
    """That the server has made so far."""
    memory_mb: float
    """Own memory of this process."""
    process_mb: float
    """Own memory of the worker process, and what it shares."""
    descriptors: int
    """Open files, sockets and maps' handles."""
    threads: int
    """Of this process."""
    children: int
    """Processes, ended ones that nobody waited for included; the server is one."""
    shared_files: int
    """Names in /dev/shm that were not there at first."""


def train(root: str) -> None:
    """What a trainer of its own does, until it is ended."""
    # A shell that runs this in the background tells its children to ignore Ctrl-C.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    loader = Loader(open_release(root)[CONFIG], batch_size=2, video=_VIDEO, process=True)
    while True:
        for _ in loader:
            print(loader.epoch, flush=True)


def soak_rows(folder: Path, media: Sequence[Media], seconds: float) -> list[Row]:
    """Rows of the report: growth between the second and the last quarter."""
    return _rows(soak(folder, media, seconds))


def soak(folder: Path, media: Sequence[Media], seconds: float) -> list[Round]:
    """Runs rounds, at least eight, until the time is over."""
    samples = make_release(folder / "speakervid5m", media, 24)
    before = set(os.listdir("/dev/shm"))
    began, batches = time.monotonic(), 0
    rounds: list[Round] = []
    with _failing(samples.release.root) as url:
        here = Loader(samples, batch_size=4, video=_VIDEO, num_workers=2)
        in_process = Loader(samples, batch_size=4, video=_VIDEO, num_workers=2, process=True)
        web = Loader(open_release(url)[CONFIG], batch_size=4, video=_VIDEO, num_workers=1)
        while len(rounds) < 8 or time.monotonic() - began < seconds:
            number = len(rounds)
            batches += sum(1 for _ in here) + sum(1 for _ in web)
            batches += _epoch_in_process(in_process, kill=number % 4 == 1)
            if number % 5 == 0:
                _trainer_ended(samples, signal.SIGINT if number % 2 else signal.SIGKILL)
            gc.collect()
            rounds.append(
                Round(
                    seconds=time.monotonic() - began,
                    batches=batches,
                    faults=int(urlopen(f"{url}/faults").read()),
                    memory_mb=resident_bytes() / 1e6,
                    process_mb=_resident_mb(_child(in_process)),
                    descriptors=len(os.listdir("/proc/self/fd")),
                    threads=threading.active_count(),
                    children=len(_children()),
                    shared_files=len(set(os.listdir("/dev/shm")) - before),
                )
            )
        in_process.close()
    return rounds


def _epoch_in_process(loader: Loader, *, kill: bool) -> int:
    """One epoch of a worker process, which is killed once."""
    batches, epoch = 0, loader.epoch
    while loader.epoch == epoch:
        try:
            for _ in loader:
                batches += 1
                if kill:
                    os.kill(_child(loader), signal.SIGKILL)
                    kill = False
        except WorkerDied:
            continue
    return batches


def _trainer_ended(samples: Samples, sent: signal.Signals) -> None:
    """Starts a trainer, ends it, and waits until its process is gone too."""
    program = _TRAINER.format(path=sys.path, root=samples.release.root)
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as trainer:
        assert trainer.stdout
        trainer.stdout.readline()
        (child, *_) = _children(trainer.pid)
        trainer.send_signal(sent)
        trainer.wait()
    end = time.monotonic() + 10
    while _is_running(child):
        if time.monotonic() > end:
            raise RuntimeError(f"process {child} outlived its trainer by 10 s after {sent.name}")
        time.sleep(0.05)


def _children(process: int | None = None) -> list[int]:
    own = process or os.getpid()
    found = Path(f"/proc/{own}/task/{own}/children").read_text()
    return [int(one) for one in found.split()]


def _is_running(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def _child(loader: Loader) -> int:
    """The worker process; the loader has no other children."""
    worker = loader._source._worker  # type: ignore[attr-defined]
    return int(worker._process.pid)


def _resident_mb(process: int) -> float:
    text = Path(f"/proc/{process}/status").read_text()
    kinds = re.findall(r"^Rss(?:Anon|Shmem):\s+(\d+)", text, re.MULTILINE)
    return sum(int(one) for one in kinds) / 1e3


@contextmanager
def _failing(root: str) -> Iterator[str]:
    """Serves a folder from a process of its own, so that only the reader's side is counted."""
    wait, retries.FIRST_WAIT_SECONDS = retries.FIRST_WAIT_SECONDS, 0.01
    with subprocess.Popen(
        [sys.executable, failing.__file__, root], stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout
        try:
            yield server.stdout.readline().strip()
        finally:
            server.kill()
            retries.FIRST_WAIT_SECONDS = wait


def _rows(rounds: Sequence[Round]) -> list[Row]:
    quarter = len(rounds) // 4
    early, late = rounds[quarter : 2 * quarter], rounds[-quarter:]
    last = rounds[-1]
    note = (
        f"{last.seconds / 60:.1f} minutes, {len(rounds)} rounds, {last.batches} batches, "
        f"{last.faults} faults of the server"
    )
    rows = []
    for name, what in (("memory_mb", "memory"), ("process_mb", "memory of the worker process")):
        first = statistics.median(getattr(one, name) for one in early)
        grown = [(getattr(one, name) - _SLACK_MB) / first for one in late]
        rows.append(
            value(
                f"soak: {what}, last quarter by second", grown, "times", target=_GROWTH, note=note
            )
        )
    for name in ("descriptors", "threads", "children", "shared_files"):
        most = max(getattr(one, name) for one in early)
        grown = [float(getattr(one, name) - most) for one in late]
        rows.append(
            value(f"soak: {name} grown", [max(grown)], "count", target=_SLACK_COUNT.get(name, 0.0))
        )
    return rows


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the soak; the exit status is 1 if something grew."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.loading.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--json", type=Path, help="where rows and rounds are written")
    options = parser.parse_args(arguments)
    logging.disable(logging.WARNING)
    with tempfile.TemporaryDirectory(prefix="speakervid5m-soak-") as name:
        media = [make_media(seed, 60 + 10 * seed, 25) for seed in range(4)]
        rounds = soak(Path(name), media, 60 * options.minutes)
    rows = _rows(rounds)
    print(
        f"{'minutes':>8} {'batches':>8} {'faults':>7} {'MB':>7} {'worker':>7} {'files':>6} threads"
    )
    for one in rounds[:: max(1, len(rounds) // 20)]:
        print(
            f"{one.seconds / 60:8.1f} {one.batches:8} {one.faults:7} {one.memory_mb:7.0f} "
            f"{one.process_mb:7.0f} {one.descriptors:6} {one.threads:7}"
        )
    for row in rows:
        print(f"{row.name}: {row.ratio:.3f} ({'flat' if row.holds else 'GREW'}) {row.note}")
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        report = {
            "machine": machine(),
            "rows": [row.to_dict() for row in rows],
            "rounds": [asdict(one) for one in rounds],
        }
        options.json.write_text(json.dumps(report, indent=1) + "\n")
    return 0 if all(row.holds for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())

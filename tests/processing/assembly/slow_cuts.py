"""A small wave of slow cuts, started as a program: FOLDER LOG, and `stop` to listen to signals.

A line of the log for every cut that begins, and one for every cut that ends.
"""

import os
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

from speakervid5m.processing import CutSettings
from speakervid5m.processing.assembly import cut_sources as wave
from speakervid5m.processing.assembly.catalogue import Assigned
from speakervid5m.processing.assembly.clip_store import CutStore
from speakervid5m.processing.assembly.cut_clips import CutReject
from speakervid5m.processing.assembly.cut_sources import CutReport, cut_sources
from speakervid5m.processing.assembly.takedown import KeptCatalogue
from speakervid5m.processing.engines import Stop
from speakervid5m.records import SingleSample
from tests.processing.branches.test_branches import clip

NUM_SOURCES = 8
JOBS = 2
SIGNALLED = "signalled"
"""The file that a test writes once it has sent its signal: cuts in flight end then."""


class OneClip:
    """A catalogue that asks one clip of each of its sources."""

    def source_ids(self) -> Sequence[str]:
        return [f"s{number}" for number in range(NUM_SOURCES)]

    def samples(self, source_id: str) -> Sequence[Assigned]:
        return [("single_sft", SingleSample(clip=replace(clip(0, "A"), source_id=source_id)))]

    def poses(self, _: str) -> Mapping[str, bytes]:
        return {}


def one_clip(folder: Path) -> KeptCatalogue:
    """The same for a release of which there is nothing yet."""
    return KeptCatalogue(OneClip(), folder / "release", None)


def store_in(folder: Path) -> CutStore:
    return CutStore(folder / "cuts", CutSettings())


def slow_cut(
    job: wave._Job, folder: Path, settings: CutSettings, tell: object = None
) -> tuple[str, ...]:
    del tell
    log = folder.parent / "log"
    note(log, f"begin {job.source_id}")
    while log.read_text().count("begin") < JOBS or not log.with_name(SIGNALLED).exists():
        time.sleep(0.01)
    reject_all(job, CutStore(folder, settings))
    note(log, f"end {job.source_id}")
    return ()


def told_cut(
    job: wave._Job, folder: Path, settings: CutSettings, tell: object = None
) -> tuple[str, ...]:
    del tell
    reject_all(job, CutStore(folder, settings))
    return (f"chosen of {job.source_id}",)


def deadly_cut(
    job: wave._Job, folder: Path, settings: CutSettings, tell: object = None
) -> tuple[str, ...]:
    """As a decoder that fails at the first source, and memory that is short for the second."""
    del tell
    if job.source_id in ("s0", "s1"):
        os.kill(os.getpid(), signal.SIGSEGV if job.source_id == "s0" else signal.SIGKILL)
    return told_cut(job, folder, settings)


def reject_all(job: wave._Job, store: CutStore) -> None:
    results = [
        CutReject(clip_id=request.clip_id, reason="truncated", detail="slowly")
        for request in job.missing
    ]
    store.write(job.source_id, job.missing, results, source_stamp="1 1")


def note(log: Path, line: str) -> None:
    with log.open("a") as file:
        file.write(f"{line}\n")


def cut_all(folder: Path, stop: Stop | None, jobs: int = JOBS) -> CutReport:
    videos = dict.fromkeys(OneClip().source_ids(), folder / "video.mp4")
    (folder / "video.mp4").touch()
    return cut_sources(one_clip(folder), videos, store_in(folder), jobs=jobs, stop=stop)


def main() -> None:
    # The function goes to the processes by its name, and so it is this one there, too.
    wave._cut = slow_cut
    stop = Stop() if "stop" in sys.argv else None
    with stop or nullcontext():
        report = cut_all(Path(sys.argv[1]), stop)
    sys.stdout.write(f"{report.stopped} {report.num_cut} {report.num_pending}\n")

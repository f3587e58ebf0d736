"""What a larger frame costs, by step: one show at several sizes, from its video to a release.

size --> rendered show --> `curate run`, as typed: all of its processor time
                       `-> curated in this process: the processor time of every step
"""

import resource
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from speakervid5m.cards import write_documents
from speakervid5m.processing.curation import CurateOptions, curate
from speakervid5m.processing.studio import ShowSpec, find_show, render_show
from speakervid5m.records import Progress

from .shows import started

_SEED = 2100
"""Of no other benchmark."""
_ASPECT = 16 / 9


def resolution(folder: Path, heights: Sequence[int], seconds: float) -> dict[str, Any]:
    """Processor seconds over the length of a show, by its height in lines.

    Args:
        folder: keeps the shows; runs are removed.
        heights: lines of the frames.
        seconds: length of the show.

    Raises:
        RuntimeError: a run ended otherwise than well.
    """
    return {
        "media_seconds": seconds,
        "heights": {str(height): _at(height, folder / str(height), seconds) for height in heights},
    }


def _at(height: int, folder: Path, seconds: float) -> dict[str, Any]:
    videos = folder / "videos"
    videos.mkdir(parents=True, exist_ok=True)
    width = round(height * _ASPECT / 2) * 2
    spec = ShowSpec(seed=_SEED, duration_seconds=seconds, width=width, height=height)
    if find_show(spec, videos) is None:
        render_show(spec, videos)
    steps = Steps()
    for name in ("typed", "here"):
        shutil.rmtree(folder / name, ignore_errors=True)
    options = CurateOptions(
        videos=(videos,), out=folder / "here" / "release", profile="embedded", engine="inline"
    )
    curate(options, documents=write_documents, progress=steps)
    steps("written")
    before, began = _children_seconds(), time.perf_counter()
    process = started(videos, folder / "typed" / "release", "local")
    if status := process.wait():
        raise RuntimeError(f"curate run at {height} lines ended with {status}")
    wall, spent = time.perf_counter() - began, _children_seconds() - before
    return {
        "processor_over_length": spent / seconds,
        "wall_over_length": wall / seconds,
        "steps": {name: one / seconds for name, one in steps.seconds.items()},
        "steps_together": sum(steps.seconds.values()) / seconds,
    }


class Steps:
    """Listener: processor time of this process, all threads, up to each event of a step."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        """By step, in order."""
        self._last = time.process_time()

    def __call__(self, event: Progress | str) -> None:
        """Books what was spent since the last event to the step of this one."""
        now, name = time.process_time(), event if isinstance(event, str) else event.stage
        self.seconds[name] = self.seconds.get(name, 0.0) + now - self._last
        self._last = now


def _children_seconds() -> float:
    """Processor time of the processes that this one has waited for, and of theirs."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime

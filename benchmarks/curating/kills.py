"""Runs that are killed at random moments and gone on with: the same release, nothing done twice."""

import os
import random
import shutil
import signal
import subprocess
import time
from collections import Counter
from pathlib import Path
from typing import Any

from speakervid5m.processing import StageStore
from speakervid5m.release import work_folder

from .shows import files_of, rendered, started

_LIMIT_SECONDS = 3600.0
_PAUSE_SECONDS = 2.0
"""After a kill: orphans of the killed run see that it is gone, and end."""


def kills(folder: Path, count: int, engine: str, num_shows: int, seconds: float) -> dict[str, Any]:
    """Kills runs until there were so many kills, each release being finished in the end.

    A run is killed with its whole process group at a moment drawn evenly from the length of an
    undisturbed run, so that any moment is met: hashing, stages, cutting, writing, the swap. One
    that was quicker than its kill is finished, and the next begins with an empty folder.
    """
    videos = rendered(folder / "videos", num_shows, seconds)
    whole = folder / "whole" / "release"
    shutil.rmtree(whole.parent, ignore_errors=True)
    began = time.monotonic()
    assert started(videos, whole, engine).wait(_LIMIT_SECONDS) == 0, "the first run failed"
    length = time.monotonic() - began
    expected = files_of(whole)
    rng = random.Random(0)
    done, releases, same, twice, most_extra = 0, 0, 0, 0, 0
    moments: list[float] = []
    while done < count:
        out = folder / f"killed-{releases}" / "release"
        shutil.rmtree(out.parent, ignore_errors=True)
        here = 0
        while done < count:
            process = started(videos, out, engine)
            moment = rng.uniform(0.0, length)
            try:
                process.wait(moment)
                break
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                moments.append(round(moment, 2))
                done, here = done + 1, here + 1
                time.sleep(_PAUSE_SECONDS)
        assert started(videos, out, engine).wait(_LIMIT_SECONDS) == 0, f"{out} was not finished"
        releases += 1
        same += files_of(out) == expected
        again, extra = _done_twice(StageStore(work_folder(out) / "stages"))
        twice += again
        most_extra = max(most_extra, extra - here)
        shutil.rmtree(out.parent)
    return {
        "engine": engine,
        "num_kills": done,
        "num_releases": releases,
        "num_releases_of_the_same_bytes": same,
        "num_units_done_again": twice,
        "num_units_begun_again_beyond_one_a_kill": max(0, most_extra),
        "undisturbed_seconds": length,
        "moments": moments,
    }


def _done_twice(store: StageStore) -> tuple[int, int]:
    """Units that began after they were done, and how often units began more than once."""
    begun: Counter[str] = Counter()
    done: set[str] = set()
    again = 0
    for note in store.notes():
        if note["event"] == "began":
            again += note["key"] in done
            begun[note["key"]] += 1
        elif note["event"] == "done":
            done.add(note["key"])
    return again, sum(number - 1 for number in begun.values())

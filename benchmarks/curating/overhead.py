"""What of a run is the engine's, how fast the profile is, and how often a video is decoded."""

import os
import time
from pathlib import Path
from typing import Any
from unittest.mock import patch

from speakervid5m.media import SourceReader
from speakervid5m.processing import Inline, Local, RunReport, run_stages
from speakervid5m.processing.curation import CurateOptions, Curation, curation_status

from .shows import rendered


def overhead(folder: Path, seconds: float) -> dict[str, Any]:
    """Curates one show up to its clips, in a process as a user's run does, and here once more.

    The stages' own time is what the engine's is compared with: everything else that the clock
    saw, which is hashing the video, starting the process, reading and writing the store, the
    journal, scheduling. The store is on a disk, so it is time that is compared, not CPU time;
    how fast the profile is on one core is CPU time of all processes.
    """
    videos = rendered(folder / "videos", 1, seconds)
    options = CurateOptions(videos=(videos,), out=folder / "release", profile="embedded")
    before, began = _cpu_seconds(), time.perf_counter()
    status = curation_status(options)
    engine = Local()
    curation = status.curation
    report = run_stages(curation.stages, status.videos.sources, curation.store, engine=engine)
    engine.close()
    wall, spent = time.perf_counter() - began, _cpu_seconds() - before
    inside = sum(one.seconds for one in report.counts.values())
    return {
        "media_seconds": seconds,
        "wall_seconds": wall,
        "stage_seconds": inside,
        "store_seconds": sum(one.engine_seconds for one in report.counts.values()),
        "overhead": (wall - inside) / wall,
        "real_time_factor": spent / seconds,
        "by_stage": {name: one.seconds / seconds for name, one in report.counts.items()},
        "store_bytes_per_second": _bytes_per_second(curation, report, seconds),
        **_decoding(options, folder),
    }


def _cpu_seconds() -> float:
    """Of this process and of those that it has waited for, on all cores."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def _bytes_per_second(curation: Curation, report: RunReport, seconds: float) -> dict[str, float]:
    found = {}
    (keys,) = report.keys.values()
    for name, key in keys.items():
        part = curation.store.find(name, key)
        found[name] = part.num_bytes / seconds if part else 0.0
    return found


def _decoding(options: CurateOptions, folder: Path) -> dict[str, int]:
    """Pictures decoded by all stages together, and how often a video was opened for pictures."""
    readers: list[SourceReader] = []

    class CountedReader(SourceReader):
        """Known to the benchmark."""

        def __init__(self, path: Path) -> None:
            super().__init__(path)
            readers.append(self)

    sources = curation_status(options).videos.sources
    other = Curation.of(
        CurateOptions(videos=options.videos, out=folder / "counted", profile="embedded")
    )
    with patch("speakervid5m.processing.curation.vision.frame_pass.SourceReader", CountedReader):
        report = run_stages(other.stages, sources, other.store, engine=Inline())
    (keys,) = report.keys.values()
    part = other.store.find("look", keys["look"])
    assert part is not None, report.failures
    return {
        "num_frames": part.table("looked")["num_frames"][0].as_py(),
        "num_pictures_decoded": sum(one.num_pictures_decoded for one in readers),
        "num_opened_for_pictures": len(readers),
    }

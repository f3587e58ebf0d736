"""What a run is said to take: of what it will do, and not of all that there is."""

import dataclasses
import shutil
from collections import namedtuple
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("cv2", reason="the extra curate is not installed")
pytest.importorskip("onnxruntime", reason="the extra curate is not installed")
pytest.importorskip("scipy", reason="the extra curate is not installed")

from speakervid5m.processing.assembly.clip_store import CutStore
from speakervid5m.processing.curation import (
    CurateOptions,
    CurateReport,
    Curation,
    Estimate,
    estimate,
)
from speakervid5m.processing.curation.run.find_videos import FoundSources
from speakervid5m.processing.engines import Capacity, Engine, Inline, RunReport, Source, Stage
from speakervid5m.release import work_folder

GB = 1_000_000_000
CUT, WRITTEN = 2.2 * GB, 2.2 * 2.5 * GB
"""Bytes of clips of a source of a gigabyte, and of the release that is made of them."""
Usage = namedtuple("Usage", ("total", "used", "free"))


@dataclasses.dataclass(frozen=True)
class Folder:
    options: CurateOptions
    looked: CurateReport

    def estimate(self, engine: Engine | None = None, **changed: Any) -> Estimate:
        options = dataclasses.replace(self.options, **changed)
        looked = dataclasses.replace(self.looked, curation=Curation.of(options))
        return estimate(looked, engine or Inline())

    def takes(self, **changed: Any) -> tuple[float, float, tuple[str, ...]]:
        found = self.estimate(**changed)
        return found.cut_bytes, found.release_bytes, found.lacks

    def finish(self, *source_ids: str) -> None:
        for name in source_ids:
            stages = self.looked.curation.stages
            keys = {one.name: "key" for one in stages if one.kind != "global"}
            self.looked.stages.keys[name] = keys

    def cut(self, source_id: str, num_bytes: int) -> None:
        store = CutStore(work_folder(self.options.out) / "cuts", self.options.settings)
        part = store.folder_of(source_id) / "part.parquet"
        part.parent.mkdir(parents=True)
        part.write_bytes(bytes(num_bytes))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folder:
    """Five videos of a gigabyte, which take no room, and ten gigabytes of it."""
    sources = []
    for number in range(5):
        path = tmp_path / f"{number}.mp4"
        with path.open("wb") as file:
            file.truncate(GB)
        sources.append(
            Source(
                source_id=f"s{number}", path=path, digest="", name=path.name, duration_seconds=60.0
            )
        )
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(0, 0, 10 * GB))
    options = CurateOptions(videos=(tmp_path,), out=tmp_path / "out", profile="embedded")
    looked = CurateReport(
        curation=Curation.of(options),
        videos=FoundSources(sources=tuple(sources)),
        stages=RunReport(keys={one.source_id: {} for one in sources}),
    )
    return Folder(options, looked)


def test_a_limit_makes_room(folder: Folder) -> None:
    cut, written, lacks = folder.takes()
    assert (cut, written) == pytest.approx((5 * CUT, 5 * WRITTEN))
    assert lacks[0].endswith("10.0 GB are free: choose another --out, or --limit")
    assert folder.takes(limit=2)[2][0].endswith("or a smaller --limit")
    cut, written, lacks = folder.takes(limit=1)
    assert (cut, written) == pytest.approx((CUT, WRITTEN))
    assert lacks == ()


def test_a_limit_counts_what_is_begun_and_not_what_is_done(folder: Folder) -> None:
    folder.finish("s0", "s1")
    (folder.options.out).mkdir()
    folder.cut("s0", 10)
    folder.cut("s1", 10)
    assert folder.takes(limit=1)[0] == pytest.approx(CUT)
    rows = folder.estimate(limit=1).stages
    assert {row.media_seconds for row in rows} == {60.0}


def test_a_run_that_ends_before_cuts_nothing(folder: Folder) -> None:
    assert folder.takes(last_stage="probe") == (0.0, 0.0, ())
    assert folder.takes(shard=(0, 1), last_stage="probe") == (0.0, 0.0, ())
    # Nothing was looked at, and so nothing of it can be heard.
    rows = folder.estimate(first_stage="look", last_stage="voices").stages
    assert "probe" not in [row.name for row in rows]
    assert {row.media_seconds for row in rows} == {0.0}


def test_a_shard_writes_no_release(folder: Folder) -> None:
    cut, written, _ = folder.takes(shard=(0, 1), limit=1)
    assert (cut, written) == pytest.approx((CUT, 0.0))


def test_a_finish_takes_what_is_done_alone(folder: Folder) -> None:
    assert folder.takes(finish=True) == (0.0, 0.0, ())
    folder.finish("s0", "s1")
    cut, written, lacks = folder.takes(finish=True)
    assert (cut, written) == pytest.approx((2 * CUT, 2 * WRITTEN))
    assert lacks[0].endswith("choose another --out")
    # One of them was cut, to ten bytes.
    folder.cut("s1", 10)
    cut, written, lacks = folder.takes(finish=True)
    assert (cut, written) == pytest.approx((CUT, WRITTEN + 25))
    assert lacks == ()


class Asked(Inline):
    """Has two processes for each stage, and lacks something for all of them."""

    def capacity(self, stages: Sequence[Stage]) -> Capacity:
        names = [one.name for one in stages]
        return Capacity(
            processes=dict.fromkeys(names, 2), memory_bytes=64 * GB, lacks=(", ".join(names),)
        )


def test_the_engine_is_asked_for_all_that_will_run_before_any_of_it_does(folder: Folder) -> None:
    takes = folder.estimate(Asked())
    names = [one.name for one in folder.looked.curation.stages]
    assert takes.lacks[0] == ", ".join(names)
    assert (takes.processes, takes.memory_bytes_there) == (2, 64 * GB)
    assert takes.memory_bytes == 2 << 30
    alone = folder.estimate()
    assert takes.seconds == pytest.approx((alone.seconds or 0.0) / 2)
    # What is done needs no room; whether the scores of all are, only the run knows.
    folder.finish("s0", "s1", "s2", "s3", "s4")
    assert folder.estimate(Asked()).lacks[0] == names[-1]
    folder.looked.stages.keys["s0"] = {"probe": "key"}
    assert folder.estimate(Asked(), last_stage="look").lacks == ("look",)


def test_what_looks_on_a_gpu_takes_some_of_it(folder: Folder) -> None:
    assert folder.estimate(Asked()).gpu_bytes == 0
    assert 1 * GB < folder.estimate(Asked(), device="cuda:0").gpu_bytes < 2 * GB

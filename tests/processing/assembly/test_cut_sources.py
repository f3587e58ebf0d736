"""A wave of cuts: asked to end, it begins nothing more; killed, nothing of it lives on."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from speakervid5m.processing import CutSettings
from speakervid5m.processing.assembly import cut_sources as wave
from speakervid5m.processing.assembly.catalogue import requests_of
from speakervid5m.processing.assembly.cut_clips import CutClip, CutReject, CutRequest
from speakervid5m.processing.assembly.cut_sources import cut_sources
from speakervid5m.processing.engines import Stop
from speakervid5m.records import machine, temporary_name
from tests.processing.assembly import slow_cuts
from tests.processing.assembly.slow_cuts import JOBS, NUM_SOURCES, SIGNALLED, OneClip, one_clip


def start(folder: Path, *more: str) -> "subprocess.Popen[str]":
    code = "from tests.processing.assembly import slow_cuts; slow_cuts.main()"
    command = [sys.executable, "-c", code, str(folder), *more]
    process = subprocess.Popen(
        command,
        cwd=Path(__file__).parents[3],
        start_new_session=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while process.poll() is None and lines(folder, "begin") < JOBS:
        time.sleep(0.01)
    assert process.poll() is None, process.communicate()
    return process


def lines(folder: Path, word: str) -> int:
    log = folder / "log"
    return log.read_text().count(word) if log.exists() else 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_asked_to_stop_what_is_in_flight_ends_and_no_more_begins(
    tmp_path: Path, number: signal.Signals
) -> None:
    process = start(tmp_path, "stop")
    os.killpg(process.pid, number)
    (tmp_path / SIGNALLED).touch()
    said, errors = process.communicate(timeout=100)
    assert said == f"interrupted {JOBS} {NUM_SOURCES - JOBS}\n", errors
    assert (lines(tmp_path, "begin"), lines(tmp_path, "end")) == (JOBS, JOBS)
    assert len(list(tmp_path.rglob("*.parquet"))) == JOBS
    assert not list(tmp_path.rglob(".*"))


def test_an_interrupt_ends_within_what_is_in_flight(tmp_path: Path) -> None:
    process = start(tmp_path)
    os.killpg(process.pid, signal.SIGINT)
    (tmp_path / SIGNALLED).touch()
    _, errors = process.communicate(timeout=100)
    assert process.returncode != 0
    assert errors.rstrip().endswith("KeyboardInterrupt")
    assert (lines(tmp_path, "begin"), lines(tmp_path, "end")) == (JOBS, JOBS)


def test_with_a_killed_parent_its_processes_end(tmp_path: Path) -> None:
    process = start(tmp_path)
    process.kill()
    # Until they have ended too, who write where it wrote.
    process.communicate(timeout=100)
    assert (lines(tmp_path, "begin"), lines(tmp_path, "end")) == (JOBS, 0)


@pytest.mark.parametrize("jobs", [1, JOBS])
def test_when_the_time_is_up_nothing_begins(tmp_path: Path, jobs: int) -> None:
    report = slow_cuts.cut_all(tmp_path, Stop(0.0), jobs)
    assert (report.stopped, report.num_cut, report.num_pending) == ("time_limit", 0, NUM_SOURCES)


def test_a_video_that_went_stays_pending(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(job: wave._Job, folder: Path, settings: CutSettings, tell: object) -> tuple[str, ...]:
        del tell
        job.video.unlink(missing_ok=True)
        return cut(job, folder, settings)

    cut = wave._cut
    monkeypatch.setattr(wave, "_cut", gone)
    report = slow_cuts.cut_all(tmp_path, None, jobs=1)
    assert (report.num_cut, report.num_pending, report.rejects) == (0, NUM_SOURCES, [])
    before = cut_sources(
        one_clip(tmp_path), {"s0": tmp_path / "no.mp4"}, slow_cuts.store_in(tmp_path)
    )
    assert (before.num_cut, before.num_pending, before.rejects) == (0, 1, [])
    assert not list(tmp_path.rglob("*.parquet"))


@pytest.mark.parametrize("went", [True, False])
def test_of_a_video_that_changes_while_it_is_cut_nothing_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, went: bool
) -> None:
    def meanwhile(video: Path, asked: Sequence[CutRequest], *_: Any, **__: Any) -> Iterator[Any]:
        for one in asked:
            yield CutReject(clip_id=one.clip_id, reason="truncated", detail="half of it is there")
        video.unlink() if went else video.write_bytes(b"and more of it")

    monkeypatch.setattr(wave, "cut_source", meanwhile)
    video = tmp_path / "video.mp4"
    video.write_bytes(b"half")
    report = cut_sources(one_clip(tmp_path), {"s0": video}, slow_cuts.store_in(tmp_path))
    assert (report.num_cut, report.num_pending, report.rejects) == (0, 1, [])
    assert not list(tmp_path.rglob("*.parquet")) and not list(tmp_path.rglob(".*"))


def test_what_was_chosen_of_tracks_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wave, "_cut", slow_cuts.told_cut)
    report = slow_cuts.cut_all(tmp_path, None, jobs=1)
    assert report.choices == [(f"s{n}", f"chosen of s{n}") for n in range(NUM_SOURCES)]


def test_a_video_is_not_deleted_for_pieces_that_are_damaged(tmp_path: Path) -> None:
    video = tmp_path / "video.mp4"
    asked = requests_of(OneClip().samples("s0"))
    cut = [
        CutClip(
            clip_id=one.clip_id, video=b"precious", audio=None, width=2, height=2, fps=25.0,
            num_frames=75, sample_rate=None,
        )
        for one in asked
    ]  # fmt: skip
    for flipped in (True, False):
        store = slow_cuts.store_in(tmp_path)
        store.write("s0", asked, cut, source_stamp="")
        (part,) = tmp_path.rglob("*.parquet")
        if flipped:
            part.write_bytes(part.read_bytes().replace(b"precious", b"preciouz"))
        video.touch()
        if flipped:
            with pytest.raises(OSError, match="is damaged"):
                cut_sources(one_clip(tmp_path), {"s0": video}, store, delete_sources=True)
        else:
            cut_sources(one_clip(tmp_path), {"s0": video}, store, delete_sources=True)
        assert video.exists() == flipped


def test_drafts_of_dead_processes_go_and_no_others(tmp_path: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    folder = tmp_path / "cuts" / "drafts"
    folder.mkdir(parents=True)
    dead = folder / f"1.{machine()}.{ended.pid}.tmp"
    ours = temporary_name(folder / "2")
    theirs = folder / f"3.elsewhere.{ended.pid}.tmp"
    old = folder / f"4.{ended.pid}.tmp"
    for path in (dead, ours, theirs, old):
        path.touch()
    os.utime(old, (0, 0))
    slow_cuts.cut_all(tmp_path, Stop(0.0))
    assert sorted(folder.iterdir()) == [ours, theirs]


def test_a_process_that_dies_takes_no_other_source_along(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(wave, "_cut", slow_cuts.deadly_cut)
        report = slow_cuts.cut_all(tmp_path, None)
    crashed = {one.source_id: one.detail for one in report.rejects if one.reason == "crashed"}
    assert crashed.keys() == {"s0", "s1"}
    assert "SIGSEGV" in crashed["s0"] and "lack of memory" in crashed["s1"]
    assert (report.num_cut, report.num_pending) == (NUM_SOURCES - 2, 2)
    # Nothing of it is kept: the next run tries again.
    with monkeypatch.context() as patched:
        patched.setattr(wave, "_cut", slow_cuts.told_cut)
        report = slow_cuts.cut_all(tmp_path, None)
    assert not report.num_pending and not any(one.reason == "crashed" for one in report.rejects)

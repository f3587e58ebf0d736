"""Processes: what hangs or crashes, two runs at once, killed runs, Ctrl-C."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import pyarrow as pa
import pytest

from speakervid5m.processing.engines import (
    Backend,
    Local,
    Resources,
    Source,
    Stage,
    StageStore,
    Stateless,
    Tables,
    run_stages,
)
from tests.processing.engines import slow_run

ROOT = Path(__file__).parents[3]
SOURCES = slow_run.sources()[:5]


def misbehave(source: Source, _: Mapping[str, Tables]) -> Tables:
    if source.source_id == "s0":
        time.sleep(3600)
    if source.source_id == "s1":
        os.kill(os.getpid(), signal.SIGSEGV)
    if source.source_id == "s2":
        os._exit(7)
    if source.source_id == "s3":
        raise MemoryError("no room")
    return {"t": pa.table({"process": [os.getpid()]})}


def test_what_hangs_or_crashes_takes_only_its_unit_along(tmp_path: Path) -> None:
    stage = Stage(
        name="model",
        what="misbehaves",
        backend=Backend(name="theirs", licence="MIT"),
        resources=Resources(least_limit_seconds=10.0, limit_times_real_time=0.0),
        load=Stateless(misbehave),
    )
    engine, store = Local(), StageStore(tmp_path)
    report = run_stages([stage], SOURCES, store, engine=engine)
    engine.close()
    assert [(one.source_id, one.reason, one.detail) for one in report.failures] == [
        ("s0", "timed_out", "theirs: took longer than 10 s"),
        ("s1", "crashed", "theirs: its process was ended by SIGSEGV"),
        ("s2", "crashed", "theirs: its process ended with status 7"),
        ("s3", "MemoryError", "theirs: no room"),
    ]
    assert report.counts["model"].num_done == 1
    again = run_stages([stage], SOURCES, store, engine=Local())
    assert again.failures == report.failures
    assert again.counts["model"].num_done == 0


class Loaded:
    """A model: says how often it was loaded, and in which process."""

    def __init__(self, log: Path, breaks: bool = False) -> None:
        self.log, self.breaks = log, breaks

    def __call__(self, device: str) -> "Loaded":
        if self.breaks:
            raise OSError("half a file")
        with self.log.open("a") as file:
            file.write(f"{device} {os.getpid()}\n")
        self.process = os.getpid()
        return self

    def run(self, source: Source, _: Mapping[str, Tables]) -> Tables:
        return {"t": pa.table({"id": [source.source_id], "process": [self.process]})}


def load(device: str, *, log: Path, breaks: bool = False):  # type: ignore[no-untyped-def]
    return Loaded(log, breaks)(device).run


def test_who_forgets_to_close_does_not_wait_forever(tmp_path: Path) -> None:
    code = """
import sys
from pathlib import Path
from speakervid5m.processing.engines import Local, StageStore, run_stages
from tests.processing.engines import slow_run
stages = slow_run.stages(sys.argv[1] + "/log")[:1]
run_stages(stages, slow_run.sources(), StageStore(Path(sys.argv[1])), engine=Local())
"""
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, timeout=100, check=True)
    assert len(parts(tmp_path)) == 8


def test_a_model_is_loaded_once_and_its_process_ends(tmp_path: Path) -> None:
    log = tmp_path / "log"
    stages = [
        Stage(
            name=name,
            what="a model",
            backend=Backend(name="theirs", licence="MIT"),
            resources=Resources(memory_bytes=2 << 30),
            load=partial(load, log=log, breaks=name == "broken"),
        )
        for name in ("one", "broken", "two")
    ]
    engine = Local()
    report = run_stages(stages, SOURCES, StageStore(tmp_path / "store"), engine=engine)
    engine.close()
    devices, processes = zip(*(line.split() for line in log.read_text().splitlines()), strict=True)
    assert devices == ("cpu", "cpu")
    assert len(set(processes)) == 2
    assert str(os.getpid()) not in processes
    assert report.counts["broken"].num_failed == 5
    assert report.failures[0].detail == "theirs: could not be loaded: half a file"
    assert report.counts["two"].num_done == 5
    for process in processes:
        with pytest.raises(ProcessLookupError):
            os.kill(int(process), 0)


def start(folder: Path, log: Path, engine: str = "local") -> "subprocess.Popen[bytes]":
    # Not as a program of its own: Ray's processes do not know what stands in its `__main__`.
    code = "from tests.processing.engines import slow_run; slow_run.main()"
    command = [sys.executable, "-c", code, str(folder), str(log), engine]
    with (log.with_suffix(".said")).open("w") as said:
        return subprocess.Popen(command, cwd=ROOT, start_new_session=True, stdout=said)


def parts(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.glob("[abc]/*/*.parquet"))
    }


def wait_for_lines(log: Path, number: int, process: "subprocess.Popen[bytes]") -> int:
    while process.poll() is None and lines(log) < number:
        time.sleep(0.005)
    return lines(log)


def lines(log: Path) -> int:
    return len(log.read_text().splitlines()) if log.exists() else 0


def finish(folder: Path, log: Path) -> dict[str, bytes]:
    """Runs the rest here."""
    slow_run.release(log)
    store = StageStore(folder)
    run_stages(slow_run.stages(str(log)), slow_run.sources(), store)
    assert not list(folder.glob("*/.*"))
    return parts(folder)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("whole")
    found = finish(folder / "store", folder / "log")
    assert len(found) == 24
    return found


def test_killed_it_goes_on_and_does_no_unit_twice_but_the_one_in_flight(
    tmp_path: Path, whole: dict[str, bytes]
) -> None:
    rng = random.Random(5)
    folder, log = tmp_path / "killed", tmp_path / "killed.log"
    kills = 0
    slow_run.hold(log, 20)
    for number in range(2):
        process = start(folder, log)
        wait_for_lines(log, lines(log) + 1, process)
        time.sleep(rng.uniform(0, 0.12))
        assert process.poll() is None, f"it was done before kill {number}"
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        kills += 1
    assert finish(folder, log) == whole
    assert lines(log) <= 24 + kills


def test_two_runs_on_one_store_share_the_work(tmp_path: Path, whole: dict[str, bytes]) -> None:
    folder, log = tmp_path / "store", tmp_path / "log"
    both = [start(folder, log), start(folder, log)]
    assert [one.wait() for one in both] == [0, 0]
    assert parts(folder) == whole
    assert lines(log) == 24


def test_ctrl_c_lets_the_unit_in_flight_end(tmp_path: Path, whole: dict[str, bytes]) -> None:
    folder, log = tmp_path / "store", tmp_path / "log"
    slow_run.hold(log, 3)
    process = start(folder, log)
    begun = wait_for_lines(log, 3, process)
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait() == 0
    assert log.with_suffix(".said").read_text() == "interrupted\n"
    assert log.with_suffix(".words").read_text() == "stopping; Ctrl-C once more: stop now"
    assert begun <= lines(log) < 24
    assert len(parts(folder)) == lines(log)
    assert finish(folder, log) == whole
    assert lines(log) == 24

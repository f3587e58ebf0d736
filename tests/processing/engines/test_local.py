"""The engine: nothing is done twice, a change runs what lies behind it, a failure stays alone."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pytest

from speakervid5m.processing.engines import (
    Backend,
    RunReport,
    Source,
    Stage,
    StageStore,
    Stateless,
    Tables,
    run_stages,
    stage_lock,
)

BACKEND = Backend(name="plain", licence="Apache-2.0")
SOURCES = [
    Source(source_id=f"source{number}", path=Path(f"{number}.mp4"), digest=f"{number}" * 8, name="")
    for number in range(4)
]

Run = Callable[[Source, Mapping[str, Tables]], Tables]


def table(value: object) -> Tables:
    return {"t": pa.table({"value": [value]})}


def stage(name: str, run: Run, *reads: str, **changed: object) -> Stage:
    values = {
        "name": name,
        "what": name,
        "reads": reads,
        "backend": BACKEND,
        "load": Stateless(run),
    }
    return Stage(**(values | changed))  # type: ignore[arg-type]


class Counting:
    """Three stages in a row that note each of their runs."""

    def __init__(self, factor: int = 2) -> None:
        self.ran: list[str] = []
        self.stages = [
            stage("first", self._first),
            stage("second", self._second, "first", params={"factor": factor}),
            stage("third", self._third, "first", "second"),
        ]

    def _first(self, source: Source, _: Mapping[str, Tables]) -> Tables:
        self.ran.append(f"first {source.source_id}")
        return table(int(source.source_id[-1]))

    def _second(self, source: Source, inputs: Mapping[str, Tables]) -> Tables:
        self.ran.append(f"second {source.source_id}")
        factor = self.stages[1].params["factor"]
        return table(inputs["first"]["t"]["value"][0].as_py() * factor)

    def _third(self, source: Source, inputs: Mapping[str, Tables]) -> Tables:
        self.ran.append(f"third {source.source_id}")
        values = [inputs[name]["t"]["value"][0].as_py() for name in ("first", "second")]
        return table(sum(values))


def values(report: RunReport, store: StageStore, name: str) -> dict[str, object]:
    found = {}
    for source_id, keys in report.keys.items():
        part = store.find(name, keys[name]) if name in keys else None
        if part is not None:
            found[source_id] = part.tables()["t"]["value"][0].as_py()
    return found


def test_stage_by_stage_and_never_twice(tmp_path: Path) -> None:
    counting, store = Counting(), StageStore(tmp_path)
    report = run_stages(counting.stages, SOURCES, store)
    expected = [f"{name} {one.source_id}" for name in report.counts for one in SOURCES]
    assert counting.ran == expected
    assert values(report, store, "third") == {
        "source0": 0,
        "source1": 3,
        "source2": 6,
        "source3": 9,
    }
    again = Counting()
    second = run_stages(again.stages, SOURCES, store)
    assert not again.ran
    assert second.keys == report.keys
    assert second.counts["third"].num_done_before == 4


def test_a_changed_parameter_runs_what_lies_behind_it_and_nothing_else(tmp_path: Path) -> None:
    store = StageStore(tmp_path)
    run_stages(Counting().stages, SOURCES, store)
    changed = Counting(factor=5)
    report = run_stages(changed.stages, SOURCES, store)
    assert {one.split()[0] for one in changed.ran} == {"second", "third"}
    assert values(report, store, "third")["source3"] == 18
    back = Counting(factor=2)
    run_stages(back.stages, SOURCES, store)
    assert not back.ran


@pytest.mark.parametrize(
    "changed",
    [{"version": 2}, {"backend": Backend(name="other", licence="x")},
     {"backend": Backend(name="plain", build="2", licence="x")}],
)  # fmt: skip
def test_version_and_backend_decide_too(tmp_path: Path, changed: dict[str, object]) -> None:
    store = StageStore(tmp_path)
    before = store.key(stage("a", Counting()._first), SOURCES[0], [])
    assert store.key(stage("a", Counting()._first, **changed), SOURCES[0], []) != before
    assert store.key(stage("a", Counting()._first), SOURCES[0], []) == before
    assert store.key(stage("a", Counting()._first), SOURCES[1], []) != before
    assert store.key(stage("a", Counting()._first), SOURCES[0], ["input"]) != before


def test_a_licence_text_decides_nothing(tmp_path: Path) -> None:
    store = StageStore(tmp_path)
    other = Backend(name="plain", licence="MIT")
    assert store.key(stage("a", Counting()._first), SOURCES[0], []) == store.key(
        stage("a", Counting()._first, backend=other), SOURCES[0], []
    )


def test_a_failure_is_kept_blocks_what_reads_it_and_stops_nothing_else(tmp_path: Path) -> None:
    store, tries = StageStore(tmp_path), []

    def picky(source: Source, _: Mapping[str, Tables]) -> Tables:
        tries.append(source.source_id)
        if source.source_id == "source1" and len(tries) <= 4:
            raise RuntimeError("the model has no opinion")
        return table(1)

    stages = [stage("picky", picky), stage("next", lambda _s, _i: table(2), "picky")]
    report = run_stages(stages, SOURCES, store)
    (failure,) = report.failures
    assert (failure.stage, failure.source_id, failure.reason) == (
        "picky",
        "source1",
        "RuntimeError",
    )
    assert failure.detail == "plain: the model has no opinion"
    assert report.counts["next"].num_done == 3
    assert report.counts["next"].num_blocked == 1
    again = run_stages(stages, SOURCES, store)
    assert len(tries) == 4
    assert again.failures == report.failures
    healed = run_stages(stages, SOURCES, store, retry_failed=True)
    assert tries[4:] == ["source1"]
    assert not healed.failures
    assert not run_stages(stages, SOURCES, store).failures


def test_a_wrong_result_is_a_failure_of_that_unit(tmp_path: Path) -> None:
    def wrong(_: Source, __: Mapping[str, Tables]) -> Tables:
        return [1, 2, 3]  # type: ignore[return-value]

    report = run_stages([stage("wrong", wrong)], SOURCES[:1], StageStore(tmp_path))
    assert report.failures[0].reason == "wrong_result"
    assert "tables by name" in report.failures[0].detail


def test_a_dry_run_runs_nothing(tmp_path: Path) -> None:
    counting, store = Counting(), StageStore(tmp_path)
    report = run_stages(counting.stages, SOURCES, store, dry_run=True)
    assert not counting.ran
    assert [one.num_pending for one in report.counts.values()] == [4, 4, 4]
    assert not list(tmp_path.rglob("*.parquet"))


def test_stages_must_stand_in_order(tmp_path: Path) -> None:
    stages: Sequence[Stage] = Counting().stages[::-1]
    with pytest.raises(ValueError, match="third reads first, which is not before it"):
        run_stages(stages, SOURCES, StageStore(tmp_path))


def test_the_order_of_the_sources_does_not_matter(tmp_path: Path) -> None:
    one, two = StageStore(tmp_path / "one"), StageStore(tmp_path / "two")
    first = run_stages(Counting().stages, SOURCES, one)
    second = run_stages(Counting().stages, SOURCES[::-1], two)
    assert first.keys == second.keys

    def files(store: StageStore) -> dict[str, bytes]:
        return {
            path.relative_to(store.folder).as_posix(): path.read_bytes()
            for path in sorted(store.folder.rglob("*.parquet"))
        }

    assert files(one) == files(two)


def test_one_run_at_a_time(tmp_path: Path) -> None:
    store = StageStore(tmp_path)
    second = stage_lock(store, wait=False)
    with stage_lock(store), pytest.raises(BlockingIOError, match="in use by another run"):
        second.__enter__()
    with stage_lock(store, wait=False):
        pass


SLOW = """
import sys, time
from pathlib import Path
import pyarrow as pa
from speakervid5m.processing.engines import *
def slow(source, inputs):
    with open(sys.argv[2], "a") as log:
        log.write(source.source_id + chr(10))
    time.sleep(0.02)
    return {"t": pa.table({"value": list(range(2000))})}
backend = Backend(name="plain", licence="x")
stages = [Stage(name=n, what=n, reads=r, backend=backend, load=Stateless(slow)) for n, r in
          (("a", ()), ("b", ("a",)), ("c", ("b",)))]
sources = [Source(source_id=f"s{n}", path=Path("x"), digest=str(n), name="") for n in range(8)]
store = StageStore(Path(sys.argv[1]))
with stage_lock(store):
    store.sweep()
    run_stages(stages, sources, store)
"""


def test_killed_it_goes_on_and_does_no_unit_twice_but_the_one_in_flight(tmp_path: Path) -> None:
    root = Path(__file__).parents[3]

    def start(folder: Path, log: Path) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-c", SLOW, str(folder), str(log)]
        return subprocess.Popen(command, cwd=root, start_new_session=True)

    whole = tmp_path / "whole"
    assert start(whole, tmp_path / "whole.log").wait() == 0
    expected = {one.name for one in whole.glob("*/*") if one.is_dir()}
    assert len(expected) == 24
    rng = random.Random(5)
    folder, log = tmp_path / "killed", tmp_path / "killed.log"
    kills = 0
    for _ in range(8):
        process = start(folder, log)
        lines = len(log.read_text().splitlines()) if log.exists() else 0
        while process.poll() is None and (
            not log.exists() or len(log.read_text().splitlines()) <= lines
        ):
            time.sleep(0.005)
        time.sleep(rng.uniform(0, 0.12))
        if process.poll() is not None:
            break
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        kills += 1
    assert start(folder, log).wait() == 0
    assert kills >= 3
    assert {one.name for one in folder.glob("*/*") if one.is_dir()} == expected
    assert len(log.read_text().splitlines()) <= 24 + kills
    assert not list(folder.glob("*/.*"))

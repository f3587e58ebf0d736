"""Ray gives what the others give, and outlives being killed. One small Ray, for CI's two cores."""

import os
import signal
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pyarrow as pa
import pytest

from speakervid5m.processing.engines import (
    Backend,
    Outcome,
    Resources,
    Source,
    Stage,
    StageStore,
    Stateless,
    Stop,
    Tables,
    Unit,
    Waiting,
    run_stages,
)
from tests.processing.engines import slow_run
from tests.processing.engines.test_local import finish, lines, parts, start, wait_for_lines

pytest.importorskip("ray", reason="the extra ray is not installed")

from speakervid5m.processing.engines.ray import CannotSchedule, RayEngine

# Ray warns of itself: of its own deprecated settings, and of files that it leaves open.
pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def ray() -> Iterator[RayEngine]:
    engine = RayEngine()
    yield engine
    engine.close()


def misbehave(source: Source, _: Mapping[str, Tables]) -> Tables:
    if source.source_id == "s1":
        os.kill(os.getpid(), signal.SIGSEGV)
    if source.source_id == "s2":
        raise MemoryError("no room")
    return {"t": pa.table({"id": [source.source_id]})}


def stage_of(**fields: object) -> Stage:
    values = {
        "name": "model",
        "what": "misbehaves",
        "backend": Backend(name="theirs", licence="MIT"),
        "resources": Resources(num_cpus=os.cpu_count() or 1),
        "load": Stateless(misbehave),
    }
    return Stage(**(values | fields))  # type: ignore[arg-type]


@pytest.mark.timeout(300)
def test_the_parts_are_the_same_to_the_byte(ray: RayEngine, tmp_path: Path) -> None:
    expected = finish(tmp_path / "inline", tmp_path / "log")
    stages, sources = slow_run.stages(str(tmp_path / "log")), slow_run.sources()
    store = StageStore(tmp_path / "store")
    # One job is enough to see it; the first two stages are there already.
    run_stages(stages[:2], sources, store)
    report = run_stages(stages, sources, store, engine=ray)
    assert [one.num_done for one in report.counts.values()] == [0, 0, 8]
    assert parts(tmp_path / "store") == expected


def test_failures_stay_alone_and_a_stop_is_heard(ray: RayEngine, tmp_path: Path) -> None:
    store, sources = StageStore(tmp_path), slow_run.sources()[:4]
    report = run_stages([stage_of()], sources, store, engine=ray)
    assert [(one.source_id, one.reason, one.detail) for one in report.failures] == [
        ("s1", "crashed", "theirs: its process was ended by SIGSEGV"),
        ("s2", "MemoryError", "theirs: no room"),
    ]
    assert report.counts["model"].num_done == 2
    stop = Stop(0.0)
    late = run_stages([stage_of(version=2)], sources, store, engine=ray, stop=stop)
    assert late.stopped == "time_limit"
    assert late.counts["model"].num_pending == 4


@pytest.mark.parametrize(
    ("takes", "words"),
    [
        (Resources(num_cpus=10_000), "takes 10000 CPU, 0 GPU, 1.1 GB"),
        (Resources(memory_bytes=1 << 60), "takes 1 CPU, 0 GPU, 1152921504.6 GB"),
    ],
)
def test_what_the_cluster_has_not_is_refused(
    ray: RayEngine, tmp_path: Path, takes: Resources, words: str
) -> None:
    stage = stage_of(resources=takes)
    with pytest.raises(CannotSchedule, match=f"stage model {words} .* of the Ray cluster's 1 none"):
        run_stages([stage], slow_run.sources()[:1], StageStore(tmp_path), engine=ray)


class Held:
    """Rows of a job that goes on until its marker is there."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def iter_rows(self) -> Iterator[Mapping[str, None]]:
        while not self.marker.exists():
            time.sleep(0.01)
        yield {"outcome": None}


def test_a_stop_is_told_to_the_own_actors_alone(
    ray: RayEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs: list[Held] = []

    def job(*given: object) -> Held:
        (marker,) = (one for one in given if isinstance(one, Path))
        jobs.append(Held(marker))
        return jobs[-1]

    monkeypatch.setattr(ray, "_job", job)
    store, stop, on = StageStore(tmp_path), Stop(), Stop()
    source = slow_run.sources()[0]
    stage = stage_of()
    unit = Unit(key=store.key(stage, source, []), sources=(source,), inputs=({},))
    other = ray.run(stage, [unit], store, on)
    assert [next(other), next(other)] == [
        Waiting(waits_for="start"), Waiting(waits_for="stage", unit="1 actors")
    ]  # fmt: skip
    stop._take(signal.SIGTERM, None)
    assert Waiting(waits_for="start") in list(ray.run(stage, [unit], store, stop))
    assert not any(one.marker.exists() for one in jobs)
    assert jobs[0].marker != jobs[1].marker
    on._take(signal.SIGTERM, None)
    assert not [one for one in other if isinstance(one, Outcome)]


def test_killed_it_goes_on(tmp_path: Path) -> None:
    folder, log = tmp_path / "store", tmp_path / "log"
    slow_run.hold(log, 12)
    process = start(folder, log, "ray")
    wait_for_lines(log, 3, process)
    assert process.poll() is None
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    # The orphans see that their parent is gone; what they hold is theirs until then.
    time.sleep(2.0)
    begun = lines(log)
    expected = finish(tmp_path / "whole", tmp_path / "whole.log")
    assert finish(folder, log) == expected
    # At most the units that its actors had in hand are begun anew.
    assert begun <= lines(log) <= 24 + (os.cpu_count() or 1)

"""A stage that hangs while it is loaded fails once for all of its units."""

import time
from functools import partial
from pathlib import Path

import pytest

from speakervid5m.processing.engines import (
    Backend,
    Local,
    Run,
    Stage,
    StageStore,
    run_stages,
    worker as worker_module,
)
from speakervid5m.processing.engines.units.unit import Unit
from speakervid5m.processing.engines.worker import Worker
from speakervid5m.processing.engines.worker_host import Host
from tests.processing.engines import slow_run

SOURCES = slow_run.sources()[:3]
HANGS = "theirs: could not be loaded within 1 s"
BREAKS = "theirs: could not be loaded: half a file"


def load(_: str, *, how: str) -> Run:
    if how == "hangs":
        time.sleep(3600)
    raise ValueError("half a file")


def stage_that(how: str) -> Stage:
    return Stage(
        name="model",
        what="is never loaded",
        backend=Backend(name="theirs", licence="MIT"),
        load=partial(load, how=how),
    )


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Units that a process was given."""
    names: list[str] = []
    give = Worker.give

    def noted(self: Worker, stage: Stage, store: StageStore, unit: Unit, *more: Unit) -> None:
        names.append(unit.name)
        give(self, stage, store, unit, *more)

    monkeypatch.setattr(Worker, "give", noted)
    return names


@pytest.fixture
def how(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """How loading fails; what hangs is waited for a second."""
    if request.param == "hangs":
        monkeypatch.setattr(worker_module, "_LOAD_SECONDS", 1.0)
    return str(request.param)


CASES = pytest.mark.parametrize(
    ("how", "reason", "detail"),
    [("hangs", "timed_out", HANGS), ("breaks", "ValueError", BREAKS)],
    indirect=["how"],
)


@CASES
def test_what_cannot_be_loaded_is_tried_once(
    tmp_path: Path, given: list[str], how: str, reason: str, detail: str
) -> None:
    engine = Local()
    report = run_stages([stage_that(how)], SOURCES, StageStore(tmp_path), engine=engine)
    engine.close()
    assert [(one.source_id, one.reason, one.detail) for one in report.failures] == [
        (source.source_id, reason, detail) for source in SOURCES
    ]
    assert given == ["s0"]


@CASES
def test_a_host_tries_once_too(
    tmp_path: Path, given: list[str], how: str, reason: str, detail: str
) -> None:
    stage, store = stage_that(how), StageStore(tmp_path)
    host = Host(stage, store, "cpu")
    for source in SOURCES:
        unit = Unit(key=store.key(stage, source, []), sources=(source,), inputs=({},))
        failure = host.run(unit).failure
        assert failure is not None
        assert (failure.source_id, failure.reason, failure.detail) == (
            source.source_id, reason, detail
        )  # fmt: skip
        assert store.failure("model", unit.key) is not None
    host.close()
    assert given == ["s0"]

"""What the machine did to a unit is told and not kept; what a unit did is kept."""

import errno
import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from speakervid5m.processing.engines import (
    Source,
    StageStore,
    Tables,
    run_stages,
)
from speakervid5m.processing.engines.units.unit import Unit, UnitRunner
from tests.processing.engines.test_run import SOURCES, Counting, Run, stage, table


def test_a_full_or_forbidden_disk_is_no_result(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("in the way")
    with pytest.raises(OSError):
        StageStore(tmp_path).write("a", "k" * 40, table(1))


@pytest.mark.parametrize("wrapped", [False, True])
@pytest.mark.parametrize("number", [errno.EIO, errno.ESTALE, errno.EMFILE, errno.ENOENT])
def test_what_the_machine_did_is_told_and_not_kept(
    tmp_path: Path, number: int, wrapped: bool
) -> None:
    store, ran = StageStore(tmp_path), []

    def run(source: Source, _: Mapping[str, Tables]) -> Tables:
        ran.append(source.source_id)
        if len(ran) > 1:
            return table(1)
        try:
            raise OSError(number, os.strerror(number))
        except OSError as error:
            if wrapped:
                raise ValueError("the video cannot be read") from error
            raise

    report = run_stages([stage("first", run)], SOURCES[:2], store)
    assert [one.source_id for one in report.failures] == ["source0"]
    again = run_stages([stage("first", run)], SOURCES[:2], store)
    assert not again.failures
    assert ran == ["source0", "source1", "source0"]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_ends_the_run_and_is_gone_on_from(tmp_path: Path, number: int) -> None:
    counting, store = Counting(), StageStore(tmp_path)
    full = True

    def run(source: Source, inputs: Mapping[str, Tables]) -> Tables:
        if full and source.source_id == "source1":
            raise OSError(number, os.strerror(number))
        return table(inputs["first"]["t"]["value"][0].as_py())

    stages = [counting.stages[0], stage("second", run, "first")]
    with pytest.raises(OSError, match=r"no space is left .*source1 in second.* run the same comm"):
        run_stages(stages, SOURCES, store)
    full = False
    again = run_stages(stages, SOURCES, store)
    assert not again.failures
    assert (again.counts["second"].num_done_before, again.counts["second"].num_done) == (1, 3)


def test_a_full_disk_around_a_unit_ends_the_run_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(StageStore, "note", full)
    outcome = UnitRunner(Counting().stages[0], "cpu").run(
        StageStore(tmp_path), Unit(key="a" * 40, sources=(SOURCES[0],), inputs=({},))
    )
    assert outcome.failure is not None
    assert outcome.failure.reason == "no_space"


def test_a_stage_that_could_not_be_read_yet_is_loaded_again(tmp_path: Path) -> None:
    def load(_: str) -> Run:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    store = StageStore(tmp_path)
    report = run_stages([stage("first", print, load=load)], SOURCES[:1], store)
    assert "could not be loaded" in report.failures[0].detail
    counting = Counting()
    assert not run_stages(counting.stages[:1], SOURCES[:1], store).failures
    assert counting.ran == ["first source0"]


@pytest.mark.parametrize("text", ["", '{"stage": "fi', "[]", "\0\0"])
def test_a_failure_that_was_cut_short_is_none(tmp_path: Path, text: str) -> None:
    store = StageStore(tmp_path)

    def fail(*_: object) -> Tables:
        raise ValueError("bad")

    assert run_stages([stage("first", fail)], SOURCES[:1], store).failures
    (path,) = tmp_path.glob("first/*.failed.json")
    path.write_text(text)
    counting = Counting()
    assert not run_stages(counting.stages[:1], SOURCES[:1], store).failures
    assert not path.exists()

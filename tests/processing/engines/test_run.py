"""The engine: nothing is done twice, a change runs what lies behind it, a failure stays alone."""

import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from speakervid5m.processing.engines import (
    Backend,
    RunReport,
    Source,
    Stage,
    StageStore,
    Stateless,
    Stop,
    Tables,
    run_stages,
)
from speakervid5m.processing.engines.units.unit import Unit, UnitRunner
from speakervid5m.records import Progress, temporary_name
from speakervid5m.records.system import atomic_files

BACKEND = Backend(name="plain", licence="Apache-2.0")
SOURCES = [
    Source(source_id=f"source{number}", path=Path(f"{number}.mp4"), digest=f"{number}" * 8, name="")
    for number in range(4)
]

Run = Callable[..., Any]


def table(value: object) -> Tables:
    return {"t": pa.table({"value": [value]})}


def stage(name: str, run: Run, *reads: str, **changed: Any) -> Stage:
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


SCHEMA = pa.schema([("value", pa.int64())])


@pytest.mark.parametrize(
    ("tables", "words"),
    [
        ([1, 2, 3], "a stage gives tables by name"),
        ({}, "no table 't': it gave none"),
        ({"t": pa.table({"value": [1]}), "u": pa.table({})}, "unknown table 'u': it writes t"),
        ({"t": pa.table({"size": [1]})}, "columns size; it must have value"),
        ({"t": pa.table({"value": ["1"]})}, "column t.value is string; it must be int64"),
        ({"../t": pa.table({"value": [1]})}, "an identifier, got '../t'"),
    ],
)
def test_what_a_backend_gives_is_held_against_the_schema(
    tmp_path: Path, tables: Tables, words: str
) -> None:
    one = stage("wrong", lambda _s, _i: tables, writes={"t": SCHEMA})
    (failure,) = run_stages([one], SOURCES[:1], StageStore(tmp_path)).failures
    assert (failure.stage, failure.reason) == ("wrong", "wrong_result")
    assert failure.detail.startswith("plain: ")
    assert words in failure.detail


def test_columns_come_in_the_order_of_the_schema(tmp_path: Path) -> None:
    schema = pa.schema([("a", pa.int64()), ("b", pa.int64())])
    one = stage("fit", lambda _s, _i: {"t": pa.table({"b": [2], "a": [1]})}, writes={"t": schema})
    store = StageStore(tmp_path)
    report = run_stages([one], SOURCES[:1], store)
    part = store.find("fit", report.keys["source0"]["fit"])
    assert part is not None
    assert part.table("t").schema.names == ["a", "b"]


def test_tables_that_only_some_backends_give_are_held_against_their_schema(
    tmp_path: Path,
) -> None:
    more = {"more": pa.table({"a": ["x"]})}
    one = stage(
        "some",
        lambda source, _: {**table(1), **(more if source.digest[0] in "01" else {})},
        writes={"t": SCHEMA},
        may_write={"more": pa.schema({"a": pa.string()})},
    )
    assert not run_stages([one], SOURCES, StageStore(tmp_path)).failures
    wrong = replace(one, version=2, may_write={"more": pa.schema({"a": pa.int64()})})
    failures = run_stages([wrong], SOURCES, StageStore(tmp_path)).failures
    assert [one.source_id for one in failures] == ["source0", "source1"]
    assert "column more.a is string; it must be int64" in failures[0].detail


def test_a_stage_that_does_not_load_fails_its_units_and_the_run_goes_on(tmp_path: Path) -> None:
    def load(device: str) -> Run:
        raise OSError(f"no weights for {device}")

    stages = [
        stage("broken", lambda _s, _i: table(1), load=load),
        stage("sound", lambda _s, _i: table(1)),
    ]
    report = run_stages(stages, SOURCES, StageStore(tmp_path))
    assert report.counts["broken"].num_failed == 4
    assert report.counts["sound"].num_done == 4
    assert {(one.stage, one.reason, one.detail) for one in report.failures} == {
        ("broken", "OSError", "plain: could not be loaded: no weights for cpu")
    }


def test_a_global_stage_waits_for_all_and_depends_on_each(tmp_path: Path) -> None:
    store, calls = StageStore(tmp_path), []

    def total(sources: Iterable[tuple[Source, Mapping[str, Tables]]]) -> Tables:
        found = [
            (one.source_id, inputs["first"]["t"]["value"][0].as_py()) for one, inputs in sources
        ]
        calls.append(found)
        return table(sum(value for _, value in found))

    stages = [
        Counting().stages[0],
        stage("total", total, "first", kind="global"),
        stage("after", lambda _s, inputs: inputs["total"], "total"),
    ]
    report = run_stages(stages, SOURCES[::-1], store)
    assert calls == [[("source0", 0), ("source1", 1), ("source2", 2), ("source3", 3)]]
    assert values(report, store, "after") == {one.source_id: 6 for one in SOURCES}
    assert run_stages(stages, SOURCES, store).global_keys == report.global_keys
    assert len(calls) == 1
    fewer = run_stages(stages, SOURCES[:2], store)
    assert fewer.global_keys != report.global_keys
    assert values(fewer, store, "after") == {"source0": 1, "source1": 1}


def test_only_chosen_stages_and_so_many_sources_run(tmp_path: Path) -> None:
    store, counting = StageStore(tmp_path), Counting()
    report = run_stages(counting.stages, SOURCES, store, chosen=["first"], limit=3)
    assert counting.ran == ["first source0", "first source1", "first source2"]
    assert [one.num_pending for one in report.counts.values()] == [1, 4, 4]
    second = run_stages(counting.stages, SOURCES, store, limit=1)
    assert counting.ran[3:] == ["first source3", "second source3", "third source3"]
    assert second.counts["third"].num_pending == 3
    with pytest.raises(ValueError, match="no stage 'last'; there are first, second, third"):
        run_stages(counting.stages, SOURCES, store, chosen=["last"])


def test_a_limit_of_time_lets_no_further_unit_begin(tmp_path: Path) -> None:
    report = run_stages(Counting().stages, SOURCES, StageStore(tmp_path), stop=Stop(0.0))
    assert report.stopped == "time_limit"
    assert [one.num_pending for one in report.counts.values()] == [4, 4, 4]


def test_a_part_stays_whole_when_two_write_it(tmp_path: Path) -> None:
    store = StageStore(tmp_path)
    first = store.write("a", "k" * 40, table(1))
    assert store.write("a", "k" * 40, table(1)) == first
    assert first.table("t")["value"].to_pylist() == [1]
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["k" * 40]


def test_drafts_go_when_nobody_holds_them(tmp_path: Path) -> None:
    store, final = StageStore(tmp_path), tmp_path / "a" / ("ab" * 20)
    draft, foreign = temporary_name(final), final.with_name(f".{final.name}.elsewhere.1.abcdef")
    draft.mkdir(parents=True)
    foreign.mkdir()
    with store.claim("ab" * 20) as ours:
        assert ours
        StageStore(tmp_path).sweep()
        assert draft.exists()
    store.sweep()
    assert not draft.exists()
    assert foreign.exists()
    os.utime(foreign, (0, 0))
    store.sweep()
    assert not foreign.exists()


def test_what_a_dying_process_still_holds_goes_when_the_run_ends(tmp_path: Path) -> None:
    store, first = StageStore(tmp_path), Counting().stages[:1]
    key = store.key(first[0], SOURCES[0], [])
    draft = temporary_name(tmp_path / "first" / key)
    draft.mkdir(parents=True)
    waited = []
    with ExitStack() as dying:
        assert dying.enter_context(store.claim(key))

        def dies(progress: Progress) -> None:
            if progress.waits_for == "lock":
                waited.append(draft.exists())
                dying.close()

        report = run_stages(first, SOURCES, store, progress=dies)
    assert waited == [True]
    assert report.counts["first"].num_done == 4
    assert not draft.exists()


def test_the_journal_tells_what_began_and_ended(tmp_path: Path) -> None:
    store = StageStore(tmp_path)
    run_stages(Counting().stages[:1], SOURCES[:1], store)
    notes = list(store.notes())
    assert [(one["event"], one["stage"], one["unit"]) for one in notes] == [
        ("began", "first", "source0"),
        ("done", "first", "source0"),
    ]
    assert notes[1]["num_bytes"] > 0


def test_a_part_that_was_removed_meanwhile_is_no_fault_of_the_unit(tmp_path: Path) -> None:
    store, counting = StageStore(tmp_path), Counting()
    unit = Unit(key="a" * 40, sources=(SOURCES[1],), inputs=({"first": "b" * 40},))
    outcome = UnitRunner(counting.stages[1], "cpu").run(store, unit)
    assert outcome.failure is not None
    assert outcome.failure.reason == "part_gone"
    assert store.failure("second", unit.key) is None
    assert not counting.ran


def test_two_machines_with_one_process_number_have_two_markers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = StageStore(tmp_path)
    markers = []
    for name in ("one", "other", "other"):
        monkeypatch.setattr(atomic_files, "machine", lambda name=name: name)
        markers.append(store.marker())
    assert len({*markers}) == 3
    assert [one.name.split(".")[2] for one in markers] == ["one", "other", "other"]
    # One that its process no longer touches, and one that it does.
    for marker, age in zip(markers, (100.0, 0.0), strict=False):
        marker.touch()
        os.utime(marker, (time.time() - age,) * 2)
    store.sweep()
    assert [one.exists() for one in markers] == [False, True, False]

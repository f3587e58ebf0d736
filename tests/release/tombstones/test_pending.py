"""A newer takedown/ beside older data, and people who are only heard: nothing comes back."""

import dataclasses
import shutil
from pathlib import Path

import pytest

from speakervid5m.processing.assembly.takedown import kept_samples
from speakervid5m.records import MultiTurnSample, Utterance
from speakervid5m.release import ReleaseError, Row, open_release, write_release
from speakervid5m.release.takedown.retraction import retract
from speakervid5m.release.tombstones.records import Request
from speakervid5m.release.write.change import rewrite_documents
from tests.release.takedown.test_retraction import DATE, NUM_BUCKETS, all_clips, values_of
from tests.release.write.test_writer import files_of
from tests.small_release import Rows, contents_of, facts_of, small_rows


@pytest.fixture(scope="module")
def rows() -> Rows:
    return small_rows(num_sources=6)


@pytest.fixture
def root(rows: Rows, tmp_path: Path) -> Path:
    place = tmp_path / "a" / "speakervid5m"
    write_release(place, contents_of(rows, NUM_BUCKETS), facts_of(rows, num_buckets=NUM_BUCKETS))
    return place


def test_what_newer_tombstones_name_never_comes_back(
    root: Path, rows: Rows, tmp_path: Path
) -> None:
    older = [shutil.copytree(root, tmp_path / name / "speakervid5m") for name in ("b", "c")]
    first, second, *_ = sorted({clip.source_id for clip in all_clips(rows).values()})
    entries = open_release(str(root)).manifest.configs
    digests = {name: entry.config_digest for name, entry in entries.items()}
    retract(root, Request(sources=frozenset([first])), date=DATE)
    for other in older:
        shutil.copytree(root / "takedown", other / "takedown")
        with pytest.raises(
            ReleaseError, match=r"is newer than its data\. Run `speakervid5m retract"
        ):
            rewrite_documents(other, lambda _: None)
        assert first not in open_release(str(other)).source_ids()
        assert kept_samples(open_release(str(other)), [first]) == {}
    assert retract(older[0], Request(), date=DATE).changed
    assert files_of(older[0]) == files_of(root)
    retract(older[1], Request(sources=frozenset([second])), date=DATE)
    retract(root, Request(sources=frozenset([second])), date=DATE)
    # In one step there, in two here: what is left is the same, and rows are counted once.
    steps = ("manifest.json", "takedown/removals.parquet")
    one, two = files_of(older[1]), files_of(root)
    assert {name for name in one if one[name] != two.get(name)} == set(steps)
    states = [open_release(str(each)) for each in (root, older[1])]
    for name in states[0].configs:
        rows_now = [state.rows_since(name, digests[name]) for state in states]
        assert rows_now[0] is not None and rows_now[1] is not None
        assert rows_now[0].tolist() == rows_now[1].tolist()
    assert {first, second}.isdisjoint(open_release(str(older[1])).source_ids())


def test_a_person_who_is_only_heard_can_be_retracted(rows: Rows, tmp_path: Path) -> None:
    run = next(row for row in rows["multi_turn_sft"])
    assert isinstance(run.sample, MultiTurnSample)
    said = Utterance(voice="C", start_seconds=1.0, text="from off screen")
    heard = Row(sample=dataclasses.replace(run.sample, history=(said,)), media=run.media)
    left = [row for row in rows["multi_turn_sft"] if row is not run]
    told = {**rows, "multi_turn_sft": [heard, *left]}
    root = tmp_path / "speakervid5m"
    write_release(root, contents_of(told, NUM_BUCKETS), facts_of(told, num_buckets=NUM_BUCKETS))
    person = f"{run.sample.turns[0].source_id}#C"
    report = retract(root, Request(people=frozenset([person])), date=DATE)
    assert report.num_removed["multi_turn_sft"] >= 1
    assert said.text not in values_of(root)
    with pytest.raises(ValueError, match="contains no"):
        retract(root, Request(people=frozenset([person.replace("#C", "#D")])), date=DATE)

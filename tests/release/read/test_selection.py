"""`Release` as a mapping, `Samples` as the habits of other libraries expect them."""

import pickle
import shutil
from pathlib import Path

import pytest

from speakervid5m.records import CONFIGS
from speakervid5m.release import QueryError, Release, Samples, UnknownConfig, open_release
from speakervid5m.release.takedown import Request, retract
from tests.small_release import write_small_release


@pytest.fixture(scope="module")
def release(small: Path) -> Release:
    return open_release(str(small))


@pytest.fixture(scope="module")
def samples(release: Release) -> Samples:
    return release["single_sft"]


def ids(samples: Samples) -> list[str]:
    return [sample.sample_id for sample in samples]


def test_a_release_is_a_mapping_of_its_configs(release: Release) -> None:
    assert list(release) == list(release.configs) == list(CONFIGS)
    assert "dialogue_sft" in release and "dialogue" not in release
    assert 0 not in release  # type: ignore[comparison-overlap]
    assert len(release) == len(CONFIGS) and release.keys() == set(CONFIGS)
    assert {name: len(samples) for name, samples in release.items()} == {
        name: release.manifest.configs[name].num_rows for name in CONFIGS
    }
    assert release.get("nothing") is None and release == release and hash(release)
    assert release._ipython_key_completions_() == list(CONFIGS)
    with pytest.raises(UnknownConfig, match="dialogue_sft"):
        release["dialogue"]


def test_slices_and_take(samples: Samples) -> None:
    names = ids(samples)
    assert ids(samples[1:4]) == names[1:4]
    assert ids(samples[::-2]) == names[::-2]
    assert ids(samples[5:2]) == [] and len(samples[:0]) == 0
    assert ids(samples[2:][1:3]) == names[3:5]
    assert ids(samples.take(3)) == names[:3]
    assert ids(samples.take(10**6)) == names
    assert ids(samples.take([4, 0, -1])) == [names[4], names[0], names[-1]]
    assert samples[-1].sample_id == names[-1]
    with pytest.raises(ValueError, match="-1"):
        samples.take(-1)
    with pytest.raises(IndexError, match=str(len(samples))):
        samples[len(samples)]


def test_shuffle_is_a_permutation_decided_by_the_seed(samples: Samples) -> None:
    names = ids(samples)
    shuffled = samples.shuffle(seed=7)
    assert sorted(ids(shuffled)) == sorted(names) and ids(shuffled) != names
    assert ids(samples.shuffle(7)) == ids(shuffled) != ids(samples.shuffle(8))
    assert sorted(ids(samples[2:6].shuffle(1))) == sorted(names[2:6])
    for seed in (-1, 2**32, 1.5, True, "a"):
        with pytest.raises(ValueError, match="seed"):
            samples.shuffle(seed)  # type: ignore[arg-type]


def test_sort_keeps_equal_values_in_order_and_puts_null_last(samples: Samples) -> None:
    values = samples.table(["start_seconds"])["start_seconds"].to_pylist()
    numbers = sorted(range(len(values)), key=lambda number: values[number])
    assert ids(samples.sort("start_seconds")) == ids(samples.take(numbers))
    numbers = sorted(range(len(values)), key=lambda number: -values[number])
    assert ids(samples.sort("start_seconds", descending=True)) == ids(samples.take(numbers))
    assert ids(samples.sort("uvq")) == ids(samples), "unmeasured everywhere: nothing to order by"
    with pytest.raises(QueryError, match="start_seconds"):
        samples.sort("start_second")
    with pytest.raises(QueryError, match="bbox"):
        samples.sort("bbox")


def test_a_conversation_is_on_one_side_in_every_config(tmp_path: Path) -> None:
    write_small_release(tmp_path / "speakervid5m", num_sources=8)
    release = open_release(str(tmp_path / "speakervid5m"))
    held_out: dict[str, set[bool]] = {}
    for name in (name for name in release if name != "vidchatbench"):
        train, validation = release[name].split_by_conversation(0.5, seed=3)
        assert sorted([*ids(train), *ids(validation)]) == sorted(ids(release[name]))
        for side, part in ((False, train), (True, validation)):
            for sample in part:
                held_out.setdefault(sample.conversation_id, set()).add(side)
    assert all(len(sides) == 1 for sides in held_out.values())
    assert {side for sides in held_out.values() for side in sides} == {False, True}


def test_a_split_that_leaves_one_side_empty_is_refused(samples: Samples) -> None:
    with pytest.raises(ValueError, match="one side"):
        samples.split_by_conversation(1e-9)
    with pytest.raises(ValueError, match="one side"):
        samples[:0].split_by_conversation(0.5)
    for fraction in (0, 1, -0.5, float("nan")):
        with pytest.raises(ValueError, match="between 0 and 1"):
            samples.split_by_conversation(fraction)


def test_tables_for_other_libraries(samples: Samples) -> None:
    chosen = samples.where("start_seconds > 0").shuffle(1)[:3]
    assert chosen.to_arrow()["sample_id"].to_pylist() == ids(chosen)
    frame = chosen.to_pandas()
    assert list(frame["sample_id"]) == ids(chosen)
    assert list(frame.columns) == chosen.table().column_names


def test_no_way_gives_a_row_that_a_tombstone_names(copy: Path) -> None:
    before = open_release(str(copy))["single_sft"]
    gone = before[0].conversation_id
    newer = copy.parent / "newer"
    shutil.copytree(copy, newer)
    retract(newer, Request(sources=frozenset({gone})), date="2026-01-01")
    shutil.copytree(newer / "takedown", copy / "takedown")
    after = open_release(str(copy))["single_sft"]
    assert 0 < len(after) < len(before)
    kept = [after, after[:], after.take(10**6), after.shuffle(1), after.sort("start_seconds")]
    kept += after.split_by_conversation(0.5, seed=3)
    for chosen in kept:
        assert gone not in {sample.conversation_id for sample in chosen}
        assert gone not in set(chosen.to_pandas()["conversation_id"])


@pytest.mark.parametrize("name", ["filter", "head", "train_test_split", "select_columns"])
def test_names_of_other_libraries_say_what_to_type(samples: Samples, name: str) -> None:
    with pytest.raises(AttributeError, match=r"type `samples\."):
        getattr(samples, name)
    assert not hasattr(samples, "no_such_thing")


def test_where_takes_text(samples: Samples) -> None:
    with pytest.raises(TypeError, match="SQL as text, got function"):
        samples.where(lambda: True)  # type: ignore[arg-type]


def test_a_pickled_selection_is_the_same(samples: Samples) -> None:
    chosen = samples.shuffle(5)[2:7]
    assert ids(pickle.loads(pickle.dumps(chosen))) == ids(chosen)

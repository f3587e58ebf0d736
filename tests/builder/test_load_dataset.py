"""After `import speakervid5m`, `load_dataset` knows the name from anywhere."""

import logging
import pickle
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import datasets
import fsspec
import pytest
from datasets import get_dataset_config_names, get_dataset_split_names, load_dataset

import speakervid5m
from speakervid5m.records import CONFIGS, features_of
from speakervid5m.release import EmptyConfig, NotARelease, open_release
from speakervid5m.release.takedown.retraction import retract
from speakervid5m.release.tombstones.records import Request
from tests.builder.conftest import ids_of
from tests.release.serving import serve

MODES = pytest.mark.parametrize("streaming", [True, False], ids=["streaming", "download"])


def load(name: str, streaming: bool, **where: Any) -> list[str]:
    """Sample ids of a config, as `load_dataset` gives them."""
    data = load_dataset(
        "speakervid5m",
        name,
        split=CONFIGS[name].split,
        streaming=streaming,
        columns=["sample_id"],
        **where,
    )
    return [row["sample_id"] for row in data]


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A current directory without a release."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def memory(small: Path) -> Iterator[str]:
    system = fsspec.filesystem("memory")
    system.put(str(small), "/builder/speakervid5m", recursive=True)
    yield "memory://builder/speakervid5m"
    system.rm("/builder", recursive=True)


@MODES
@pytest.mark.parametrize("name", CONFIGS)
def test_every_config(small: Path, elsewhere: Path, name: str, streaming: bool) -> None:
    assert not list(elsewhere.iterdir())
    data = load_dataset(
        "speakervid5m", name, split=CONFIGS[name].split, streaming=streaming, root=str(small)
    )
    branch = CONFIGS[name].branch
    assert data.features == features_of(branch)
    rows = list(data.decode(False) if streaming else data.with_format("arrow"))
    found = [row["sample_id"] if streaming else row["sample_id"][0].as_py() for row in rows]
    assert found == ids_of(small, name)
    if streaming:
        column = {"dialogue": "responder_video", "multi_turn": "turn_videos"}.get(branch, "video")
        samples = open_release(str(small))[name]
        for number, row in enumerate(rows[:3] if branch != "listening" else []):
            cells = row[column] if isinstance(row[column], list) else [row[column]]
            media = samples.media(number, column)
            assert [cell["bytes"] for cell in cells] == (
                media if isinstance(media, list) else [media]
            )


@MODES
@pytest.mark.parametrize("way", ["root", "data_dir", "both", "variable", "cwd", "relative"])
def test_ways_to_say_where(
    small: Path, elsewhere: Path, monkeypatch: pytest.MonkeyPatch, way: str, streaming: bool
) -> None:
    assert elsewhere.exists()
    where: dict[str, Any] = {}
    if way in ("root", "both"):
        where["root"] = str(small)
    if way in ("data_dir", "both"):
        where["data_dir"] = str(small)
    if way == "variable":
        monkeypatch.setenv("SPEAKERVID5M_ROOT", str(small))
    if way in ("cwd", "relative"):
        monkeypatch.chdir(small.parent)
    if way == "relative":
        where["root"] = "../" + small.parent.name + "/speakervid5m"
    assert load("dialogue_sft", streaming, **where) == ids_of(small, "dialogue_sft")


@MODES
def test_from_memory_and_from_the_web(
    small: Path, memory: str, elsewhere: Path, streaming: bool
) -> None:
    expected = ids_of(small, "vidchatbench")
    cache = str(elsewhere / "cache")
    with serve(small) as served:
        for url in (memory, served.url):
            assert load("vidchatbench", streaming, root=url, cache_dir=cache) == expected


def test_through_the_class(small: Path, elsewhere: Path) -> None:
    builder = speakervid5m.SpeakerVid5M(config_name="single_sft", root=str(small))
    expected = ids_of(small, "single_sft")
    streamed = builder.as_streaming_dataset(split="train").decode(False)
    assert [row["sample_id"] for row in streamed] == expected
    builder.download_and_prepare()
    assert list(builder.as_dataset(split="train")["sample_id"]) == expected
    builder.download_and_prepare(str(elsewhere / "out"), file_format="parquet")
    assert list(elsewhere.glob("out/*.parquet"))
    assert speakervid5m.SpeakerVid5M(data_dir=str(small)).config.name == "dialogue_sft"


@MODES
def test_columns_and_filters(small: Path, streaming: bool) -> None:
    data = load_dataset(
        "speakervid5m",
        "dialogue_sft",
        root=str(small),
        split="train",
        streaming=streaming,
        columns=["sample_id", "responder_dover"],
        filters=[("responder_dover", ">", 0.8)],
    )
    kept = open_release(str(small))["dialogue_sft"].where("responder_dover > 0.8")
    expected = kept.table(["sample_id", "responder_dover"]).to_pylist()
    assert list(data) == expected and 0 < len(expected) < 8


@MODES
def test_rows_that_newer_tombstones_name_are_left_out(
    small: Path, tmp_path: Path, streaming: bool
) -> None:
    root, older = tmp_path / "newer", tmp_path / "older"
    shutil.copytree(small, root)
    shutil.copytree(small, older)
    source = open_release(str(root))["single_sft"][0].clips[0].source_id
    retract(root, Request(sources=frozenset([source])), date="2026-11-25")
    before = load("single_sft", streaming, root=str(older))
    shutil.copytree(root / "takedown", older / "takedown")
    left = ids_of(root, "single_sft")
    assert load("single_sft", streaming, root=str(older)) == left
    assert 0 < len(left) < len(before)
    with pytest.raises(ValueError, match="retracted rows, which filters= would read"):
        load("single_sft", streaming, root=str(older), filters=[("dover", ">", 0.5)])
    retract(
        root, Request(sources=open_release(str(root)).source_ids("single_sft")), date="2026-11-25"
    )
    shutil.copytree(root / "takedown", older / "takedown", dirs_exist_ok=True)
    with pytest.raises(ValueError, match=r"every row of single_sft in .* was retracted"):
        load("single_sft", streaming, root=str(older))


def test_two_processes_prepare(small: Path) -> None:
    data = load_dataset("speakervid5m", "single_sft", root=str(small), split="train", num_proc=2)
    assert list(data["sample_id"]) == ids_of(small, "single_sft")


def test_names_are_known_without_a_release(small: Path, elsewhere: Path) -> None:
    assert elsewhere.exists()
    assert set(get_dataset_config_names("speakervid5m")) == set(CONFIGS)
    splits = get_dataset_split_names("speakervid5m", "vidchatbench", root=str(small))
    assert splits == ["test"]


def test_the_default_config(small: Path) -> None:
    data = load_dataset("speakervid5m", root=str(small), columns=["sample_id"])
    assert list(data["train"]["sample_id"]) == ids_of(small, "dialogue_sft")


def test_what_is_asked_for_and_is_not_there(other: Path, elsewhere: Path) -> None:
    with pytest.raises(ValueError, match="no config 'dialog_sft'") as error:
        load_dataset("speakervid5m", "dialog_sft", root=str(other))
    assert all(name in str(error.value) for name in CONFIGS)
    with pytest.raises(EmptyConfig, match="the test left it out"):
        load_dataset("speakervid5m", "vidchatbench", root=str(other))
    with pytest.raises(FileNotFoundError) as missing:
        load_dataset("speakervid5m", "dialogue_sft")
    for way in ("root=", "data_dir=", "SPEAKERVID5M_ROOT", "speakervid5m import", str(elsewhere)):
        assert way in str(missing.value)
    with pytest.raises(NotARelease, match="is not there"):
        load_dataset("speakervid5m", "dialogue_sft", root=str(elsewhere / "nothing"))
    with pytest.raises(ValueError, match="takes no data_files"):
        load_dataset("speakervid5m", "dialogue_sft", root=str(other), data_files="x.parquet")


def test_root_and_data_dir_that_disagree(small: Path, other: Path) -> None:
    with pytest.raises(ValueError, match="name two places") as error:
        load_dataset("speakervid5m", "single_sft", root=str(small), data_dir=str(other))
    assert str(small) in str(error.value) and str(other) in str(error.value)


def test_a_variable_that_names_nothing(elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPEAKERVID5M_ROOT", str(elsewhere / "gone"))
    with pytest.raises(FileNotFoundError, match="gone"):
        load_dataset("speakervid5m", "single_sft")


def test_the_log_names_the_place(small: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="speakervid5m"):
        load("dialogue_sft", True, root=str(small))
    assert f"reading the release at {small}" in caplog.text


def test_the_class_pickles_and_is_called_by_its_name(small: Path) -> None:
    cls = speakervid5m.SpeakerVid5M
    assert cls.__module__ == "speakervid5m.builder.speakervid5m", "its last part names the cache"
    assert pickle.loads(pickle.dumps(cls)) is cls
    builder = cls(config_name="single_sft", root=str(small))
    copied = pickle.loads(pickle.dumps(builder))
    assert copied.config_id == builder.config_id and copied.cache_dir == builder.cache_dir
    assert builder.name == builder.dataset_name == "speakervid5m"
    loaded = datasets.load_dataset_builder("speakervid5m", "single_sft", root=str(small))
    assert isinstance(loaded, cls)
    assert loaded.cache_dir == builder.cache_dir, "one cache entry, whichever way it is asked for"


def test_registering_again_does_nothing() -> None:
    before = datasets.load.PackagedDatasetModuleFactory.get_module
    speakervid5m.register()
    assert datasets.load.PackagedDatasetModuleFactory.get_module is before

"""What goes wrong silently elsewhere: stale caches, walks of the current directory, names."""

import shutil
from pathlib import Path

import pytest
from datasets import load_dataset
from fsspec.implementations.local import LocalFileSystem

from tests.builder.conftest import Run, ids_of
from tests.builder.test_load_dataset import MODES, load
from tests.small_release import write_small_release


@MODES
def test_two_releases_of_one_name(
    small: Path, twin: Path, monkeypatch: pytest.MonkeyPatch, streaming: bool
) -> None:
    for root in (small, twin, small):
        monkeypatch.chdir(root.parent)
        assert load("single_sft", streaming) == ids_of(root, "single_sft")


@MODES
def test_a_release_rewritten_in_place(tmp_path: Path, streaming: bool) -> None:
    root = tmp_path / "speakervid5m"
    seen = []
    for seed in (0, 1):
        write_small_release(root, seed=seed, configs=["single_sft"], num_sources=1)
        seen.append(load("single_sft", streaming, root=str(root)))
        assert seen[-1] == ids_of(root, "single_sft")
    assert seen[0] != seen[1]


def test_a_release_rewritten_in_place_without_us(run: Run, tmp_path: Path) -> None:
    root = tmp_path / "speakervid5m"
    script = """
from datasets import load_dataset
found = []
for streaming in (True, False):
    data = load_dataset("speakervid5m", "single_sft", split="train", streaming=streaming,
                        columns=["sample_id"])
    found.append([row["sample_id"] for row in data])
answer(found)
"""
    for seed in (0, 1):
        write_small_release(root, seed=seed, configs=["single_sft"], num_sources=1)
        expected = ids_of(root, "single_sft")
        assert run(script, cwd=tmp_path, ours=False) == [expected, expected]


def test_the_same_release_elsewhere_has_the_same_rows(small: Path, tmp_path: Path) -> None:
    moved = tmp_path / "moved"
    shutil.copytree(small, moved)
    assert load("single_sft", False, root=str(moved)) == ids_of(small, "single_sft")
    shutil.rmtree(moved)
    assert load("single_sft", False, root=str(small)) == ids_of(small, "single_sft")


@MODES
def test_the_current_directory_is_not_walked(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, streaming: bool
) -> None:
    folder = tmp_path / "huge"
    folder.mkdir()
    (folder / "a.parquet").write_bytes(b"not Parquet")
    monkeypatch.chdir(folder)
    listed: list[str] = []
    plain = LocalFileSystem.ls

    def ls(self: LocalFileSystem, path: str, *args: object, **kwargs: object) -> object:
        listed.append(str(path))
        return plain(self, path, *args, **kwargs)

    monkeypatch.setattr(LocalFileSystem, "ls", ls)
    assert load("single_sft", streaming, root=str(small)) == ids_of(small, "single_sft")
    assert not any(path.startswith(str(folder)) for path in listed)
    assert not any("/data" in path for path in listed), "nor the release: the manifest knows it"
    with pytest.raises(Exception, match="Parquet"):
        load_dataset("parquet")
    assert any(path.startswith(str(folder)) for path in listed), "so the check above can fail"


def test_the_cache_does_not_depend_on_where_one_stands(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = []
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / f"{name}.txt").write_text(name)
        monkeypatch.chdir(folder)
        data = load_dataset("speakervid5m", "single_sft", root=str(small), split="train")
        places.append(data.cache_files[0]["filename"])
    assert places[0] == places[1]


def test_other_packaged_builders_are_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.json").write_text('{"a": 1}\n')
    monkeypatch.chdir(tmp_path)
    assert load_dataset("json", data_files="a.json", split="train")["a"][:] == [1]


SCRIPT = """
import speakervid5m
from datasets import load_dataset
data = load_dataset("speakervid5m", "single_sft", split="train", columns=["sample_id"])
answer([speakervid5m.__name__, speakervid5m.SpeakerVid5M.__module__, list(data["sample_id"])])
"""


def test_imported_beside_a_release(run: Run, other: Path) -> None:
    """The release's folder is on the path first, and is no package."""
    found = run(SCRIPT, cwd=other.parent, ours=True)
    assert found == [
        "speakervid5m",
        "speakervid5m.builder.speakervid5m",
        ids_of(other, "single_sft"),
    ]


def test_a_python_file_in_the_release_does_no_harm_with_us(
    run: Run, other: Path, tmp_path: Path
) -> None:
    shutil.copytree(other, tmp_path / "speakervid5m")
    (tmp_path / "speakervid5m" / "speakervid5m.py").write_text("raise RuntimeError('no')")
    found = run(SCRIPT, cwd=tmp_path, ours=True)
    assert found[2] == ids_of(other, "single_sft")

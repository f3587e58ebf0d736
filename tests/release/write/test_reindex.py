import os
import shutil
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from speakervid5m.records import CONFIGS
from speakervid5m.release import DamagedRelease, open_release, reindex, verify, write_release
from speakervid5m.release.takedown.retraction import retract
from speakervid5m.release.tombstones.records import Request, Takedown
from tests.release.verification.test_release import replaced, rewrite
from tests.release.write.test_writer import files_of
from tests.small_release import contents_of, facts_of, small_rows, write_rows


def test_an_index_that_was_lost_is_made_again(copy: Path) -> None:
    before = files_of(copy)
    inodes = {name: (copy / name).stat().st_ino for name in before if name.startswith("data/")}
    shutil.rmtree(copy / "index")
    assert not verify(str(copy)).ok
    reindex(copy)
    assert files_of(copy) == before
    assert {name: (copy / name).stat().st_ino for name in inodes} == inodes, "data/ is not touched"
    assert verify(str(copy)).ok


def test_an_index_that_says_something_else_is_put_right(copy: Path) -> None:
    name = "index/single_sft/text-0000.parquet"
    whole = (copy / name).read_bytes()
    rewrite(copy, name, replaced("motion", lambda column: pa.nulls(len(column), column.type)))
    found = {one.what for one in verify(str(copy)).problems}
    assert found == {"motion differs between index and shard"}
    reindex(copy)
    assert (copy / name).read_bytes() == whole
    assert verify(str(copy)).ok


def test_shards_of_another_parquet_writer_are_kept(copy: Path) -> None:
    """As a later pyarrow would write them: other bytes, the same rows."""
    rows = small_rows(configs=["single_sft"])
    root = copy.parent / "other"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("speakervid5m.release.format.shard.ROW_GROUP_BYTES", 40_000)
        write_rows(root, rows)
    before = files_of(root)
    reindex(root)
    assert files_of(root) == before


def test_other_documents_stay(tmp_path: Path) -> None:
    root = tmp_path / "release"
    rows = small_rows(configs=["single_sft"], num_sources=1)

    def documents(folder: Path) -> None:
        (folder / "croissant.json").write_text("{}")

    retracted = Takedown(tombstones=Request(sources=frozenset(["x" * 11])).tombstones("2026-11-25"))
    write_release(
        root,
        contents_of(rows, 1),
        facts_of(rows, num_buckets=1),
        retracted=retracted,
        documents=documents,
    )
    before = files_of(root)
    reindex(root)
    assert files_of(root) == before
    assert "takedown/tombstones.parquet" in open_release(str(root)).manifest.files


def test_a_damaged_shard_is_refused_and_nothing_changed(copy: Path) -> None:
    shard = copy / "data/single/sft/train-0000.parquet"
    with shard.open("r+b") as file:
        file.seek(1000)
        file.write(b"\x00\xff\x00\xff")
    before = files_of(copy)
    with pytest.raises(DamagedRelease, match=r"train-0000\.parquet was altered"):
        reindex(copy)
    os.truncate(shard, 1000)
    with pytest.raises(DamagedRelease, match="has 1000 bytes"):
        reindex(copy)
    assert {name for name, data in files_of(copy).items() if before[name] != data} == {
        "data/single/sft/train-0000.parquet"
    }


def test_without_media_too(tmp_path: Path) -> None:
    root = tmp_path / "bare"
    write_rows(root, small_rows(with_media=False), with_media=False)
    before = files_of(root)
    assert set(reindex(root).configs) == set(CONFIGS)
    assert files_of(root) == before


@pytest.fixture
def older(tmp_path: Path) -> Path:
    """A release of a time when clips had two scores less."""
    return write_older(tmp_path / "older" / "speakervid5m")


@pytest.fixture
def older_of_one_part(tmp_path: Path) -> Path:
    """The same with several buckets in a part of the index, as large releases have them."""
    return write_older(tmp_path / "older" / "speakervid5m", "layout.MAX_INDEX_PARTS = 1\n")


def write_older(root: Path, more: str = "") -> Path:
    code = (
        "import sys\nfrom pathlib import Path\n"
        "import speakervid5m.records.columns as columns\n"
        f"import speakervid5m.release.layout as layout\n{more}"
        "now = columns._hints\n"
        "columns._hints = lambda record: {\n"
        "    name: hint for name, hint in now(record).items()\n"
        "    if name not in ('uvq', 'asd_score')}\n"
        "columns.columns_of.cache_clear()\n"
        "from tests.small_release import small_rows, write_rows\n"
        "write_rows(Path(sys.argv[1]), small_rows(num_sources=2))\n"
    )
    subprocess.run([sys.executable, "-c", code, str(root)], check=True, cwd=Path.cwd())
    return root


@pytest.mark.parametrize("in_memory", [True, False])
def test_a_release_of_an_older_minor_version_is_read(
    older: Path, in_memory: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPEAKERVID5M_CACHE", str(tmp_path / "cache"))
    if not in_memory:
        monkeypatch.setattr("speakervid5m.release.read.column_cache.IN_MEMORY_ROWS", 0)
    release = open_release(str(older))
    assert "uvq" not in pq.read_schema(older / "index/single_sft/scan-0000.parquet").names
    for name in release.configs:
        for sample in release[name]:
            assert all(clip.uvq is None and clip.dover is not None for clip in sample.clips)
    assert len(release["single_sft"].where("uvq is null")) == len(release["single_sft"])
    assert "min_dover" in release["multi_turn_sft"].table().column_names
    assert verify(str(older)).ok


def test_it_is_brought_up_by_reindex_without_touching_data(older: Path) -> None:
    before = files_of(older)
    read = {name: list(open_release(str(older))[name]) for name in open_release(str(older)).configs}
    reindex(older)
    after = files_of(older)
    assert {n: d for n, d in after.items() if n.startswith("data/")} == {
        n: d for n, d in before.items() if n.startswith("data/")
    }
    assert "uvq" in pq.read_schema(older / "index/single_sft/scan-0000.parquet").names
    release = open_release(str(older))
    assert {name: list(release[name]) for name in release.configs} == read
    assert verify(str(older)).ok


def test_a_source_of_it_can_be_retracted(
    older_of_one_part: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    older = older_of_one_part
    monkeypatch.setattr("speakervid5m.release.layout.MAX_INDEX_PARTS", 1)
    first, *others = sorted(open_release(str(older)).source_ids("single_sft"))
    retract(older, Request(sources=frozenset([first])), date="2026-11-25")
    assert sorted(open_release(str(older)).source_ids("single_sft")) == others
    assert verify(str(older), decode=False).ok

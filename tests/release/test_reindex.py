import os
import shutil
from pathlib import Path

import pyarrow as pa
import pytest

from speakervid5m.records import CONFIGS
from speakervid5m.release import DamagedRelease, open_release, reindex, verify, write_release
from tests.release.test_verify import replaced, rewrite
from tests.release.test_writer import files_of
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
        patch.setattr("speakervid5m.release.shard.ROW_GROUP_BYTES", 40_000)
        write_rows(root, rows)
    before = files_of(root)
    reindex(root)
    assert files_of(root) == before


def test_other_documents_stay(tmp_path: Path) -> None:
    root = tmp_path / "release"
    rows = small_rows(configs=["single_sft"], num_sources=1)

    def documents(folder: Path) -> None:
        (folder / "takedown").mkdir()
        (folder / "takedown" / "tombstones.parquet").write_bytes(b"PAR1" + bytes(8) + b"PAR1")
        (folder / "croissant.json").write_text("{}")

    write_release(root, contents_of(rows, 1), facts_of(rows, num_buckets=1), documents=documents)
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

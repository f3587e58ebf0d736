"""What cannot be read is named at once; what a stranger's files claim takes no memory first."""

import dataclasses
import os
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from speakervid5m.records import install_command
from speakervid5m.release import DamagedRelease, NotARelease, open_release
from speakervid5m.release.storage.retries import ReadFailed, ReadRefused
from speakervid5m.release.tombstones.records import REMOVALS, TOMBSTONES, Takedown, Tombstone
from tests.release.storage.test_hosts import host

DIGEST = "a" * 64
TOMBSTONE = {"kind": "source", "digest": DIGEST, "source_digest": DIGEST, "date": "2026-11-30"}


@pytest.fixture(autouse=True)
def no_second_try(monkeypatch: pytest.MonkeyPatch) -> None:
    def wait(_: float) -> None:
        pytest.fail("what fails on this machine's disk is tried again")

    monkeypatch.setattr("speakervid5m.release.storage.retries.time.sleep", wait)


def folder(path: Path) -> None:
    path.mkdir(parents=True)


def below_a_file(path: Path) -> None:
    path.parent.write_text("x")


def in_a_loop(path: Path) -> None:
    path.parent.mkdir()
    path.symlink_to(path.name)


@pytest.mark.parametrize("act", [folder, below_a_file, in_a_loop])
@pytest.mark.parametrize("check", [True, False])
def test_tombstones_that_are_no_file(copy: Path, act: object, check: bool) -> None:
    assert callable(act)
    act(copy / TOMBSTONES)
    with pytest.raises((DamagedRelease, OSError), match=r"^speakervid5m/takedown/tombstones"):
        open_release(str(copy), takedown_check=check)["single_sft"]


def test_tombstones_that_this_user_may_not_read(
    copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Takedown(tombstones=(Tombstone(**TOMBSTONE),)).write(copy)  # type: ignore[arg-type]
    files = open_release(str(copy)).files
    real = files.system.open

    def refused(path: str, *args: object) -> object:
        if path.endswith(TOMBSTONES):
            # As for any user but root, who reads all.
            raise PermissionError(13, os.strerror(13), path)
        return real(path, *args)

    monkeypatch.setattr(files.system, "open", refused)
    with pytest.raises(DamagedRelease, match=r"s\.parquet: Permission denied.*nobody knows"):
        open_release(str(copy))["single_sft"]
    assert open_release(str(copy), takedown_check=False)["single_sft"]
    monkeypatch.setattr(files.system, "open", lambda *_: refused(TOMBSTONES))
    with pytest.raises(ReadRefused, match=r"^speakervid5m/manifest\.json: Permission denied$"):
        open_release(str(copy))


def test_a_file_in_the_place_of_a_release(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(NotARelease, match=r"file' holds no manifest\.json\. A release is"):
        open_release(str(tmp_path / "file"))


def test_a_manifest_that_is_a_folder(copy: Path) -> None:
    (copy / "manifest.json").unlink()
    (copy / "manifest.json").mkdir()
    with pytest.raises(ReadFailed, match=r"^speakervid5m/manifest\.json: Is a directory$"):
        open_release(str(copy))


@pytest.mark.parametrize(("url", "module"), [("https://h/r", "aiohttp"), ("s3://b/r", "s3fs")])
def test_what_reads_an_address_is_missing(
    url: str, module: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ImportError, match=re.escape(install_command("remote"))) as caught:
        open_release(url)
    assert url in str(caught.value)


def written(root: Path, tombstones: Mapping[str, Sequence[object]], rows: int = 0) -> None:
    (root / TOMBSTONES).parent.mkdir()
    pq.write_table(pa.table(tombstones), root / TOMBSTONES)
    texts = ("date", "config", "config_digest_before", "config_digest_after")
    table = pa.table(
        {
            **{name: ["x"] for name in texts},
            "rows": pa.array([[0] * rows], pa.list_(pa.int64())),
        }
    )
    pq.write_table(table, root / REMOVALS)


@pytest.mark.parametrize(
    ("limit", "said"),
    [
        ("_MAX_ROWS", "1001 rows"),
        ("_MAX_VALUES", "4004 values"),
        ("_MAX_UNPACKED_BYTES", "bytes unpacked"),
    ],
)
def test_tombstones_without_an_end(
    copy: Path, limit: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(copy, {name: [value] * 1001 for name, value in TOMBSTONE.items()})
    assert open_release(str(copy))["single_sft"]
    monkeypatch.setattr(f"speakervid5m.release.tombstones.records.{limit}", 100)
    monkeypatch.setattr(pq, "read_table", lambda *_, **__: pytest.fail("it was unpacked"))
    with pytest.raises(DamagedRelease, match=f"takedown cannot be read: .*{said}"):
        open_release(str(copy))["single_sft"]


def test_removals_without_an_end(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(copy, {name: [value] for name, value in TOMBSTONE.items()}, rows=1001)
    assert open_release(str(copy))["single_sft"]
    monkeypatch.setattr("speakervid5m.release.tombstones.records._MAX_VALUES", 1000)
    with pytest.raises(DamagedRelease, match="1005 values"):
        open_release(str(copy))["single_sft"]


@pytest.mark.parametrize(
    "change",
    [
        {"date": ["x" * 257]},
        {"date": [None]},
        {"digest": [b"a" * 64]},
        {"kind": [1]},
        {"kind": [["source"]]},
        {"more": ["x"]},
    ],
)
def test_tombstones_of_another_shape(copy: Path, change: dict[str, list[Any]]) -> None:
    written(copy, {name: [value] for name, value in TOMBSTONE.items()} | change)
    with pytest.raises(DamagedRelease, match="takedown cannot be read"):
        open_release(str(copy))["single_sft"]


@pytest.mark.parametrize("elsewhere", [False, True])
def test_an_index_that_names_more_than_a_shard_has(
    small: Path, elsewhere: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    with host(small, odd={}) as url:
        samples = open_release(url if elsewhere else str(small))["single_sft"]
        place = samples.ranges(0, "video")
        assert place is not None and not isinstance(place, list)
        samples.view(place)
        for wrong in (
            dataclasses.replace(place, num_bytes=1 << 42),
            dataclasses.replace(place, offset_bytes=1 << 42),
        ):
            with pytest.raises(DamagedRelease, match="the index is wrong"):
                samples.view(wrong)
        monkeypatch.setattr(
            "speakervid5m.release.storage.files.MAX_RANGE_BYTES", place.num_bytes - 1
        )
        if elsewhere:
            with pytest.raises(DamagedRelease, match=f"at most {place.num_bytes - 1} at once"):
                samples.view(place)
        else:
            samples.view(place)

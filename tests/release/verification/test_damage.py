"""Whatever is broken, readers and `verify` say what and where, and never give wrong rows."""

import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from speakervid5m.release import (
    DamagedRelease,
    NotARelease,
    SchemaVersionError,
    UnfinishedRelease,
    VerifyReport,
    open_release,
    verify,
)

SHARD = "data/dialogue/sft/train-0000.parquet"
INDEX = "index/dialogue_sft/scan-0000.parquet"


def problems(root: Path) -> dict[str, str]:
    report: VerifyReport = verify(str(root), decode=False)
    assert not report.ok
    return {one.where: one.what for one in report.problems}


def edit(root: Path, change: Callable[[dict[str, Any]], None]) -> None:
    path = root / "manifest.json"
    values = json.loads(path.read_text())
    change(values)
    path.write_text(json.dumps(values))


def flip(path: Path, offset: int) -> None:
    with path.open("r+b") as file:
        file.seek(offset)
        byte = file.read(1)
        file.seek(offset)
        file.write(bytes([byte[0] ^ 0xFF]))


@pytest.mark.parametrize("name", [SHARD, INDEX])
def test_missing(copy: Path, name: str) -> None:
    (copy / name).unlink()
    assert problems(copy) == {name: "is missing"}
    samples = open_release(str(copy))["dialogue_sft"]
    with pytest.raises(DamagedRelease, match=f"{re.escape(name)} is missing"):
        samples.media(0, "responder_video")


@pytest.mark.parametrize("name", [SHARD, INDEX])
@pytest.mark.parametrize("cut", [0, 3, 100])
def test_truncated(copy: Path, name: str, cut: int) -> None:
    size = (copy / name).stat().st_size
    os.truncate(copy / name, size - cut if cut else 0)
    assert list(problems(copy)) == [name]
    with pytest.raises(DamagedRelease, match=rf"{re.escape(name)} has \d+ bytes, not {size}"):
        open_release(str(copy))["dialogue_sft"].media(0, "responder_video")


def test_altered_media(copy: Path) -> None:
    samples = open_release(str(copy))["dialogue_sft"]
    place = samples.ranges(0, "responder_video")
    assert not isinstance(place, list) and place is not None
    flip(copy / place.path, place.offset_bytes + place.num_bytes // 2)
    assert problems(copy) == {place.path: "does not match its sha256: it was altered"}
    samples = open_release(str(copy))["dialogue_sft"]
    with pytest.raises(DamagedRelease, match=rf"{re.escape(place.path)}.* checksum"):
        samples.media(0, "responder_video")
    assert samples.media(0, "initiator_video")


@pytest.mark.parametrize("name", [SHARD, INDEX])
@pytest.mark.parametrize("back", [2, 200])
def test_altered_footer(copy: Path, name: str, back: int) -> None:
    flip(copy / name, (copy / name).stat().st_size - back)
    assert name in problems(copy)
    with pytest.raises(DamagedRelease, match=re.escape(name)):
        open_release(str(copy))["dialogue_sft"].media(0, "responder_video")


def test_a_shard_of_another_release(copy: Path) -> None:
    other = (copy / "data/dialogue/pretrain/train-0000.parquet").read_bytes()
    (copy / SHARD).write_bytes(other)
    assert SHARD in problems(copy)
    edit(copy, lambda values: values["files"][SHARD].update(num_bytes=len(other)))
    with pytest.raises(DamagedRelease, match="another file than the manifest's"):
        open_release(str(copy))["dialogue_sft"].media(0, "responder_video")


def test_another_major_version(copy: Path) -> None:
    edit(copy, lambda values: values.update(schema_version="2.0"))
    for call in (open_release, verify):
        with pytest.raises(SchemaVersionError, match=r"schema version 2\.0, this reader knows 1\."):
            call(str(copy))


def test_a_foreign_file(copy: Path) -> None:
    (copy / "speakervid5m.py").write_text("")
    (copy / "data/dialogue/sft/train-ffff.parquet").write_bytes(b"")
    (copy / ".git").mkdir()
    (copy / ".git" / "HEAD").write_text("")
    assert set(problems(copy)) == {"speakervid5m.py", "data/dialogue/sft/train-ffff.parquet"}
    assert len(open_release(str(copy))["dialogue_sft"]) == 8


def test_no_manifest(copy: Path) -> None:
    (copy / "manifest.json").unlink()
    for call in (open_release, verify):
        with pytest.raises(UnfinishedRelease, match=r"data and no manifest\.json"):
            call(str(copy))


def test_not_a_release(tmp_path: Path) -> None:
    with pytest.raises(NotARelease, match="is not there"):
        open_release(str(tmp_path / "nothing"))
    with pytest.raises(NotARelease, match=r"holds no manifest\.json\. A release is a folder"):
        open_release(str(tmp_path))


@pytest.mark.parametrize(
    "name",
    ["../outside.parquet", "/etc/passwd", "data/../../x", "data//x", ".ssh/id", "a\\b", "a\n"],
)
def test_a_path_that_leaves_the_folder(copy: Path, name: str) -> None:
    edit(copy, lambda values: values["files"].update({name: values["files"][SHARD]}))
    for call in (open_release, verify):
        with pytest.raises(DamagedRelease, match="not a path inside a release") as error:
            call(str(copy))
        assert repr(name) in str(error.value)


@pytest.mark.parametrize("text", ["", "[]", "{}", "null", "{", '{"schema_version": "1.0"}', "\xff"])
def test_a_manifest_that_is_none(copy: Path, text: str) -> None:
    (copy / "manifest.json").write_text(text, encoding="latin-1")
    for call in (open_release, verify):
        with pytest.raises(DamagedRelease, match=r"manifest\.json is (no manifest|damaged)"):
            call(str(copy))


@pytest.mark.parametrize("key", ["facts", "configs", "files"])
@pytest.mark.parametrize("value", [[], "text", 3, {"dialogue_sft": 3}, None])
def test_a_manifest_of_other_types(copy: Path, key: str, value: object) -> None:
    edit(copy, lambda values: values.update({key: value}))
    with pytest.raises(DamagedRelease, match=r"manifest\.json is damaged"):
        open_release(str(copy))


def test_a_manifest_that_knows_no_index(copy: Path) -> None:
    edit(copy, lambda values: values["files"].pop(INDEX))
    with pytest.raises(DamagedRelease, match="reindex"):
        open_release(str(copy))["dialogue_sft"][7]
    assert problems(copy)[INDEX] == "the manifest does not know this file"


def test_a_shard_that_the_manifest_does_not_know(copy: Path) -> None:
    edit(copy, lambda values: values["files"].pop(SHARD))
    samples = open_release(str(copy))["dialogue_sft"]
    assert len(samples) == 8 and samples[0]
    with pytest.raises(DamagedRelease, match="the index names it, the manifest does not"):
        samples.media(0, "responder_video")
    assert SHARD in problems(copy)

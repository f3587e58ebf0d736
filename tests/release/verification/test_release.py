"""`verify` finds what a reader would not: each lie below is told in files that hash well."""

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from speakervid5m.records import SingleSample
from speakervid5m.release import ReleaseFacts, describe_gates, verify, write_release
from speakervid5m.release.write.durable_files import file_entry
from tests.small_release import Rows, contents_of, facts_of, small_rows, write_rows

Change = Callable[[pa.Table], pa.Table]


def rewrite(root: Path, name: str, change: Change) -> None:
    """Writes a file of an index anew, and its digests into the manifest."""
    pq.write_table(change(pq.read_table(root / name)), root / name)
    digest(root, name)


def digest(root: Path, name: str) -> None:
    path = root / name
    manifest = json.loads((root / "manifest.json").read_text())
    manifest["files"][name] = dataclasses.asdict(file_entry(path))
    (root / "manifest.json").write_text(json.dumps(manifest))


def whats(root: Path) -> set[str]:
    return {one.what for one in verify(str(root)).problems}


def replaced(column: str, change: Callable[[pa.ChunkedArray], pa.ChunkedArray]) -> Change:
    return lambda table: table.set_column(
        table.column_names.index(column), column, change(table[column]).cast(table[column].type)
    )


def test_a_whole_release(small: Path) -> None:
    seen: list[str] = []
    report = verify(str(small), progress=lambda now: seen.append(f"{now.done} {now.detail}"))
    assert report.ok and report.problems == []
    assert (report.num_rows, report.num_media) == (80, 320)
    assert report.num_frames > 3000 and report.num_files > 60
    assert seen[0] == "0 dialogue_pretrain" and len(seen) == 9
    assert verify(str(small), decode=False).num_frames == 0


@pytest.mark.parametrize(
    ("table", "column", "change", "expected"),
    [
        ("scan", "dover", lambda c: pc.add(c, 0.5), "dover differs between index and shard"),
        (
            "scan",
            "video_offset_bytes",
            lambda c: pc.add(c, 1),
            "not the value that Parquet",
        ),
        (
            "scan",
            "audio_xxh3_64",
            lambda c: c.take(list(range(len(c)))[::-1]),
            "not the value that Parquet",
        ),
        ("scan", "sample_id", lambda c: c.take(list(range(len(c)))[::-1]), "do not correspond"),
        ("scan", "bucket", lambda c: pc.subtract(1, c), "belongs to"),
        ("scan", "row", lambda c: pc.add(c, 1), "not in the order of the shards"),
        ("text", "transcript", lambda c: pa.nulls(len(c), c.type), "transcript differs"),
        ("frames", "is_key", lambda c: c.take([1, 0, *range(2, len(c))]), "is_key in the frames"),
        ("frames", "position", lambda c: pc.add(c, 1), "pts in the frames table"),
    ],
)
def test_an_index_that_lies(
    copy: Path,
    table: str,
    column: str,
    change: Callable[[pa.ChunkedArray], pa.ChunkedArray],
    expected: str,
) -> None:
    rewrite(copy, f"index/single_sft/{table}-0000.parquet", replaced(column, change))
    found = whats(copy)
    assert any(expected in what for what in found), found


@pytest.mark.parametrize("table", ["scan", "text"])
def test_an_index_of_other_length_or_columns(copy: Path, table: str) -> None:
    name = f"index/single_sft/{table}-0000.parquet"
    whole = (copy / name).read_bytes()
    rewrite(copy, name, lambda one: one.slice(1))
    assert not verify(str(copy)).ok
    (copy / name).write_bytes(whole)
    rewrite(copy, name, lambda one: one.drop_columns([one.column_names[-1]]))
    problems = verify(str(copy)).problems
    assert problems and all(one.where.startswith("single_sft") for one in problems)


def test_turns_that_the_index_does_not_have(copy: Path) -> None:
    name = "index/multi_turn_sft/scan-0000.parquet"
    rewrite(copy, name, replaced("turn_videos_offset_bytes", lambda c: pc.list_slice(c, 0, 2)))
    assert not verify(str(copy)).ok


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("num_rows", 17, "the manifest says 17"),
        ("num_sources", 9, "the manifest says 9"),
        ("config_digest", "0" * 64, "config_digest"),
        ("num_buckets", 4, "belongs to"),
        ("num_buckets", 3, "power of two"),
    ],
)
def test_a_manifest_that_lies(copy: Path, key: str, value: object, expected: str) -> None:
    manifest = json.loads((copy / "manifest.json").read_text())
    manifest["configs"]["single_sft"][key] = value
    (copy / "manifest.json").write_text(json.dumps(manifest))
    found = whats(copy)
    assert any(expected in what for what in found), found


def test_a_manifest_that_lies_of_the_rows_of_a_file(copy: Path) -> None:
    manifest = json.loads((copy / "manifest.json").read_text())
    manifest["files"]["index/single_sft/scan-0000.parquet"]["num_rows"] += 1
    (copy / "manifest.json").write_text(json.dumps(manifest))
    assert any("rows, the manifest says" in what for what in whats(copy))


def test_a_card_that_lies(copy: Path) -> None:
    """`datasets` would hand out the rows of another release."""
    card = copy / "README.md"
    text = card.read_text()
    card.write_text(text.replace("release sha256:", "release sha256:0", 1))
    digest(copy, "README.md")
    assert whats(copy) == {"its YAML and the manifest differ on dialogue_pretrain"}
    card.write_text("# Nothing")
    digest(copy, "README.md")
    assert any("lists no configs" in what for what in whats(copy))


def with_clip(rows: Rows, name: str, **values: object) -> Rows:
    """The rows, where the first clip of a single config has other values."""
    first, *others = rows[name]
    assert isinstance(first.sample, SingleSample)
    clip = dataclasses.replace(first.sample.clip, **values)  # type: ignore[arg-type]
    return rows | {name: [dataclasses.replace(first, sample=SingleSample(clip=clip)), *others]}


def test_a_row_of_the_wrong_tier(tmp_path: Path) -> None:
    rows = with_clip(
        small_rows(configs=["single_sft"], num_sources=1), "single_sft", tier="pretrain"
    )
    write_rows(tmp_path / "r", rows)
    assert whats(tmp_path / "r") == {"has tier pretrain and is in single_sft"}


def test_a_row_in_the_wrong_bucket(tmp_path: Path) -> None:
    rows = small_rows(configs=["single_sft"], num_sources=1)
    (content,) = contents_of(rows, 1)["single_sft"].values()
    write_release(tmp_path / "r", {"single_sft": {1: content}}, facts_of(rows, num_buckets=2))
    assert any("belongs to" in what for what in whats(tmp_path / "r"))


def test_a_test_source_in_training(tmp_path: Path) -> None:
    rows = small_rows(configs=["dialogue_sft", "vidchatbench"])
    leak = rows["dialogue_sft"][:1]
    write_rows(tmp_path / "r", rows | {"vidchatbench": [*rows["vidchatbench"], *leak]})
    assert any("test sources must leave training" in what for what in whats(tmp_path / "r"))


@pytest.mark.parametrize("medium", ["video", "audio"])
def test_media_that_do_not_decode(tmp_path: Path, medium: str) -> None:
    rows = small_rows(configs=["single_sft"], num_sources=1)
    first, *others = rows["single_sft"]
    data = first.media[medium]
    assert isinstance(data, bytes)
    half = dataclasses.replace(first, media={**first.media, medium: data[: len(data) // 2]})
    if medium == "audio":
        write_rows(tmp_path / "r", {"single_sft": [half, *others]})
        assert not verify(str(tmp_path / "r")).ok
    else:
        with pytest.raises(ValueError, match="truncated"):
            write_rows(tmp_path / "r", {"single_sft": [half, *others]})


def test_gates_bind_what_is_curated_and_only_count_what_is_official(tmp_path: Path) -> None:
    rows = with_clip(small_rows(configs=["single_sft"], num_sources=1), "single_sft", dover=0.1)
    write_rows(tmp_path / "official", rows)
    assert verify(str(tmp_path / "official")).ok
    gates = [gate for gate in describe_gates() if gate["name"] in ("dover", "sft_dover")]
    facts = ReleaseFacts(origin="curated", num_buckets={"single_sft": 2}, gates=tuple(gates))
    write_release(tmp_path / "curated", contents_of(rows, 2), facts)
    found = whats(tmp_path / "curated")
    assert {what.split(" fails ")[1] for what in found} == {
        "gate dover: dover >= 0.25",
        "gate sft_dover: dover > 0.6",
    }

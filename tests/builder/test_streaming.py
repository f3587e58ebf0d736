"""Streams of `datasets`: columns, rows by SQL, exact resume, ranks; bytes counted on the way."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import datasets
import pyarrow.parquet as pq
import pytest
import torch
from datasets import load_dataset
from datasets.distributed import split_dataset_by_node

import speakervid5m
from speakervid5m.records import CONFIGS, features_of
from speakervid5m.release import QueryError, open_release
from speakervid5m.release.read.arrow_rows import read_rows_of
from tests.release.serving import Served, serve
from tests.small_release import write_small_release

WHERE = "responder_dover > 0.8"


@pytest.fixture(scope="module")
def larger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One config of 24 conversations in 4 shards."""
    root = tmp_path_factory.mktemp("larger") / "speakervid5m"
    write_small_release(root, num_sources=24, configs=["dialogue_sft"], num_buckets=4)
    return root


@pytest.fixture
def web(larger: Path) -> Iterator[Served]:
    with serve(larger) as served:
        yield served


def stream(root: Path | str, name: str = "dialogue_sft", **given: Any) -> Any:
    return load_dataset(
        "speakervid5m", name, split=CONFIGS[name].split, streaming=True, root=str(root), **given
    )


def ids(rows: Any) -> list[str]:
    return [row["sample_id"] for row in rows]


def data_bytes(web: Served) -> int:
    return sum(size for name, size in web.sent if name.startswith("data/"))


@pytest.mark.parametrize("name", CONFIGS)
def test_rows_by_ranges_are_the_rows_of_the_shards(small: Path, name: str) -> None:
    samples = open_release(str(small))[name]
    whole = [row for url in samples.shard_urls for row in pq.read_table(url).to_pylist()]
    chosen = [len(samples) - 1, 0]
    found = read_rows_of(samples, chosen, list(features_of(samples.config.branch)))
    assert found.to_pylist() == [whole[number] for number in chosen]
    assert found.schema.names == pq.read_schema(samples.shard_urls[0]).names


def test_where_keeps_what_the_index_keeps(larger: Path) -> None:
    kept = open_release(str(larger))["dialogue_sft"].where(WHERE)
    expected = [kept.table(["sample_id"])["sample_id"][n].as_py() for n in range(len(kept))]
    assert 0 < len(expected) < 48
    found = stream(larger, where=WHERE)
    assert found.features == features_of("dialogue")
    rows = list(found.decode(False))
    assert ids(rows) == expected
    assert rows[0]["responder_video"]["bytes"] == kept.media(0, "responder_video")
    narrow = list(stream(larger, where=WHERE, columns=["responder_audio", "sample_id"]))
    assert ids(narrow) == expected and set(narrow[0]) == {"responder_audio", "sample_id"}
    assert narrow[0]["responder_audio"]["array"].ndim == 1
    one = load_dataset(
        "speakervid5m",
        "dialogue_sft",
        split="train",
        root=str(larger),
        where=WHERE,
        columns=["sample_id"],
    )
    assert ids(one) == expected
    # Another question has a cache of its own.
    other = load_dataset(
        "speakervid5m", "dialogue_sft", split="train", root=str(larger), columns=["sample_id"]
    )
    assert len(other) == 48


def test_where_moves_the_media_of_its_rows_alone(web: Served) -> None:
    samples = open_release(web.url)["dialogue_sft"]
    kept = samples.where(WHERE)
    places = [kept.ranges(number, "responder_video") for number in range(len(kept))]
    needed = sum(one.num_bytes for one in places if one and not isinstance(one, list))
    columns = ["sample_id", "responder_video"]
    moved = {}
    for way, given in (
        ("where", {"where": WHERE}),
        ("filters", {"filters": [("responder_dover", ">", 0.8)]}),
        ("columns", {"columns": ["sample_id"]}),
    ):
        web.sent.clear()
        rows = list(stream(web.url, **({"columns": columns} | given)).decode(False))
        assert len(rows) == (48 if way == "columns" else len(kept))
        moved[way] = data_bytes(web)
    # Each shard's footer is compared at first opening: at most 64 KiB.
    tails = sum(
        min(1 << 16, entry.num_bytes)
        for name, entry in samples.release.manifest.files.items()
        if name.startswith("data/")
    )
    assert needed <= moved["where"] <= 1.5 * needed + tails
    whole = sum(
        entry.num_bytes
        for name, entry in samples.release.manifest.files.items()
        if name.startswith("data/")
    )
    assert moved["filters"] > 2 * needed, (moved, needed, whole)


@pytest.mark.parametrize("given", [{}, {"where": WHERE}], ids=["all", "where"])
@pytest.mark.parametrize("seen", [1, 5])
def test_a_stream_resumes_exactly(larger: Path, given: dict[str, str], seen: int) -> None:
    def fresh() -> Any:
        return stream(larger, columns=["sample_id"], **given)

    whole = ids(fresh())
    first = fresh()
    running = iter(first)
    assert ids(next(running) for _ in range(seen)) == whole[:seen]
    state = first.state_dict()
    second = fresh()
    second.load_state_dict(state)
    assert ids(second) == whole[seen:]
    # A second time from the same place, and from a place after it.
    third = fresh()
    third.load_state_dict(state)
    running = iter(third)
    next(running)
    fourth = fresh()
    fourth.load_state_dict(third.state_dict())
    assert ids(fourth) == whole[seen + 1 :]


def test_a_resumed_stream_reads_its_own_piece_again_and_no_other(web: Served) -> None:
    given: dict[str, Any] = {"where": WHERE, "columns": ["sample_id", "responder_video"]}
    first = stream(web.url, **given).decode(False)
    running = iter(first)
    for _ in range(4):
        next(running)
    state = first.state_dict()
    second = stream(web.url, **given).decode(False)
    second.load_state_dict(state)
    samples = open_release(web.url)["dialogue_sft"].where(WHERE)
    left = [samples.ranges(number, "responder_video") for number in range(3, len(samples))]
    most = sum(one.num_bytes for one in left if one and not isinstance(one, list))
    web.sent.clear()
    list(second)
    assert data_bytes(web) <= 1.5 * most + 4 * (1 << 16)


@pytest.mark.parametrize("given", [{}, {"where": WHERE}], ids=["all", "where"])
def test_ranks_share_the_rows(larger: Path, given: dict[str, str]) -> None:
    whole = stream(larger, columns=["sample_id"], **given)
    parts = [ids(split_dataset_by_node(whole, rank=rank, world_size=2)) for rank in range(2)]
    assert sorted(parts[0] + parts[1]) == sorted(ids(whole))
    if given:
        assert abs(len(parts[0]) - len(parts[1])) <= 1, "pieces are even"


def test_workers_share_the_rows(larger: Path) -> None:
    whole = stream(larger, where=WHERE, columns=["sample_id"])
    loader = torch.utils.data.DataLoader(
        whole, batch_size=None, num_workers=2, multiprocessing_context="fork"
    )
    assert sorted(ids(loader)) == sorted(ids(whole))
    assert whole.num_shards == len(ids(whole)), "few rows: each is a piece"
    assert whole.reshard().num_shards == whole.num_shards


def test_nothing_is_decoded_that_is_not_touched(
    larger: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = []
    decode = datasets.Video.decode_example

    def counted(self: Any, *given: Any, **more: Any) -> Any:
        opened.append(1)
        return decode(self, *given, **more)

    monkeypatch.setattr(datasets.Video, "decode_example", counted)
    next(iter(stream(larger, where=WHERE, columns=["sample_id", "responder_dover"])))
    next(iter(stream(larger, columns=["sample_id", "responder_audio"])))
    next(iter(stream(larger).select_columns(["sample_id"])))
    assert not opened
    row = next(iter(stream(larger, where=WHERE, columns=["responder_video"])))
    assert len(opened) == 1 and row["responder_video"][0].shape == (3, 48, 64)


def test_what_cannot_be_asked(small: Path) -> None:
    with pytest.raises(QueryError, match="responder_dover"):
        stream(small, where="dover > 0.5")
    with pytest.raises(ValueError, match="both choose rows"):
        stream(small, where=WHERE, filters=[("responder_dover", ">", 0.5)])
    with pytest.raises(ValueError, match="matches no row"):
        stream(small, where="responder_dover > 7")
    for given in ({}, {"where": WHERE}):
        with pytest.raises(ValueError, match=r"no column 'dover' .*initiator_dover"):
            stream(small, columns=["dover"], **given)
    with pytest.raises(ValueError, match="matches no row"):
        speakervid5m.SpeakerVid5M(root=str(small), where="false")

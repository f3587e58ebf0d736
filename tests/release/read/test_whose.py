"""Ranges that are another sample's: their checksums are right, and they are refused."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from speakervid5m.loaders import Loader, SampleError
from speakervid5m.release import DamagedRelease, open_release, verify
from speakervid5m.release.format.byte_ranges import check_order
from speakervid5m.release.read import column_cache
from tests.release.verification.test_release import rewrite

KINDS = ("offset_bytes", "num_bytes", "xxh3_64")

Change = Callable[[pa.Table], pa.Table]


def moved(order: Callable[[int], list[int]], *columns: str) -> Change:
    """Values of these columns as they stand in other rows."""

    def change(table: pa.Table) -> pa.Table:
        for name in columns:
            taken = table[name].take(pa.array(order(table.num_rows)))
            table = table.set_column(table.column_names.index(name), name, taken)
        return table

    return change


def swapped(one: str, other: str) -> Change:
    """Two media columns of every row in each other's place."""

    def change(table: pa.Table) -> pa.Table:
        for kind in KINDS:
            first, second = f"{one}_{kind}", f"{other}_{kind}"
            a, b = table[first], table[second]
            table = table.set_column(table.column_names.index(first), first, b)
            table = table.set_column(table.column_names.index(second), second, a)
        return table

    return change


def turned(table: pa.Table) -> pa.Table:
    """The turns of every run, their media in each other's place."""
    for kind in KINDS:
        name = f"turn_videos_{kind}"
        lists = [value[::-1] for value in table[name].to_pylist()]
        column = pa.array(lists, table[name].type)
        table = table.set_column(table.column_names.index(name), name, column)
    return table


def of(name: str) -> tuple[str, ...]:
    return tuple(f"{name}_{kind}" for kind in KINDS)


EVERY_ROW_THE_FIRST = moved(lambda count: [0] * count, *of("responder_video"))
LIES: dict[str, tuple[str, str, Change]] = {
    "every row is the first": (
        "dialogue_sft",
        "responder_video",
        EVERY_ROW_THE_FIRST,
    ),
    "and says so of all its media": (
        "single_sft",
        "audio",
        moved(lambda count: [0] * count, *of("video"), *of("audio"), *of("pose"), "bucket"),
    ),
    "two rows in each other's place": (
        "dialogue_sft",
        "responder_video",
        moved(lambda count: [1, 0, *range(2, count)], *of("responder_video")),
    ),
    "each is the next": (
        "single_sft",
        "video",
        moved(lambda count: [*range(1, count), count - 1], *of("video")),
    ),
    "initiator and responder": (
        "dialogue_sft",
        "responder_video",
        swapped("initiator_video", "responder_video"),
    ),
    "turns": ("multi_turn_sft", "turn_videos", turned),
    "rows in another order": (
        "dialogue_sft",
        "responder_video",
        lambda table: table.take(pa.array(np.argsort(table["sample_id"].to_pylist()))),
    ),
    "a negative place": (
        "single_sft",
        "video",
        lambda table: table.set_column(
            table.column_names.index("video_offset_bytes"),
            "video_offset_bytes",
            pc.subtract(table["video_offset_bytes"], 2**62),
        ),
    ),
    "a length beyond all": (
        "single_sft",
        "video",
        lambda table: table.set_column(
            table.column_names.index("video_num_bytes"),
            "video_num_bytes",
            pc.add(table["video_num_bytes"], 2**62),
        ),
    ),
}


@pytest.mark.parametrize(
    ("lie", "large"), [*((lie, False) for lie in LIES), ("every row is the first", True)]
)
def test_a_range_of_another_sample_is_refused(
    copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lie: str, large: bool
) -> None:
    name, column, change = LIES[lie]
    rewrite(copy, f"index/{name}/scan-0000.parquet", change)
    if large:
        monkeypatch.setattr(column_cache, "IN_MEMORY_ROWS", 0)
        monkeypatch.setenv(column_cache.CACHE_VARIABLE, str(tmp_path / "cache"))
    samples = open_release(str(copy))[name]
    for number in (0, 1, 0):
        with pytest.raises(DamagedRelease, match=r"scan-0000.*speakervid5m reindex"):
            samples.media(number, column)
    assert not verify(str(copy), decode=False).ok


def test_the_loader_refuses_them_too(copy: Path) -> None:
    rewrite(copy, "index/dialogue_sft/scan-0000.parquet", EVERY_ROW_THE_FIRST)
    loader = Loader(open_release(str(copy))["dialogue_sft"], batch_size=2)
    with pytest.raises((DamagedRelease, SampleError), match="out of order"):
        list(loader)


def test_ids_that_are_not_those_of_the_clips_are_refused(copy: Path) -> None:
    rotated = moved(lambda count: [*range(1, count), 0], "sample_id")
    rewrite(copy, "index/single_sft/scan-0000.parquet", rotated)
    with pytest.raises(DamagedRelease, match=r"has the clips of .*speakervid5m reindex"):
        list(open_release(str(copy))["single_sft"])


def values(**lists: list[Any]) -> dict[str, pa.Array]:
    return {name: pa.array(one, pa.int64()) for name, one in lists.items()}


def test_orders_with_gaps_are_right() -> None:
    right = values(
        bucket=[0, 0, 0, 3],
        row=[0, 1, 2, 0],
        row_group=[0, 0, 1, 0],
        a_offset_bytes=[8, None, 100, None],
        a_num_bytes=[10, None, 5, None],
        b_offset_bytes=[30, 44, None, 4],
        b_num_bytes=[10, 0, None, 7],
    )
    check_order(["a", "b"], right, "x")
    check_order([], values(bucket=[], row=[], row_group=[]), "x")
    wrong: dict[str, list[Any]] = {
        "a_offset_bytes": [8, None, 30, None],
        "b_offset_bytes": [30, 43, None, 4],
        "row": [0, 1, 1, 0],
        "row_group": [0, 1, 0, 0],
        "bucket": [3, 3, 3, 0],
        "b_num_bytes": [10, None, None, 7],
    }
    for name, one in wrong.items():
        with pytest.raises(DamagedRelease):
            check_order(["a", "b"], right | values(**{name: one}), "x")

"""Each row exactly once, whoever reads: workers under fork and spawn, and after a resume."""

from pathlib import Path
from typing import Any

import pytest
from datasets import load_dataset

from tests.builder.conftest import ids_of

torch_data = pytest.importorskip("torch.utils.data")


def streamed(root: Path) -> Any:
    return load_dataset(
        "speakervid5m",
        "single_sft",
        root=str(root),
        split="train",
        streaming=True,
        columns=["sample_id", "dover"],
    )


@pytest.mark.parametrize("context", ["fork", "spawn"])
def test_two_workers(small: Path, context: str) -> None:
    loader = torch_data.DataLoader(
        streamed(small), batch_size=4, num_workers=2, multiprocessing_context=context
    )
    found = [one for batch in loader for one in batch["sample_id"]]
    assert sorted(found) == sorted(ids_of(small, "single_sft"))
    assert found != sorted(found)


def test_two_workers_on_the_downloaded(small: Path) -> None:
    data = load_dataset(
        "speakervid5m", "single_sft", root=str(small), split="train", columns=["sample_id"]
    )
    loader = torch_data.DataLoader(
        data, batch_size=4, num_workers=2, multiprocessing_context="spawn"
    )
    found = [one for batch in loader for one in batch["sample_id"]]
    assert found == ids_of(small, "single_sft")


@pytest.mark.parametrize("taken", [0, 1, 7, 8, 15])
def test_a_stream_goes_on_where_it_was(small: Path, taken: int) -> None:
    data = streamed(small)
    rows = iter(data)
    first = [next(rows)["sample_id"] for _ in range(taken)]
    state = data.state_dict()
    again = streamed(small)
    again.load_state_dict(state)
    rest = [row["sample_id"] for row in again]
    assert first + rest == ids_of(small, "single_sft")


def test_shards_are_split_between_ranks(small: Path) -> None:
    data = streamed(small)
    assert data.num_shards == 2
    halves = [[row["sample_id"] for row in data.shard(2, rank)] for rank in range(2)]
    assert halves[0] + halves[1] == ids_of(small, "single_sft")

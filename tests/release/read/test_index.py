"""Rows of an index: in the order that is asked for, and out of their parts alone."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from speakervid5m.records import CONFIGS
from speakervid5m.release import open_release
from tests.release.serving import serve


@pytest.mark.parametrize("name", CONFIGS)
def test_taken_rows_are_those_of_the_whole_table(small: Path, name: str) -> None:
    samples = open_release(str(small))[name]
    whole, rng = samples.table(), np.random.default_rng(0)
    size = len(samples)
    mixed = rng.permutation(size)[: size // 2 + 1].tolist()
    for rows in ([], [size - 1], range(size // 2, size), mixed):
        assert samples.take(rows).table().equals(whole.take(pa.array(rows, pa.int64())))
    again = samples.take(range(size - 1, -1, -1)).take([0, -1])
    assert list(again) == [samples[size - 1], samples[0]]


def test_rows_that_are_not_there(small: Path) -> None:
    samples = open_release(str(small))["single_sft"]
    for number in (len(samples), -len(samples) - 1):
        with pytest.raises(IndexError, match=f"row {number} of {len(samples)} rows"):
            samples.take([0, number])


def test_parts_follow_each_other(small: Path) -> None:
    samples = open_release(str(small))["single_sft"]
    rows = [row for part in samples.parts for row in part.rows]
    assert len(samples.parts) > 1 and rows == list(range(len(samples)))
    for number, part in enumerate(samples.parts):
        assert {samples.place(row)[0] for row in part.rows} == {number}


def test_a_table_of_some_rows_opens_their_parts_alone(small: Path) -> None:
    with serve(small) as web:
        samples = open_release(web.url)["single_sft"]
        last = samples.parts[-1]
        assert samples.take(last.rows).table(["dover", "transcript"]).num_rows == len(last.rows)
        asked = {name for name, _ in web.sent if name.startswith("index/")}
    assert asked == {last.path, last.path.replace("scan", "text")}

"""Batches that do not fit are halved, in place."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from speakervid5m.processing.engines import OutOfMemory, WrongResult, in_halves


class Device:
    def __init__(self, room: int, error: type[Exception] = MemoryError) -> None:
        self.room, self.error = room, error
        self.tried: list[int] = []

    def __call__(self, batch: Sequence[int]) -> list[int]:
        self.tried.append(len(batch))
        if len(batch) > self.room:
            raise self.error("CUDA out of memory")
        return [2 * one for one in batch]


def test_what_does_not_fit_is_halved_and_so_is_all_that_follows() -> None:
    device = Device(room=3)
    assert in_halves(list(range(20)), device, size=8) == [2 * one for one in range(20)]
    assert device.tried == [8, 4, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2]


def test_torch_says_it_in_its_own_way() -> None:
    torch = pytest.importorskip("torch")
    device = Device(room=2, error=torch.cuda.OutOfMemoryError)
    assert in_halves(np.arange(5), device) == [0, 2, 4, 6, 8]


def test_libraries_without_a_type_say_it_in_words() -> None:
    for words in ("CUDA failed with error out of memory", "CUBLAS_STATUS_ALLOC_FAILED"):

        def run(batch: Sequence[int], words: str = words) -> list[int]:
            if len(batch) > 1:
                raise RuntimeError(words)
            return list(batch)

        assert in_halves([1, 2, 3], run) == [1, 2, 3]


@pytest.mark.parametrize("given", [None, "ab", {1: 1, 2: 2}, 7, np.float32(1), np.array(1)])
def test_what_is_no_list_of_results_is_no_lack_of_memory(given: Any) -> None:
    with pytest.raises(WrongResult, match=r"a batch of 2 gave .*; a list is due"):
        in_halves([1, 2], lambda _: given)


def test_one_that_does_not_fit_is_said() -> None:
    with pytest.raises(OutOfMemory, match="a single item does not fit"):
        in_halves([1, 2], Device(room=0))


def test_another_error_is_no_lack_of_memory() -> None:
    device = Device(room=0, error=ValueError)
    with pytest.raises(ValueError, match="out of memory"):
        in_halves([1, 2], device)
    assert device.tried == [2]


def test_results_are_counted_and_nothing_gives_nothing() -> None:
    with pytest.raises(WrongResult, match="a batch of 2 gave 1 results"):
        in_halves([1, 2], lambda _: [1])
    assert in_halves([], Device(room=1)) == []

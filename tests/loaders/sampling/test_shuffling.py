from collections import Counter
from itertools import pairwise

import numpy as np
import pytest

from speakervid5m.loaders.sampling.shuffling import (
    BlockOrder,
    Permutation,
    block_bounds,
    draw,
    global_starts,
)


@pytest.mark.parametrize("size", [1, 2, 3, 5, 16, 17, 255, 256, 257, 1000, 4097])
def test_an_epoch_is_a_permutation(size: int) -> None:
    assert sorted(Permutation(size, 0, 0).whole()) == list(range(size))


def test_epochs_and_seeds_differ_and_repeat() -> None:
    orders = {
        (seed, epoch): tuple(Permutation(100, seed, epoch).whole())
        for seed in (0, 1)
        for epoch in (0, 1)
    }
    assert len(set(orders.values())) == 4
    assert tuple(Permutation(100, 1, 1).whole()) == orders[1, 1]


def test_every_order_of_four_is_met_about_equally_often() -> None:
    counts = Counter(tuple(Permutation(4, 0, epoch).whole()) for epoch in range(2400))
    assert len(counts) == 24
    # 100 each on average, a standard deviation of 10; chi-square with 23 degrees of freedom.
    assert sum((count - 100) ** 2 / 100 for count in counts.values()) < 50


def test_neighbours_do_not_stay_together() -> None:
    size = 10_000
    order = Permutation(size, 3, 0).whole().tolist()
    near = sum(abs(one - two) < 100 for one, two in pairwise(order))
    assert near < 300, "about 200 are expected by chance"
    moved = sum(abs(place - number) for place, number in enumerate(order)) / size
    assert 0.3 < moved / size < 0.37, "a third of the length by chance"


def test_an_order_never_changes() -> None:
    """States of loaders hold a position and no order."""
    assert Permutation(1000, 3, 4).whole()[:8].tolist() == [227, 901, 207, 854, 368, 870, 230, 977]
    order = BlockOrder(np.array([0, 5, 8, 16, 17]), 3, 4).whole()
    assert order.tolist() == [14, 12, 2, 1, 11, 4, 3, 9, 13, 15, 8, 0, 10, 5, 7, 16, 6]


def test_a_huge_order_costs_nothing() -> None:
    order = Permutation(10**12, 0, 0)
    numbers = {*order(np.arange(1000)).tolist()}
    assert len(numbers) == 1000 and max(numbers) > 10**11


def test_draws_depend_on_all_that_they_are_given() -> None:
    drawn = [draw(0, 0, "a", "b"), draw(1, 0, "a", "b"), draw(0, 1, "a", "b"), draw(0, 0, "a", "c")]
    assert len(set(drawn)) == 4
    assert draw(0, 0, "a", "b") == drawn[0] < 1 << 64


@pytest.mark.parametrize(
    ("position", "drop_last", "starts"),
    [
        (0, True, [0, 4]),
        (0, False, [0, 4, 8]),
        (4, True, [4]),
        (8, True, []),
        (8, False, [8]),
        (10, False, []),
        (6, True, [6]),
    ],
)
def test_batches_of_ten_samples_by_four(position: int, drop_last: bool, starts: list[int]) -> None:
    assert list(global_starts(10, 4, position, drop_last=drop_last)) == starts


@pytest.mark.parametrize("sizes", [[1], [5, 3, 8, 1], [7] * 31, [64, 1, 64, 2, 64]])
def test_blocks_are_mixed_two_by_two(sizes: list[int]) -> None:
    bounds = np.cumsum([0, *sizes])
    order = BlockOrder(bounds, 0, 0)
    found = order.whole().tolist()
    assert sorted(found) == list(range(sum(sizes)))
    begin = 0
    while begin < order.size:
        end = order.group_end(begin)
        blocks = {int(np.searchsorted(bounds, one, side="right")) for one in found[begin:end]}
        assert len(blocks) == min(2, len(blocks)) and end > begin
        begin = end
    assert begin == order.size
    other = BlockOrder(bounds, 0, 1)
    if order.size > 8:
        assert found != other.whole().tolist()


def test_blocks_begin_where_the_row_group_changes() -> None:
    bounds = block_bounds(np.array([0, 0, 0, 1, 1]), np.array([0, 0, 1, 1, 1]))
    assert bounds.tolist() == [0, 2, 3, 5]

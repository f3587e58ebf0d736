"""A thread that goes ahead: the same items, the same errors, and it ends."""

import threading
import time
from collections.abc import Iterator

import pytest

from speakervid5m.processing.curation.vision.prefetch import prefetched


def threads() -> int:
    return sum(one.name == "prefetched" for one in threading.enumerate())


def test_items_come_in_order_and_from_another_thread() -> None:
    seen: list[str] = []

    def numbers() -> Iterator[int]:
        for number in range(50):
            seen.append(threading.current_thread().name)
            yield number

    with prefetched(numbers()) as items:
        assert list(items) == list(range(50))
    assert set(seen) == {"prefetched"}
    assert threads() == 0


def test_it_goes_no_further_ahead_than_it_may() -> None:
    begun: list[int] = []

    def numbers() -> Iterator[int]:
        for number in range(100):
            begun.append(number)
            yield number

    with prefetched(numbers(), depth=3) as items:
        next(items)
        until = time.monotonic() + 60
        while len(begun) < 5 and time.monotonic() < until:
            time.sleep(0.005)
        time.sleep(0.3)
        # One was taken, three wait, one is in hand.
        assert len(begun) == 5
    assert threads() == 0


def test_an_error_stands_where_its_item_would_be() -> None:
    def broken() -> Iterator[int]:
        yield 1
        raise ValueError("the file ends here")

    with prefetched(broken()) as items:
        assert next(items) == 1
        with pytest.raises(ValueError, match="the file ends here"):
            next(items)


def test_an_error_of_who_takes_ends_the_thread() -> None:
    with pytest.raises(RuntimeError), prefetched(iter(int, 1)) as items:
        next(items)
        raise RuntimeError
    assert threads() == 0

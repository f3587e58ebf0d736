"""An iterator in a thread of its own, a few items ahead of its consumer.

iterable --> thread --> queue --> the same items in order

FFmpeg releases the interpreter's lock while it decodes, so the next frames are decoded while a
model works on this one.
"""

import queue
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

Item = TypeVar("Item")

_WAIT_SECONDS = 0.1
"""Interval at which the thread checks whether the consumer still wants items (ours)."""


class _End:
    """After the last item; or the error that ended it."""

    def __init__(self, error: BaseException | None) -> None:
        self.error = error


@contextmanager
def prefetched(items: Iterable[Item], depth: int = 4) -> Iterator[Iterator[Item]]:
    """Yields an iterator over the items in order; the thread ends with the block.

    >>> with prefetched(range(3)) as numbers:
    ...     list(numbers)
    [0, 1, 2]

    Args:
        items: iterated by the thread; an error is raised in place of its item.
        depth: most items in the queue.
    """
    waiting: queue.Queue[Item | _End] = queue.Queue(depth)
    wanted = threading.Event()
    wanted.set()

    def put(item: Item | _End) -> bool:
        while wanted.is_set():
            try:
                waiting.put(item, timeout=_WAIT_SECONDS)
            except queue.Full:
                continue
            return True
        return False

    def work() -> None:
        try:
            for item in items:
                if not put(item):
                    return
        except BaseException as error:
            put(_End(error))
        else:
            put(_End(None))

    def taken() -> Iterator[Item]:
        while True:
            item = waiting.get()
            if not isinstance(item, _End):
                yield item
            elif item.error is not None:
                raise item.error
            else:
                return

    thread = threading.Thread(target=work, name="prefetched", daemon=True)
    thread.start()
    try:
        yield taken()
    finally:
        wanted.clear()
        thread.join()

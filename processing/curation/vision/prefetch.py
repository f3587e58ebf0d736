"""An iterator that works in a thread of its own, a few items ahead of whoever takes them.

FFmpeg lets go of the interpreter while it decodes, so the next pictures are decoded while a model
looks at this one.
"""

import queue
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

Item = TypeVar("Item")

_WAIT_SECONDS = 0.1
"""Between two looks at whether anybody still wants the next item (ours)."""


class _End:
    """After the last item; or the error that ended it."""

    def __init__(self, error: BaseException | None) -> None:
        self.error = error


@contextmanager
def prefetched(items: Iterable[Item], depth: int = 4) -> Iterator[Iterator[Item]]:
    """Gives the items in their order; at the end of the block the thread has ended too.

    >>> with ahead(range(3)) as numbers:
    ...     list(numbers)
    [0, 1, 2]

    Args:
        items: iterated by the thread; an error is raised where its item would be.
        depth: so many items at most wait to be taken.
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

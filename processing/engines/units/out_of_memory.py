"""Batches that do not fit into memory are halved and tried again, where they are."""

import gc
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from .results import WrongResult

Result = TypeVar("Result")


class Sliceable(Protocol):
    """A list, an array, a tensor."""

    def __len__(self) -> int:
        """Items."""

    def __getitem__(self, part: slice, /) -> Any:
        """Some of them, in the same form."""


_WORDS = ("out of memory", "failed to allocate memory", "can't allocate memory", "alloc_failed")
"""Of errors without a type: CUDA and CTranslate2, ONNX Runtime, torch on a CPU, cuDNN, cuBLAS."""


class OutOfMemory(RuntimeError):
    """Not even one item fits."""

    reason = "out_of_memory"


def in_halves(
    items: Sliceable,
    run: Callable[[Any], Sequence[Result]],
    *,
    size: int | None = None,
) -> list[Result]:
    """Runs items in batches; one that does not fit into memory is halved, and so are all later.

    >>> def three_at_most(batch):
    ...     if len(batch) > 3:
    ...         raise MemoryError
    ...     return [item * 2 for item in batch]
    >>> in_halves([1, 2, 3, 4, 5, 6, 7], three_at_most)
    [2, 4, 6, 8, 10, 12, 14]

    Args:
        items: of which slicing gives a part.
        run: takes some of the items, gives one result for each; is called again with fewer.
        size: items of a batch, if all are too many in any case.

    Raises:
        OutOfMemory: one item does not fit.
        WrongResult: `run` gave another number of results than it got items, or no list of them.
    """
    results: list[Result] = []
    at, size = 0, max(1, size or len(items))
    while at < len(items):
        batch = items[at : at + size]
        fits, found = _tried(batch, run)
        if not fits:
            if len(batch) == 1:
                raise OutOfMemory(
                    "a single item does not fit into memory: take smaller pictures, a smaller "
                    "model, or a device with more memory"
                )
            size = (len(batch) + 1) // 2
            _release()
            continue
        results.extend(_counted(found, len(batch)))
        at += len(batch)
    return results


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error says that memory of the machine or of a GPU did not suffice."""
    if isinstance(error, MemoryError | OutOfMemory):
        return True
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(error, torch.cuda.OutOfMemoryError):
        return True
    # ONNX Runtime and CTranslate2 have no type of their own for it, and CUDA's libraries none.
    of_runtime = type(error).__module__.startswith("onnxruntime")
    words = str(error).lower()
    return (of_runtime or isinstance(error, RuntimeError)) and any(one in words for one in _WORDS)


def _tried(batch: Any, run: Callable[[Any], Sequence[Result]]) -> tuple[bool, Any]:
    """Whether memory sufficed, and the results; the error and what its frames hold are let go."""
    try:
        return True, run(batch)
    except Exception as error:
        if not is_out_of_memory(error):
            raise
    return False, None


def _counted(found: Any, count: int) -> Sequence[Any]:
    """The results of a batch, if there are as many as it has items."""
    try:
        given = -1 if isinstance(found, str | bytes | Mapping) else len(found)
    except TypeError:
        given = -1
    if given < 0:
        raise WrongResult(f"a batch of {count} gave {type(found).__name__}; a list is due")
    if given != count:
        raise WrongResult(f"a batch of {count} gave {given} results")
    results: Sequence[Any] = found
    return results


def _release() -> None:
    gc.collect()
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available():
        torch.cuda.empty_cache()

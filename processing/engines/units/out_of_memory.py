"""Items and a function of a batch in, their results out; a batch too large for memory is halved."""

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
        """Some of the items, in the same form."""


_MESSAGES = ("out of memory", "failed to allocate memory", "can't allocate memory", "alloc_failed")
"""Messages of errors without a type of their own: CUDA and CTranslate2, ONNX Runtime, torch on a
CPU, cuDNN, cuBLAS."""


class OutOfMemory(RuntimeError):
    """Not even one item fits."""

    reason = "out_of_memory"


def in_halves(
    items: Sliceable,
    run: Callable[[Any], Sequence[Result]],
    *,
    size: int | None = None,
) -> list[Result]:
    """Runs items in batches; if a batch does not fit into memory, it and all later ones are halved.

    >>> def three_at_most(batch):
    ...     if len(batch) > 3:
    ...         raise MemoryError
    ...     return [item * 2 for item in batch]
    >>> in_halves([1, 2, 3, 4, 5, 6, 7], three_at_most)
    [2, 4, 6, 8, 10, 12, 14]

    Args:
        items: anything that slices.
        run: takes some items and returns one result for each; is called again with fewer items.
        size: items of a batch; all of them if left out.

    Raises:
        OutOfMemory: one item does not fit.
        WrongResult: `run` did not return a list with one result for each item.
    """
    results: list[Result] = []
    at, size = 0, max(1, size or len(items))
    while at < len(items):
        batch = items[at : at + size]
        fits, results_of_batch = _try_batch(batch, run)
        if not fits:
            if len(batch) == 1:
                raise OutOfMemory(
                    "a single item does not fit into memory: use smaller frames, a smaller "
                    "model, or a device with more memory"
                )
            size = (len(batch) + 1) // 2
            _release()
            continue
        results.extend(_counted(results_of_batch, len(batch)))
        at += len(batch)
    return results


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error says that the memory of the machine or of a GPU did not suffice."""
    if isinstance(error, MemoryError | OutOfMemory):
        return True
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(error, torch.cuda.OutOfMemoryError):
        return True
    # ONNX Runtime, CTranslate2 and CUDA's libraries have no type of their own for it.
    of_runtime = type(error).__module__.startswith("onnxruntime")
    message = str(error).lower()
    return (of_runtime or isinstance(error, RuntimeError)) and any(
        words in message for words in _MESSAGES
    )


def _try_batch(batch: Any, run: Callable[[Any], Sequence[Result]]) -> tuple[bool, Any]:
    """Returns (fits, results); drops the traceback, so that its tensors are freed."""
    try:
        return True, run(batch)
    except Exception as error:
        if not is_out_of_memory(error):
            raise
    return False, None


def _counted(answer: Any, count: int) -> Sequence[Any]:
    """The results of a batch, if there is one for each of its items."""
    try:
        num_results = -1 if isinstance(answer, str | bytes | Mapping) else len(answer)
    except TypeError:
        num_results = -1
    if num_results < 0:
        raise WrongResult(f"a batch of {count} gave {type(answer).__name__}; a list is due")
    if num_results != count:
        raise WrongResult(f"a batch of {count} gave {num_results} results")
    results: Sequence[Any] = answer
    return results


def _release() -> None:
    gc.collect()
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available():
        torch.cuda.empty_cache()

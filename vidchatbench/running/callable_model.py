"""A model that is a Python function: `reply(item, seed)` gives a reply, or yields its parts.

"module:name", or a function --CallableModel--> Made

It runs in this process, so it could read the release: `metadata.json` says `callable`. It cannot be
stopped; a reply that comes too late is dropped.
"""

import importlib
import inspect
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from ..errors import ReplyError
from ..pairs.item import BenchItem
from ..submission.layout import Way
from .model import Made
from .reply import joined_reply

Function = Callable[[BenchItem, int], Any]


class CallableModel:
    """See the module."""

    way: Way = "callable"

    def __init__(self, function: Function, timeout_seconds: float) -> None:
        self._function, self._timeout = function, timeout_seconds

    def reply(self, item: BenchItem, seed: int) -> Made:
        """See `Model.reply`."""
        begin = time.monotonic()
        first: list[float] = []

        def timed(parts: Iterable[Any]) -> Iterator[Any]:
            for part in parts:
                if not first:
                    first.append(time.monotonic() - begin)
                yield part

        try:
            answer = self._function(item, seed)
            reply = joined_reply(timed(_parts(answer)), item.max_seconds)
        except ReplyError:
            raise
        except Exception as error:
            raise ReplyError("raised", f"{type(error).__name__}: {error}"[:500]) from error
        seconds = time.monotonic() - begin
        if seconds > self._timeout:
            raise ReplyError(
                "timed_out", f"it came after {seconds:.1f} s; {self._timeout:g} s are allowed"
            )
        return Made(
            reply=reply, seconds_to_first=first[0], seconds=seconds, peak_bytes=_peak_bytes()
        )

    def close(self) -> None:
        """See `Model.close`."""


def load_function(name: str) -> Function:
    """A function by `module:name`; modules of the current folder count.

    Raises:
        ValueError: no such module or function; says which.
    """
    module_name, _, function_name = name.partition(":")
    if not function_name:
        raise ValueError(f"{name!r} is no function; write MODULE:FUNCTION, as my_model:reply")
    if (here := str(Path.cwd())) not in sys.path:
        sys.path.insert(0, here)
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name != module_name.split(".")[0]:
            raise
        raise ValueError(f"no module {module_name!r} here or installed") from error
    function = getattr(module, function_name, None)
    if not callable(function):
        raise ValueError(f"{module_name} has no function {function_name!r}")
    return function  # type: ignore[no-any-return]  # whatever it gives is checked


def _parts(answer: Any) -> Iterable[Any]:
    """A single reply as the only part."""
    if isinstance(answer, Mapping) or hasattr(answer, "frames"):
        return [answer]
    if inspect.isgenerator(answer) or isinstance(answer, Iterator | list | tuple):
        return answer
    raise ReplyError(
        "bad_reply",
        f"the model gave {type(answer).__name__}; a mapping or object with frames, fps, audio, "
        "sample_rate and text, or an iterator of such parts, is allowed",
    )


def _peak_bytes() -> int | None:
    if os.name == "nt":
        return None
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024

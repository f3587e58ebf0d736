"""Calls of a release that rooms above this one answer, such as `samples.to_hf()`.

    speakervid5m.py --offer(call, place)--> way_out(call) --> the function, imported when called

This room never imports one that stands on it. The root knows all rooms, and says here where the
function of a call lies.
"""

import pkgutil
from collections.abc import Callable
from typing import Any, Literal

Call = Literal["push", "to_hf"]

_PLACES: dict[Call, str] = {}


def offer(call: Call, place: str) -> None:
    """Says where the function of a call lies, as `package.module:name`; nothing is imported."""
    _PLACES[call] = place


def way_out(call: Call) -> Callable[..., Any]:
    """The function that answers a call; its first argument is the release or the samples."""
    function: Callable[..., Any] = pkgutil.resolve_name(_PLACES[call])
    return function

"""Times of the dump in (numbers, numbers as text, time codes), seconds of the source out.

A range longer than any clip is refused before it is planned or cut.
"""

import re
from typing import Any

from ..dump.problems import Unusable
from ..untrusted_json.values import Object, finite, kind_of

MIN_CLIP_SECONDS, MAX_CLIP_SECONDS = 1.5, 28.0
"""Shortest and longest range of a clip (paper: 3 to 14 s; ours: half and twice that)."""
MAX_SOURCE_SECONDS = 360_000.0
"""Latest moment of a source (ours: 100 hours; YouTube takes 12 hours since 2010)."""

_TIMECODE = re.compile(r"([0-9]{1,4}):([0-5][0-9]):([0-5][0-9](?:\.[0-9]{1,9})?)")

Range = tuple[float, float]
"""Start and stop."""


def seconds_of(value: Any) -> float | None:
    """A time or a length: a finite number, also as text, or `HH:MM:SS.fff`; else None."""
    seconds = finite(value)
    if seconds is None and isinstance(value, str) and (code := _TIMECODE.fullmatch(value.strip())):
        seconds = int(code[1]) * 3600 + int(code[2]) * 60 + float(code[3])
    return seconds


def first_seconds(values: Object, *names: str) -> float | None:
    """The first of these keys in the record, in seconds; None if it has none of them.

    Raises:
        Unusable: the value is no time.
    """
    for name in names:
        value = values.get(name)
        if value is not None:
            seconds = seconds_of(value)
            if seconds is None:
                raise Unusable("bad_value", f"{name} should be a time, found {kind_of(value)}")
            return seconds
    return None


def clip_range(start: float, stop: float) -> Range:
    """A valid range of a clip.

    Raises:
        Unusable: it is empty, starts before the source, or is too short, too long or too late.
    """
    if not 0 <= start < stop <= MAX_SOURCE_SECONDS:
        raise Unusable(
            "bad_times",
            f"0 <= start < stop <= {MAX_SOURCE_SECONDS:.0f} must hold, found [{start}, {stop}) s",
        )
    if not MIN_CLIP_SECONDS <= stop - start <= MAX_CLIP_SECONDS:
        raise Unusable(
            "bad_times",
            f"a clip lasts {MIN_CLIP_SECONDS:g} to {MAX_CLIP_SECONDS:g} s (the paper's 3 to 14), "
            f"found [{start}, {stop}) s",
        )
    return round(start, 6), round(stop, 6)

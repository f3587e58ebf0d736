"""`l_score`: how sharp face and hands are, one JSON a clip. The schema is not published.

About 10 kB packed a clip means lists with one value a frame. Taken is every list or number
under a key that speaks of a face or of a hand, at most two levels deep; its mean over the frames
that have a value is the score, as the paper gates on means.
"""

from collections.abc import Iterator
from math import inf
from typing import Any

from .problems import UnknownShape
from .values import Object, Repairs, finite

_FACE, _HAND = ("face",), ("hand",)


def read_blur(values: Any, repairs: Repairs) -> dict[str, Any]:
    """Mean blur of face and hands, higher is sharper.

    Raises:
        UnknownShape: no key speaks of a face or a hand.
    """
    if isinstance(values, list):
        values = _columns(values)
    if not isinstance(values, dict):
        raise UnknownShape(values, "blur")
    face, hand = list(_under(values, _FACE)), list(_under(values, _HAND))
    if not face and not hand:
        raise UnknownShape(values, "blur")
    return {"face_blur": _mean(face, repairs), "hand_blur": _mean(hand, repairs)}


def _columns(rows: list[Any]) -> Any:
    """A list with one object a frame, as one object of lists."""
    columns: dict[str, list[Any]] = {}
    for row in rows:
        if not isinstance(row, dict):
            return rows
        for key, value in row.items():
            columns.setdefault(str(key), []).append(value)
    return columns


def _under(values: Object, parts: tuple[str, ...], depth: int = 2) -> Iterator[Any]:
    for key, value in values.items():
        named = any(part in key.lower() for part in parts)
        if named and isinstance(value, dict):
            yield from value.values()
        elif named:
            yield value
        elif isinstance(value, dict) and depth > 1:
            yield from _under(value, parts, depth - 1)


def _mean(found: list[Any], repairs: Repairs) -> float | None:
    total, count = 0.0, 0
    for value in found:
        series = value if isinstance(value, list) else [value]
        try:
            # The common case at the speed of C: numbers, all of them seen.
            clean = min(series) >= 0
            added = sum(series) if clean else 0.0
        except (TypeError, ValueError):
            clean = False
        if not clean:
            # None or a negative number where nothing was seen.
            numbers = [finite(one) for one in series if one is not None]
            if None in numbers:
                repairs["bad_blur_value"] += 1
            series = [one for one in numbers if one is not None and one >= 0]
            added = sum(series)
        if added != added or added == inf:
            series = [one for one in series if finite(one) is not None]
            added = sum(series)
            repairs["bad_blur_value"] += 1
        total, count = total + added, count + len(series)
    return round(total / count, 6) if count else None

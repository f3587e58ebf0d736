"""`l_score`: how sharp face and hands are, one JSON a clip. The schema is not published.

About 10 kB packed a clip means lists with one value a frame. Taken is every list or number
under a key that speaks of a face or of a hand, at most two levels deep; its mean over the frames
that have a value is the score, as the paper gates on means.
"""

from collections.abc import Iterator
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
            # The common case at the speed of C: numbers, and None or -1 where nothing was seen.
            numbers = [one for one in series if one is not None and one >= 0]
            total, count = total + sum(numbers), count + len(numbers)
        except TypeError:
            repairs["bad_blur_value"] += 1
            numbers = [one for one in map(finite, series) if one is not None and one >= 0]
            total, count = total + sum(numbers), count + len(numbers)
    mean = total / count if count else None
    return None if mean is None or mean != mean or mean == float("inf") else round(mean, 6)

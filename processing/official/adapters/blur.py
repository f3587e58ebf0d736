"""`l_score`: one JSON a clip in, the sharpness of face and hands out. Its schema is not published.

About 10 kB packed a clip means lists with one value a frame. The adapter reads one number or series
of a face, and one of both hands or one of each hand, at most two levels deep, under keys with no
other words (`face_blur`, `left_hand`, `hands: {left, right}`). The score is the mean over the
frames that have a value, as the paper gates on means. Other keys (`face_bbox`, `conf`) are ignored;
if it is unclear which series is the score, there is none.
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from math import inf
from typing import Any

from ..dump.problems import UnknownShape
from ..untrusted_json.values import Repairs, finite
from .scores import in_range

_SIDES = {"l": "left", "left": "left", "r": "right", "right": "right"}
_SUBJECTS = {"face": "face", "faces": "face", "hand": "hand", "hands": "hand"}
_SCORE_WORDS = frozenset(
    ("blur", "score", "scores", "sharpness", "mean", "value", "values", "frame", "frames", "list")
)
"""Words that a key may have besides face, hand and side; any other makes it another measure."""
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[0-9]+|[^A-Za-z0-9_\-. ]+")

_MAX_KEY = 80
"""Most characters of a key that names a score (ours)."""

Meaning = tuple[str, str]
"""Subject and side that a key names; both may be empty."""
Series = tuple[str, str, Any]
"""Subject, side and values."""


def read_blur(values: Any, repairs: Repairs) -> dict[str, Any]:
    """Mean blur of face and hands, higher is sharper.

    Raises:
        UnknownShape: no key names a face or a hand.
    """
    if isinstance(values, list):
        values = _columns(values)
    if not isinstance(values, Mapping):
        raise UnknownShape(values, "blur")
    series = list(_series(values, "", "", 2))
    subjects = {subject for subject in ("face", "hand") if _mentions(values, subject, 2)}
    if not subjects:
        raise UnknownShape(values, "blur")
    return {
        f"{subject}_blur": _score(subject, series, repairs) if subject in subjects else None
        for subject in ("face", "hand")
    }


def _columns(rows: list[Any]) -> Any:
    """A list with one object a frame, as one object of lists."""
    columns: dict[str, list[Any]] = {}
    for row in rows:
        if not isinstance(row, dict):
            return rows
        for key, value in row.items():
            columns.setdefault(str(key), []).append(value)
    return columns


@lru_cache(maxsize=1024)
def _meaning(key: str) -> Meaning | None:
    """The subject and side of a key; None if it has words besides face, hand, side and score."""
    subject = side = ""
    for word in _WORD.findall(key):
        word = word.lower()
        if word in _SUBJECTS and not subject:
            subject = _SUBJECTS[word]
        elif word in _SIDES and not side:
            side = _SIDES[word]
        elif word not in _SCORE_WORDS:
            return None
    return subject, side


def _series(values: Mapping[str, Any], subject: str, side: str, depth: int) -> Iterator[Series]:
    for key, value in values.items():
        meaning = _meaning(key) if len(key) <= _MAX_KEY else None
        if meaning is None or (subject and meaning[0] not in ("", subject)):
            continue
        here, which = subject or meaning[0], side or meaning[1]
        if isinstance(value, dict) and value and all(name.isdecimal() for name in value):
            # One value a frame, with its number as the key.
            value = list(value.values())
        if isinstance(value, dict):
            if depth:
                yield from _series(value, here, which, depth - 1)
        elif here:
            yield here, which, value


def _mentions(values: Mapping[str, Any], subject: str, depth: int) -> bool:
    return any(
        subject in key.lower()
        or (depth > 1 and isinstance(value, dict) and _mentions(value, subject, depth - 1))
        for key, value in values.items()
    )


def _score(subject: str, series: list[Series], repairs: Repairs) -> float | None:
    sides = [side for of, side, _ in series if of == subject]
    if not sides or len(set(sides)) < len(sides) or ("" in sides and len(sides) > 1):
        repairs[f"unread_{subject}_blur"] += 1
        return None
    total, count = 0.0, 0
    for of, _, values in series:
        if of == subject:
            added, num_values = _sum(values, repairs)
            total, count = total + added, count + num_values
    return in_range(f"{subject}_blur", round(total / count, 6), repairs) if count else None


def _sum(values: Any, repairs: Repairs) -> tuple[float, int]:
    """Sum and number of the valid values; a negative number or None means not visible."""
    series = values if isinstance(values, list) else [values]
    if not series:
        return 0.0, 0
    try:
        # The common case at the speed of C: numbers, all of them valid.
        if type(series[0]) is not bool and min(series) >= 0 and (added := sum(series)) < inf:
            return added, len(series)
    except (TypeError, ValueError, OverflowError):
        pass
    numbers = [finite(value) for value in series if value is not None]
    if None in numbers:
        repairs["bad_blur_value"] += 1
    valid = [number for number in numbers if number is not None and number >= 0]
    return sum(valid), len(valid)

"""JSON of strangers to values: bad bytes, NaN, numbers as text and missing keys, all foreseen."""

import json
import math
from collections import Counter
from collections.abc import Mapping
from typing import Any

import orjson

from .problems import Unusable

Object = Mapping[str, Any]
Repairs = Counter[str]
"""How often each repair was made, by its name."""

MAX_TEXT = 20_000
"""Characters of a text that are kept (ours: a caption has a few hundred)."""


def parse(data: bytes, repairs: Repairs) -> Any:
    """The JSON of a member; bad UTF-8 is replaced and counted.

    Raises:
        Unusable: it is no JSON.
    """
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        pass
    # orjson is strict; what Python wrote (NaN, Infinity) and bad bytes take the slow way.
    text = data.decode("utf-8", "replace")
    try:
        values = json.loads(text.removeprefix("\ufeff"))
    except (ValueError, RecursionError) as error:
        raise Unusable("not_json", str(error)[:200]) from error
    repairs["bad_utf8" if "\ufffd" in text else "lenient_json"] += 1
    return values


def as_object(values: Any) -> Object:
    """The value itself, if it is a JSON object.

    Raises:
        Unusable: a list, a text or a number stands where an object belongs.
    """
    if not isinstance(values, dict):
        raise Unusable("not_an_object", f"a JSON object belongs here, found {_kind(values)}")
    return values


def number(values: Object, *names: str) -> float | None:
    """The first of these keys that is there, as a finite number; None if none is.

    Raises:
        Unusable: the key holds something else than a number.
    """
    for name in names:
        value = values.get(name)
        if value is None:
            continue
        found = finite(value)
        if found is None:
            raise Unusable("bad_value", f"{name} should be a number, found {_kind(value)}")
        return found
    return None


def score(values: Object, repairs: Repairs, *names: str) -> float | None:
    """As `number`, but a bad score is no reason to lose a clip: it is None, and counted."""
    try:
        return number(values, *names)
    except Unusable:
        repairs[f"bad_{names[0]}"] += 1
        return None


def finite(value: Any) -> float | None:
    """A finite number, also where it is written as text; None otherwise."""
    if type(value) is float:
        return value if math.isfinite(value) else None
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)


def words(values: Object, *names: str) -> str | None:
    """The first of these keys that holds text, without spaces around it; None if none does."""
    for name in names:
        value = values.get(name)
        if isinstance(value, str) and value.strip():
            return value.strip()[:MAX_TEXT]
    return None


def by_plain_key(values: Object) -> dict[str, Any]:
    """The same object with keys in lower case and underscores: `Motion Cap` is `motion_cap`."""
    return {str(key).strip().lower().replace(" ", "_"): value for key, value in values.items()}


def _kind(value: Any) -> str:
    return f"{type(value).__name__} {str(value)[:60]!r}"

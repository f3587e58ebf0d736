"""Untrusted JSON in, values that are safe to store out.

`parse` handles bad bytes, NaN, lone surrogates, huge integers and deep nesting; the functions below
handle numbers as text and missing keys.
"""

import json
import math
import re
import reprlib
from collections import Counter
from collections.abc import Mapping
from typing import Any

import orjson

from ..dump.problems import Unusable

Object = Mapping[str, Any]
Repairs = Counter[str]
"""How often each repair was made, by its name."""

MAX_TEXT = 20_000
"""Characters of a text that are kept (ours: a caption has a few hundred)."""
MAX_DEPTH = 100
"""Levels of JSON that is not strictly valid (ours: the dump has four); orjson takes 1,024."""

_MAX_DIGITS = 18
"""Digits that every integer type can hold; longer integers become floats."""
_SURROGATE = re.compile("[\ud800-\udfff]")
_SHORT = reprlib.Repr()
_SHORT.maxlevel, _SHORT.maxdict, _SHORT.maxlist, _SHORT.maxstring = 2, 4, 6, 60


def parse(data: bytes, repairs: Repairs) -> Any:
    """The JSON of a member, with only values that can be stored: no lone surrogate, no huge int.

    Bad UTF-8 and lone surrogates are replaced and counted. If a key comes twice, the last one
    counts, as everywhere.

    Raises:
        Unusable: it is not JSON, or too deep.
    """
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        pass
    # orjson is strict; NaN and Infinity, as Python writes them, and bad bytes take the slow path.
    text = data.decode("utf-8", "replace")
    try:
        values = json.loads(text.removeprefix("\ufeff"), parse_int=_integer)
    except RecursionError as error:
        raise Unusable("too_deep", f"more than {MAX_DEPTH} levels") from error
    except ValueError as error:
        raise Unusable("not_json", str(error)[:200]) from error
    repairs["bad_utf8" if "\ufffd" in text else "lenient_json"] += 1
    return _storable(values, repairs)


def _integer(digits: str) -> int | float:
    if len(digits) <= _MAX_DIGITS:
        return int(digits)
    return float(digits[:400])


def _storable(values: Any, repairs: Repairs) -> Any:
    """The same values; texts that UTF-8 cannot encode are replaced in place."""
    holder = [values]
    level: list[Any] = [holder]
    for _ in range(MAX_DEPTH + 1):
        below: list[Any] = []
        for container in level:
            places = list(container) if isinstance(container, dict) else range(len(container))
            for place in places:
                value = container[place]
                if isinstance(value, dict | list):
                    below.append(value)
                elif isinstance(value, str):
                    container[place] = _whole(value, repairs)
                if isinstance(place, str) and (key := _whole(place, repairs)) != place:
                    container[key] = container.pop(place)
        if not below:
            return holder[0]
        level = below
    raise Unusable("too_deep", f"more than {MAX_DEPTH} levels")


def _whole(text: str, repairs: Repairs) -> str:
    if text.isascii() or _SURROGATE.search(text) is None:
        return text
    repairs["lone_surrogate"] += 1
    return _SURROGATE.sub("\ufffd", text)


def as_object(values: Any) -> Object:
    """The value itself, if it is a JSON object.

    Raises:
        Unusable: a list, a text or a number stands where an object belongs.
    """
    if not isinstance(values, dict):
        raise Unusable("not_an_object", f"a JSON object belongs here, found {kind_of(values)}")
    return values


def finite(value: Any) -> float | None:
    """A finite number, also if it is written as text; None otherwise."""
    if type(value) is float:
        return value if math.isfinite(value) else None
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def words(values: Object, repairs: Repairs, *names: str) -> str | None:
    """The first of these keys with a text, without spaces around it; None if none has one.

    Other values and shortened texts are counted.
    """
    for name in names:
        value = values.get(name)
        if isinstance(value, str):
            if text := value.strip():
                if len(text) > MAX_TEXT:
                    repairs["text_shortened"] += 1
                return text[:MAX_TEXT]
        elif value is not None:
            repairs[f"unread_{names[0]}"] += 1
    return None


def by_plain_key(values: Object) -> dict[str, Any]:
    """The same object with keys in lower case and underscores: `Motion Cap` is `motion_cap`."""
    return {str(key).strip().lower().replace(" ", "_"): value for key, value in values.items()}


def kind_of(value: Any) -> str:
    """Type and start of a value, for a message; always short."""
    return f"{type(value).__name__} {_SHORT.repr(value)[:120]}"

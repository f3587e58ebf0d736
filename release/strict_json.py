"""Untrusted JSON, parsed and checked against the types of a record.

    text --> plain(text): bounded, finite JSON --> record(ConfigEntry, values)

Every field of the record then has its annotated type, so callers need no further checks.
"""

import json
import math
import types
from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any, Literal, NoReturn, TypeVar, Union, get_args, get_origin, get_type_hints

_MAX_DEPTH = 32
"""Levels of nested lists and objects; a manifest has 7 (ours)."""
_MAX_INTEGER = 2**64 - 1
R = TypeVar("R")


def plain(text: str) -> Any:
    """Parses JSON.

    Raises:
        ValueError: it is not JSON, or has what JSON or UTF-8 cannot hold (NaN, half a character),
            numbers of more than 64 bits, or more than 32 levels.
    """
    try:
        value = json.loads(text, parse_constant=_refuse)
    except RecursionError:
        raise ValueError(f"more than {_MAX_DEPTH} levels of lists and objects") from None
    _check(value, _MAX_DEPTH)
    return value


def record(kind: type[R], values: Any, where: str) -> R:
    """Makes a dataclass from a JSON object; it ignores fields that a later minor version added.

    Args:
        kind: the dataclass.
        values: the JSON object.
        where: names the object in errors.

    Raises:
        ValueError: it is not an object, or a field is missing or of another type; says which.
    """
    if not isinstance(values, dict):
        raise ValueError(f"{where} is {_short(values)}, not an object")
    hints = get_type_hints(kind)
    arguments = {}
    for field in fields(kind):  # type: ignore[arg-type]  # R is a dataclass
        if field.name in values:
            arguments[field.name] = _typed(
                hints[field.name], values[field.name], f"{where}.{field.name}"
            )
        elif field.default is MISSING and field.default_factory is MISSING:
            raise ValueError(f"{where} has no {field.name!r}")
    return kind(**arguments)


def _refuse(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number of JSON")


def _check(value: Any, depth: int) -> None:
    if isinstance(value, str):
        value.encode()  # a lone surrogate raises UnicodeEncodeError, which is a ValueError
    elif isinstance(value, int) and abs(value) > _MAX_INTEGER:
        raise ValueError("a number of more than 64 bits")
    elif isinstance(value, float) and not math.isfinite(value):
        raise ValueError("a number that is not finite")
    elif isinstance(value, dict | list):
        if not depth:
            raise ValueError(f"more than {_MAX_DEPTH} levels of lists and objects")
        for child in value:
            _check(child, depth - 1)
        for child in value.values() if isinstance(value, dict) else ():
            _check(child, depth - 1)


def _typed(hint: Any, value: Any, where: str) -> Any:
    """The value as the type requires; lists become tuples."""
    origin, inner = get_origin(hint), get_args(hint)
    if hint is Any:
        return value
    if origin is Literal:
        fits = value in inner
    elif origin in (Union, types.UnionType):
        return None if value is None else _typed(inner[0], value, where)
    elif origin is Mapping:
        if fits := isinstance(value, dict):
            return {
                name: _typed(inner[1], child, f"{where}.{name}") for name, child in value.items()
            }
    elif origin is tuple:
        if fits := isinstance(value, list):
            return tuple(_typed(inner[0], child, f"{where}[]") for child in value)
    elif hasattr(hint, "__dataclass_fields__"):
        return record(hint, value, where)
    elif hint is float:
        fits = isinstance(value, int | float) and not isinstance(value, bool)
    else:
        # Python counts True as an int; here it is not one. A manifest counts, so none is negative.
        fits = type(value) is hint and (hint is not int or value >= 0)
    if not fits:
        raise ValueError(f"{where} is {_short(value)}, which is not {_words(hint)}")
    return value


def _words(hint: Any) -> str:
    return str(getattr(hint, "__name__", hint)).removeprefix("typing.").replace("Mapping", "object")


def _short(value: Any) -> str:
    return repr(value)[:60]

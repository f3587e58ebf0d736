"""What a `where` may be made of: columns, constants, comparisons, and functions that do not grow.

DuckDB bounds the memory of sorts and joins, not that of a value: `repeat('x', 2000000000)` takes
4 GB under a limit of 500 MB, and nothing interrupts it. So the expression is parsed first, and what
is not on the list is refused by name: no queries inside, no tables, nothing that makes much of
little. What is left costs at most a small multiple of the rows that it is asked of.
"""

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ..errors import QueryError

if TYPE_CHECKING:
    import duckdb

FUNCTIONS: Mapping[str, tuple[str, ...]] = {
    "of texts": (
        *("lower", "upper", "lcase", "ucase", "length", "len", "strlen", "char_length", "trim"),
        *("ltrim", "rtrim", "left", "right", "substring", "substr", "strip_accents", "instr"),
        *("position", "contains", "starts_with", "ends_with", "prefix", "suffix"),
        *("regexp_matches", "regexp_full_match", "regexp_extract", "string_split", "split"),
        *("str_split", "split_part", "strpos", "hash"),
    ),
    "of numbers": (
        *("abs", "ceil", "ceiling", "floor", "round", "trunc", "sqrt", "exp", "ln", "log", "log2"),
        *("log10", "pow", "power", "sign", "mod", "greatest", "least", "isnan", "isinf"),
        "isfinite",
    ),
    "of lists": (
        *("list_contains", "list_has", "array_contains", "array_has", "list_has_any"),
        *("array_has_any", "list_has_all", "array_has_all", "list_position", "list_indexof"),
        *("list_min", "list_max", "list_sum", "list_avg", "list_unique", "list_distinct"),
        *("list_extract", "list_element", "array_extract", "array_length", "list_slice"),
        *("array_slice", "list_filter", "array_filter", "filter", "list_value", "struct_extract"),
    ),
    "of what is unknown": ("ifnull", "nullif", "coalesce"),
}
"""Functions that a `where` may call (ours: their values are not much larger than what they are
given)."""

_SIGNS = (
    *("+", "-", "*", "/", "//", "%", "**", "^", "@", "~", "!~", "~~", "!~~", "~~*", "!~~*", "~~~"),
    *("^@", "&&", "@>", "<@", "like_escape", "ilike_escape", "not_like_escape"),
    "not_ilike_escape",
)
_KNOWN = frozenset(_SIGNS).union(*FUNCTIONS.values())
_CLASSES = (
    *("COLUMN_REF", "CONSTANT", "COMPARISON", "CONJUNCTION", "BETWEEN", "OPERATOR", "FUNCTION"),
    *("CASE", "CAST", "TYPE", "LAMBDA", "COLLATE"),
)
_CLAUSES = ("modifiers", "where_clause", "group_expressions", "having", "sample", "qualify")
_LISTS = ("list_value", "ARRAY_CONSTRUCTOR")


def check_expression(database: "duckdb.DuckDBPyConnection", expression: str) -> None:
    """Refuses what is more than one expression, or is made of something that is not on the list.

    Args:
        database: parses it; nothing is evaluated.
        expression: as after WHERE.

    Raises:
        QueryError: says what is not allowed.
    """
    asked = database.execute("select json_serialize_sql(?)", [f"select {expression}"])
    ((text,),) = asked.fetchall()
    try:
        parsed = json.loads(text)
    except RecursionError:
        raise QueryError("it is nested too deeply") from None
    if parsed["error"]:
        raise QueryError(str(parsed.get("error_message", "it cannot be parsed")))
    (only, *more) = parsed["statements"]
    node = only["node"]
    chosen = node.get("select_list", ())
    if more or len(chosen) != 1 or any(node.get(name) for name in _CLAUSES) or _reads(node):
        raise QueryError("it is more than one expression")
    for one, in_lambda in _parts(chosen[0]):
        _check_part(one, in_lambda=in_lambda)


def _reads(node: Mapping[str, Any]) -> bool:
    """Whether it is asked of a table of its own."""
    tables = node.get("cte_map", {}).get("map")
    return bool(tables) or node.get("from_table", {}).get("type") != "EMPTY"


def _parts(root: Any) -> Iterator[tuple[dict[str, Any], bool]]:
    """Every expression in an expression, and whether it stands in a lambda."""
    left: list[tuple[Any, bool]] = [(root, False)]
    while left:
        one, in_lambda = left.pop()
        if isinstance(one, list):
            left += [(each, in_lambda) for each in one]
        elif isinstance(one, dict):
            if "class" in one:
                yield one, in_lambda
            inner = in_lambda or one.get("class") == "LAMBDA"
            left += [(each, inner) for each in one.values()]


def _check_part(one: Mapping[str, Any], *, in_lambda: bool) -> None:
    kind = one["class"]
    if kind not in _CLASSES or (kind == "LAMBDA" and in_lambda):
        what = "a lambda in a lambda" if kind == "LAMBDA" else kind.lower().replace("_", " ")
        raise QueryError(f"{what} is not allowed")
    name = str(one.get("function_name", "")).lower()
    if kind == "FUNCTION" and name not in _KNOWN:
        known = "; ".join(f"{what}: {' '.join(names)}" for what, names in FUNCTIONS.items())
        raise QueryError(f"the function {name[:60]!r} is not allowed. Those that are: {known}")
    if name in _LISTS or one.get("type") in _LISTS:
        inside = (part["class"] for part, _ in _parts([*_values(one)]))
        if not all(each in ("CONSTANT", "CAST", "TYPE") for each in inside):
            raise QueryError("a list holds constants, as in ['en', 'de']")


def _values(one: Mapping[str, Any]) -> Iterator[Any]:
    """What stands inside an expression, without itself."""
    return (value for value in one.values() if isinstance(value, dict | list))

"""What a `where` may use: columns, constants, comparisons, and functions with small values.

    expression --parsed by DuckDB--> nodes --check_expression--> nothing, or QueryError

DuckDB bounds the memory of sorts and joins, not that of a value: `repeat('x', 2000000000)` takes
4 GB under a limit of 500 MB, and nothing interrupts it. So the expression is parsed first, and a
node that is not on the list is refused by name: no subqueries, no tables, no function whose value
is much larger than its arguments. The rest costs at most a small multiple of the rows.
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
"""Functions that a `where` may call (ours: their values are not much larger than their
arguments)."""

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
    """Refuses more than one expression, and one with a node that is not on the list.

    Args:
        database: parses it; nothing is evaluated.
        expression: as after WHERE.

    Raises:
        QueryError: says what is not allowed.
    """
    parsing = database.execute("select json_serialize_sql(?)", [f"select {expression}"])
    ((text,),) = parsing.fetchall()
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
    for node, in_lambda in _nodes(chosen[0]):
        _check_node(node, in_lambda=in_lambda)


def _reads(node: Mapping[str, Any]) -> bool:
    """Whether the query reads a table."""
    tables = node.get("cte_map", {}).get("map")
    return bool(tables) or node.get("from_table", {}).get("type") != "EMPTY"


def _nodes(root: Any) -> Iterator[tuple[dict[str, Any], bool]]:
    """Every node of an expression, and whether it is inside a lambda."""
    left: list[tuple[Any, bool]] = [(root, False)]
    while left:
        node, in_lambda = left.pop()
        if isinstance(node, list):
            left += [(child, in_lambda) for child in node]
        elif isinstance(node, dict):
            if "class" in node:
                yield node, in_lambda
            inner = in_lambda or node.get("class") == "LAMBDA"
            left += [(child, inner) for child in node.values()]


def _check_node(node: Mapping[str, Any], *, in_lambda: bool) -> None:
    kind = node["class"]
    if kind not in _CLASSES or (kind == "LAMBDA" and in_lambda):
        refused = "a lambda in a lambda" if kind == "LAMBDA" else kind.lower().replace("_", " ")
        raise QueryError(f"{refused} is not allowed")
    name = str(node.get("function_name", "")).lower()
    if kind == "FUNCTION" and name not in _KNOWN:
        known = "; ".join(f"{kinds}: {' '.join(names)}" for kinds, names in FUNCTIONS.items())
        raise QueryError(f"the function {name[:60]!r} is not allowed. Those that are: {known}")
    if name in _LISTS or node.get("type") in _LISTS:
        inside = (child["class"] for child, _ in _nodes([*_children(node)]))
        if not all(child in ("CONSTANT", "CAST", "TYPE") for child in inside):
            raise QueryError("a list holds constants, as in ['en', 'de']")


def _children(node: Mapping[str, Any]) -> Iterator[Any]:
    """The nodes inside an expression, without the expression itself."""
    return (value for value in node.values() if isinstance(value, dict | list))

"""Names that a package offers, each loaded on first use.

    imports under `if TYPE_CHECKING:` of a package --> its `__getattr__`, `__dir__`, `__all__`

Importing a package then costs nothing, and needs nothing that only another package needs. A name
stands there once: `from .clip import Clip as Clip`, as type checkers want what is offered.
"""

import ast
import importlib
import linecache
from collections.abc import Callable
from types import ModuleType
from typing import Any


def lazy_names(
    package: dict[str, Any],
) -> tuple[Callable[[str], object], Callable[[], list[str]], list[str]]:
    """A package's `__getattr__`, `__dir__` and `__all__`.

    Args:
        package: its `globals()`.
    """
    source = "".join(linecache.getlines(package["__file__"], package))
    places = {
        alias.name: "." * node.level + (node.module or "")
        for block in ast.parse(source).body
        if isinstance(block, ast.If) and "TYPE_CHECKING" in ast.unparse(block.test)
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }

    def load(name: str) -> object:
        if name not in places:
            raise AttributeError(f"module {package['__name__']!r} has no attribute {name!r}")
        module = importlib.import_module(places[name], package["__package__"])
        package[name] = getattr(module, name)
        return package[name]

    def names() -> list[str]:
        return sorted({*package, *places})

    there = {name for name, value in package.items() if not isinstance(value, ModuleType)}
    return load, names, sorted(name for name in {*there, *places} if not name.startswith("_"))

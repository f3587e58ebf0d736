"""Names that a package offers, each loaded on first use.

    if typing.TYPE_CHECKING:
        from .clip import Clip as Clip
    else:
        __all__, __getattr__, __dir__ = lazy_names(__name__, __file__)

These imports are the one list of a package's names. Type checkers and editors read them as they
stand; `lazy_names` reads them from the source, and imports a module when a name of it is used. So
importing a package costs nothing, and needs nothing that only another package needs.
"""

import ast
import importlib
import sys
from collections.abc import Callable


def lazy_names(
    package: str, file: str
) -> tuple[list[str], Callable[[str], object], Callable[[], list[str]]]:
    """A package's `__all__`, `__getattr__` and `__dir__`.

    Args:
        package: its `__name__`.
        file: its `__file__`; every `from module import name as name` in it offers a name.
    """
    with open(file, encoding="utf-8") as source:
        tree = ast.parse(source.read())
    places = {
        alias.name: f"{'.' * node.level}{node.module}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.asname == alias.name
    }

    def load(name: str) -> object:
        if name not in places:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(importlib.import_module(places[name], package), name)
        setattr(sys.modules[package], name, value)
        return value

    def names() -> list[str]:
        return sorted({*vars(sys.modules[package]), *places})

    return sorted(places), load, names

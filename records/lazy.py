"""Names that a package offers, each loaded on first use.

    name --> module of the package, imported then --> the module's attribute

Importing a package then costs nothing, and needs nothing that only another package needs.
"""

import importlib
import sys
from collections.abc import Callable, Mapping


def lazy_names(
    package: str, places: Mapping[str, str]
) -> tuple[Callable[[str], object], Callable[[], list[str]]]:
    """A package's `__getattr__` and `__dir__`.

    Args:
        package: its `__name__`.
        places: maps each name to the module that defines it.
    """

    def load(name: str) -> object:
        if name not in places:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(importlib.import_module(f".{places[name]}", package), name)
        setattr(sys.modules[package], name, value)
        return value

    def names() -> list[str]:
        return sorted({*vars(sys.modules[package]), *places})

    return load, names

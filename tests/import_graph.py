"""Who imports whom in the shipped tree; imports for types alone and in functions count too."""

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
ROOMS = ("records", "media", "release", "builder", "processing", "loaders", "cards", "cli")

Graph = Mapping[str, frozenset[str]]


@cache
def modules() -> dict[str, Path]:
    """Dotted name, without `speakervid5m.`, to the file; a package's is its `__init__.py`."""
    files = [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]
    return {_name(path.relative_to(ROOT)): path.relative_to(ROOT) for path in files}


@cache
def imports() -> dict[str, frozenset[str]]:
    """Module to the modules of ours that it imports; a package's lazy names count as well."""
    return {name: frozenset({*_imported(path)} - {name}) for name, path in modules().items()}


def folders() -> dict[str, frozenset[str]]:
    """Folder to the folders that its own files import from; `__init__` files belong to none.

    A package's `__init__` is its face: it names what lies beneath, and decides nothing.
    """
    edges: dict[str, set[str]] = {}
    for name, targets in imports().items():
        path = modules()[name]
        if path.name != "__init__.py":
            own = edges.setdefault(str(path.parent), set())
            own |= {str(modules()[target].parent) for target in targets} - {str(path.parent)}
    return {folder: frozenset(targets) for folder, targets in edges.items()}


def cycle_in(graph: Graph) -> list[str]:
    """Nodes along which one comes back to the first; empty where there is no such way."""
    finished: set[str] = set()

    def visit(node: str, trail: list[str]) -> list[str]:
        if node in trail:
            return [*trail[trail.index(node) :], node]
        if node in finished:
            return []
        for target in sorted(graph.get(node, ())):
            if cycle := visit(target, [*trail, node]):
                return cycle
        finished.add(node)
        return []

    return next((cycle for node in sorted(graph) if (cycle := visit(node, []))), [])


def _name(path: Path) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imported(path: Path) -> Iterator[str]:
    package = path.parent.parts
    for node in ast.walk(ast.parse((ROOT / path).read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom):
            head = package[: len(package) - node.level + 1] if node.level else ()
            target = ".".join([*head, *([node.module] if node.module else [])])
            target = target.removeprefix("speakervid5m.")
            for alias in node.names:
                inner = f"{target}.{alias.name}"
                if inner in modules() or target in modules():
                    yield inner if inner in modules() else target

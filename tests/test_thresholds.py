"""Every number of the curation code has a row in docs/thresholds.md, with its value and source."""

import ast
import importlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

for package in ("cv2", "torch"):
    pytest.importorskip(package, reason="the extras curate and models are not installed")

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "thresholds.md"
FOLDERS = ("models", "branches", "curation")
_MEASURED_ELSEWHERE = "kernels"
"""Folder of kernels: they compute what a stage's own numbers decide."""
_CONSTANT = re.compile(r"_?[A-Z][A-Z0-9_]*")
_ROW = re.compile(r"^\| `([\w.]+)` \| (.*) \| (.*) \| (.*) \| (.*) \|$", re.MULTILINE)


def is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def is_of_numbers(value: object) -> bool:
    """A number, or a few of them; not the one or none at which a count begins."""
    if isinstance(value, tuple):
        return bool(value) and all(map(is_number, value))
    if isinstance(value, Mapping):
        return bool(value) and all(map(is_number, [*value, *value.values()]))
    return is_number(value)


def shown(value: Any) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(shown, value))
    if isinstance(value, Mapping):
        return ", ".join(f"{shown(key)}: {shown(one)}" for key, one in value.items())
    return str(value) if isinstance(value, int) else f"{value:.6g}"


def constants(module: str, tree: ast.Module) -> Iterator[tuple[str, Any]]:
    """What is assigned in capitals at the top of a module; its value by import."""
    found = importlib.import_module(f"speakervid5m.processing.{module}")
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else []
        targets = [node.target] if isinstance(node, ast.AnnAssign) else targets
        for name in (one.id for top in targets for one in ast.walk(top) if hasattr(one, "id")):
            value = getattr(found, name)
            if _CONSTANT.fullmatch(name) and is_of_numbers(value):
                yield f"{module}.{name}", value


def defaults(module: str, tree: ast.Module) -> Iterator[tuple[str, Any]]:
    """Numbers that stand as defaults of arguments and of fields of dataclasses."""

    def within(node: ast.AST, path: str) -> Iterator[tuple[str, ast.expr | None]]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.ClassDef):
                for one in child.body:
                    if isinstance(one, ast.AnnAssign):
                        yield f"{path}.{child.name}.{ast.unparse(one.target)}", one.value
                yield from within(child, f"{path}.{child.name}")
            elif isinstance(child, ast.FunctionDef):
                inner = path if child.name == "__init__" else f"{path}.{child.name}"
                given = child.args.posonlyargs + child.args.args
                last = len(given) - len(child.args.defaults)
                pairs = [*zip(given[last:], child.args.defaults, strict=True)]
                pairs += [
                    (one, value)
                    for one, value in zip(
                        child.args.kwonlyargs, child.args.kw_defaults, strict=True
                    )
                    if value is not None
                ]
                yield from ((f"{inner}.{one.arg}", value) for one, value in pairs)
                yield from within(child, inner)

    for name, written in within(tree, module):
        if written is None or any(
            isinstance(one, (ast.Name, ast.Call)) for one in ast.walk(written)
        ):
            continue  # A name of a constant has a row of its own.
        value = eval(compile(ast.Expression(written), name, "eval"))
        if is_of_numbers(value) and value not in (0, 1):
            yield name, value


def numbers() -> dict[str, str]:
    """Every number of the code that curates: its name in `speakervid5m.processing`, and value."""
    found: dict[str, str] = {}
    for folder in FOLDERS:
        for path in sorted((ROOT / "processing" / folder).rglob("*.py")):
            place = path.relative_to(ROOT / "processing").with_suffix("")
            if _MEASURED_ELSEWHERE in place.parts or path.name == "__init__.py":
                continue
            module, tree = ".".join(place.parts), ast.parse(path.read_text())
            for collect in (constants, defaults):
                found |= {name: shown(value) for name, value in collect(module, tree)}
    return found


def test_every_number_has_a_row_and_every_row_a_number() -> None:
    rows = _ROW.findall(PAGE.read_text())
    assert len(rows) == len({name for name, *_ in rows}) > 200
    assert {name: value for name, value, *_ in rows} == numbers()


def test_every_row_says_what_it_is_and_who_says_so() -> None:
    for name, _, unit, what, source in _ROW.findall(PAGE.read_text()):
        assert unit and what, name
        assert source and source != "ours", f"{name}: ours, and why?"


def test_a_new_number_is_found_wherever_it_stands() -> None:
    code = """
class Params:
    share: float = 0.25
    count: int = 0
    def __init__(self, *, every: int = 5, rate: int = FPS, on: bool = True) -> None: ...

def look(picture, scale: float = 1 / 8): ...
"""
    assert dict(defaults("stages.x", ast.parse(code))) == {
        "stages.x.Params.share": 0.25,
        "stages.x.Params.every": 5,
        "stages.x.look.scale": 0.125,
    }


def test_an_assumption_has_a_unit_a_meaning_and_a_reason() -> None:
    from speakervid5m.processing import Assumptions

    guide = (ROOT / "docs" / "curation_reference.md").read_text()
    rows = re.findall(r"^\| `--([\w-]+)` \| (.+) \| (.+) \| (.+) \| (.+) \|$", guide, re.MULTILINE)
    known = {name.replace("_", "-"): str(one) for name, one in Assumptions().to_dict().items()}
    del known["cut-range"]
    assert {name: value for name, value, *_ in rows} == known

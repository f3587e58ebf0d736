"""What a release holds is UTF-8, whatever the locale of the machine that writes it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def writes(folder: str) -> Iterator[tuple[str, ast.Call]]:
    for path in sorted((ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            if node.func.attr == "write_text":
                yield f"{path.relative_to(ROOT)}:{node.lineno}", node


@pytest.mark.parametrize("folder", ["release", "cards"])
def test_texts_of_a_release_are_written_as_utf_8(folder: str) -> None:
    found = list(writes(folder))
    assert found
    for place, call in found:
        given = [*call.args[1:], *(one.value for one in call.keywords if one.arg == "encoding")]
        assert [ast.literal_eval(one) for one in given] == ["utf-8"], place

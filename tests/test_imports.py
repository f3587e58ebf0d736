"""Imports run one way, rooms are imported by one name, and `__all__` says what is public."""

import ast
import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parent.parent
RANKS: dict[str, int] = {
    "records": 0,
    "media": 1,
    "release": 2,
    "builder": 3,
    "processing": 3,
    "loaders": 3,
    "cards": 3,
    "vidchatbench": 4,
    "baseline": 4,
    "cli": 5,
}
ROOMS = [room for room in RANKS if (ROOT / room).is_dir()]


def sources(room: str) -> list[Path]:
    return sorted((ROOT / room).rglob("*.py"))


def imported(path: Path) -> Iterator[tuple[int, str]]:
    """Every imported module by its absolute name under the project, with its line."""
    package = path.relative_to(ROOT).parent.parts
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parts = package[: len(package) - node.level + 1] if node.level else ()
            yield node.lineno, ".".join((*parts, *([node.module] if node.module else [])))


@pytest.mark.parametrize("room", ROOMS)
def test_rooms_import_only_rooms_below(room: str) -> None:
    wrong = []
    for path in sources(room):
        for line, name in imported(path):
            top = name.split(".")[0]
            if top in RANKS and top != room and RANKS[top] >= RANKS[room]:
                wrong.append(f"{path.relative_to(ROOT)}:{line} imports {name}")
    assert not wrong, f"imports must run towards records: {wrong}"


@pytest.mark.parametrize("room", ROOMS)
def test_rooms_import_each_other_relatively(room: str) -> None:
    wrong = []
    for path in sources(room):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and not node.level:
                names = [node.module or ""]
            else:
                continue
            bad = [name for name in names if name.split(".")[0] in {*RANKS, "speakervid5m"}]
            # The command line alone may ask the root for its version and builder.
            if room != "cli":
                wrong += [f"{path.relative_to(ROOT)}:{node.lineno} {name}" for name in bad]
    assert not wrong, f"a second identity of the same code: {wrong}"


@pytest.mark.parametrize("room", ROOMS)
def test_all_lists_exactly_what_a_room_shows(room: str) -> None:
    module = importlib.import_module(f"speakervid5m.{room}")
    # Names that are loaded when they are asked for stand in `dir` alone before.
    public = {
        name
        for name in dir(module)
        if not name.startswith("_") and not _is_foreign(name, getattr(module, name))
    }
    declared = getattr(module, "__all__", [])
    assert sorted(declared) == sorted(public)


def _is_foreign(name: str, value: object) -> bool:
    """Whether it is a module, or was imported from outside the project."""
    home = getattr(value, "__module__", None) or ""
    imported_from = sys.modules.get(home)
    return isinstance(value, ModuleType) or (
        not home.startswith("speakervid5m") and getattr(imported_from, name, None) is value
    )


def test_no_file_is_longer_than_400_lines() -> None:
    files = [path for folder in [*ROOMS, "benchmarks", "tests"] for path in sources(folder)]
    long = {str(path.relative_to(ROOT)): n for path in files if (n := _lines(path)) > 400}
    assert not long
    shipped = sorted(_lines(path) for room in ROOMS for path in sources(room))
    assert shipped[len(shipped) // 2] <= 150


def _lines(path: Path) -> int:
    return len(path.read_text().splitlines())


HEAVY = ("av", "cv2", "datasets", "decord", "duckdb", "numpy", "pyarrow", "torch", "torchcodec")


@pytest.mark.parametrize(
    "code",
    [
        "import speakervid5m",
        *(f"import speakervid5m.{room}" for room in ROOMS if room not in ("loaders", "processing")),
        "import runpy; sys.argv[1:] = ['--help']; runpy.run_module('speakervid5m')",
        "import runpy; sys.argv[1:] = ['--version']; runpy.run_module('speakervid5m')",
    ],
)
def test_importing_loads_nothing_heavy(code: str) -> None:
    code = (
        f"import sys\ntry:\n    {code}\nexcept SystemExit:\n    pass\n"
        f"print(sorted({{*{HEAVY}}} & set(sys.modules)))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert result.stdout.splitlines()[-1] == "[]"

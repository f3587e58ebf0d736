"""docs/architecture.md is true: what it names is there, and every folder is in it."""

import re
from pathlib import Path

from tests.import_graph import ROOT, modules

PAGE = (ROOT / "docs" / "architecture.md").read_text("utf-8")
ROOT_NAMES = {path.parts[0] for path in modules().values()} | {"docs", "benchmarks", "tests"}


def named() -> set[str]:
    """Paths between back-ticks; a bare file name belongs to the path before it."""
    paths, folder = set(), ""
    for name in re.findall(r"`([\w./-]+)`", PAGE):
        if name.split("/")[0] in ROOT_NAMES and "/" in name:
            folder = name if name.endswith("/") else name.rpartition("/")[0] + "/"
            paths.add(name)
        elif name.endswith(".py") and "/" not in name and folder and name != "__init__.py":
            paths.add(name if (ROOT / name).exists() else folder + name)
    return paths


def test_what_it_names_is_there() -> None:
    paths = named()
    assert len(paths) > 40
    assert not {path for path in paths if not (ROOT / path).exists()}


def test_every_room_and_every_folder_of_processing_is_in_it() -> None:
    folders = {path.parent for path in modules().values()}
    top = {f"{folder}/" for folder in folders if len(folder.parts) == 1}
    assert not {folder for folder in top if f"`{folder}`" not in PAGE}
    inner = {folder.name for folder in folders if folder.parent == Path("processing")}
    assert not {name for name in inner if name not in PAGE}


def test_the_stages_are_the_ones_of_the_code() -> None:
    from speakervid5m.processing.curation.stages import STAGES

    assert ", ".join(STAGES) in " ".join(PAGE.split())

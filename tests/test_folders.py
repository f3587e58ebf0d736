"""The shape of the tree: no circles, small folders, rooms entered by their faces."""

from collections import Counter

import pytest

from tests.import_graph import cycle_in, folders, imports, modules

FACES = {
    "release.features",
    "release.takedown",
    "processing.curation",
    "processing.encoding",
    "processing.engines",
    "processing.models",
    "processing.models.kernels",
    "processing.official",
    "processing.studio",
    "cards.explorer",
    "cards.hub",
}
"""Second-level folders that outsiders may import from, beside every room itself."""

MAY_USE: dict[str, set[str]] = {
    "processing/models": {"engines", "weights"},
    "processing/engines": {"weights"},
    "processing/branches": {"assumptions"},
    "processing/assembly": {"assumptions", "branches", "engines", "weights"},
    "processing/studio": set(),
    "processing/official": {"assembly", "assumptions", "branches", "engines", "weights"},
    "processing/curation": {
        "assembly",
        "assumptions",
        "branches",
        "engines",
        "models",
        "weights",
    },
    "processing/encoding": {"assembly", "weights"},
}
"""What of `processing/` each of its folders stands on."""


def test_no_module_imports_itself_by_a_detour() -> None:
    assert cycle_in({"a": frozenset({"b"}), "b": frozenset({"c"}), "c": frozenset({"b"})})
    assert not cycle_in(imports())


def test_no_folder_imports_itself_by_a_detour() -> None:
    assert len(folders()) > 30
    assert not cycle_in(folders())


@pytest.mark.parametrize("folder", sorted(MAY_USE))
def test_folders_of_processing_stand_on_each_other_in_one_direction(folder: str) -> None:
    own = folder.replace("/", ".")
    wrong = {
        f"{name} imports {target}"
        for name, targets in imports().items()
        if name.startswith(f"{own}.")
        for target in targets
        if target.startswith("processing.") and not f"{target}.".startswith(f"{own}.")
        if target.split(".")[1] not in MAY_USE[folder]
    }
    assert not wrong


def test_outsiders_enter_a_room_by_its_face() -> None:
    wrong = {
        f"{name} imports {target}"
        for name, targets in imports().items()
        for target in targets
        if target.split(".")[0] != name.split(".")[0] and "." in target and target not in FACES
    }
    assert not wrong


def test_folders_are_small() -> None:
    files = Counter(str(path.parent) for path in modules().values() if path.name != "__init__.py")
    # The thirteen stages are one file each, and stand together.
    large = {folder: count for folder, count in files.items() if count > 13}
    assert not large

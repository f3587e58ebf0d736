"""Wheel layout: `speakervid5m.py` becomes the package, the folders next to it its subpackages.

An editable install copies nothing: the checkout root is on the path, and the `__path__` line of
`speakervid5m.py` finds the folders next to the file.
"""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOMS = (
    "records",
    "media",
    "release",
    "builder",
    "processing",
    "loaders",
    "cards",
    "vidchatbench",
    "cli",
)


class BuildHook(BuildHookInterface):  # type: ignore[type-arg]
    """Maps the files of the checkout into the package `speakervid5m` of the wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Adds every shipped file; `version` is hatch's build kind, "standard" or "editable"."""
        if version != "standard":
            return
        include = build_data["force_include"]
        include["speakervid5m.py"] = "speakervid5m/__init__.py"
        include["py.typed"] = "speakervid5m/py.typed"
        root = Path(self.root)
        for package in ROOMS:
            for file in sorted((root / package).rglob("*")):
                if file.is_file() and "__pycache__" not in file.parts:
                    name = file.relative_to(root).as_posix()
                    include[name] = f"speakervid5m/{name}"
        # `python -m speakervid5m`; in a checkout `speakervid5m.py` does it itself.
        include["cli/__main__.py"] = "speakervid5m/__main__.py"

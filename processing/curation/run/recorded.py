"""The profile of the last run, kept in the work folder: what looks at its results asks for it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ....release import work_folder
from ...engines import temporary_name
from ...weights import weights_folder
from .options import CurateOptions

_FILE = "profile.json"


@dataclass(frozen=True, kw_only=True, slots=True)
class Recorded:
    """What named the results that stand in the store."""

    profile: str
    """Name of a profile."""
    backends: Mapping[str, str]
    """Stage to another backend than the profile's own."""
    weights: Path
    """Folder of weights."""


def record(options: CurateOptions) -> None:
    """Keeps what a run was asked for."""
    path = work_folder(options.out) / _FILE
    values = {
        "profile": options.profile,
        "backends": dict(options.backends),
        "weights": str(weights_folder(options.weights).resolve()),
    }
    draft = temporary_name(path)
    draft.write_text(json.dumps(values, sort_keys=True, indent=1) + "\n", "utf-8")
    draft.replace(path)


def recorded(out: Path) -> Recorded | None:
    """Of the last run; None where there was none, or a loss of power has left half a file."""
    try:
        values = json.loads((work_folder(out) / _FILE).read_text("utf-8"))
        return Recorded(
            profile=str(values["profile"]),
            backends={str(name): str(tool) for name, tool in values["backends"].items()},
            weights=Path(values["weights"]),
        )
    except (FileNotFoundError, ValueError, KeyError, TypeError, AttributeError):
        return None

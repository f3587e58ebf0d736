"""The profile of the last run, saved in the work folder for commands that read its results.

options --> RELEASE.work/profile.json --> `Recorded`, for `curate status`, `inspect` and `report`
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ....records import atomic_file
from ....release import work_folder
from ...weights import weights_folder
from ..profiles.profile import Profile
from .options import CurateOptions

_FILE = "profile.json"


@dataclass(frozen=True, kw_only=True, slots=True)
class Recorded:
    """The choices that name the results in the store."""

    profile: str
    """Name of a profile."""
    backends: Mapping[str, str]
    """Stage to another backend than the profile's own."""
    weights: Path
    """Folder of weights."""
    videos: tuple[Path, ...]
    """Folders and files; empty if an earlier version ran."""


def record(options: CurateOptions, profile: Profile) -> None:
    """Saves the profile, backends, weights and videos of a run.

    A backend that depends on which files are there is saved by name, so that later commands, which
    need no weights, read the same results.
    """
    path = work_folder(options.out) / _FILE
    values = {
        "profile": options.profile,
        "backends": profile.by_folder | dict(options.backends),
        "weights": str(weights_folder(options.weights).resolve()),
        "videos": [str(path.resolve()) for path in options.videos],
    }
    with atomic_file(path) as draft:
        draft.write_text(json.dumps(values, sort_keys=True, indent=1) + "\n", "utf-8")


def recorded(out: Path) -> Recorded | None:
    """Those of the last run; None without a run, or if a loss of power left half a file."""
    try:
        values = json.loads((work_folder(out) / _FILE).read_text("utf-8"))
        return Recorded(
            profile=str(values["profile"]),
            backends={str(stage): str(name) for stage, name in values["backends"].items()},
            weights=Path(values["weights"]),
            videos=tuple(map(Path, values.get("videos", ()))),
        )
    except (FileNotFoundError, ValueError, KeyError, TypeError, AttributeError):
        return None

"""The command's part on real people: fetch, measure, remove, print."""

import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from speakervid5m.processing import weights_folder
from speakervid5m.processing.curation import PROFILES, missing, profile_of

from .figures import FIELDS, measure_real_people
from .material.fetching import fetch_material, scratch_folder
from .material.packages import PACKAGES
from .stages import Choice

REPOSITORY = Path(__file__).resolve().parents[3]
"""The checkout, in which no face and no voice may lie."""
_TERMINATED = 128 + signal.SIGTERM


def default_profile() -> str:
    """The profile that users get."""
    return "compact" if "compact" in PROFILES else "embedded"


def real_people(
    profile: str, backends: Mapping[str, str], material: Path | None = None
) -> dict[str, Any]:
    """All figures of a profile on real people.

    Args:
        profile: its name.
        backends: stage to another backend than the profile's own.
        material: a folder of the user's with packages that were fetched before, and where those
            that it lacks go; a temporary one if left out.

    Raises:
        ValueError: the folder lies in the checkout, or is a file; no such profile or backend.
        NotReady: packages or weights of the profile are missing.
    """
    if material is not None and material.resolve().is_relative_to(REPOSITORY):
        raise ValueError(
            f"{str(material)!r} lies in the checkout: faces and voices of real people must not; "
            "name a folder elsewhere"
        )
    if material is not None and material.exists() and not material.is_dir():
        raise ValueError(f"{str(material)!r} is a file; --material is a folder for packages")
    choice = Choice(profile=profile, backends=tuple(sorted(backends.items())))
    missing(profile_of(profile, backends), weights_folder()).check()
    with _ended_tidily(), scratch_folder() as scratch:
        folder = material or scratch / "material"
        folder.mkdir(parents=True, exist_ok=True)
        return measure_real_people(choice, fetch_material(PACKAGES, folder), scratch / "work")


def real_people_printed(report: Mapping[str, Any]) -> str:
    """A line a figure, with its interval, or why there is none."""
    lines = [f"{'profile':28} {report['profile']}"]
    for name in FIELDS:
        value = report[name]
        if value is None:
            lines.append(f"{name:28} null: {report['not_measured'].get(name, 'nothing to count')}")
            continue
        shown = f"{value:.4f}" if isinstance(value, float) else str(value)
        if ends := report["intervals"].get(name):
            shown += f"  (95 %: {ends[0]:.3f} to {ends[1]:.3f})"
        lines.append(f"{name:28} {shown}")
    for show, facts in report.get("shows", {}).items():
        lines += [f"{'':28} {fault}" for fault in facts["faults"]] or [f"{'':28} {show}: all right"]
    lines += [f"{'missing':28} {name}: {reason}" for name, reason in report["missing"].items()]
    return "\n".join(lines)


@contextmanager
def _ended_tidily() -> Iterator[None]:
    """A request to end becomes an exit, so that temporary folders go."""

    def leave(_: int, __: FrameType | None) -> None:
        sys.exit(_TERMINATED)

    previous = signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous)

"""Takedown: what was retracted from a release, and the command that retracts.

The face for outsiders: tombstones (`Takedown`, `Request`), the rows that they name, and
`retract`, each loaded when it is used. A request that names sources, people or clips goes in; a
release without them, with a tombstone for each, comes out.
"""

import typing

from ...records import lazy_names as _lazy_names

if typing.TYPE_CHECKING:
    from ..tombstones.pending import has_newer_tombstones, rows_of_sources, tombstones_digest
    from ..tombstones.records import REMOVALS, TOMBSTONES, Removal, Request, Takedown, Tombstone
    from ..tombstones.rule import TakedownRule
    from .retraction import RetractionPlan, RetractReport, plan_retraction, retract

__all__ = [
    "REMOVALS",
    "TOMBSTONES",
    "Removal",
    "Request",
    "RetractReport",
    "RetractionPlan",
    "Takedown",
    "TakedownRule",
    "Tombstone",
    "has_newer_tombstones",
    "plan_retraction",
    "retract",
    "rows_of_sources",
    "tombstones_digest",
]

_PLACES = {
    ".tombstones.pending": ("has_newer_tombstones", "rows_of_sources", "tombstones_digest"),
    ".tombstones.records": (
        "REMOVALS",
        "TOMBSTONES",
        "Removal",
        "Request",
        "Takedown",
        "Tombstone",
    ),
    ".tombstones.rule": ("TakedownRule",),
    "retraction": ("RetractionPlan", "RetractReport", "plan_retraction", "retract"),
}

__getattr__, __dir__ = _lazy_names(
    __name__, {name: module for module, names in _PLACES.items() for name in names}
)

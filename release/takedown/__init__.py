"""Takedown: what was retracted from a release, and the command that retracts.

The face for outsiders: tombstones (`Takedown`, `Request`), the rows that they name, and
`retract`, each loaded when it is asked for. In goes a request that names sources, people or
clips; out comes a release without them, with a tombstone for each.
"""

import typing

from ...records import lazy_names as _lazy_names

if typing.TYPE_CHECKING:
    from ..tombstones.pending import has_newer_tombstones, rows_of, tombstones_of
    from ..tombstones.records import REMOVALS, TOMBSTONES, Removal, Request, Takedown, Tombstone
    from ..tombstones.rule import Traces
    from .retraction import Found, RetractReport, find_traces, retract

__all__ = [
    "REMOVALS",
    "TOMBSTONES",
    "Found",
    "Removal",
    "Request",
    "RetractReport",
    "Takedown",
    "Tombstone",
    "Traces",
    "find_traces",
    "has_newer_tombstones",
    "retract",
    "rows_of",
    "tombstones_of",
]

_PLACES = {
    ".tombstones.pending": ("has_newer_tombstones", "rows_of", "tombstones_of"),
    ".tombstones.records": (
        "REMOVALS",
        "TOMBSTONES",
        "Removal",
        "Request",
        "Takedown",
        "Tombstone",
    ),
    ".tombstones.rule": ("Traces",),
    "retraction": ("Found", "RetractReport", "find_traces", "retract"),
}

__getattr__, __dir__ = _lazy_names(
    __name__, {name: module for module, names in _PLACES.items() for name in names}
)

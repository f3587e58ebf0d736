"""Takedown: what was retracted from a release, and the command that retracts.

The face for outsiders: tombstones (`Takedown`, `Request`), the rows that they name, and
`retract`, each loaded when it is used. A request that names sources, people or clips goes in; a
release without them, with a tombstone for each, comes out.
"""

import typing

from ...records import lazy_names as _lazy_names

if typing.TYPE_CHECKING:
    from ..tombstones.pending import has_newer_tombstones as has_newer_tombstones
    from ..tombstones.pending import rows_of_sources as rows_of_sources
    from ..tombstones.pending import tombstones_digest as tombstones_digest
    from ..tombstones.records import REMOVALS as REMOVALS
    from ..tombstones.records import TOMBSTONES as TOMBSTONES
    from ..tombstones.records import Removal as Removal
    from ..tombstones.records import Request as Request
    from ..tombstones.records import Takedown as Takedown
    from ..tombstones.records import Tombstone as Tombstone
    from ..tombstones.rule import TakedownRule as TakedownRule
    from .retraction import RetractionPlan as RetractionPlan
    from .retraction import RetractReport as RetractReport
    from .retraction import plan_retraction as plan_retraction
    from .retraction import retract as retract
else:
    __all__, __getattr__, __dir__ = _lazy_names(__name__, __file__)

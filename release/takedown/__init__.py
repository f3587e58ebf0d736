"""Takedown: what was retracted from a release, and the command that retracts.

The face for outsiders: tombstones (`Takedown`, `Request`), the rows that they name, and
`retract`, each loaded when it is used. A request that names sources, people or clips goes in; a
release without them, with a tombstone for each, comes out.
"""

import typing

from ...records import lazy_names as _lazy_names

if typing.TYPE_CHECKING:
    from ..tombstones.pending import (
        has_newer_tombstones as has_newer_tombstones,
        rows_of_sources as rows_of_sources,
        tombstones_digest as tombstones_digest,
    )
    from ..tombstones.records import (
        REMOVALS as REMOVALS,
        TOMBSTONES as TOMBSTONES,
        Removal as Removal,
        Request as Request,
        Takedown as Takedown,
        Tombstone as Tombstone,
    )
    from ..tombstones.rule import TakedownRule as TakedownRule
    from .retraction import (
        RetractionPlan as RetractionPlan,
        RetractReport as RetractReport,
        plan_retraction as plan_retraction,
        retract as retract,
    )
else:
    __all__, __getattr__, __dir__ = _lazy_names(__name__, __file__)

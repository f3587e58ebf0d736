"""From anyone's long two-person videos to a release: sources, stages, gates, branches.

videos -> sources -> stages (engines/, stages/) -> clips -> gates, tiers -> branches -> release
"""

from .catalogue import CuratedCatalogue, TieringReport
from .finding import FoundSources, find_own_sources
from .profile import PROFILES, TABLE, Missing, NotReady, Profile, missing, profile_of
from .run import CurateOptions, CurateReport, Measured, curate, look_at_store, measured, retier
from .strips import strip_of

__all__ = [
    "PROFILES",
    "TABLE",
    "CurateOptions",
    "CurateReport",
    "CuratedCatalogue",
    "FoundSources",
    "Measured",
    "Missing",
    "NotReady",
    "Profile",
    "TieringReport",
    "curate",
    "find_own_sources",
    "look_at_store",
    "measured",
    "missing",
    "profile_of",
    "retier",
    "strip_of",
]

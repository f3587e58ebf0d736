"""From anyone's long two-person videos to a release: sources, stages, gates, branches.

videos -> sources -> stages (engines/, stages/) -> clips -> gates, tiers -> branches -> release
"""

from .catalogue import CuratedCatalogue, TieringReport
from .choices import chosen_tracks
from .clipless import Clipless
from .estimating import CannotRun, Estimate, estimate
from .finding import FoundSources, find_own_sources
from .funnel import funnel_of
from .looking import Measured, measured
from .options import CurateOptions, CurateReport, EngineName
from .profile import PROFILES, TABLE, Missing, NotReady, Profile, missing, profile_of
from .recorded import Recorded, recorded
from .resolving import chosen_stages, engine_asked, stages_of, store_of
from .run import curate, look_at_store, retier
from .scoring import MEASURES
from .strips import strip_of, strip_of_source

__all__ = [
    "MEASURES",
    "PROFILES",
    "TABLE",
    "CannotRun",
    "Clipless",
    "CurateOptions",
    "CurateReport",
    "CuratedCatalogue",
    "EngineName",
    "Estimate",
    "FoundSources",
    "Measured",
    "Missing",
    "NotReady",
    "Profile",
    "Recorded",
    "TieringReport",
    "chosen_stages",
    "chosen_tracks",
    "curate",
    "engine_asked",
    "estimate",
    "find_own_sources",
    "funnel_of",
    "look_at_store",
    "measured",
    "missing",
    "profile_of",
    "recorded",
    "retier",
    "stages_of",
    "store_of",
    "strip_of",
    "strip_of_source",
]

"""From anyone's long two-person videos to a release: sources, stages, gates, branches.

videos -> sources -> stages (engines/, stages/) -> clips -> gates, tiers -> branches -> release
"""

import typing

from ...records import lazy_names as _lazy_names

if typing.TYPE_CHECKING:
    from .profiles.profile import PROFILES, TABLE, Missing, NotReady, Profile, missing, profile_of
    from .report.choices import chosen_tracks
    from .report.inspect import Measured, measured
    from .report.thumbnails import strip_of, strip_of_source
    from .run.catalogue import CuratedCatalogue, TieringReport
    from .run.clipless import Clipless
    from .run.curate import curate, look_at_store, retier
    from .run.estimate import CannotRun, Estimate, estimate
    from .run.find_videos import FoundSources, find_own_sources
    from .run.funnel import funnel_of
    from .run.options import CurateOptions, CurateReport, EngineName
    from .run.recorded import Recorded, recorded
    from .run.resolve import chosen_stages, engine_asked, stages_of, store_of
    from .run.scoring import MEASURES

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

_PLACES = {
    "profiles.profile": (
        "PROFILES",
        "TABLE",
        "Missing",
        "NotReady",
        "Profile",
        "missing",
        "profile_of",
    ),
    "report.choices": ("chosen_tracks",),
    "report.inspect": (
        "Measured",
        "measured",
    ),
    "report.thumbnails": (
        "strip_of",
        "strip_of_source",
    ),
    "run.catalogue": (
        "CuratedCatalogue",
        "TieringReport",
    ),
    "run.clipless": ("Clipless",),
    "run.curate": (
        "curate",
        "look_at_store",
        "retier",
    ),
    "run.estimate": (
        "CannotRun",
        "Estimate",
        "estimate",
    ),
    "run.find_videos": (
        "FoundSources",
        "find_own_sources",
    ),
    "run.funnel": ("funnel_of",),
    "run.options": (
        "CurateOptions",
        "CurateReport",
        "EngineName",
    ),
    "run.recorded": (
        "Recorded",
        "recorded",
    ),
    "run.resolve": (
        "chosen_stages",
        "engine_asked",
        "stages_of",
        "store_of",
    ),
    "run.scoring": ("MEASURES",),
}

__getattr__, __dir__ = _lazy_names(
    __name__, {name: module for module, names in _PLACES.items() for name in names}
)

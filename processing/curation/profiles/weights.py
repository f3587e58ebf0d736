"""Which weights each profile needs, and which it can use besides, out of the table of profiles."""

from typing import NamedTuple

from ...weights import Weights
from .profile import PROFILES, TABLE, needed_weights


class ProfileWeights(NamedTuple):
    """Weights of a profile."""

    needed: tuple[Weights, ...]
    """Of its own models; where optional files decide which, of the one without them."""
    optional: tuple[Weights, ...]
    """Optional files, and those of models that can be chosen instead (`--backend STAGE=NAME`)."""


def weights_of_profiles() -> dict[str, ProfileWeights]:
    """The weights of every profile by its name."""
    profiles: dict[str, ProfileWeights] = {}
    for name, profile in PROFILES.items():
        needed = needed_weights(profile)
        others = {
            file.file: file
            for row in TABLE
            for spec in getattr(row, name)
            for file in spec.files
            if file not in needed
        }
        profiles[name] = ProfileWeights(needed, tuple(others.values()))
    return profiles

"""Which weights each profile needs, and which it can use besides, out of the table of profiles."""

from typing import NamedTuple

from ...weights import Weights
from ...weights.table import COMPACT_FILES, COMPACT_OPTIONAL_FILES
from .profile import PROFILES, TABLE


class ProfileWeights(NamedTuple):
    """Weights of a profile."""

    needed: tuple[Weights, ...]
    """Of its own models."""
    optional: tuple[Weights, ...]
    """Of the models that can be chosen instead (`--backend STAGE=NAME`)."""


def weights_of_profiles() -> dict[str, ProfileWeights]:
    """The weights of every profile by its name."""
    profiles = {"compact": ProfileWeights(COMPACT_FILES, COMPACT_OPTIONAL_FILES)}
    for name, profile in PROFILES.items():
        needed = {file.file: file for spec in profile.models.values() for file in spec.files}
        others = {
            file.file: file
            for row in TABLE
            for spec in getattr(row, name)
            for file in spec.files
            if file.file not in needed
        }
        profiles[name] = ProfileWeights(tuple(needed.values()), tuple(others.values()))
    return profiles

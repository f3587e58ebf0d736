"""What profiles need: packages and files of weights, and what of them is missing here.

a profile, the folder of weights, the stages that run --> `Missing`, which stops a run early
the table of profiles --> the weights of each, needed and optional
"""

from collections.abc import Container
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from ...models.packages import Package
from ...weights import MissingWeights, Weights
from .profile import PROFILES, TABLE, Profile


class NotReady(FileNotFoundError):
    """A profile with missing packages or weights."""

    reason = "not_ready"


@dataclass(frozen=True, kw_only=True, slots=True)
class Missing:
    """What a profile needs and this machine lacks."""

    profile: str
    """The profile's name."""
    packages: tuple[Package, ...]
    """To install."""
    weights: tuple[Weights, ...]
    """Not in the folder, or not what was published under that name."""
    folder: Path
    """The folder of weights."""

    def __bool__(self) -> bool:
        return bool(self.packages or self.weights)

    def __str__(self) -> str:
        lines = []
        if self.packages:
            lines.append("packages are missing:")
            lines += [f"  {package.distribution}: {package.command}" for package in self.packages]
        if self.weights:
            # A profile's name stands for what its own models need, and for nothing else.
            name = self.profile.partition("+")[0]
            names = [name] if set(self.weights) <= set(needed_weights(PROFILES[name])) else []
            lines.append(str(MissingWeights(self.weights, self.folder, names=names)))
        return "\n".join(lines)

    def check(self) -> None:
        """Stops a run that cannot work.

        Raises:
            NotReady: anything is missing.
        """
        if self:
            raise NotReady(f"profile {self.profile} cannot run here yet\n{self}")


def needed_weights(profile: Profile) -> tuple[Weights, ...]:
    """Weights of its models; where optional files decide which, of the one without them."""
    own = [spec.instead or spec for spec in profile.models.values()]
    return tuple({file.file: file for spec in own for file in spec.files}.values())


def missing(profile: Profile, weights: Path, stages: Container[str] | None = None) -> Missing:
    """Packages and weights that a profile lacks for these stages, or for all; loads nothing."""
    models = [spec for stage, spec in profile.models.items() if stages is None or stage in stages]
    packages = {package.distribution: package for spec in models for package in spec.packages}
    files = {file.file: file for spec in models for file in spec.files}
    return Missing(
        profile=profile.name,
        packages=tuple(package for package in packages.values() if not package.is_there()),
        weights=tuple(file for file in files.values() if not file.is_whole(weights)),
        folder=weights,
    )


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

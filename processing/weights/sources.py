"""Where weights come from: a repository of the Hub, files of a package, a dependency, or you.

`HubFiles`      files of a repository on the Hugging Face Hub, at a revision
`PackageFiles`  files inside a package of a registry, at a version and with digests
`Bundled`       a file that a dependency of ours brings: nothing is fetched
`ByHand`        a file that its user makes or fetches: how

The text of each (`str`) is what `curate plan`, a manifest and a card say.
"""

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal

Registry = Literal["pypi", "npm", "debian"]


@dataclass(frozen=True, kw_only=True, slots=True)
class HubFiles:
    """Files of a repository on the Hub."""

    repository: str
    """`organisation/name`."""
    paths: tuple[str, ...]
    """Names, or patterns of names, below `below`."""
    revision: str | None
    """The commit; None: not known to us, so what the newest one holds is written down."""
    below: str = ""
    """A folder of the repository, without which the files are kept."""

    def __str__(self) -> str:
        folder = f", its folder {self.below}" if self.below else ""
        return f"{self.repository}{folder} on the Hugging Face Hub"


@dataclass(frozen=True, kw_only=True, slots=True)
class PackageFile:
    """One file inside a package."""

    path: str
    """Within the package, with `/`: in a wheel, in the folder `package` of npm, or from the root of
    a Debian system."""
    num_bytes: int
    """Its size."""
    sha256: str
    """Of its bytes."""

    @property
    def name(self) -> str:
        """Its last part, under which it is kept."""
        return PurePosixPath(self.path).name


@dataclass(frozen=True, kw_only=True, slots=True)
class PackageFiles:
    """Files inside one package. The package is never installed and never imported."""

    registry: Registry
    """Whose client fetches it."""
    package: str
    """Its name there."""
    version: str
    """Exactly this one."""
    download_bytes: int
    """Size of the package."""
    files: tuple[PackageFile, ...]
    """Those that are taken; nothing else of the package is read."""

    def __str__(self) -> str:
        names = ", ".join(file.name for file in self.files)
        return f"{names} inside {self.package} {self.version} ({_NAMES[self.registry]})"


@dataclass(frozen=True, kw_only=True, slots=True)
class Bundled:
    """A file that one of our dependencies brings."""

    package: str
    """The dependency."""

    def __str__(self) -> str:
        return f"inside the wheel of {self.package}"


@dataclass(frozen=True, kw_only=True, slots=True)
class ByHand:
    """A file that only its user can make or fetch."""

    publisher: str
    """Who publishes the model, and under which name."""
    how: str
    """What to type or do."""

    def __str__(self) -> str:
        return f"{self.publisher}: {self.how}"


Source = HubFiles | PackageFiles | Bundled | ByHand
_NAMES: dict[Registry, str] = {"pypi": "PyPI", "npm": "npm", "debian": "Debian"}

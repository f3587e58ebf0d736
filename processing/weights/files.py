"""A file or folder of weights: whether it is there, its size and digest.

A missing file is reported before any work starts: its name, licence, source, and where to put it.
"""

import contextlib
import hashlib
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from ...records import atomic_file, own_command, readable_size, typed_path
from .sources import Bundled, ByHand, HubFiles, PackageFiles, Source

WEIGHTS_VARIABLE = "SPEAKERVID5M_WEIGHTS"
"""The variable that names the folder of weights if `--weights` does not."""
_KEPT_DIGESTS = ".digests.json"


@dataclass(frozen=True, kw_only=True, slots=True)
class WeightsFacts:
    """What a manifest and a card say of weights; those of a manifest may lack the later fields."""

    file: str
    """Its name, see `Weights`."""
    source: str
    """Where it comes from."""
    licence: str
    """Of the weights."""
    num_bytes: int
    """Its size."""
    holds: tuple[str, ...] = ()
    """Files in a folder."""
    sha256: str | None = None
    """Of what is published, if we know it."""
    commercial: bool | None = None
    """Whether the licence allows commercial use; None: it is not stated."""
    trained_on: str = ""
    """Material; empty: not stated."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Weights:
    """One file, or one folder, that a backend loads."""

    file: str
    """Its path in the folder of weights: `syncnet_v2.model`, `whisper-large-v3-turbo`; for weights
    inside a package, its name there."""
    source: Source
    """Where it comes from."""
    licence: str
    """Of the weights, which often differs from that of the code."""
    num_bytes: int
    """Its size: exact where `sha256` is known, else about."""
    sha256: str | None = None
    """`digest` of what is kept; None: not known, so another file is not told from it."""
    commercial: bool | None = None
    """Whether the licence allows commercial use; None: it is not stated."""
    trained_on: str = ""
    """Material, as its publisher says; empty: not stated."""
    terms: str | None = None
    """What to accept before it is fetched; None: nothing beyond the licence."""
    convert: str | None = None
    """The module of `converted` that makes the kept file out of the source's; None: kept as is."""
    holds: tuple[str, ...] = ()
    """Names, or patterns of names, of the files in a folder; without all of them, it is missing."""

    @property
    def facts(self) -> WeightsFacts:
        """What a manifest and a card say of it."""
        own = {field.name: getattr(self, field.name) for field in fields(WeightsFacts)}
        return WeightsFacts(**own | {"source": str(self.source)})

    @property
    def training(self) -> str:
        """What it was trained on, in words."""
        known = f"trained on {self.trained_on}"
        return known if self.trained_on else "it is not stated on what it was trained"

    @property
    def is_bundled(self) -> bool:
        """Whether a dependency of ours brings it."""
        return isinstance(self.source, Bundled)

    @property
    def download_bytes(self) -> int:
        """What fetching it takes; 0 where it is not fetched."""
        if isinstance(self.source, PackageFiles):
            return self.source.download_bytes
        return self.num_bytes if isinstance(self.source, HubFiles) else 0

    def path(self, folder: Path) -> Path:
        """Its path in a folder of weights."""
        return folder / self.file

    def is_there(self, folder: Path) -> bool:
        """Whether it is in the folder, with all of its files."""
        path = self.path(folder)
        return path.exists() and all(any(path.glob(pattern)) for pattern in self.holds)

    def is_whole(self, folder: Path) -> bool:
        """Whether it is in the folder, and nothing else than what was published."""
        return self.is_there(folder) and not self.is_damaged(folder)

    def is_damaged(self, folder: Path) -> bool:
        """Whether something else than the published file is there under its name."""
        return (
            self.sha256 is not None and self.is_there(folder) and self.digest(folder) != self.sha256
        )

    def size(self, folder: Path) -> int:
        """Its bytes on disk; its published size if it is missing."""
        path = self.path(folder)
        if not self.is_there(folder):
            return self.num_bytes
        return sum(file.stat().st_size for file in _files_of(path))

    def digest(self, folder: Path) -> str:
        """sha256 of its bytes; for a folder, of the names and digests of its files.

        Raises:
            MissingWeights: it is missing.
        """
        if not self.is_there(folder):
            raise MissingWeights([self], folder)
        path = self.path(folder)
        known = _Digests(folder)
        digest = known.of(path) if path.is_file() else digest_of_files(path, known.of)
        known.keep()
        return digest


def digest_of_files(folder: Path, digest_of: Callable[[Path], str]) -> str:
    """sha256 of the names and digests of all files in a folder."""
    digest = hashlib.sha256()
    for file in _files_of(folder):
        digest.update(f"{file.relative_to(folder).as_posix()} {digest_of(file)}".encode())
    return digest.hexdigest()


def sha256_of(path: Path) -> str:
    """sha256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class MissingWeights(FileNotFoundError):
    """Files that are needed and that are not, or not whole, in the folder of weights."""

    reason = "missing_weights"

    def __init__(
        self, missing: Sequence[Weights], folder: Path, *, names: Sequence[str] = ()
    ) -> None:
        self.missing, self.folder = tuple(missing), folder
        own = [weights for weights in missing if isinstance(weights.source, ByHand)]
        fetched = [weights for weights in missing if weights not in own]
        lines = []
        if fetched:
            command = get_command(names or [weights.file for weights in fetched], folder)
            lines += [f"weights are missing; to fetch them: {command}"]
            lines += [f"  {_terms_of(weights, folder)}" for weights in fetched]
        if own:
            lines += ["weights are missing that only you can make or fetch. Put them there:"]
            lines += [f"  {_terms_of(weights, folder)}" for weights in own]
        super().__init__("\n".join(lines))


def get_command(names: Sequence[str], folder: Path) -> str:
    """What to type to fetch weights into a folder."""
    elsewhere = [] if folder == weights_folder() else ["--folder", typed_path(folder)]
    return own_command("weights", "get", *names, *elsewhere)


def _terms_of(weights: Weights, folder: Path) -> str:
    held = f", with {', '.join(weights.holds)}" if weights.holds else ""
    damaged = "damaged: " if weights.is_damaged(folder) else ""
    return (
        f"{damaged}{weights.path(folder)}: {weights.source} ({weights.licence}, "
        f"{readable_size(weights.num_bytes)}, {weights.training}){held}"
    )


def weights_folder(folder: Path | None = None) -> Path:
    """The folder of weights: this one, else `SPEAKERVID5M_WEIGHTS`, else the user's cache."""
    if folder is not None:
        return folder
    named = os.environ.get(WEIGHTS_VARIABLE)
    return Path(named) if named else Path.home() / ".cache" / "speakervid5m" / "weights"


def _files_of(path: Path) -> list[Path]:
    """The file itself, or all files in a folder, by name."""
    return [path] if path.is_file() else sorted(file for file in path.rglob("*") if file.is_file())


class _Digests:
    """Digests by path, size and time of change, in a file in the folder if it is writable.

    So gigabytes are read once and not by every command.
    """

    def __init__(self, folder: Path) -> None:
        self._folder, self._path = folder, folder / _KEPT_DIGESTS
        self._kept = self._stored = self._read()

    def of(self, path: Path) -> str:
        """sha256 of a file's bytes."""
        name, status = path.relative_to(self._folder).as_posix(), path.stat()
        stamp = f"{status.st_size} {status.st_mtime_ns}"
        stamped = self._kept.get(name)
        if stamped is not None and stamped[0] == stamp:
            return stamped[1]
        digest = sha256_of(path)
        self._kept = self._kept | {name: [stamp, digest]}
        return digest

    def keep(self) -> None:
        """Stores new digests; in a read-only folder they are computed again each time."""
        if self._kept == self._stored:
            return
        with contextlib.suppress(OSError), atomic_file(self._path) as draft:
            draft.write_text(json.dumps(self._kept, sort_keys=True, indent=1))

    def _read(self) -> dict[str, list[str]]:
        try:
            stored = json.loads(self._path.read_text())
        except (OSError, ValueError):
            return {}
        if not isinstance(stored, dict):
            return {}
        return {
            name: entry
            for name, entry in stored.items()
            if isinstance(entry, list) and [type(text) for text in entry] == [str, str]
        }

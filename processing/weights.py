"""Weights of models: named, licensed, looked for in one folder, never fetched by us.

    WEIGHTS_FOLDER / <file>      --weights, else SPEAKERVID5M_WEIGHTS, else the user's cache

A missing file is told before any work starts: what it is, on which terms, from where, to where.
"""

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

_BLOCK_BYTES = 1 << 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Weights:
    """One file, or one folder, that a backend loads."""

    file: str
    """Where it stands in the folder of weights: `syncnet_v2.model`, `whisper-large-v3-turbo/`."""
    source: str
    """Who publishes it, and under which name: enough to find it."""
    licence: str
    """Of the weights, which is often not that of the code."""
    num_bytes: int
    """About how large it is."""
    holds: tuple[str, ...] = ()
    """Names, or patterns of names, of files that a folder has: all of them, or it is not there."""

    def path(self, folder: Path) -> Path:
        """Where it has to stand."""
        return folder / self.file

    def is_there(self, folder: Path) -> bool:
        """Whether it stands there, with all that it holds."""
        path = self.path(folder)
        return path.exists() and all(any(path.glob(pattern)) for pattern in self.holds)

    def size(self, folder: Path) -> int:
        """Bytes of what stands there; of what is missing, about what it will have."""
        path = self.path(folder)
        if not self.is_there(folder):
            return self.num_bytes
        return sum(one.stat().st_size for one in [path, *path.rglob("*")] if one.is_file())

    def digest(self, folder: Path) -> str:
        """sha256 over its bytes, names of a folder's files included.

        Raises:
            MissingWeights: it is not there.
        """
        if not self.is_there(folder):
            raise MissingWeights([self], folder)
        path = self.path(folder)
        files = (
            [path] if path.is_file() else sorted(one for one in path.rglob("*") if one.is_file())
        )
        digest = hashlib.sha256()
        for one in files:
            status = one.stat()
            name = one.relative_to(path).as_posix()
            digest.update(
                f"{name} {_file_digest(one, status.st_size, status.st_mtime_ns)}".encode()
            )
        return digest.hexdigest()


class MissingWeights(FileNotFoundError):
    """Files that a profile needs and that do not stand in the folder of weights."""

    reason = "missing_weights"

    def __init__(self, missing: Sequence[Weights], folder: Path) -> None:
        self.missing, self.folder = tuple(missing), folder
        lines = [
            f"  {one.path(folder)}: {one.source} ({one.licence}, {one.num_bytes / 1e6:.0f} MB)"
            + (f", with {', '.join(one.holds)}" if one.holds else "")
            for one in missing
        ]
        super().__init__(
            "weights are missing; they are not fetched for you, since their terms are yours to "
            "accept. Put there:\n" + "\n".join(lines)
        )


def weights_folder(given: Path | None = None) -> Path:
    """The folder of weights: what is given, else `SPEAKERVID5M_WEIGHTS`, else the user's cache."""
    if given is not None:
        return given
    named = os.environ.get("SPEAKERVID5M_WEIGHTS")
    return Path(named) if named else Path.home() / ".cache" / "speakervid5m" / "weights"


@lru_cache(maxsize=4096)
def _file_digest(path: Path, num_bytes: int, changed_ns: int) -> str:  # noqa: ARG001  # keys
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()

"""A file or folder of weights: whether it is there, its size and digest.

A missing file is reported before any work starts: its name, licence, source, and where to put it.
"""

import contextlib
import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ...records import atomic_file

WEIGHTS_VARIABLE = "SPEAKERVID5M_WEIGHTS"
"""The variable that names the folder of weights if `--weights` does not."""
_BLOCK_BYTES = 1 << 20
_KEPT_DIGESTS = ".digests.json"


@dataclass(frozen=True, kw_only=True, slots=True)
class Weights:
    """One file, or one folder, that a backend loads."""

    file: str
    """Its path in the folder of weights: `syncnet_v2.model`, `whisper-large-v3-turbo/`; for weights
    inside a package, its name there."""
    source: str
    """Who publishes it, and under which name: enough to find it."""
    licence: str
    """Of the weights, which often differs from that of the code."""
    num_bytes: int
    """Its approximate size."""
    holds: tuple[str, ...] = ()
    """Names, or patterns of names, of the files in a folder; without all of them, it is missing."""

    def path(self, folder: Path) -> Path:
        """Its path in a folder of weights."""
        return folder / self.file

    def is_there(self, folder: Path) -> bool:
        """Whether it is in the folder, with all of its files."""
        path = self.path(folder)
        return path.exists() and all(any(path.glob(pattern)) for pattern in self.holds)

    def size(self, folder: Path) -> int:
        """Its bytes on disk; its approximate size if it is missing."""
        path = self.path(folder)
        if not self.is_there(folder):
            return self.num_bytes
        return sum(file.stat().st_size for file in _files_of(path))

    def digest(self, folder: Path) -> str:
        """sha256 of its bytes and, for a folder, of the names of its files.

        Raises:
            MissingWeights: it is missing.
        """
        if not self.is_there(folder):
            raise MissingWeights([self], folder)
        path = self.path(folder)
        known = _Digests(folder)
        digest = hashlib.sha256()
        for file in _files_of(path):
            digest.update(f"{file.relative_to(path).as_posix()} {known.of(file)}".encode())
        known.keep()
        return digest.hexdigest()


class MissingWeights(FileNotFoundError):
    """Files that a profile needs and that are not in the folder of weights."""

    reason = "missing_weights"

    def __init__(self, missing: Sequence[Weights], folder: Path) -> None:
        self.missing, self.folder = tuple(missing), folder
        lines = [
            f"  {weights.path(folder)}: {weights.source} ({weights.licence}, "
            f"{weights.num_bytes / 1e6:.0f} MB)"
            + (f", with {', '.join(weights.holds)}" if weights.holds else "")
            for weights in missing
        ]
        super().__init__(
            "weights are missing; they are not downloaded for you, since you must accept their "
            "terms yourself. Put these files there:\n" + "\n".join(lines)
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
        digest = hashlib.sha256()
        with path.open("rb") as file:
            while block := file.read(_BLOCK_BYTES):
                digest.update(block)
        self._kept = self._kept | {name: [stamp, digest.hexdigest()]}
        return digest.hexdigest()

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

"""Weights of models: named, licensed, looked for in one folder, never fetched by us.

    WEIGHTS_FOLDER / <file>      --weights, else SPEAKERVID5M_WEIGHTS, else the user's cache

A missing file is told before any work starts: what it is, on which terms, from where, to where.
"""

import contextlib
import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

WEIGHTS_VARIABLE = "SPEAKERVID5M_WEIGHTS"
"""Names the folder of weights where none is given."""
_BLOCK_BYTES = 1 << 20
_KEPT_DIGESTS = ".digests.json"


@dataclass(frozen=True, kw_only=True, slots=True)
class Weights:
    """One file, or one folder, that a backend loads."""

    file: str
    """Where it stands in the folder of weights: `syncnet_v2.model`, `whisper-large-v3-turbo/`; of
    weights inside a package its name there."""
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
        known = _Digests(folder)
        digest = hashlib.sha256()
        for one in files:
            digest.update(f"{one.relative_to(path).as_posix()} {known.of(one)}".encode())
        known.keep()
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
    named = os.environ.get(WEIGHTS_VARIABLE)
    return Path(named) if named else Path.home() / ".cache" / "speakervid5m" / "weights"


class _Digests:
    """Digests by path, size and time of change, kept beside the files where that is allowed.

    So gigabytes are read once and not by every command.
    """

    def __init__(self, folder: Path) -> None:
        self._folder, self._path = folder, folder / _KEPT_DIGESTS
        self._kept = self._before = self._read()

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
        """Writes what is new; a folder that is read-only is read anew each time."""
        if self._kept == self._before:
            return
        draft = self._path.with_name(f"{_KEPT_DIGESTS}.{os.getpid()}")
        with contextlib.suppress(OSError):
            draft.write_text(json.dumps(self._kept, sort_keys=True, indent=1))
            draft.replace(self._path)

    def _read(self) -> dict[str, list[str]]:
        try:
            found = json.loads(self._path.read_text())
        except (OSError, ValueError):
            return {}
        if not isinstance(found, dict):
            return {}
        return {
            name: one
            for name, one in found.items()
            if isinstance(one, list) and [type(word) for word in one] == [str, str]
        }

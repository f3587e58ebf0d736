"""How this copy was installed, and what to type to install what is missing.

direct_url.json of the distribution --> Installation --> install_command("explore"): a line for a
shell in this folder, for this interpreter, from the place that really has the code
trial (really uses a feature) --> trouble_of(trial) --> None, or what is wrong and what to do
"""

import functools
import importlib.metadata
import importlib.util
import json
import os
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from packaging.markers import Marker
from packaging.requirements import Requirement

_NAME = "speakervid5m"
_CHECKOUT, _PROJECT = Path(__file__).parents[2], "pyproject.toml"
"""The checkout's folder and its project file; a wheel has no such file."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Installation:
    """Where this copy's code comes from, by the record that installers leave (PEP 610)."""

    version: str
    """Version of the distribution; empty in a checkout."""
    folder: Path | None = None
    """The checkout or wheel file that it was installed from, if it still exists."""
    editable: bool = False
    """Whether the code runs from `folder` itself."""
    address: str | None = None
    """`git+https://...@COMMIT`, or the URL of a file elsewhere."""
    is_indexed: bool = False
    """Whether it came from a package index."""

    def requirement(self, *extras: str) -> str | None:
        """The requirement for another machine; None where only this machine has the code."""
        named = self._named(extras)
        return None if named is None or "file:" in named else named

    def words(self, *extras: str) -> list[str]:
        """The arguments of `pip install` on this machine."""
        if (named := self._named(extras)) is not None:
            return [named]
        if self.folder is None:
            # The source is gone, so only the requirements of the extras can be installed.
            return [str(requirement) for requirement in requirements(*extras)]
        constraints = self.folder / "constraints.txt"
        pinned = ["-c", typed_path(constraints)] if constraints.is_file() else []
        place = typed_path(self.folder) + (f"[{','.join(extras)}]" if extras else "")
        # pip would read a bare name as that of a project.
        if not (place.startswith(".") or os.path.isabs(place)):
            place = f".{os.sep}{place}"
        return [*pinned, *(["-e"] if self.editable else []), place]

    def _named(self, extras: Sequence[str]) -> str | None:
        name = f"{_NAME}[{','.join(extras)}]" if extras else _NAME
        if self.address is not None:
            return f"{name} @ {self.address}"
        return f"{name}=={self.version}" if self.is_indexed else None


def installation() -> Installation:
    """How this copy was installed; code in a checkout always counts as that checkout."""
    if (_CHECKOUT / _PROJECT).is_file():
        return Installation(version="", folder=_CHECKOUT, editable=True)
    distribution = importlib.metadata.distribution(_NAME)
    try:
        origin = json.loads(distribution.read_text("direct_url.json") or "{}")
    except ValueError:
        origin = {}
    url = str(origin.get("url", ""))
    if "vcs_info" in origin:
        vcs = origin["vcs_info"]
        below = f"#subdirectory={origin['subdirectory']}" if origin.get("subdirectory") else ""
        address = f"{vcs['vcs']}+{url}@{vcs['commit_id']}{below}"
        return Installation(version=distribution.version, address=address)
    if not url.startswith("file:"):
        return Installation(version=distribution.version, address=url or None, is_indexed=not url)
    path = Path(url2pathname(urlsplit(url).path))
    return Installation(version=distribution.version, folder=path if path.exists() else None)


def extras() -> list[str]:
    """Names of the extras."""
    return list(_declared()[0])


def requirements(*extras: str) -> list[Requirement]:
    """What the base needs, or what extras need in addition, on this machine and Python.

    Args:
        *extras: names of extras; none for the base.
    """
    declared = _declared()[1]
    base = [
        requirement
        for requirement in declared
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""})
    ]
    if not extras:
        return base
    needed: dict[str, Requirement] = {}
    waiting, visited = list(extras), set[str]()
    while waiting:
        extra = waiting.pop(0)
        visited.add(extra)
        for requirement in declared:
            marker = requirement.marker
            if requirement in base or not (marker and marker.evaluate({"extra": extra})):
                continue
            if requirement.name == _NAME:
                waiting += sorted(requirement.extras - visited)
            else:
                # Without its marker, which requires the extra.
                plain = Requirement(str(requirement).partition(";")[0])
                needed[requirement.name] = plain
    return list(needed.values())


def _declared() -> tuple[Sequence[str], list[Requirement]]:
    """Extras and requirements; the requirements of an extra have a marker that names it."""
    if (_CHECKOUT / _PROJECT).is_file():
        # The metadata of an editable install may be out of date.
        project = tomllib.loads((_CHECKOUT / _PROJECT).read_text("utf-8"))["project"]
        optional: dict[str, list[str]] = project["optional-dependencies"]
        declared = [Requirement(line) for line in project["dependencies"]]
        for extra, lines in optional.items():
            for requirement in map(Requirement, lines):
                also = f" and ({requirement.marker})" if requirement.marker else ""
                requirement.marker = Marker(f"extra == '{extra}'{also}")
                declared.append(requirement)
        return list(optional), declared
    metadata = importlib.metadata.metadata(_NAME)
    names: list[str] = metadata.get_all("Provides-Extra") or []
    return names, [Requirement(line) for line in metadata.get_all("Requires-Dist") or []]


def install_command(*extras: str) -> str:
    """What to type, in a shell in this folder, to install our extras into this interpreter."""
    return package_command(*installation().words(*extras))


def package_command(*words: str) -> str:
    """What to type to install something into this interpreter.

    With uv if it is on the PATH or next to the interpreter, which then needs no pip.

    Args:
        *words: requirements and options, as `pip install` takes them.
    """
    python = typed_path(Path(sys.executable))
    if program := uv_program():
        uv = "uv" if shutil.which("uv") else typed_path(Path(program))
        # uv installs into the active environment; for another, it needs --python.
        active = os.environ.get("VIRTUAL_ENV") == sys.prefix
        return typed([uv, "pip", "install", *([] if active else ["--python", python]), *words])
    python = "python" if _is_on_path(Path(sys.executable), "python") else python
    pip = typed([python, "-m", "pip", "install", *words])
    if importlib.util.find_spec("pip") is None:
        return f"{typed([python, '-m', 'ensurepip'])} && {pip}"
    return pip


def uv_program() -> str | None:
    """Path of uv, on the PATH or next to the interpreter; None without one."""
    own = Path(sys.executable).with_name("uv.exe" if os.name == "nt" else "uv")
    return shutil.which("uv") or (str(own) if own.is_file() else None)


def own_command(*words: str) -> str:
    """A command of ours as typed in a shell in this folder, on the PATH or not."""
    script = Path(sys.executable).with_name(f"{_NAME}.exe" if os.name == "nt" else _NAME)
    if _is_on_path(script, _NAME):
        return typed([_NAME, *words])
    if script.is_file():
        return typed([typed_path(script), *words])
    return typed([python_command(), "-m", f"{_NAME}.cli", *words])


def python_command() -> str:
    """This interpreter as typed in a shell in this folder."""
    path = Path(sys.executable)
    return "python" if _is_on_path(path, "python") else typed_path(path)


def typed_path(path: Path) -> str:
    """A path as typed in this folder: relative where it lies below, else absolute."""
    try:
        here = Path.cwd()
    except FileNotFoundError:
        return str(path)
    # Everything lies below the root folder, but paths from there are better absolute.
    below = path.is_relative_to(here) and here != Path(here.anchor)
    return str(path.relative_to(here)) if below else str(path)


def typed(words: Sequence[str]) -> str:
    """Words as one line of a shell, quoted where they need it."""
    return subprocess.list2cmdline(words) if os.name == "nt" else shlex.join(words)


def _is_on_path(path: Path, name: str) -> bool:
    """Whether a shell runs exactly this file for the name; links are not followed."""
    program = shutil.which(name)
    return program is not None and os.path.abspath(program) == os.path.abspath(path)


@functools.cache
def trouble_of(trial: Callable[[], object]) -> str | None:
    """Why an optional feature does not work here, or None. Tried once per process.

    An import proves little: libraries that the package loads later may be missing.

    Args:
        trial: uses the feature; where that fails, raises an error that says what to do.
    """
    try:
        trial()
    except Exception as error:
        return str(error).strip() or type(error).__name__
    return None


def lacking(need: str, error: BaseException, *extras: str) -> ImportError:
    """The error to raise where an optional package does not load.

    Args:
        need: which feature needs it: "where() needs DuckDB".
        error: the error of the import: an installed package may lack a library.
        *extras: our extras that install it.
    """
    return ImportError(f"{need} ({first_line(error)}): {install_command(*extras)}")


def first_line(error: BaseException) -> str:
    """The first line of an error's text, or its name."""
    return next(iter(str(error).strip().splitlines()), type(error).__name__).rstrip(".: ")

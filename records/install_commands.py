"""How this copy was installed, and what to type for what it lacks.

direct_url.json of the distribution --> Installation --> install_command("explore"): a line for a
shell in this folder, for this interpreter, from where the code is really to be had
"""

import importlib.metadata
import importlib.util
import json
import os
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from packaging.markers import Marker
from packaging.requirements import Requirement

_NAME = "speakervid5m"
_CHECKOUT, _PROJECT = Path(__file__).parents[1], "pyproject.toml"
"""Where the code is; in a wheel there is no such file."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Installation:
    """Where this copy's code is from, by the record that installers leave (PEP 610)."""

    version: str
    """Of the distribution; empty in a checkout."""
    folder: Path | None = None
    """The checkout or the wheel's file that it was installed from, if that is still there."""
    editable: bool = False
    """Whether the code is run from `folder` itself."""
    address: str | None = None
    """`git+https://...@COMMIT`, or the URL of a file elsewhere."""
    is_indexed: bool = False
    """Whether an index knows its name."""

    def requirement(self, *extras: str) -> str | None:
        """What another machine installs; None where only this one has, or had, the code."""
        named = self._named(extras)
        return None if named is None or "file:" in named else named

    def words(self, *extras: str) -> list[str]:
        """What `pip install` is given here."""
        if (named := self._named(extras)) is not None:
            return [named]
        if self.folder is None:
            # What it was made from is gone: what the extras ask for is not.
            return [str(requirement) for requirement in requirements(*extras)]
        constraints = self.folder / "constraints.txt"
        pinned = ["-c", typed_path(constraints)] if constraints.is_file() else []
        place = typed_path(self.folder) + (f"[{','.join(extras)}]" if extras else "")
        # A name alone would be read as that of a project.
        if not (place.startswith(".") or os.path.isabs(place)):
            place = f".{os.sep}{place}"
        return [*pinned, *(["-e"] if self.editable else []), place]

    def _named(self, extras: Sequence[str]) -> str | None:
        name = f"{_NAME}[{','.join(extras)}]" if extras else _NAME
        if self.address is not None:
            return f"{name} @ {self.address}"
        return f"{name}=={self.version}" if self.is_indexed else None


def installation() -> Installation:
    """How this copy was installed; code that is run from a checkout is of that, by any way."""
    if (_CHECKOUT / _PROJECT).is_file():
        return Installation(version="", folder=_CHECKOUT, editable=True)
    found = importlib.metadata.distribution(_NAME)
    try:
        origin = json.loads(found.read_text("direct_url.json") or "{}")
    except ValueError:
        origin = {}
    url = str(origin.get("url", ""))
    if "vcs_info" in origin:
        made = origin["vcs_info"]
        below = f"#subdirectory={origin['subdirectory']}" if origin.get("subdirectory") else ""
        address = f"{made['vcs']}+{url}@{made['commit_id']}{below}"
        return Installation(version=found.version, address=address)
    if not url.startswith("file:"):
        return Installation(version=found.version, address=url or None, is_indexed=not url)
    path = Path(url2pathname(urlsplit(url).path))
    return Installation(version=found.version, folder=path if path.exists() else None)


def extras() -> list[str]:
    """Names of the extras."""
    return list(_declared()[0])


def requirements(*extras: str) -> list[Requirement]:
    """What the base needs, or what extras need beside it, on this machine and Python.

    Args:
        *extras: names of extras; none for the base.
    """
    declared = _declared()[1]
    base = [one for one in declared if one.marker is None or one.marker.evaluate({"extra": ""})]
    if not extras:
        return base
    found: dict[str, Requirement] = {}
    waiting, seen = list(extras), set[str]()
    while waiting:
        extra = waiting.pop(0)
        seen.add(extra)
        for one in declared:
            if one in base or not (one.marker and one.marker.evaluate({"extra": extra})):
                continue
            if one.name == _NAME:
                waiting += sorted(one.extras - seen)
            else:
                # Without its marker, which asks for the extra.
                found[one.name] = Requirement(str(one).partition(";")[0])
    return list(found.values())


def _declared() -> tuple[Sequence[str], list[Requirement]]:
    """Extras and requirements, those of extras with a marker that asks for them."""
    if (_CHECKOUT / _PROJECT).is_file():
        # What an editable install once noted of it may be older.
        project = tomllib.loads((_CHECKOUT / _PROJECT).read_text("utf-8"))["project"]
        optional: dict[str, list[str]] = project["optional-dependencies"]
        found = [Requirement(line) for line in project["dependencies"]]
        for extra, lines in optional.items():
            for one in map(Requirement, lines):
                also = f" and ({one.marker})" if one.marker else ""
                one.marker = Marker(f"extra == '{extra}'{also}")
                found.append(one)
        return list(optional), found
    known = importlib.metadata.metadata(_NAME)
    names: list[str] = known.get_all("Provides-Extra") or []
    return names, [Requirement(line) for line in known.get_all("Requires-Dist") or []]


def install_command(*extras: str) -> str:
    """What to type, in a shell in this folder, to get extras of ours into this interpreter."""
    return package_command(*installation().words(*extras))


def package_command(*words: str) -> str:
    """What to type to install something into this interpreter.

    By uv where it is on the PATH or beside the interpreter, which then need not have pip.

    Args:
        *words: requirements and options, as `pip install` takes them.
    """
    python = typed_path(Path(sys.executable))
    beside = Path(sys.executable).with_name("uv.exe" if os.name == "nt" else "uv")
    if shutil.which("uv") or beside.is_file():
        uv = "uv" if shutil.which("uv") else typed_path(beside)
        # An active environment is where uv installs; else it is told.
        active = os.environ.get("VIRTUAL_ENV") == sys.prefix
        return typed([uv, "pip", "install", *([] if active else ["--python", python]), *words])
    python = "python" if _is_on_path(Path(sys.executable), "python") else python
    pip = typed([python, "-m", "pip", "install", *words])
    if importlib.util.find_spec("pip") is None:
        return f"{typed([python, '-m', 'ensurepip'])} && {pip}"
    return pip


def own_command(*words: str) -> str:
    """A command of ours as it is typed in a shell in this folder, be it on the PATH or not."""
    script = Path(sys.executable).with_name(f"{_NAME}.exe" if os.name == "nt" else _NAME)
    if _is_on_path(script, _NAME):
        return typed([_NAME, *words])
    if script.is_file():
        return typed([typed_path(script), *words])
    return typed([python_command(), "-m", f"{_NAME}.cli", *words])


def python_command() -> str:
    """This interpreter as it is typed in a shell in this folder."""
    path = Path(sys.executable)
    return "python" if _is_on_path(path, "python") else typed_path(path)


def typed_path(path: Path) -> str:
    """A path as it is typed from this folder: relative where it lies below, else absolute."""
    try:
        here = Path.cwd()
    except FileNotFoundError:
        return str(path)
    # From the root everything lies below, and nobody means it so.
    below = path.is_relative_to(here) and here != Path(here.anchor)
    return str(path.relative_to(here)) if below else str(path)


def typed(words: Sequence[str]) -> str:
    """Words as one line of a shell, quoted where they need it."""
    return subprocess.list2cmdline(words) if os.name == "nt" else shlex.join(words)


def _is_on_path(path: Path, name: str) -> bool:
    """Whether a shell that is given the name runs that very file; links are not followed."""
    found = shutil.which(name)
    return found is not None and os.path.abspath(found) == os.path.abspath(path)

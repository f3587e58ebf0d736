"""A backend before it is loaded: what it is called, on which terms, what it needs, how it is made.

Tool --> Backend (what the store and the manifest keep)
     --> what is missing of it: packages, weights
     --> Using: loads it once on a device, and runs a stage with it
"""

import importlib
import importlib.metadata
import importlib.util
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, Generic, TypeVar

from ...records import install_command, package_command
from ..engines import Backend, Resources, Run, Source, Tables
from ..weights import Weights

Made = TypeVar("Made")


@dataclass(frozen=True, kw_only=True, slots=True)
class Package:
    """What a backend imports."""

    module: str
    """What is imported: `faster_whisper`."""
    distribution: str
    """What is installed: `faster-whisper`."""
    extra: str | None = None
    """Our extra that brings it; None: it is no dependency of ours and is installed by name."""

    @property
    def command(self) -> str:
        """What to type."""
        return install_command(self.extra) if self.extra else package_command(self.distribution)

    @property
    def version(self) -> str:
        """The installed one's."""
        try:
            return importlib.metadata.version(self.distribution)
        except importlib.metadata.PackageNotFoundError:
            return "not installed"

    def is_there(self) -> bool:
        """Whether it can be imported; nothing is."""
        try:
            return importlib.util.find_spec(self.module) is not None
        except ModuleNotFoundError:
            return False


def required(package: Package) -> Any:
    """Imports a package.

    Raises:
        ImportError: it is not installed; says what to type.
    """
    try:
        return importlib.import_module(package.module)
    except ImportError as error:
        raise ImportError(
            f"this backend needs the package {package.distribution} ({error}): {package.command}"
        ) from error


@dataclass(frozen=True, kw_only=True, slots=True)
class Tool(Generic[Made]):
    """One backend, not yet loaded."""

    name: str
    """Unique within its stage; what `--backend STAGE=NAME` takes."""
    licence: str
    """Of the code."""
    make: Callable[[Path, str], Made]
    """Folder of weights and device to what implements the stage's protocol; picklable."""
    packages: tuple[Package, ...] = ()
    """What it imports; their versions decide the result."""
    files: tuple[Weights, ...] = ()
    """Weights that have to stand in the folder."""
    bundled: tuple[Weights, ...] = ()
    """Weights that a package brings inside: nothing to fetch, its version decides."""
    build: str = ""
    """What else decides the result: a library's build that no package's version tells."""
    resources: Resources = field(default_factory=Resources)
    """What it takes while it runs one source."""
    brings: "tuple[tuple[str, Tool[Any]], ...]" = ()
    """Stages that go on with what this one gives, and by which tool: chosen together with it."""
    copies: float = 0
    """How often its weights stand in main memory, in times of their size, on top of `resources`:
    2 where a CPU makes single precision of half. A GPU holds them once. 0: counted already."""

    def backend(self, folder: Path) -> Backend:
        """What the store and the manifest keep of it; missing weights stand in the build."""
        parts = [f"{one.distribution} {one.version}" for one in self.packages]
        parts += [self.build] if self.build else []
        for one in self.files:
            digest = one.digest(folder)[:16] if one.is_there(folder) else "missing"
            parts.append(f"{one.file} {digest}")
        return Backend(
            name=self.name,
            build="; ".join(parts),
            licence=self.licence,
            files=self.files,
            bundled=self.bundled,
        )

    def takes(self, folder: Path) -> Resources:
        """What it takes, its weights included: by their size in the folder where they are there."""
        if not self.copies:
            return self.resources
        num_bytes = sum(one.size(folder) for one in self.files)
        return replace(
            self.resources,
            gpu_bytes=self.resources.gpu_bytes + num_bytes,
            memory_bytes=self.resources.memory_bytes + round(self.copies * num_bytes),
        )


@dataclass(frozen=True, slots=True)
class Using(Generic[Made]):
    """`load` of a stage: makes the tool on a device and gives what runs sources with it."""

    tool: Tool[Made]
    weights: Path
    run: Callable[[Made, Source, Mapping[str, Tables]], Tables]

    def __call__(self, device: str) -> Run:
        """The stage's function, with the tool loaded."""
        return partial(self.run, self.tool.make(self.weights, device))

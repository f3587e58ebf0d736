"""A model before it is loaded: what it is called, on which terms, what it needs, how it is made.

Tool --> Backend (what the store and the manifest keep)
     --> what is missing of it: packages, weights
     --> make(folder of weights, device): the model, loaded
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, Generic, TypeVar, cast

from ..engines import Backend, Resources
from ..weights import Weights
from .packages import Package

Made = TypeVar("Made")
Outer = TypeVar("Outer")


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelSpec(Generic[Made]):
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
    brings: "tuple[tuple[str, ModelSpec[Any]], ...]" = ()
    """Stages that go on with what this one gives, and by which tool: chosen together with it."""
    copies: float = 0
    """How often its weights stand in main memory, in times of their size, on top of `resources`:
    2 where a CPU makes single precision of half. A GPU holds them once. 0: counted already."""

    def backend(self, folder: Path) -> Backend:
        """What the store and the manifest keep of it; missing weights stand in the build."""
        parts = [f"{package.distribution} {package.version}" for package in self.packages]
        parts += [self.build] if self.build else []
        for file in self.files:
            digest = file.digest(folder)[:16] if file.is_there(folder) else "missing"
            parts.append(f"{file.file} {digest}")
        return Backend(
            name=self.name,
            build="; ".join(parts),
            licence=self.licence,
            files=self.files,
            bundled=self.bundled,
        )

    def inside(self, wrap: "Callable[[Made], Outer]") -> "ModelSpec[Outer]":
        """The same, with what it makes handed to `wrap`, which must be picklable."""
        made: Callable[[Path, str], Outer] = partial(_wrapped, self.make, wrap)
        return cast("ModelSpec[Outer]", replace(cast("ModelSpec[Any]", self), make=made))

    def takes(self, folder: Path) -> Resources:
        """What it takes, its weights included: by their size in the folder where they are there."""
        if not self.copies:
            return self.resources
        num_bytes = sum(file.size(folder) for file in self.files)
        return replace(
            self.resources,
            gpu_bytes=self.resources.gpu_bytes + num_bytes,
            memory_bytes=self.resources.memory_bytes + round(self.copies * num_bytes),
        )


def _wrapped(
    make: Callable[[Path, str], Made], wrap: Callable[[Made], Outer], weights: Path, device: str
) -> Outer:
    return wrap(make(weights, device))

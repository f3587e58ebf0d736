"""A model before it is loaded: its name, licence, packages, weights and constructor.

ModelSpec --> Backend (what the store and the manifest keep)
          --> packages and weights that are missing
          --> make(folder of weights, device): the loaded model
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
    """A model that is not loaded yet."""

    name: str
    """Unique within its stage; what `--backend STAGE=NAME` takes."""
    licence: str
    """Of the code."""
    make: Callable[[Path, str], Made]
    """Loads the model from (folder of weights, device), behind its stage's protocol; picklable."""
    packages: tuple[Package, ...] = ()
    """Packages that it imports; their versions decide the result."""
    files: tuple[Weights, ...] = ()
    """Weights that it needs in the folder."""
    bundled: tuple[Weights, ...] = ()
    """Weights inside a package: nothing to download, and the package's version decides."""
    build: str = ""
    """What else decides the result: settings, or a library's build that no version shows."""
    resources: Resources = field(default_factory=Resources)
    """What it takes while it runs one source."""
    brings: "tuple[tuple[str, ModelSpec[Any]], ...]" = ()
    """Later stages that read its results, and the model of each: chosen together with it."""
    instead: "ModelSpec[Any] | None" = None
    """What a profile takes in its place while the folder lacks files that only this one needs; its
    name says that they are missing."""
    copies: float = 0
    """Main memory of its weights in times of their size, on top of `resources`: 2 where a CPU
    turns half precision into single. A GPU holds them once. 0: counted in `resources`."""

    def in_folder(self, folder: Path) -> "ModelSpec[Made]":
        """Itself, or `instead` if the folder lacks files that only this one needs."""
        if self.instead is None:
            return self
        optional = set(self.files) - set(self.instead.files)
        return self if all(file.is_there(folder) for file in optional) else self.instead

    def backend(self, folder: Path) -> Backend:
        """What the store and the manifest keep of it; the build also names missing weights."""
        parts = [f"{package.distribution} {package.version}" for package in self.packages]
        parts += [self.build] if self.build else []
        for file in self.files:
            digest = file.digest(folder)[:16] if file.is_there(folder) else "missing"
            parts.append(f"{file.file} {digest}")
        return Backend(
            name=self.name,
            build="; ".join(parts),
            licence=self.licence,
            files=tuple(file.facts for file in self.files),
            bundled=tuple(file.facts for file in self.bundled),
        )

    def inside(self, wrap: "Callable[[Made], Outer]") -> "ModelSpec[Outer]":
        """The same spec, its model wrapped by `wrap`, which must be picklable."""
        made: Callable[[Path, str], Outer] = partial(_wrapped, self.make, wrap)
        return cast("ModelSpec[Outer]", replace(cast("ModelSpec[Any]", self), make=made))

    def takes(self, folder: Path) -> Resources:
        """Its resources with the weights included, by their size in the folder if present."""
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

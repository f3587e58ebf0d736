"""What a stage is made of: its tool, where weights stand, and what its profile says."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Generic

from ....release import Gate
from ...engines import Run, Source, Stage, Tables
from ...models.model_spec import Made, ModelSpec


@dataclass(frozen=True, kw_only=True, slots=True)
class StageContext:
    """Given to the builder of every stage."""

    spec: ModelSpec[Any]
    """Who does the stage in this profile."""
    weights: Path
    """The folder of weights."""
    profile: str
    """Name of the set of backends: `backends_id` of every clip."""
    gates: tuple[Gate, ...]
    """The profile's gates, at their own thresholds."""
    measured: tuple[str, ...]
    """Stages that measure clips (a table `measured`) and come before this one, in order."""

    def stage(self, **fields: Any) -> Stage:
        """A stage of this tool: its descriptor and what it takes are filled in."""
        backend = self.spec.backend(self.weights)
        return Stage(backend=backend, resources=self.spec.takes(self.weights), **fields)


@dataclass(frozen=True, slots=True)
class WithModel(Generic[Made]):
    """`load` of a stage: makes the tool on a device and gives what runs sources with it."""

    spec: ModelSpec[Made]
    weights: Path
    run: Callable[[Made, Source, Mapping[str, Tables]], Tables]

    def __call__(self, device: str) -> Run:
        """The stage's function, with the tool loaded."""
        return partial(self.run, self.spec.make(self.weights, device))

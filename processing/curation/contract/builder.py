"""How a stage is built from a model, the folder of weights and a profile.

StageContext --> the builder of a stage --> `Stage`; WithModel --> its `load`
"""

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
    """What the builder of every stage gets."""

    spec: ModelSpec[Any]
    """The model that does the stage in this profile."""
    weights: Path
    """The folder of weights."""
    profile: str
    """Name of the set of backends: `backends_id` of every clip."""
    gates: tuple[Gate, ...]
    """The profile's gates, with their own thresholds."""
    measured: tuple[str, ...]
    """Stages that measure clips (a table `measured`) and come before this one, in order."""

    def stage(self, **fields: Any) -> Stage:
        """A stage of this model: backend and resources are filled in."""
        backend = self.spec.backend(self.weights)
        return Stage(backend=backend, resources=self.spec.takes(self.weights), **fields)


@dataclass(frozen=True, slots=True)
class WithModel(Generic[Made]):
    """`load` of a stage: loads the model on a device and returns the function of a source."""

    spec: ModelSpec[Made]
    weights: Path
    run: Callable[[Made, Source, Mapping[str, Tables]], Tables]

    def __call__(self, device: str) -> Run:
        """The stage's function, with the model loaded."""
        return partial(self.run, self.spec.make(self.weights, device))

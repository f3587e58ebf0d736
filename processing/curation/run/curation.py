"""One curation: what the options mean, resolved once and handed to every step.

options --> profile, stages, stores, previous release --> `Curation`, for the rest of a command
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Self

from ....release import Gate, Release, previous_release, work_folder
from ....release.takedown import Takedown
from ...assembly.clip_store import CutStore
from ...engines import Engine, Inline, Local, Stage, StageStore
from ...weights import weights_folder
from ..profiles.backend_choice import profile_of
from ..profiles.gates import CLARITY, with_thresholds
from ..profiles.profile import Profile
from ..profiles.requirements import Missing, missing
from ..tiers.scoring import SCORES, scores_stage
from .options import CurateOptions


@dataclass(frozen=True, kw_only=True, slots=True)
class Curation:
    """The options of a command, resolved."""

    options: CurateOptions
    """As given."""
    profile: Profile
    """The profile, with the backends that were chosen."""
    missing: Missing
    """Packages and weights that its stages up to the last chosen one lack here."""
    stages: tuple[Stage, ...]
    """The stages of the profile, and the scores of all clips after them."""
    chosen: tuple[str, ...]
    """Names of the stages that may run, in order."""
    gates: tuple[Gate, ...]
    """The gates of the profile and, last, that of clarity, with the thresholds set by hand."""
    store: StageStore
    """Results of the stages."""
    cuts: CutStore
    """Cut clips."""
    previous: Release | None
    """The release that the command replaces; None for a missing or empty folder."""
    takedown: Takedown
    """What was retracted from it."""

    @classmethod
    def of(cls, options: CurateOptions) -> Self:
        """Resolves the options, before anything is read or run.

        Raises:
            ValueError: no such profile, backend, stage or gate; lists those that exist.
        """
        weights = weights_folder(options.weights)
        profile = profile_of(options.profile, options.backends, weights)
        stages = (*profile.stages(weights), scores_stage())
        names = [stage.name for stage in stages]
        chosen = _chosen(options, names)
        # Stored results of earlier stages are named by their weights too.
        needed = names[: names.index(chosen[-1]) + 1]
        work, previous = work_folder(options.out), previous_release(options.out)
        return cls(
            options=options,
            profile=profile,
            stages=stages,
            chosen=chosen,
            gates=with_thresholds((*profile.gates, CLARITY), options.thresholds),
            store=StageStore(work / "stages"),
            cuts=CutStore(work / "cuts", options.settings),
            previous=previous,
            takedown=_takedown_of(previous),
            missing=missing(profile, weights, needed),
        )

    def reopened(self) -> Self:
        """The same after a wait: another run may have written the release meanwhile."""
        previous = previous_release(self.options.out)
        return replace(self, previous=previous, takedown=_takedown_of(previous))

    @contextmanager
    def open_engine(self) -> Iterator[Engine]:
        """What runs the stages; it is closed at the end of the block."""
        options = self.options
        engine: Engine
        if options.engine == "inline":
            engine = Inline(options.device)
        elif options.engine == "local":
            engine = Local(options.device, options.jobs)
        else:
            from ...engines.ray import RayEngine

            engine = RayEngine(options.device)
        try:
            yield engine
        finally:
            engine.close()


def _takedown_of(previous: Release | None) -> Takedown:
    return Takedown.read(previous.files) if previous else Takedown()


def _chosen(options: CurateOptions, names: Sequence[str]) -> tuple[str, ...]:
    """The stages that may run, in order.

    Raises:
        ValueError: no stage of that name, the first comes after the last, or a shard has none.
    """
    for name in (options.first_stage, options.last_stage):
        if name is not None and name not in names:
            raise ValueError(f"no stage {name!r}; there are {', '.join(names)}")
    first = 0 if options.first_stage is None else names.index(options.first_stage)
    last = len(names) - 1 if options.last_stage is None else names.index(options.last_stage)
    if first > last:
        raise ValueError(f"stage {options.first_stage} comes after {options.last_stage}")
    if options.finish:
        return (SCORES,)
    # A shard knows only its own sources: the stage over all of them waits for --finish.
    chosen = [name for name in names[first : last + 1] if options.shard is None or name != SCORES]
    if not chosen:
        raise ValueError(
            f"the stage {SCORES} needs all sources together, so no shard runs it: leave --shard "
            "out, or run once with --finish when all shards are done"
        )
    return tuple(chosen)

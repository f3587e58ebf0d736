"""What the options of a run mean.

options --> profile, stages, store of results, engine
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from ....release import work_folder
from ...engines import Engine, Inline, Local, Stage, StageStore
from ...weights import weights_folder
from ..profiles.profile import Profile, profile_of
from ..tiers.scoring import SCORES, scores_stage
from .options import CurateOptions


def resolved_profile(options: CurateOptions) -> Profile:
    """The profile, with the backends that were chosen."""
    return profile_of(options.profile, options.backends)


def stages_of(options: CurateOptions) -> tuple[Stage, ...]:
    """The stages of the profile, and the scores of all clips after them."""
    return (*resolved_profile(options).stages(weights_folder(options.weights)), scores_stage())


def store_of(options: CurateOptions) -> StageStore:
    """The store of the stages' results."""
    return StageStore(work_folder(options.out) / "stages")


def chosen_stages(options: CurateOptions, names: Sequence[str]) -> list[str]:
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
        return [SCORES]
    # A shard knows only its own sources: the stage over all of them waits for --finish.
    chosen = [name for name in names[first : last + 1] if options.shard is None or name != SCORES]
    if not chosen:
        raise ValueError(
            f"the stage {SCORES} needs all sources together, so no shard runs it: leave --shard "
            "out, or run once with --finish when all shards are done"
        )
    return chosen


@contextmanager
def open_engine(options: CurateOptions) -> Iterator[Engine]:
    """The engine; it is closed at the end of the block."""
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

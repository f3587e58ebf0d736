"""A state from before a takedown: how a loader resumes from it.

    old plan: 3 0 4 1 2      retracted: 1, 4      now: 2 0 - - 1

The rest of the epoch follows the old plan, with masked slots for what was retracted: all ranks
stay in step, and every sample that is left comes exactly once. The next epoch has a new plan.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...release import Samples
from ..specs.errors import StateError
from .state import LoaderState, checked_position

logger = logging.getLogger(__name__)

_MAY_DIFFER = ("config_digest", "num_rows", "rows", "lengths")


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Replay:
    """One epoch of an earlier state of the samples."""

    epoch: int
    """Its number."""
    numbers: NDArray[np.int64]
    """For each earlier row number, today's; -1 for retracted samples."""
    fingerprint: Mapping[str, Any]
    """Of the earlier samples."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class LoaderPosition:
    """A place in the epochs of a loader."""

    epoch: int
    """Its number."""
    position: int
    """In the epoch."""
    replay: Replay | None = None
    """The epoch as it was planned before a takedown, where it goes on like that."""


def after_takedown(state: Mapping[str, Any], own: LoaderState, samples: Samples) -> LoaderPosition:
    """The place at which a loader resumes.

    Args:
        state: from before the takedown, plain.
        own: the loader's own state now.
        samples: its samples now.

    Raises:
        StateError: of another loader, or the release has changed by more than takedowns.
    """
    epoch, position = checked_position(state, own, but=_MAY_DIFFER)
    then, now = state["fingerprint"], own.fingerprint
    if dict(then) == dict(now):
        epoch, position = checked_position(state, own)
        return LoaderPosition(epoch=epoch, position=position)
    name = samples.config.name
    digest = then["config_digest"]
    numbers = samples.release.rows_since(name, digest)
    if numbers is None:
        raise StateError(
            f"{name} of the state has the digest {digest}, that of "
            f"{samples.release.safe_root} has {now['config_digest']}, and takedowns alone do not "
            "lead from one to the other: start from the beginning"
        )
    if why := _why_not(then, now, own, len(numbers)):
        logger.warning("after the takedown, continuing at epoch %d: %s", epoch + 1, why)
        return LoaderPosition(epoch=epoch + 1, position=0)
    logger.warning(
        "after the takedown, epoch %d goes on with %d of its %d samples masked",
        epoch,
        int((numbers < 0).sum()),
        len(numbers),
    )
    replay = Replay(epoch=epoch, numbers=numbers, fingerprint=dict(then))
    return LoaderPosition(epoch=epoch, position=position, replay=replay)


def _why_not(
    then: Mapping[str, Any], now: Mapping[str, Any], own: LoaderState, num_rows: int
) -> str:
    """Why the old plan cannot be made again; nothing if it can."""
    if then["rows"] != "all" or now["rows"] != "all":
        return "it is no longer known which rows where() kept"
    if own.order == "blocks" or own.batching:
        return "the layout and content of the old shards are no longer known"
    if then["num_rows"] != num_rows:
        return "some of its samples were pending a takedown then"
    return ""

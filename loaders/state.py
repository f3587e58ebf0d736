"""Where a loader stands, as JSON of a few hundred bytes, and whether a state belongs to it."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from ..release import Samples
from .errors import StateError

STATE_VERSION = 1

Order = Literal["shuffled", "sequential", "blocks"]


@dataclass(frozen=True, kw_only=True, slots=True)
class LoaderState:
    """All that a loader needs to go on."""

    seed: int
    """Of order and windows."""
    order: Order
    """Shuffled, sequential, or blocks shuffled."""
    epoch: int
    """From 0."""
    position: int
    """Samples of the epoch that were handed out, over all ranks."""
    fingerprint: Mapping[str, Any]
    """Which samples: see `fingerprint`."""

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return {
            "version": STATE_VERSION,
            "seed": self.seed,
            "order": self.order,
            "epoch": self.epoch,
            "position": self.position,
            "fingerprint": dict(self.fingerprint),
        }


def fingerprint(samples: Samples) -> dict[str, Any]:
    """Says which samples in which order: the config, its digest, and the rows that were kept."""
    places = samples.table(["bucket", "row"])
    digest = hashlib.sha256()
    for name in places.column_names:
        digest.update(places[name].to_numpy().astype(np.int64).tobytes())
    return {
        "config": samples.config.name,
        "config_digest": samples.config_digest,
        "num_rows": len(samples),
        "rows": digest.hexdigest()[:32],
    }


def checked_position(state: Mapping[str, Any], own: LoaderState) -> tuple[int, int]:
    """Epoch and position of a state that belongs to this loader.

    Args:
        state: from `state_dict`, of this or another process.
        own: what this loader would say of itself.

    Raises:
        StateError: it is no state, or one of another dataset, seed or order.
    """
    needed = own.to_dict().keys()
    if not isinstance(state, Mapping) or needed - state.keys():
        raise StateError(f"not a loader's state: it needs {', '.join(needed)}; got {state!r:.200}")
    if state["version"] != STATE_VERSION:
        raise StateError(
            f"a state of version {state['version']!r}; this loader reads {STATE_VERSION}"
        )
    given_print = state["fingerprint"]
    pairs = [
        (name, given_print.get(name) if isinstance(given_print, Mapping) else None, value)
        for name, value in own.fingerprint.items()
    ]
    pairs += [("seed", state["seed"], own.seed), ("order", state["order"], own.order)]
    if wrong := [(name, given, here) for name, given, here in pairs if given != here]:
        differ = "; ".join(
            f"{name} is {given!r} there, {here!r} here" for name, given, here in wrong
        )
        raise StateError(
            f"the state belongs to another loader: {differ}. Open the same release with the same "
            "where(), seed and shuffle, or begin anew"
        )
    epoch, position = state["epoch"], state["position"]
    num_rows = own.fingerprint["num_rows"]
    if not (_is_count(epoch) and _is_count(position) and position <= num_rows):
        raise StateError(
            f"epoch must be at least 0 and position from 0 to {num_rows}, got {epoch!r} and "
            f"{position!r}"
        )
    return epoch, position


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0

"""Where a loader stands, as JSON of a few hundred bytes, and whether a state belongs to it."""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from ..release import Samples
from .errors import StateError

STATE_VERSION = 2

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
    batching: Mapping[str, Any] = field(default_factory=dict)
    """How batches are made, where positions depend on it."""

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return {
            "version": STATE_VERSION,
            "seed": self.seed,
            "order": self.order,
            "epoch": self.epoch,
            "position": self.position,
            "fingerprint": dict(self.fingerprint),
            "batching": dict(self.batching),
        }


def fingerprint(samples: Samples) -> dict[str, Any]:
    """Says which samples in which order: the config, its digest, and the rows that were kept."""
    rows = "all"
    if not samples.is_whole:
        places = samples.table(["bucket", "row"])
        digest = hashlib.sha256()
        for name in places.column_names:
            digest.update(places[name].to_numpy().astype(np.int64).tobytes())
        rows = digest.hexdigest()[:32]
    return {
        "config": samples.config.name,
        "config_digest": samples.config_digest,
        "num_rows": len(samples),
        "rows": rows,
    }


def checked_position(
    state: Mapping[str, Any], own: LoaderState, *, but: Collection[str] = ()
) -> tuple[int, int]:
    """Epoch and position of a state that belongs to this loader.

    Args:
        state: from `state_dict`, of this or another process.
        own: what this loader would say of itself.
        but: names in which both may differ; those of `batching` too.

    Raises:
        StateError: it is no state, or one of another dataset, seed or order.
    """
    needed = own.to_dict().keys()
    if not isinstance(state, Mapping) or "version" not in state:
        raise StateError(f"not a loader's state: it needs {', '.join(needed)}; got {state!r:.200}")
    if state["version"] != STATE_VERSION:
        raise StateError(
            f"a state of version {state['version']!r}; this loader reads {STATE_VERSION}"
        )
    given_print, batching = state.get("fingerprint"), state.get("batching")
    if needed - state.keys() or not (
        isinstance(given_print, Mapping) and isinstance(batching, Mapping)
    ):
        raise StateError(f"not a loader's state: it needs {', '.join(needed)}; got {state!r:.200}")
    pairs = [(name, given_print.get(name), value) for name, value in own.fingerprint.items()]
    pairs += [("seed", state["seed"], own.seed), ("order", state["order"], own.order)]
    given, here = (
        {name: value for name, value in one.items() if name not in but}
        for one in (batching, own.batching)
    )
    pairs += [("batching", given, here)]
    wrong = [(name, given, here) for name, given, here in pairs if given != here]
    if wrong := [one for one in wrong if one[0] not in but]:
        differ = "; ".join(
            f"{name} is {given!r} there, {here!r} here" for name, given, here in wrong
        )
        raise StateError(
            f"the state belongs to another loader: {differ}. Open the same release with the same "
            "where(), seed and shuffle; after a takedown, load_state_dict(state, "
            "after_takedown=True); or begin anew"
        )
    epoch, position = state["epoch"], state["position"]
    num_rows = own.fingerprint["num_rows"] if "num_rows" not in but else given_print.get("num_rows")
    if not (_is_count(num_rows) and _is_count(epoch) and _is_count(position)) or (
        position > num_rows
    ):
        raise StateError(
            f"epoch must be at least 0 and position from 0 to {num_rows}, got {epoch!r} and "
            f"{position!r}"
        )
    return epoch, position


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0

"""A loader's place as JSON of a few hundred bytes, and whether a state belongs to the loader.

    a state from a file --plain_state--> plain values --checked_position--> epoch and position

Nothing in a state is trusted. All of it is checked before a loader moves, so a rejected state
changes nothing.
"""

import hashlib
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeGuard

import numpy as np

from ...release import Samples
from ..specs.errors import StateError

STATE_VERSION = 2

MAX_EPOCH = 1 << 53
"""Largest epoch of a state and of `set_epoch` (ours: every JSON reader holds it exactly)."""
_MAX_DEPTH = 8
"""Depth of nested values (ours: states have 4)."""
_MAX_VALUES = 5_000
"""Values of a state (ours: a mixture has a few for each loader, some dozens with buckets)."""
_MAX_TEXT = 1_000
"""Characters of a text (ours: a digest has 64)."""
_MAX_BITS = 1_024
"""Bits of a whole number (ours: a seed may be long)."""
_ROWS = re.compile(r"all|[0-9a-f]{32}")
_DIGEST = re.compile(r"[0-9a-f]{64}")

OrderKind = Literal["shuffled", "sequential", "blocks"]


@dataclass(frozen=True, kw_only=True, slots=True)
class LoaderState:
    """Everything that a loader needs to resume."""

    seed: int
    """Of order and windows."""
    order: OrderKind
    """Shuffled, sequential, or blocks shuffled."""
    epoch: int
    """From 0."""
    position: int
    """Samples of the epoch that were handed out, over all ranks."""
    fingerprint: Mapping[str, Any]
    """Which samples: see `fingerprint`."""
    batching: Mapping[str, Any] = field(default_factory=dict)
    """How batches are made, as far as positions depend on it."""

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
    """Which samples, in which order: the config, its digest, and the rows that were kept."""
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


def plain_state(state: object, needed: Collection[str], whose: str) -> dict[str, Any]:
    """A copy of a state that holds only types of JSON.

    Args:
        state: any object.
        needed: names that it must have.
        whose: `a loader's`, for the error.

    Raises:
        StateError: it holds other types, too many values, or a name is missing.
    """
    left = [_MAX_VALUES]

    def copied(value: object, depth: int) -> Any:
        left[0] -= 1
        if depth > _MAX_DEPTH or left[0] < 0:
            raise StateError(
                f"not {whose} state: {_MAX_VALUES} values, {_MAX_DEPTH} of them in each other, are "
                "the most that one has"
            )
        # Exactly these types: comparing a subclass could run any code.
        kind = type(value)
        if isinstance(value, dict):
            pairs = dict.items(value)
            return {copied_name(name): copied(inner, depth + 1) for name, inner in pairs}
        if kind is list or kind is tuple:
            return [copied(inner, depth + 1) for inner in value]  # type: ignore[attr-defined]
        if kind is str and len(value) <= _MAX_TEXT:  # type: ignore[arg-type]
            return value
        if kind is int and value.bit_length() <= _MAX_BITS:  # type: ignore[attr-defined]
            return value
        if value is None or kind is bool or kind is float:
            return value
        raise StateError(
            f"not {whose} state: it holds a {kind.__name__} that none has. States are dicts, "
            "lists, short texts and numbers, as JSON has them"
        )

    def copied_name(name: object) -> str:
        if type(name) is not str:
            raise StateError(
                f"not {whose} state: its names are texts, one is a {type(name).__name__}"
            )
        copied(name, 0)
        return name

    if not isinstance(state, dict):
        raise StateError(
            f"not {whose} state: it is a {type(state).__name__}, not a dict as `state_dict` gives"
        )
    plain: dict[str, Any] = copied(state, 0)
    if missing := [name for name in needed if name not in plain]:
        raise StateError(f"not {whose} state: it has no {', '.join(missing)}")
    return plain


def checked_position(
    state: Mapping[str, Any], own: LoaderState, *, but: Collection[str] = ()
) -> tuple[int, int]:
    """Epoch and position of a state that belongs to this loader.

    Args:
        state: from `plain_state`.
        own: this loader's own state.
        but: names in which the two may differ, in `batching` too.

    Raises:
        StateError: not a state, or a state of another dataset, seed or order.
    """
    if state["version"] != STATE_VERSION:
        raise StateError(
            f"a state of version {state['version']!r}; this loader reads {STATE_VERSION}"
        )
    theirs, batching = state["fingerprint"], state["batching"]
    if not (
        isinstance(batching, dict)
        and isinstance(theirs, dict)
        and theirs.keys() == own.fingerprint.keys()
        and is_count(theirs["num_rows"])
        and _is_text(theirs["rows"], _ROWS)
        and _is_text(theirs["config_digest"], _DIGEST)
    ):
        raise StateError(
            "not a loader's state: its fingerprint has "
            f"{', '.join(own.fingerprint)}, and its batching names; got {theirs!r:.200} and "
            f"{batching!r:.200}"
        )
    pairs = [(name, theirs[name], value) for name, value in own.fingerprint.items()]
    pairs += [("seed", state["seed"], own.seed), ("order", state["order"], own.order)]
    there, here = (
        {name: value for name, value in facts.items() if name not in but}
        for facts in (batching, own.batching)
    )
    pairs += [("batching", there, here)]
    wrong = [
        (name, there, here)
        for name, there, here in pairs
        if name not in but and not _is_same(there, here)
    ]
    if wrong:
        differ = "; ".join(
            f"{name} is {there!r:.300} there, {here!r:.300} here" for name, there, here in wrong
        )
        raise StateError(
            f"the state belongs to another loader: {differ}. Open the same release with the same "
            "where(), seed and shuffle; after a takedown, load_state_dict(state, "
            "after_takedown=True); or start from the beginning"
        )
    num_rows = own.fingerprint["num_rows"] if "num_rows" not in but else theirs["num_rows"]
    return checked_place(state["epoch"], state["position"], num_rows)


def checked_place(epoch: object, position: object, num_positions: int) -> tuple[int, int]:
    """Epoch and position, checked.

    Raises:
        StateError: they are not whole numbers, or out of range.
    """
    if not is_count(epoch) or not is_count(position) or position > num_positions:
        raise StateError(
            f"epoch must be at least 0, at most {MAX_EPOCH}, and position from 0 to "
            f"{num_positions}, got {epoch!r:.60} and {position!r:.60}"
        )
    return epoch, position


def is_count(value: object) -> TypeGuard[int]:
    """Whether a value is a count of epochs, positions or batches."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_EPOCH


def _is_same(there: object, here: object) -> bool:
    """As `==`, but True is not 1."""
    if isinstance(there, dict) and isinstance(here, dict):
        return there.keys() == here.keys() and all(
            _is_same(there[name], here[name]) for name in there
        )
    if isinstance(there, list) and isinstance(here, list):
        pairs = zip(there, here, strict=False)
        return len(there) == len(here) and all(_is_same(*pair) for pair in pairs)
    return isinstance(there, bool) == isinstance(here, bool) and there == here


def _is_text(value: object, pattern: re.Pattern[str]) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None

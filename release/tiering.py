"""Gates over a table of scores: the tier of every clip of origin curated, and why.

    table of scores, gates --tiers_of--> table of tiers and reasons

A source's clips, or a million in seconds.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from .gates import COMPARE, Gate

TIERS_SCHEMA = pa.schema(
    [
        ("clip_id", pa.string()),
        ("source_id", pa.string()),
        ("tier", pa.string()),
        ("reasons", pa.list_(pa.string())),
    ]
)
"""`tier` is `sft`, `pretrain` or null: dropped. `reasons`: gates that drop the clip or
keep it out of SFT."""


def tiers_of(scores: pa.Table, gates: Sequence[Gate]) -> pa.Table:
    """The decision of the gates on every clip of origin curated.

    Args:
        scores: a row a clip: `clip_id`, `source_id`, `role`, `human_body`, `start_seconds`,
            `end_seconds`, and the fields of the gates.
        gates: those that decide.

    Returns:
        A table of `TIERS_SCHEMA`, in the order of the clips.
    """
    dropped, not_sft = (np.zeros(len(scores), np.bool_) for _ in range(2))
    failed = {gate.name: failing(scores, gate) for gate in gates}
    for gate in gates:
        (dropped if gate.stage == "base" else not_sft)[failed[gate.name]] = True
    reasons: list[list[str]] = [[] for _ in range(len(scores))]
    for gate in gates:
        # A dropped clip is dropped by base gates alone.
        counts = failed[gate.name] & (~dropped if gate.stage == "sft" else True)
        for row in np.flatnonzero(counts):
            reasons[row].append(gate.name)
    tiers = np.where(not_sft, "pretrain", "sft")
    return pa.Table.from_arrays(
        [
            scores["clip_id"],
            scores["source_id"],
            pa.array(tiers, pa.string(), mask=dropped),
            pa.array(reasons, pa.list_(pa.string())),
        ],
        schema=TIERS_SCHEMA,
    )


def failing(scores: pa.Table, gate: Gate) -> NDArray[np.bool_]:
    """(n,) which clips fail a gate: an unmeasured score fails, unless the gate does not apply."""
    if gate.field == "duration_seconds":
        spans = _column(scores, "end_seconds") - _column(scores, "start_seconds")
        # To the microsecond, and by Python's rounding: as `Gate.answer` does.
        values = np.array([round(float(span), 6) for span in spans])
    else:
        values = _column(scores, gate.field)
    # A null has become NaN, which no comparison passes.
    compare: Any = COMPARE[gate.comparison]
    return np.asarray(gate.applies(partial(_column, scores)) & ~compare(values, gate.threshold))


def _column(scores: pa.Table, name: str) -> NDArray[Any]:
    """Values of a column: numbers, NaN where null, or objects."""
    return np.asarray(scores[name].to_numpy())

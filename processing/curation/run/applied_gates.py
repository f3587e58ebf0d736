"""The gates of a run: the profile's, the percentile of clarity, and thresholds set by hand.

options, scores of all sources --> gates as applied
"""

from dataclasses import replace

from ....release import Gate
from ...engines import RunReport
from ..tiers.scoring import TASTED, clarity_gate, with_thresholds
from .options import CurateOptions
from .previous_release import frozen_clarity
from .resolve import resolved_profile, store_of

_ANY_CLARITY = Gate(
    name="clarity",
    stage="base",
    field="clarity",
    comparison=">=",
    threshold=0.0,
    applies_to="everybody",
    source="no source is finished yet",
)
"""Holds the place of the percentile before there is one, so that its name is known."""


def gates_of(options: CurateOptions, report: RunReport) -> tuple[Gate, ...]:
    """The gates as applied; a frozen percentile is kept until `refreeze` asks for a new one.

    Raises:
        ValueError: a threshold for an unknown gate.
    """
    clarity = frozen_clarity(options)
    if clarity is None and (clarity := clarity_gate(report, store_of(options))):
        clarity = clarity if options.limit is None else replace(clarity, source=TASTED)
    gates = (*resolved_profile(options).gates, clarity or _ANY_CLARITY)
    applied = with_thresholds(gates, options.thresholds)
    return applied if clarity or "clarity" in options.thresholds else applied[:-1]


def check_gates(options: CurateOptions) -> None:
    """Refuses a threshold for an unknown gate, before anything is read.

    Raises:
        ValueError: lists the gates that exist.
    """
    with_thresholds([*resolved_profile(options).gates, _ANY_CLARITY], options.thresholds)

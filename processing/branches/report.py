"""Counts, by reason, the candidates that became no sample."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Literal

DropReason = Literal[
    "pause_too_long",
    "overlap_too_long",
    "third_voice_between",
    "pair_taken_already",
    "sync_gap_too_small",
    "run_too_short",
    "run_of_one_voice",
]


@dataclass(slots=True)
class BranchReport:
    """Candidates that became no sample, by reason."""

    dropped: Counter[DropReason] = field(default_factory=Counter)
    """Number of candidates: exchanges for dialogue, listeners for listening, runs for
    multi_turn."""

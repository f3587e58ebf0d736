"""What each step kept: stages over sources, gates over clips; for the page and the manifest.

table of tiers --> `TieringReport`; with the report of the stages --> `FunnelStep`s in order
"""

from collections import Counter
from dataclasses import dataclass, field

import pyarrow as pa

from ....release import FunnelStep
from ...engines import RunReport


@dataclass(slots=True)
class TieringReport:
    """How many clips have each tier, and which gates decided."""

    num_clips: int = 0
    """Clips of all finished sources."""
    num_by_tier: Counter[str] = field(default_factory=Counter)
    """`sft`, `pretrain`, `dropped`."""
    dropped_by: Counter[str] = field(default_factory=Counter)
    """Clips by the gate that drops them; one clip may have several."""
    not_sft_by: Counter[str] = field(default_factory=Counter)
    """Clips by the gate that keeps them out of SFT."""

    @classmethod
    def of(cls, tiers: pa.Table) -> "TieringReport":
        """Counts a table of tiers."""
        report = cls(num_clips=len(tiers))
        for tier, reasons in zip(
            tiers["tier"].to_pylist(), tiers["reasons"].to_pylist(), strict=True
        ):
            report.num_by_tier[tier or "dropped"] += 1
            (report.dropped_by if tier is None else report.not_sft_by).update(reasons)
        return report


def funnel_of(report: RunReport, tiering: TieringReport) -> tuple[FunnelStep, ...]:
    """The steps in order, without stages that run over all sources together.

    A source that a stage drops is lost there and counts in no later step, although stages that do
    not read the missing result have run on it too.
    """
    steps = []
    left: set[str] | None = None
    for name in report.counts:
        if name in report.global_keys:
            continue
        done = {source for source, keys in report.keys.items() if name in keys}
        lost = {
            failure.source_id: failure.reason
            for failure in report.failures
            if failure.stage == name
        }
        if left is not None:
            done &= left
            lost = {source: reason for source, reason in lost.items() if source in left}
        left = done
        steps.append(
            FunnelStep(
                step=name,
                unit="sources",
                kept=len(done),
                lost=len(lost),
                why=dict(sorted(Counter(lost.values()).items())),
            )
        )
    dropped, sft = tiering.num_by_tier["dropped"], tiering.num_by_tier["sft"]
    kept = tiering.num_clips - dropped
    steps += [
        FunnelStep(step=step, unit="clips", kept=left, lost=lost, why=dict(sorted(why.items())))
        for step, left, lost, why in (
            ("base gates", kept, dropped, tiering.dropped_by),
            ("SFT gates", sft, kept - sft, tiering.not_sft_by),
        )
    ]
    return tuple(steps)

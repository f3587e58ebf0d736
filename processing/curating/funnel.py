"""What each step kept: stages over sources, gates over clips; for the page and the manifest."""

from collections import Counter

from ...release import FunnelStep
from ..engines import RunReport
from .catalogue import TieringReport


def funnel_of(report: RunReport, tiering: TieringReport) -> tuple[FunnelStep, ...]:
    """The steps in order; a stage over all sources together keeps and loses nothing."""
    steps = []
    for name, counts in report.counts.items():
        if name in report.global_keys:
            continue
        why = Counter(one.reason for one in report.failures if one.stage == name)
        steps.append(
            FunnelStep(
                step=name,
                unit="sources",
                kept=counts.num_done + counts.num_done_before,
                lost=counts.num_failed,
                why=dict(sorted(why.items())),
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

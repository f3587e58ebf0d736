"""Curated clips as a catalogue: gates give each its tier, branches make samples of what is kept.

Gates read scores that stand in the store, so a changed threshold needs no model (`retier`).
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ...records import Branch, Clip, DialogueSample
from ...release import Gate, curated_tier
from ..assumptions import Assumptions
from ..branches import BranchReport, assign_configs, build_samples
from ..catalogue import Assigned, in_bucket_order

CLARITY_PERCENTILE = 5.0
"""Clips below this percentile of clarity are dropped (paper: the lowest 5 %)."""


@dataclass(slots=True)
class TieringReport:
    """What the gates and the branches made of the clips."""

    num_clips: int = 0
    """Clips of all finished sources."""
    num_by_tier: Counter[str] = field(default_factory=Counter)
    """`sft`, `pretrain`, `dropped`."""
    dropped_by: Counter[str] = field(default_factory=Counter)
    """Clips by the gate that drops them; one clip may have several."""
    not_sft_by: Counter[str] = field(default_factory=Counter)
    """Clips by the gate that keeps them out of SFT."""
    branches: BranchReport = field(default_factory=BranchReport)
    """What became no sample."""


class CuratedCatalogue:
    """Samples of the finished sources."""

    def __init__(
        self,
        clips: Mapping[str, Sequence[Clip]],
        gates: Sequence[Gate],
        assumptions: Assumptions,
        branches: Collection[Branch],
        test_sources: Collection[str] = (),
    ) -> None:
        self.gates = tuple(gates)
        """As applied."""
        self.report = TieringReport()
        """What they made of the clips."""
        self._clips = {
            source_id: _kept(found, gates, self.report) for source_id, found in clips.items()
        }
        self._assumptions = assumptions
        self._branches = frozenset(branches)
        self._test_sources = frozenset(test_sources)
        self._source_ids = in_bucket_order(clips)

    def source_ids(self) -> Sequence[str]:
        """All finished sources, in the order of their buckets."""
        return self._source_ids

    def samples(self, source_id: str) -> Sequence[Assigned]:
        """The samples of one source, and the config of each."""
        clips = self._clips[source_id]
        samples = build_samples(clips, self._assumptions)
        pairs = None
        if source_id in self._test_sources:
            pairs = [
                (one.initiator.clip_id, one.responder.clip_id)
                for one in samples
                if isinstance(one, DialogueSample)
            ]
        chosen = [sample for sample in samples if sample.branch in self._branches]
        return list(assign_configs(chosen, clips, pairs))


def clarity_gate(clips: Iterable[Clip]) -> Gate:
    """The gate that drops the lowest clarity of all finished sources, frozen as a number."""
    values = sorted(clip.clarity for clip in clips if clip.clarity is not None)
    threshold = values[int(len(values) * CLARITY_PERCENTILE / 100)] if values else 0.0
    return Gate(
        name="clarity",
        stage="base",
        field="clarity",
        comparison=">=",
        threshold=threshold,
        applies_to="everybody",
        source="paper, quality filter: the lowest 5 %, frozen over the sources of this release",
    )


def _kept(clips: Sequence[Clip], gates: Sequence[Gate], report: TieringReport) -> list[Clip]:
    kept = []
    for clip in clips:
        verdict = curated_tier(clip, gates)
        report.num_clips += 1
        report.num_by_tier[verdict.tier or "dropped"] += 1
        if verdict.tier is None:
            report.dropped_by.update(verdict.reasons)
            continue
        report.not_sft_by.update(verdict.reasons)
        kept.append(replace(clip, tier=verdict.tier))
    return kept

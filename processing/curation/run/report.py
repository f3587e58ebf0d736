"""The report of one run.

`CurateOptions` --> `curate` --> `CurateReport`
"""

from dataclasses import dataclass

from ...assembly.cut_sources import CutReport
from ...assembly.plan import Plan
from ...assembly.write import WriteReport
from ...engines import RunReport, Stopped
from ..tiers.clipless import Clipless
from ..tiers.funnel import TieringReport
from .curation import Curation
from .find_videos import FoundSources


@dataclass(frozen=True, kw_only=True, slots=True)
class CurateReport:
    """What one run did."""

    curation: Curation
    """The options, resolved."""
    videos: FoundSources
    """The videos."""
    stages: RunReport
    """The stages."""
    tiering: TieringReport | None = None
    """Tiers and the gates that decided; None if the run ended earlier, and for a shard."""
    plan: Plan | None = None
    """Samples of the finished sources."""
    cut: CutReport | None = None
    """What was cut."""
    written: WriteReport | None = None
    """The release."""
    clipless: tuple[Clipless, ...] = ()
    """Finished videos without a clip, and what lost them."""
    changed: tuple[str, ...] = ()
    """Thresholds, assumptions and settings that changed since the previous release."""

    @property
    def stopped(self) -> Stopped | None:
        """Why the run ended before everything was done."""
        return self.stages.stopped or (self.cut.stopped if self.cut else None)

    @property
    def has_rejects(self) -> bool:
        """Whether anything was left out."""
        return bool(
            self.stages.failures
            or self.videos.unreadable
            or self.clipless
            or (self.cut and self.cut.rejects)
        )

"""What has been measured so far: every score, the gates, single clips. Runs no model.

options, stored results --> `ScoredClips`
"""

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from ....records import Clip, ClipKey, Listener, silent
from ....release import Gate
from ...engines import run_stages
from ..run.curation import Curation
from ..run.find_videos import find_sources
from ..run.judge import judge, with_tiers
from ..run.options import CurateOptions
from ..run.report import CurateReport
from ..tiers.catalogue import StoredClips
from ..tiers.scoring import SCORES


@dataclass(frozen=True, kw_only=True, slots=True)
class ScoredClips:
    """Every clip of the finished sources before the gates, and the gates."""

    report: CurateReport
    """State of the stages, and the tiers of the clips."""
    scores: pa.Table
    """A row a clip, by source and time."""
    tiers: pa.Table
    """The tier of each clip and the reasons, in the same order."""
    stored: StoredClips
    """The clips, by source."""
    gates: tuple[Gate, ...]
    """The gates as applied."""

    def clip(self, clip_id: str) -> Clip:
        """One of the clips.

        Raises:
            ValueError: no clip has that id.
        """
        source_id = ClipKey.parse(clip_id).source_id if "_full_video_" in clip_id else ""
        for clip in self.stored.get(source_id, ()):
            if clip.clip_id == clip_id:
                return clip
        some = ", ".join(self.scores["clip_id"][:2].to_pylist())
        raise ValueError(f"no clip {clip_id!r} among {len(self.scores)} ({some}, ...)")

    def tier(self, clip_id: str) -> tuple[str | None, list[str]]:
        """The tier of one of the clips, None if it is dropped, and the gates that decide it."""
        row = self.tiers.filter(pc.equal(self.tiers["clip_id"], clip_id)).to_pylist()[0]
        return row["tier"], row["reasons"]


def scored_clips(options: CurateOptions, progress: Listener = silent) -> ScoredClips:
    """The clips of all finished sources with what the stages have measured so far."""
    curation = Curation.of(options)
    videos = find_sources(curation, progress)
    stages = run_stages(curation.stages, videos.sources, curation.store, chosen=(SCORES,))
    done = CurateReport(curation=curation, videos=videos, stages=stages)
    judgement = judge(done)
    return ScoredClips(
        report=with_tiers(done, judgement),
        scores=judgement.scores,
        tiers=judgement.tiers,
        stored=StoredClips(stages, curation.store),
        gates=judgement.gates,
    )

"""What has been measured so far: every score, the gates, single clips. Runs no model.

options, stored results --> `ScoredClips`
"""

from dataclasses import dataclass, replace

import pyarrow as pa

from ....records import Clip, ClipKey, Listener, silent
from ....release import Gate, tiers_of
from ...engines import run_stages
from ..run.applied_gates import check_gates, gates_of
from ..run.curate import curation_status
from ..run.options import CurateOptions, CurateReport
from ..run.resolve import stages_of, store_of
from ..tiers.catalogue import StoredClips, TieringReport
from ..tiers.clipless import clipless_sources
from ..tiers.scoring import SCORES, scores_of


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


def scored_clips(options: CurateOptions, progress: Listener = silent) -> ScoredClips:
    """The clips of all finished sources with what the stages have measured so far."""
    check_gates(options)
    status = curation_status(options, progress)
    store = store_of(options)
    report = run_stages(stages_of(options), status.videos.sources, store, chosen=(SCORES,))
    gates, scores = gates_of(options, report), scores_of(report, store)
    tiers = tiers_of(scores, gates)
    lost = clipless_sources(report, status.videos.sources, store, tiers)
    return ScoredClips(
        report=replace(status, stages=report, tiering=TieringReport.of(tiers), clipless=lost),
        scores=scores,
        tiers=tiers,
        stored=StoredClips(report, store),
        gates=gates,
    )

"""The decision of the gates on all finished sources.

stored scores, previous release --> gates as applied --> the tier of every clip, tiers.parquet,
                                                         and the videos that lost all their clips
"""

from dataclasses import dataclass, replace

import pyarrow as pa
import pyarrow.parquet as pq

from ....records import atomic_file
from ....release import Gate, gate_from, tiers_of, work_folder
from ..profiles.gates import CLARITY
from ..tiers.clipless import clipless_sources
from ..tiers.funnel import TieringReport
from ..tiers.scoring import SCORES, SCORES_SCHEMA
from .curation import Curation
from .report import CurateReport

FROZEN = "paper, quality filter: the lowest 5 %, frozen over the sources of this release"
"""`Gate.source` of the percentile that later runs keep."""
TASTED = "paper, quality filter: the lowest 5 % of a run with --limit, not frozen"
"""`Gate.source` of the percentile of a run over some of the videos."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Judgement:
    """Every clip of the finished sources."""

    scores: pa.Table
    """A row a clip, by source and time; no row before the stage of the scores has run."""
    gates: tuple[Gate, ...]
    """The gates as applied."""
    tiers: pa.Table
    """The tier of each clip and the reasons, in the same order."""


def judge(done: CurateReport) -> Judgement:
    """Applies the gates to the stored scores."""
    curation, key = done.curation, done.stages.global_keys.get(SCORES)
    output = curation.store.find(SCORES, key) if key else None
    lowest = output.table("percentiles")["value"][0].as_py() if output else None
    scores = output.table("scores") if output else SCORES_SCHEMA.empty_table()
    gates = _applied(curation, lowest)
    return Judgement(scores=scores, gates=gates, tiers=tiers_of(scores, gates))


def save_tiers(done: CurateReport, judgement: Judgement) -> None:
    """Writes `RELEASE.work/tiers.parquet`."""
    path = work_folder(done.curation.options.out) / "tiers.parquet"
    with atomic_file(path) as draft:
        pq.write_table(judgement.tiers, draft, compression="zstd")


def with_tiers(done: CurateReport, judgement: Judgement) -> CurateReport:
    """The report with counts of the tiers, and the videos that lost all their clips by then."""
    lost = clipless_sources(done.stages, done.videos.sources, done.curation.store, judgement.tiers)
    return replace(done, tiering=TieringReport.of(judgement.tiers), clipless=lost)


def _applied(curation: Curation, lowest: float | None) -> tuple[Gate, ...]:
    """The gates with the percentile of clarity: set by hand, frozen in the release, or new.

    Without any there is no such gate yet.
    """
    options = curation.options
    if CLARITY.name in options.thresholds:
        return curation.gates
    others, clarity = curation.gates[:-1], _frozen(curation)
    if clarity is None and lowest is not None:
        source = FROZEN if options.limit is None else TASTED
        clarity = replace(CLARITY, threshold=lowest, source=source)
    return others if clarity is None else (*others, clarity)


def _frozen(curation: Curation) -> Gate | None:
    """The percentile gate of the previous release; None with `refreeze`."""
    if curation.options.refreeze or curation.previous is None:
        return None
    gates = map(gate_from, curation.previous.manifest.facts.gates)
    return next(
        (gate for gate in gates if gate.name == CLARITY.name and gate.source == FROZEN), None
    )

"""Videos without a clip in the release although no stage failed, and what lost each.

stored results, tiers, catalogue, rejected cuts --> `Clipless`: a video, a step, a reason
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from ...assembly.cut_sources import CutReport
from ...assembly.takedown import KeptCatalogue
from ...engines import RunReport, Source, StageStore

_NOTHING = (
    ("scenes", "scenes", "no_scene", "no scene is of 3 to 14 s"),
    ("look", "faces", "no_face", "no face is seen"),
    ("tracks", "tracks", "no_track", "no face can be followed through a scene"),
    ("clips", "clips", "nobody_told", "no face can be matched with a voice"),
)
"""Stage, its empty table, a stable reason, and what that means; the first match counts."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Clipless:
    """A finished video without a clip."""

    source: Source
    """The video."""
    step: str
    """What lost it: a stage, `gates`, `branches` or `cut`."""
    reason: str
    """A stable short word."""
    detail: str
    """The cause in words."""


def clipless_sources(
    report: RunReport,
    sources: Sequence[Source],
    store: StageStore,
    tiers: pa.Table,
    *,
    catalogue: KeptCatalogue | None = None,
    cut: CutReport | None = None,
    released: Collection[str] = (),
) -> tuple[Clipless, ...]:
    """The finished sources without a clip, by id.

    Args:
        report: of the stages.
        sources: the videos.
        store: results of the stages.
        tiers: of all clips, `TIERS_SCHEMA`; empty where no gate was applied.
        catalogue: the samples; None where no release was written.
        cut: what could not be cut.
        released: sources that the release holds.
    """
    known = {source.source_id: source for source in sources}
    finished = {name: keys for name, keys in report.keys.items() if "annotated" in keys}
    failed: dict[str, list[Sequence[str] | None]] = {}
    columns = (tiers[name].to_pylist() for name in ("source_id", "tier", "reasons"))
    for source_id, tier, gates in zip(*columns, strict=True):
        failed.setdefault(source_id, []).append(gates if tier is None else None)

    def lost() -> Iterator[Clipless]:
        for source_id in sorted(finished):
            if source_id in released:
                continue
            why = _why(store, finished[source_id], failed.get(source_id, []))
            if why is None and catalogue is not None:
                why = _why_unwritten(source_id, catalogue, cut)
            if why is not None:
                step, reason, detail = why
                yield Clipless(source=known[source_id], step=step, reason=reason, detail=detail)

    return tuple(lost())


def _why(
    store: StageStore, keys: Mapping[str, str], failed: Sequence[Sequence[str] | None]
) -> tuple[str, str, str] | None:
    """Step, reason and detail; None where a clip passes the gates, or none was applied.

    Args:
        store: results of the stages.
        keys: of the source.
        failed: for each clip of the source the gates that drop it; None for a clip that stays.
    """
    if None in failed:
        return None
    if failed:
        counts = Counter(gate for gates in failed for gate in gates or ())
        words = ", ".join(f"{gate} {count}" for gate, count in counts.most_common())
        return "gates", "dropped", f"its {len(failed)} clips are dropped by {words}"
    if not _is_empty(store, "annotated", keys, "clips"):
        return None
    for stage, table, reason, detail in _NOTHING:
        if _is_empty(store, stage, keys, table):
            return stage, reason, detail
    return "annotated", "no_clip", "no clip is left"


def _why_unwritten(
    source_id: str, catalogue: KeptCatalogue, cut: CutReport | None
) -> tuple[str, str, str]:
    if not catalogue.source(source_id).samples:
        return "branches", "no_sample", "its clips make no sample of any branch"
    rejects = [reject for reject in cut.rejects if reject.source_id == source_id] if cut else []
    if not rejects:
        return "cut", "not_cut", "its clips were not cut"
    counts = Counter(reject.reason for reject in rejects)
    words = ", ".join(f"{reason} {count}" for reason, count in counts.most_common())
    return "cut", rejects[0].reason, f"of its clips could not be cut: {words}"


def _is_empty(store: StageStore, stage: str, keys: Mapping[str, str], table: str) -> bool:
    part = store.find(stage, keys[stage]) if stage in keys else None
    return part is not None and part.num_rows(table) == 0

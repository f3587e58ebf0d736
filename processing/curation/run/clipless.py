"""Videos of which the release holds no clip though no stage failed: named, with what lost them."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from ...assembly.cut_sources import CutReport
from ...engines import RunReport, Source, StageStore
from .catalogue import CuratedCatalogue
from .find_videos import FoundSources

_NOTHING = (
    ("scenes", "scenes", "no_scene", "no scene is of 3 to 14 s"),
    ("look", "faces", "no_face", "no face is seen"),
    ("tracks", "tracks", "no_track", "no face can be followed through a scene"),
    ("clips", "clips", "nobody_told", "whom a voice belongs to cannot be told of anybody"),
)
"""Stage, its table that is empty, a stable reason, and what that means; the first counts."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Clipless:
    """One such video."""

    source: Source
    """Which."""
    step: str
    """What lost it: a stage, `gates`, `branches` or `cut`."""
    reason: str
    """A stable short word."""
    detail: str
    """What exactly."""


def clipless_sources(
    report: RunReport,
    found: FoundSources,
    store: StageStore,
    tiers: pa.Table,
    *,
    catalogue: CuratedCatalogue | None = None,
    cut: CutReport | None = None,
    released: Collection[str] = (),
) -> tuple[Clipless, ...]:
    """Goes through the finished sources.

    Args:
        report: of the stages.
        found: the videos.
        store: where the stages' results stand.
        tiers: of all clips, `TIERS_SCHEMA`; empty where the gates were not asked.
        catalogue: what samples there are; None where no release was written.
        cut: what could not be cut.
        released: sources that the release holds.
    """
    known = {one.source_id: one for one in found.sources}
    finished = {name: keys for name, keys in report.keys.items() if "annotated" in keys}
    answers: dict[str, list[Sequence[str] | None]] = {}
    columns = (tiers[name].to_pylist() for name in ("source_id", "tier", "reasons"))
    for source_id, tier, gates in zip(*columns, strict=True):
        answers.setdefault(source_id, []).append(gates if tier is None else None)

    def lost() -> Iterator[Clipless]:
        for source_id in sorted(finished):
            if source_id in released:
                continue
            why = _why(store, finished[source_id], answers.get(source_id, []))
            if why is None and catalogue is not None:
                why = _why_unwritten(source_id, catalogue, cut)
            if why is not None:
                step, reason, detail = why
                yield Clipless(source=known[source_id], step=step, reason=reason, detail=detail)

    return tuple(lost())


def _why(
    store: StageStore, keys: Mapping[str, str], answers: Sequence[Sequence[str] | None]
) -> tuple[str, str, str] | None:
    """Step, reason and detail; None where a clip passes the gates, or they were not asked."""
    if None in answers:
        return None
    if answers:
        counts = Counter(gate for gates in answers for gate in gates or ())
        words = ", ".join(f"{gate} {count}" for gate, count in counts.most_common())
        return "gates", "dropped", f"its {len(answers)} clips are dropped by {words}"
    if not _is_empty(store, "annotated", keys, "clips"):
        return None
    for stage, table, reason, detail in _NOTHING:
        if _is_empty(store, stage, keys, table):
            return stage, reason, detail
    return "annotated", "no_clip", "no clip is left"


def _why_unwritten(
    source_id: str, catalogue: CuratedCatalogue, cut: CutReport | None
) -> tuple[str, str, str]:
    if not catalogue.samples(source_id):
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

"""What a curation has left out so far: videos, and clips that gates dropped. Runs no stage.

options of the last run -> stored failures, saved tiers -> `Reject`s
"""

from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq

from ....records import Listener, Reject, silent
from ....release import TIERS_SCHEMA, work_folder
from ...engines import run_stages
from ..run.curation import Curation
from ..run.find_videos import find_sources
from ..run.options import CurateOptions
from ..run.recorded import recorded
from ..tiers.clipless import clipless_sources


def curation_rejects(out: Path, progress: Listener = silent) -> Iterator[Reject]:
    """What the last run on a release left out, except clips that could not be cut.

    A clip that several gates drop has a row for each of them.

    Args:
        out: the release.
        progress: called for every video that is looked up.

    Raises:
        ValueError: it is not known which videos the last run had.
        FileNotFoundError: its videos are not there any more.
    """
    last = recorded(out)
    if last is None or not last.videos:
        raise ValueError(
            f"{str(work_folder(out))!r} does not say which videos were curated: run "
            "`speakervid5m curate run` once more, which notes it"
        )
    options = CurateOptions(
        videos=last.videos,
        out=out,
        profile=last.profile,
        backends=last.backends,
        weights=last.weights,
    )
    curation = Curation.of(options)
    videos = find_sources(curation, progress)
    names = {source.source_id: source.name for source in videos.sources}
    stages = run_stages(curation.stages, videos.sources, curation.store, dry_run=True)
    path = work_folder(out) / "tiers.parquet"
    tiers = pq.read_table(path) if path.exists() else TIERS_SCHEMA.empty_table()
    for file, why in videos.unreadable:
        yield Reject(
            stage="find", source_id="", name=file.name, reason="cannot_be_read", detail=why
        )
    for failure in stages.failures:
        yield Reject(
            stage=failure.stage,
            source_id=failure.source_id,
            name=names.get(failure.source_id, ""),
            reason=failure.reason,
            detail=failure.detail,
        )
    for loss in clipless_sources(stages, videos.sources, curation.store, tiers):
        yield Reject(
            stage=loss.step,
            source_id=loss.source.source_id,
            name=loss.source.name,
            reason=loss.reason,
            detail=loss.detail,
        )
    rules = {gate.name: gate.expression for gate in curation.gates}
    for row in tiers.to_pylist():
        for gate in row["reasons"] if row["tier"] is None else ():
            yield Reject(
                stage="gates",
                source_id=row["source_id"],
                name=row["clip_id"],
                reason=gate,
                detail=f"must be {rules[gate]}" if gate in rules else "",
            )

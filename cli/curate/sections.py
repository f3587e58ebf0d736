"""Reports of a curation in, sections of a result out: stages, tiers, videos that gave no clip."""

from collections import Counter
from collections.abc import Iterator

from speakervid5m.processing.curation import CurateReport, TieringReport

from ..terminal.formatting import table
from ..terminal.reports import cut_rejects
from ..terminal.result import Section, shortened


def stages_section(report: CurateReport) -> Section:
    """The progress of every stage, and what failed in it."""
    videos, stages = report.videos, report.stages
    return Section(
        values={
            "profile": report.curation.profile.name,
            "videos": {source.source_id: source.name for source in videos.sources},
            "duplicates": videos.doubles,
            "retracted": videos.taken_down,
            "unreadable": {str(path): why for path, why in videos.unreadable},
            "stages": stages.counts,
            "failures": stages.failures,
        },
        lines=_stages_lines(report),
    )


def _stages_lines(report: CurateReport) -> Iterator[str]:
    videos = report.videos
    yield f"profile: {report.curation.profile.name}"
    yield f"videos: {len(videos.sources)}"
    yield from shortened("  duplicate file or id", [path.name for path in videos.doubles])
    yield from shortened("  retracted, and ignored", [path.name for path in videos.taken_down])
    yield from shortened("  cannot be read", [f"{path}: {why}" for path, why in videos.unreadable])
    rows = [
        (
            name,
            count.num_done,
            count.num_done_before,
            count.num_failed,
            count.num_blocked,
            count.num_pending,
        )
        for name, count in report.stages.counts.items()
    ]
    yield table(("stage", "now", "earlier", "failed", "blocked", "pending"), rows)
    names = {source.source_id: source.name for source in videos.sources}
    lines = [
        f"{failure.source_id} ({names.get(failure.source_id, 'all')}) in {failure.stage}: "
        f"{failure.reason}: {failure.detail}"
        for failure in report.stages.failures
    ]
    yield from shortened("  failed", lines)


def tiering_section(tiering: TieringReport) -> Section:
    """How many clips have each tier, and by which gates."""
    tiers = ", ".join(f"{name} {count}" for name, count in sorted(tiering.num_by_tier.items()))
    lines = [f"clips: {tiering.num_clips}: {tiers or 'none'}"]
    for title, counts in (("dropped by", tiering.dropped_by), ("not SFT by", tiering.not_sft_by)):
        if counts:
            reasons = sorted((str(name), count) for name, count in counts.items())
            lines.append(f"  {title}: " + ", ".join(f"{name} {count}" for name, count in reasons))
    return Section(values={"tiers": tiering}, lines=lines)


def clipless_section(report: CurateReport) -> Section:
    """Finished videos that gave no clip."""
    losses = report.clipless
    lines = [
        f"{loss.source.source_id} ({loss.source.name}) in {loss.step}: {loss.reason}: {loss.detail}"
        for loss in losses
    ]
    return Section(
        values={
            "clipless": [
                {
                    "source_id": loss.source.source_id,
                    "stage": loss.step,
                    "reason": loss.reason,
                    "detail": loss.detail,
                }
                for loss in losses
            ]
        },
        lines=shortened("  gave no clip", lines),
    )


def rejects_of(report: CurateReport) -> dict[str, int]:
    """Reasons, and how much was left out for each: videos, and clips that could not be cut."""
    videos = Counter(failure.reason for failure in report.stages.failures)
    videos.update(loss.reason for loss in report.clipless)
    if report.videos.unreadable:
        videos["cannot_be_read"] = len(report.videos.unreadable)
    return dict(videos + cut_rejects(report.cut))

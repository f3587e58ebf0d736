"""Reports that several commands share in, sections of a result out: videos, cuts, the release."""

from collections import Counter
from collections.abc import Iterable, Sequence

from speakervid5m.processing import CutReport, SourceFolder, WriteReport
from speakervid5m.records import CONFIGS, readable_size

from .formatting import table
from .result import Section, shortened


def videos_section(videos: SourceFolder, num_sources: int) -> Section:
    """Which videos were there."""
    unknown = [path.name for path in videos.unknown]
    doubles = [path.name for path in videos.doubles]
    return Section(
        values={
            "videos": {
                "num_sources": num_sources,
                "num_there": len(videos.files),
                "unknown": unknown,
                "duplicates": doubles,
            }
        },
        lines=[
            f"videos: {len(videos.files)} of {num_sources} sources",
            *shortened("  not an annotated source", unknown),
            *shortened("  duplicate file of a source", doubles),
        ],
    )


def cut_section(cut: CutReport) -> Section:
    """What was cut, and what failed."""
    rejects = [f"{reject.clip_id}: {reject.reason}: {reject.detail}" for reject in cut.rejects]
    tracks = [f"{source_id}: {choice}" for source_id, choice in cut.choices]
    return Section(
        values={
            "cut": {
                "num_sources": cut.num_cut,
                "num_sources_before": cut.num_done_before,
                "num_sources_pending": cut.num_pending,
                "num_clips": cut.num_clips,
                "rejects": cut.rejects,
                "tracks": dict(cut.choices),
                "deleted": cut.deleted,
            }
        },
        lines=[
            f"cut: {cut.num_cut} sources now, {cut.num_done_before} before, {cut.num_pending} left "
            f"for the next run; {cut.num_clips} clips",
            *shortened("  tracks", tracks),
            *shortened("  deleted", [path.name for path in cut.deleted]),
            *shortened("  could not be cut", rejects),
        ],
    )


def cut_rejects(cut: CutReport | None) -> Counter[str]:
    """Reasons, and how many clips could not be cut for each."""
    return Counter(reject.reason for reject in cut.rejects) if cut else Counter()


def written_section(written: WriteReport) -> Section:
    """The rows of each config."""
    manifest = written.manifest
    return Section(
        values={
            "configs": {
                name: {
                    "num_samples": entry.num_rows,
                    "clip_seconds": entry.clip_seconds,
                    "num_media_bytes": entry.num_media_bytes,
                    "num_left_out": written.num_left_out.get(name, 0),
                }
                for name, entry in manifest.configs.items()
            },
            "empty_configs": dict(manifest.facts.empty_configs),
        },
        lines=_written_lines(written),
    )


def _written_lines(written: WriteReport) -> Iterable[str]:
    manifest = written.manifest
    rows: list[Sequence[object]] = []
    for name in CONFIGS:
        values: tuple[object, ...] = (0, "", "")
        if entry := manifest.configs.get(name):
            media = readable_size(entry.num_media_bytes)
            values = (entry.num_rows, f"{entry.clip_seconds:.0f} s", media)
        rows.append((name, *values, written.num_left_out.get(name, 0)))
    yield table(("config", "samples", "of clips", "media", "left out"), rows)
    for name, why in manifest.facts.empty_configs.items():
        yield f"  {name} is empty: {why}"
